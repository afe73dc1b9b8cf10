"""kubeadm init on a bare machine, a network plug-in, kubeadm join: a cluster of one's own making.

Source: kubernetes.io, setup/production-environment/tools/kubeadm/create-cluster-kubeadm.
"""

import re

import pytest

from tests.console import Console
from tests.topics.storage import until

INIT = "ssh control-plane sudo kubeadm init --pod-network-cidr=10.244.0.0/16"
FLANNEL = "https://github.com/flannel-io/flannel/releases/latest/download/kube-flannel.yml"


@pytest.fixture
def console():
    return Console("three-machines")


def states(console):
    return [line.split()[1] for line in console.ok("kubectl get nodes --no-headers").splitlines()]


def test_before_it_there_is_no_cluster_and_kubelets_look_for_their_configuration(console):
    assert "The connection to the server 192.168.100.11:6443 was refused" in console.run("kubectl get nodes").stderr
    told = console.run("ssh control-plane systemctl status kubelet").stdout
    assert "activating (auto-restart)" in told and "/var/lib/kubelet/config.yaml: no such file or directory" in told
    assert console.ok("ssh control-plane ls /etc/kubernetes/manifests") == ""


def test_three_machines_become_a_cluster(console):
    said = console.ok(INIT)
    assert "Your Kubernetes control-plane has initialized successfully!" in said
    assert said.index("[certs] Generating") < said.index("[kubelet-check]") < said.index("[addons] Applied")
    assert states(console) == ["NotReady"]
    assert "cni plugin not initialized" in console.ok("kubectl describe node control-plane")
    assert "kube-apiserver.yaml" in console.ok("ssh control-plane sudo ls /etc/kubernetes/manifests")
    assert "server.crt" in console.ok("ssh control-plane sudo ls /etc/kubernetes/pki/etcd")
    console.ok(f"kubectl apply -f {FLANNEL}")
    console.advance(60)
    assert states(console) == ["Ready"]
    join = " ".join(re.search(r"kubeadm join .*\n?.*", said)[0].replace("\\", " ").split())
    for worker in ("worker-1", "worker-2"):
        assert "This node has joined the cluster" in console.ok(f"ssh {worker} sudo {join}")
    console.advance(60)
    assert states(console) == ["Ready"] * 3
    console.ok("kubectl create deployment web --image=nginx --replicas=2")
    console.advance(30)
    assert console.ok("kubectl get pods --no-headers").count("Running") == 2
    console.ok("kubectl expose deployment web --port=80")
    assert "Welcome to nginx" in console.ok("kubectl run c --rm -i --image=busybox --restart=Never -- wget -qO- web")


def test_the_administrators_kubeconfig_is_copied_as_it_tells(console):
    console.ok(INIT)
    assert console.run("ssh control-plane sudo ls /root/.kube/config").exit != 0
    line = "mkdir -p /root/.kube && cp -i /etc/kubernetes/admin.conf /root/.kube/config && kubectl get nodes"
    assert "control-plane" in console.ok(f"ssh control-plane '{line}'")


def test_the_only_control_plane_is_reset_and_made_anew(console):
    console.ok(INIT)
    console.ok("kubectl create namespace before")
    assert "[reset] Stopping the kubelet service" in console.ok("ssh control-plane sudo kubeadm reset -f")
    assert "was refused" in console.fails("kubectl get nodes")
    console.ok(INIT)
    assert states(console) == ["NotReady"]
    assert "before" not in console.ok("kubectl get namespaces -o name")


@pytest.mark.parametrize(
    ("flags", "why"),
    [
        ("", 'node "control-plane" pod cidr not assigned'),
        (
            "--pod-network-cidr=192.168.0.0/16",
            'subnet "10.244.0.0/16" specified in the flannel net config doesn\'t contain "192.168.0.0/24" PodCIDR '
            'of the "control-plane" node',
        ),
    ],
)
def test_flannel_needs_the_range_that_its_configuration_names(console, flags, why):
    console.ok(f"ssh control-plane sudo kubeadm init {flags}")
    console.ok(f"kubectl apply -f {FLANNEL}")
    console.advance(40)
    logs = "kubectl -n kube-flannel logs -l app=flannel"
    until(console, lambda: f"failed to acquire lease: {why}" in console.run(logs).stdout)  # it may be just restarting
    waiting = console.ok("kubectl -n kube-system get pods -l k8s-app=kube-dns --no-headers")
    assert waiting.count("ContainerCreating") == 2
    assert states(console) == ["Ready"]  # its CNI configuration is there already


def test_flannel_is_told_another_range(console):
    console.ok("ssh control-plane sudo kubeadm init --pod-network-cidr=192.168.0.0/16")
    console.ok(f"curl -sL {FLANNEL} | sed s#10.244.0.0/16#192.168.0.0/16# | kubectl apply -f -")
    console.advance(40)
    found = console.ok("kubectl -n kube-system get pods -l k8s-app=kube-dns -o jsonpath='{.items[*].status.podIP}'")
    assert [ip.rpartition(".")[0] for ip in found.split()] == ["192.168.0"] * 2


