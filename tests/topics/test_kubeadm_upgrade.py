"""Topic kubeadm-upgrade: the documented procedure, typed, with applications that stay up.

Source: kubernetes.io, tasks/administer-cluster/kubeadm/{kubeadm-upgrade,upgrading-linux-nodes}.
"""

import pytest

from kubelab.labs.bench._upgrading import script
from kubelab.terminal.lines import LineShell
from tests.console import Console


@pytest.fixture
def web(console):
    console.ok("kubectl create deployment web --image=nginx --replicas=4")
    console.ok("kubectl create poddisruptionbudget web --selector=app=web --min-available=2")
    console.ok("kubectl expose deployment web --port=80 --type=NodePort --target-port=80")
    console.advance(30)
    return console


def test_a_three_node_cluster_goes_to_the_next_minor_version_while_its_application_answers(web):
    port = web.ok("kubectl get svc web -o jsonpath={.spec.ports[0].nodePort}")
    visitor = LineShell(web.cluster)  # a second window on the workstation
    answers = set()
    for line in script("1.36"):
        web.ok(line)
        answers.add(visitor.run(f"curl -s -o /dev/null -w '%{{http_code}}' http://worker-1:{port}").stdout)
    assert answers == {"200"}
    assert web.ok("kubectl get nodes --no-headers | awk '{print $2, $5}' | sort -u") == "Ready v1.37.0\n"
    web.advance(60)
    assert web.ok("kubectl get deploy web --no-headers").split()[1] == "4/4"
    pods = web.ok("kubectl -n kube-system get pods --no-headers")
    assert all(line.split()[1] == "1/1" for line in pods.splitlines())


def test_afterwards_everything_is_of_the_new_version(web):
    for line in script("1.36"):
        web.ok(line)
    web.advance(30)
    images = web.ok("kubectl -n kube-system get pods -o jsonpath={..spec.containers[*].image}").split()
    assert "registry.k8s.io/kube-apiserver:v1.37.0" in images
    assert "registry.k8s.io/etcd:3.7.0-0" in images
    assert images.count("registry.k8s.io/kube-proxy:v1.37.0") == 3
    assert images.count("registry.k8s.io/coredns/coredns:v1.14.6") == 2
    assert "kubernetesVersion: v1.37.0" in web.ok("kubectl -n kube-system get cm kubeadm-config -o yaml")
    assert web.ok("ssh worker-1 kubelet --version") == "Kubernetes v1.37.0\n"
    # What the new version serves: kinds that 1.36 does not have.
    assert "clustertrustbundles" in web.ok("kubectl api-resources")


def test_the_order_is_kept_in_what_one_sees(web):
    lines = list(script("1.36"))
    for line in lines[: lines.index("kubectl drain control-plane --ignore-daemonsets")]:
        web.ok(line)
    web.run("exit")
    assert "Server Version: v1.37.0" in web.ok("kubectl version")
    assert web.ok("kubectl get nodes --no-headers | awk '{print $5}' | sort -u") == "v1.36.2\n"


def test_an_old_cluster_goes_up_one_minor_version_at_a_time():
    console = Console("three-nodes", "1.31")
    for version in ("1.31", "1.32"):
        for line in script(version):
            console.ok(line)
    assert console.ok("kubectl get nodes --no-headers | awk '{print $2, $5}' | sort -u") == "Ready v1.33.13\n"


def test_certificates_are_renewed_by_the_upgrade(web):
    expires = "kubeadm certs check-expiration | grep ^apiserver.server | wc -l; kubeadm certs check-expiration"
    before = web.ok(f"ssh control-plane '{expires}'")
    assert "apiserver                  Dec 31, 2026 23:57 UTC" in before
    web.advance(86_400)
    for line in list(script("1.36"))[:6]:
        web.ok(line)
    web.run("exit")
    after = web.ok("ssh control-plane kubeadm certs check-expiration")
    assert "apiserver                  Jan 02, 2027 00:00 UTC   364d            ca                      no" in after


def test_control_planes_behind_haproxy_are_upgraded_one_after_the_other():
    lab = Console("three-control-planes")
    others = ("control-plane-2", "control-plane-3")
    told, answers = [], set()
    visitor = LineShell(lab.cluster)
    for line in script("1.36", "control-plane-1", others):
        told.append(lab.ok(line))
        answers.add(visitor.run("kubectl get --raw /readyz").stdout)
    assert answers == {"ok"}  # there is always an API server that answers
    skipped = [
        f"[upgrade/addons] skip upgrade addons because control plane instances [{waiting}] have not been upgraded"
        for waiting in ("control-plane-2 control-plane-3", "control-plane-3")
    ]
    assert all(any(text in each for each in told) for text in skipped)
    assert sum("[addons] Applied essential addon: CoreDNS" in each for each in told) == 1
    lab.advance(60)
    nodes = [line.split() for line in lab.ok("kubectl get nodes --no-headers").splitlines()]
    assert [line[4] for line in nodes] == 3 * ["v1.37.0"] + 3 * ["v1.36.2"]
    assert {line[1] for line in nodes} == {"Ready"}


def test_diff_shows_what_an_upgrade_would_change(console):
    said = console.ok("ssh control-plane sudo kubeadm upgrade diff -c 0 v1.37.0")
    changed = [line for line in said.splitlines() if line[:1] in ("+", "-", "@")]
    assert changed[:5] == [
        "--- /etc/kubernetes/manifests/kube-apiserver.yaml",
        "+++ new manifest",
        "@@ -42 +42 @@",
        "-    image: registry.k8s.io/kube-apiserver:v1.36.2",
        "+    image: registry.k8s.io/kube-apiserver:v1.37.0",
    ]
    assert len(changed) == 15
    assert "@@" not in console.ok("ssh control-plane sudo kubeadm upgrade diff")
    assert 'could not parse "newest" as version' in console.fails("ssh control-plane sudo kubeadm upgrade diff newest")
