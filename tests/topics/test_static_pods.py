"""Topic static-pods: Pods that a kubelet runs from files, mirrored in the API, the control plane among them.

Source: kubernetes.io, tasks/configure-pod-container/static-pod; reference/setup-tools/kubeadm/implementation-details.
"""

import pytest

WEB = """apiVersion: v1
kind: Pod
metadata: {name: static-web, labels: {role: myrole}}
spec: {containers: [{name: web, image: nginx}]}
"""
MANIFESTS = "/etc/kubernetes/manifests"


@pytest.fixture
def web(console):
    console.ok(f"ssh worker-1 tee {MANIFESTS}/static-web.yaml", stdin=WEB)
    console.advance(15)
    return console


def test_any_node_runs_static_pods_and_the_api_shows_a_mirror(web):
    assert "static-web-worker-1   1/1     Running" in web.ok("kubectl get pods")
    assert web.ok("kubectl get pod static-web-worker-1 -o jsonpath={.metadata.ownerReferences[0].kind}") == "Node"
    source = "jsonpath={.metadata.annotations.kubernetes\\.io/config\\.source}"
    assert web.ok(f"kubectl get pod static-web-worker-1 -o '{source}'") == "file"
    assert "static-web" in web.ok("ssh worker-1 crictl pods")


def test_deleting_the_mirror_does_not_stop_the_pod(web):
    before = web.ok("ssh worker-1 crictl ps -q --name web")
    assert 'pod "static-web-worker-1" deleted' in web.ok("kubectl delete pod static-web-worker-1")
    web.advance(5)
    assert "static-web-worker-1   1/1     Running" in web.ok("kubectl get pods")
    assert web.ok("ssh worker-1 crictl ps -q --name web") == before


def test_the_pod_goes_with_its_file(web):
    web.ok(f"ssh worker-1 rm {MANIFESTS}/static-web.yaml")
    web.advance(10)
    assert web.run("kubectl get pods").stderr == "No resources found in default namespace.\n"
    assert web.ok("ssh worker-1 crictl ps -q --name web") == ""


def test_control_plane_components_are_static_pods(console):
    files = console.ok(f"ssh control-plane ls {MANIFESTS}").split()
    assert files == ["etcd.yaml", "kube-apiserver.yaml", "kube-controller-manager.yaml", "kube-scheduler.yaml"]
    owners = console.ok("kubectl -n kube-system get pods -l tier=control-plane -o jsonpath={..ownerReferences[0].kind}")
    assert owners.split() == ["Node"] * 4


def test_an_edited_manifest_of_the_api_server_restarts_it(console):
    edit = "sed -i 's/--secure-port=6443/--secure-port=6443\\n    - --v=4/'"
    console.ok(f'ssh control-plane "{edit} {MANIFESTS}/kube-apiserver.yaml"')
    console.advance(0.6)
    assert "192.168.100.11:6443 was refused" in console.fails("kubectl get nodes")
    console.advance(30)
    assert "--v=4" in console.ok("kubectl -n kube-system get pod kube-apiserver-control-plane -o yaml")


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        ("s/--secure-port=6443/--secure-prt=6443/", "Error: unknown flag: --secure-prt"),
        ("s#/pki/ca.crt#/pki/none.crt#", "open /etc/kubernetes/pki/none.crt: no such file or directory"),
    ],
)
def test_a_broken_manifest_takes_the_api_down_until_it_is_mended(console, spoil, told):
    path = f"{MANIFESTS}/kube-apiserver.yaml"
    console.ok(f"ssh control-plane 'cp {path} /root/; sed -i {spoil} {path}'")
    console.advance(60)
    assert "was refused" in console.fails("kubectl get nodes")
    listed = console.ok("ssh control-plane crictl ps -a --name kube-apiserver")
    assert "Exited" in listed
    assert (
        told in console.run("ssh control-plane 'crictl logs $(crictl ps -aq --name kube-apiserver | head -1)'").stderr
    )
    console.ok(f"ssh control-plane cp /root/kube-apiserver.yaml {path}")
    console.advance(60)
    assert " Ready " in console.ok("kubectl get nodes --no-headers")


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        ("s/image: nginx/image nginx: [/", "couldn't parse as pod(yaml: line 4: "),
        ("s/image: nginx/image: nginx, envFrom: [{configMapRef: {name: c}}]/", "may not reference configmaps"),
    ],
)
def test_a_manifest_that_the_kubelet_refuses_stands_in_its_log(console, spoil, told):
    console.ok(f"ssh worker-1 tee {MANIFESTS}/static-web.yaml", stdin=WEB)
    console.ok(f"ssh worker-1 \"sed -i '{spoil}' {MANIFESTS}/static-web.yaml\"")
    console.advance(30)
    assert console.run("kubectl get pods").stderr == "No resources found in default namespace.\n"
    log = console.ok("ssh worker-1 journalctl -u kubelet --no-pager")
    assert f'"Could not process manifest file" err="{MANIFESTS}/static-web.yaml: ' in log and told in log
