"""Machines whose network is cut: their kubelets go on with what they know, the others go on without them.

Source: kubernetes.io, concepts/architecture/nodes (condition, leases), setup/production-environment/tools/kubeadm/
ha-topology; pkg/kubelet (pods that it knows are synced without the API server).
"""

import pytest

from kubelab.cluster.faults import inject
from tests.console import Console

FLAKY = {
    "apiVersion": "v1", "kind": "Pod", "metadata": {"name": "flaky"},
    "spec": {
        "nodeName": "worker-1",
        "containers": [{
            "name": "main", "image": "busybox", "imagePullPolicy": "IfNotPresent",
            "command": ["sh", "-c", "sleep 30; exit 1"],
        }],
    },
}  # fmt: skip
ETCD = "/etc/kubernetes/pki/etcd"
MEMBERS = ",".join(f"https://192.168.100.{number}:2379" for number in (11, 12, 13))
KEYS = f"--cacert {ETCD}/ca.crt --cert {ETCD}/server.crt --key {ETCD}/server.key"
STATUS = f"ssh control-plane-1 sudo etcdctl --endpoints {MEMBERS} {KEYS} endpoint health"


def restarts(console):
    return int(console.ok("kubectl get pod flaky -o jsonpath='{.status.containerStatuses[0].restartCount}'"))


def test_a_kubelet_that_is_cut_off_goes_on_restarting_containers_and_tells_when_it_is_back():
    console = Console()
    console.apply(FLAKY)
    console.advance(10)
    inject(console.cluster, "unplug worker-1")
    console.advance(200)
    assert restarts(console) == 0  # nobody has heard of it
    inject(console.cluster, "plug-in worker-1")
    console.advance(15)
    assert restarts(console) >= 3


def test_it_does_not_hear_that_a_pod_was_deleted_before_it_is_back():
    console = Console()
    console.apply(FLAKY)
    console.advance(10)
    inject(console.cluster, "unplug worker-1")
    console.ok("kubectl delete pod flaky --wait=false")
    console.advance(100)
    assert "Terminating" in console.ok("kubectl get pods")
    inject(console.cluster, "plug-in worker-1")
    console.advance(45)
    assert "No resources found" in console.run("kubectl get pods").stderr


def test_what_was_deleted_by_force_meanwhile_ends_when_it_is_back():
    console = Console()
    console.apply(FLAKY)
    console.advance(10)
    inject(console.cluster, "unplug worker-1")
    console.ok("kubectl delete pod flaky --force")
    console.advance(100)
    inject(console.cluster, "plug-in worker-1")
    console.advance(45)
    assert "flaky" not in console.ok("ssh worker-1 sudo crictl pods")


@pytest.fixture
def three():
    return Console("three-control-planes")


def test_two_of_three_control_planes_go_on_without_the_third(three):
    inject(three.cluster, "unplug control-plane-3")
    three.advance(70)
    assert "control-plane-3   NotReady" in three.ok("kubectl get nodes")
    out = three.run(STATUS)
    assert "192.168.100.13:2379 is unhealthy" in out.stdout + out.stderr
    assert (out.stdout + out.stderr).count("is healthy") == 2
    three.ok("kubectl create deployment web --image=nginx")
    three.advance(20)
    assert "1/1" in three.ok("kubectl get deployment web")
    inject(three.cluster, "plug-in control-plane-3")
    three.advance(40)
    assert "control-plane-3   Ready" in three.ok("kubectl get nodes")
    assert three.ok(STATUS.replace(" health", " health 2>&1")).count("is healthy") == 3


def test_one_of_three_has_no_quorum(three):
    for node in ("control-plane-2", "control-plane-3"):
        inject(three.cluster, f"unplug {node}")
    three.advance(30)
    assert three.run("kubectl get nodes").exit == 1
    inject(three.cluster, "plug-in control-plane-2")
    three.advance(30)
    assert "control-plane-1   Ready" in three.ok("kubectl get nodes")


def test_a_leader_that_is_cut_off_is_replaced_when_its_lease_has_run_out(three):
    holder = "kubectl -n kube-system get lease kube-scheduler -o jsonpath='{.spec.holderIdentity}'"
    leader = three.ok(holder).partition("_")[0]
    inject(three.cluster, f"unplug {leader}")
    assert three.ok(holder).startswith(leader)
    three.advance(30)
    assert not three.ok(holder).startswith(leader)
