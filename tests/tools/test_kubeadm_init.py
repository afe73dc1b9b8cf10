"""kubeadm init on a bare machine, a network plug-in, kubeadm join: a cluster of one's own making.

Source: kubernetes.io, setup/production-environment/tools/kubeadm/create-cluster-kubeadm.
"""

import re

import pytest

from tests.console import Console

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


def test_a_second_init_finds_what_the_first_left(console):
    console.ok(INIT)
    said = console.run(INIT).stderr
    assert "[ERROR Port-6443]: Port 6443 is in use" in said
    assert "[ERROR FileAvailable--etc-kubernetes-manifests-etcd.yaml]" in said
    assert "[ERROR DirAvailable--var-lib-etcd]: /var/lib/etcd is not empty" in said


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("sudo kubeadm init", "KubeLab simulates kubeadm init with --pod-network-cidr=10.244.0.0/16 only"),
        ("sudo kubeadm init --pod-network-cidr=10.0.0.0/8", "KubeLab simulates --pod-network-cidr=10.244.0.0/16 only"),
        ("sudo kubeadm init --config c.yaml", "KubeLab does not simulate kubeadm init --config"),
    ],
)
def test_what_cannot_be_done_changes_nothing(console, line, why):
    said = console.run(f"ssh control-plane {line}")
    assert said.exit == 1 and why in said.stderr
    assert console.run("kubectl get nodes").exit == 1
