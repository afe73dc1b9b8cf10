"""Nodes that go: their Pods are replaced elsewhere, and collected when nobody is there to end them.

Source: kubernetes.io, concepts/architecture/nodes and concepts/scheduling-eviction/taint-and-toleration;
pkg/controller/{podgc,tainteviction}.
"""

from kubelab.cluster.node import host
from tests.cluster.lab import condition, deployment, pod


def on(lab, node, **labels):
    return [found for found in lab.pods(**labels) if found["spec"].get("nodeName") == node]


def test_pods_of_a_silent_node_are_replaced_after_five_minutes(lab):
    lab.create(deployment(replicas=4))
    lab.until(lambda: lab.ready(4, app="web"))
    host.power_off(lab.cluster, "worker-1")
    lab.until(lambda: condition(lab.get("nodes", "worker-1"), "Ready")["status"] == "Unknown", 90)
    lab.advance(1)
    assert all(not lab.is_ready(found) for found in on(lab, "worker-1", app="web"))
    lab.advance(280)
    assert len(on(lab, "worker-2", app="web")) == 2
    lab.until(lambda: sum(lab.is_ready(found) for found in on(lab, "worker-2", app="web")) == 4, 60)
    assert all("deletionTimestamp" in found["metadata"] for found in on(lab, "worker-1", app="web"))
    target = condition(on(lab, "worker-1", app="web")[0], "DisruptionTarget")
    assert (target["reason"], target["message"]) == (
        "DeletionByTaintManager", "Taint manager: deleting due to NoExecute taint",
    )  # fmt: skip


def test_pods_of_a_deleted_node_are_collected_and_replaced(lab):
    lab.create(deployment(replicas=4))
    lab.create(pod("single", nodeName="worker-1"))
    lab.until(lambda: lab.ready(4, app="web") and lab.is_ready(lab.get("pods", "single")))
    host.power_off(lab.cluster, "worker-1")
    lab.delete("nodes", "worker-1")
    lab.advance(35)
    assert lab.find("pods", "single")
    lab.until(lambda: lab.find("pods", "single") is None, 30)
    lab.until(lambda: lab.ready(4, app="web"), 30)
    assert len(on(lab, "worker-2", app="web")) == 4


def test_pods_leave_a_silent_node_that_is_declared_out_of_service_at_once(lab):
    lab.create(deployment(replicas=4))
    lab.until(lambda: lab.ready(4, app="web"))
    host.power_off(lab.cluster, "worker-1")
    lab.until(lambda: condition(lab.get("nodes", "worker-1"), "Ready")["status"] == "Unknown", 90)
    node = lab.get("nodes", "worker-1")
    out = {"key": "node.kubernetes.io/out-of-service", "value": "nodeshutdown", "effect": "NoExecute"}
    lab.patch("nodes", "worker-1", {"spec": {"taints": [*node["spec"].get("taints", []), out]}})
    lab.until(lambda: not on(lab, "worker-1", app="web"), 25)
    lab.until(lambda: len(on(lab, "worker-2", app="web")) == 4, 10)


def test_a_pod_bound_to_a_node_that_never_was_is_collected(lab):
    lab.create(pod(nodeName="nowhere"))
    lab.advance(30)
    assert lab.find("pods", "web")
    lab.until(lambda: lab.find("pods", "web") is None, 60)


def test_a_no_execute_taint_evicts_who_does_not_tolerate_it(lab):
    taint = {"key": "maintenance", "value": "now", "effect": "NoExecute"}
    tolerant = {"key": "maintenance", "operator": "Exists", "effect": "NoExecute"}
    lab.create(pod("goes", nodeName="worker-1"))
    lab.create(pod("stays", nodeName="worker-1", tolerations=[tolerant]))
    lab.create(pod("a-while", nodeName="worker-1", tolerations=[{**tolerant, "tolerationSeconds": 60}]))
    lab.until(lambda: all(lab.is_ready(found) for found in lab.pods()))
    lab.patch("nodes", "worker-1", {"spec": {"taints": [taint]}})
    lab.until(lambda: lab.find("pods", "goes") is None, 40)
    assert lab.events("goes", "TaintManagerEviction") == ["Marking for deletion Pod default/goes"]
    assert "deletionTimestamp" not in lab.get("pods", "a-while")["metadata"]
    lab.until(lambda: lab.find("pods", "a-while") is None, 100)
    lab.advance(300)
    assert lab.is_ready(lab.get("pods", "stays"))


def test_when_every_node_seems_to_be_gone_nobody_is_evicted(lab):
    lab.create(deployment(replicas=2))
    lab.until(lambda: lab.ready(2, app="web"))
    for node in ("worker-1", "worker-2"):
        host.stop_unit(lab.cluster, node, "kubelet")
    lab.until(lambda: condition(lab.get("nodes", "worker-2"), "Ready")["status"] == "Unknown", 90)
    lab.advance(10)
    assert "NoExecute" in {taint["effect"] for taint in lab.get("nodes", "worker-1")["spec"]["taints"]}
    host.stop_unit(lab.cluster, "control-plane", "kubelet")
    lab.until(lambda: condition(lab.get("nodes", "control-plane"), "Ready")["status"] == "Unknown", 90)
    lab.advance(600)
    assert {taint["effect"] for taint in lab.get("nodes", "worker-1")["spec"]["taints"]} == {"NoSchedule"}
    assert len([found for found in lab.pods(app="web") if "deletionTimestamp" not in found["metadata"]]) == 2