def test_a_cluster_for_several_control_planes_shares_its_certificates(console):
    flags = "--control-plane-endpoint=192.168.100.11:6443 --upload-certs --pod-network-cidr=10.244.0.0/16"
    said = console.ok(f"ssh control-plane sudo kubeadm init {flags}")
    console.ok(f"kubectl apply -f {FLANNEL}")
    command = said[said.index("  kubeadm join") : said.index("Please note")].replace("\\", " ").split()
    assert command[-3:-1] == ["--control-plane", "--certificate-key"]
    joined = console.ok(f"ssh worker-1 sudo {' '.join(command)}")
    assert "a new control plane instance was created" in joined
    assert "kube-apiserver-worker-1" in console.ok("kubectl -n kube-system get pods -o name")


CONFIG = """\
apiVersion: kubeadm.k8s.io/v1beta4
kind: ClusterConfiguration
networking: {podSubnet: 10.244.0.0/16}
apiServer:
  extraArgs: [{name: v, value: "4"}]
---
apiVersion: kubeproxy.config.k8s.io/v1alpha1
kind: KubeProxyConfiguration
mode: ipvs
"""


def configured(console, text):
    console.files.write("/home/learner/kubeadm.yaml", text)
    console.ok("scp kubeadm.yaml control-plane:/tmp/kubeadm.yaml")


def test_a_configuration_file_says_what_flags_say_and_more(console):
    configured(console, CONFIG)
    assert console.ok("ssh control-plane sudo kubeadm config validate --config /tmp/kubeadm.yaml") == "ok\n"
    console.ok("ssh control-plane sudo kubeadm init --config /tmp/kubeadm.yaml")
    assert "--v=4" in console.ok("ssh control-plane sudo cat /etc/kubernetes/manifests/kube-apiserver.yaml")
    assert "mode: ipvs" in console.ok("kubectl -n kube-system get cm kube-proxy -o yaml")
    assert "value: '4'" in console.ok("kubectl -n kube-system get cm kubeadm-config -o yaml")


def test_a_field_that_there_is_not_is_told_and_passed_over(console):
    configured(console, CONFIG.replace("networking: {", "networking: {podCIDR: 10.0.0.0/8, "))
    why = 'strict decoding error: unknown field "networking.podCIDR"'
    assert why in console.fails("ssh control-plane sudo kubeadm config validate --config /tmp/kubeadm.yaml")
    said = console.run("ssh control-plane sudo kubeadm init --config /tmp/kubeadm.yaml")
    assert said.exit == 0 and why in said.stderr


def test_older_files_are_migrated(console):
    configured(console, CONFIG.replace("v1beta4", "v1beta3").replace('[{name: v, value: "4"}]', '{v: "4"}'))
    said = console.run("ssh control-plane sudo kubeadm config migrate --old-config /tmp/kubeadm.yaml")
    assert "uses a deprecated API spec" in said.stderr
    assert "apiVersion: kubeadm.k8s.io/v1beta4" in said.stdout and "- name: v\n    value: '4'" in said.stdout


def test_a_machine_joins_by_a_file(console):
    said = console.ok(INIT)
    token, digest = re.search(r"--token (\S+)", said)[1], re.search(r"sha256:\w+", said)[0]
    bootstrap = f"{{token: {token}, apiServerEndpoint: '192.168.100.11:6443', caCertHashes: ['{digest}']}}"
    head = "apiVersion: kubeadm.k8s.io/v1beta4\nkind: JoinConfiguration\n"
    console.files.write("/home/learner/join.yaml", f"{head}discovery: {{bootstrapToken: {bootstrap}}}\n")
    console.ok("scp join.yaml worker-1:/tmp/join.yaml")
    assert "This node has joined the cluster" in console.ok("ssh worker-1 sudo kubeadm join --config /tmp/join.yaml")


def test_a_second_init_finds_what_the_first_left(console):
    console.ok(INIT)
    said = console.run(INIT).stderr
    assert "[ERROR Port-6443]: Port 6443 is in use" in said
    assert "[ERROR FileAvailable--etc-kubernetes-manifests-etcd.yaml]" in said
    assert "[ERROR DirAvailable--var-lib-etcd]: /var/lib/etcd is not empty" in said


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("sudo kubeadm init --service-cidr=10.0.0.0/16", "KubeLab simulates --service-cidr=10.96.0.0/12 only"),
        ("sudo kubeadm init --pod-network-cidr=10.0.0.0/28", "is smaller than the size of node subnet with mask 24"),
        ("sudo kubeadm init --pod-network-cidr=pods", "couldn't parse subnet"),
        ("sudo kubeadm init --config c.yaml", "open c.yaml: no such file or directory"),
        ("sudo kubeadm init --config c.yaml --pod-network-cidr=10.0.0.0/8", "can not mix '--config' with arguments"),
        ("sudo kubeadm init --control-plane-endpoint=10.1.1.1", "this machine's own address only: 192.168.100.11:6443"),
        ("sudo kubeadm init --dry-run", "KubeLab does not simulate kubeadm init --dry-run"),
    ],
)
def test_what_cannot_be_done_changes_nothing(console, line, why):
    said = console.run(f"ssh control-plane {line}")
    assert said.exit == 1 and why in said.stderr
    assert console.run("kubectl get nodes").exit == 1
