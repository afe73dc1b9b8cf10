"""Nodes that fall silent: NotReady, taints, eviction. Source: kubernetes.io, concepts/architecture/nodes#heartbeats."""

from kubelab.cluster.kinds import Lease
from kubelab.cluster.node import host
from kubelab.cluster.objects import Key
from tests.node.lab import Lab


def condition(lab: Lab, node: str = "worker-1") -> dict[str, str]:
    return next(each for each in lab.node(node)["status"]["conditions"] if each["type"] == "Ready")


def taints(lab: Lab, node: str = "worker-1") -> list[tuple[str, str]]:
    return [(taint["key"], taint["effect"]) for taint in lab.node(node)["spec"].get("taints", ())]


def silence(lab: Lab) -> float:
    host.stop_unit(lab.cluster, "worker-1", "kubelet")
    return lab.until(lambda: condition(lab)["status"] == "Unknown")


def test_a_healthy_node_reports_and_renews_its_lease(lab):
    lab.advance(100)
    lease = lab.api.get(Lease, Key("kube-node-lease", "worker-1"))
    assert lease["spec"]["leaseDurationSeconds"] == 40
    assert condition(lab)["message"] == "kubelet is posting ready status"


def test_a_node_is_unknown_when_nothing_was_heard_for_50_seconds(lab):
    assert 40 <= silence(lab) <= 65
    assert condition(lab)["reason"] == "NodeStatusUnknown"
    assert condition(lab)["message"] == "Kubelet stopped posting node status."
    assert ("Normal", "NodeNotReady", "Node worker-1 status is now: NodeNotReady") in lab.events("worker-1")


def test_it_is_tainted_and_its_pods_are_not_ready(lab):
    lab.run("app", "nginx:1.27", node="worker-1")
    lab.started("app")
    silence(lab)
    lab.advance(10)
    assert taints(lab) == [
        ("node.kubernetes.io/unreachable", "NoSchedule"), ("node.kubernetes.io/unreachable", "NoExecute"),
    ]  # fmt: skip
    assert not lab.is_ready("app") and lab.word("app") == "Running"
    assert ("Warning", "NodeNotReady", "Node is not ready") in lab.events("app")


def test_a_kubelet_that_is_stopped_while_it_starts_a_pod_goes_on_when_it_is_back(lab):
    lab.run("app", "nginx:1.27", node="worker-1")
    lab.advance(0.1)
    host.stop_unit(lab.cluster, "worker-1", "kubelet")
    lab.advance(10)  # in which nobody does anything: what the kubelet had planned waits for it
    assert lab.waiting("app")[0] == "ContainerCreating"
    host.start_unit(lab.cluster, "worker-1", "kubelet")
    lab.started("app")


def test_its_pods_are_marked_for_deletion_five_minutes_later_and_stay_terminating(lab):
    lab.run("app", "nginx:1.27", node="worker-1")
    lab.started("app")
    silence(lab)
    waited = lab.until(lambda: lab.word("app") == "Terminating")
    assert 295 <= waited <= 310
    lab.advance(600)
    assert lab.word("app") == "Terminating"


def test_a_node_that_comes_back_clears_up(lab):
    lab.run("app", "nginx:1.27", node="worker-1")
    lab.started("app")
    silence(lab)
    lab.until(lambda: lab.word("app") == "Terminating")
    host.start_unit(lab.cluster, "worker-1", "kubelet")
    lab.until(lambda: lab.find("app") is None, seconds=40)
    lab.advance(15)
    assert condition(lab)["status"] == "True" and taints(lab) == []


def test_a_short_silence_changes_nothing(lab):
    lab.run("app", "nginx:1.27", node="worker-1")
    lab.started("app")
    host.stop_unit(lab.cluster, "worker-1", "kubelet")
    lab.advance(25)
    host.start_unit(lab.cluster, "worker-1", "kubelet")
    lab.advance(60)
    assert condition(lab)["status"] == "True" and lab.is_ready("app")
    assert lab.container("app")["restartCount"] == 0


def test_containers_run_on_without_their_kubelet(lab):
    lab.run("app", "busybox:1.37", "sh", "-c", "while true; do echo tick; sleep 1; done", node="worker-1")
    lab.started("app")
    host.stop_unit(lab.cluster, "worker-1", "kubelet")
    lab.advance(20)
    host.start_unit(lab.cluster, "worker-1", "kubelet")
    lab.advance(2)
    assert len(lab.log("app")) > 20


def test_new_pods_wait_for_the_kubelet(lab):
    host.stop_unit(lab.cluster, "worker-1", "kubelet")
    lab.run("app", "nginx:1.27", node="worker-1")
    lab.advance(30)
    assert lab.word("app") == "Pending"
    host.start_unit(lab.cluster, "worker-1", "kubelet")
    lab.started("app")


def test_a_node_without_power_loses_its_containers_and_starts_them_again(lab):
    lab.run("app", "nginx:1.27", node="worker-1")
    lab.started("app")
    host.power_off(lab.cluster, "worker-1")
    lab.advance(20)
    host.power_on(lab.cluster, "worker-1")
    lab.until(lambda: lab.is_ready("app") and lab.container("app")["restartCount"] == 1, seconds=90)


def test_a_kubelet_that_starts_reports(lab):
    host.restart_unit(lab.cluster, "worker-1", "kubelet")
    lab.advance(2)
    assert lab.events("worker-1")[-5:] == [
        ("Normal", "Starting", "Starting kubelet."),
        ("Normal", "NodeHasSufficientMemory", "Node worker-1 status is now: NodeHasSufficientMemory"),
        ("Normal", "NodeHasNoDiskPressure", "Node worker-1 status is now: NodeHasNoDiskPressure"),
        ("Normal", "NodeHasSufficientPID", "Node worker-1 status is now: NodeHasSufficientPID"),
        ("Normal", "NodeAllocatableEnforced", "Updated Node Allocatable limit across pods"),
    ]
    assert "NodeReady" in lab.reasons("worker-1")
