"""DaemonSets: one Pod on each node that fits, there before and after everybody else.

Source: kubernetes.io, concepts/workloads/controllers/daemonset; pkg/controller/daemon.
"""

import pytest


def daemonset(image="busybox:1.36", **spec):
    container = {"name": "agent", "image": image, "command": ["sleep", "infinity"]}
    template = {"metadata": {"labels": {"app": "agent"}}, "spec": {"containers": [container], **spec.pop("pod", {})}}
    return {"apiVersion": "apps/v1", "kind": "DaemonSet", "metadata": {"name": "agent"},
            "spec": {"selector": {"matchLabels": {"app": "agent"}}, "template": template, **spec}}  # fmt: skip


def nodes_of(lab):
    return sorted(found["spec"].get("nodeName", "") for found in lab.pods(app="agent"))


def status(lab):
    found = lab.get("daemonsets", "agent")["status"]
    return tuple(found.get(name, 0) for name in
                 ("desiredNumberScheduled", "currentNumberScheduled", "numberReady", "numberAvailable"))  # fmt: skip


def test_each_node_that_fits_gets_one_pod(lab):
    lab.create(daemonset())
    lab.until(lambda: status(lab) == (2, 2, 2, 2), 60)
    assert nodes_of(lab) == ["worker-1", "worker-2"]  # the control plane is tainted
    assert len(lab.events("agent", "SuccessfulCreate")) == 2


def test_a_toleration_brings_it_to_the_control_plane_too(lab):
    lab.create(daemonset(pod={"tolerations": [{"operator": "Exists"}]}))
    lab.until(lambda: status(lab) == (3, 3, 3, 3), 60)


def test_a_selector_narrows_it_and_labels_move_it(lab):
    lab.create(daemonset(pod={"nodeSelector": {"disk": "ssd"}}))
    lab.advance(5)
    assert (nodes_of(lab), status(lab)) == ([], (0, 0, 0, 0))
    lab.patch("nodes", "worker-1", {"metadata": {"labels": {"disk": "ssd"}}})
    lab.until(lambda: nodes_of(lab) == ["worker-1"], 30)
    lab.patch("nodes", "worker-1", {"metadata": {"labels": {"disk": None}}}, "application/merge-patch+json")
    lab.until(lambda: nodes_of(lab) == [], 60)


def test_its_pods_tolerate_a_node_in_trouble_and_a_cordon(lab):
    lab.patch("nodes", "worker-1", {"spec": {"unschedulable": True}})
    lab.advance(1)
    lab.create(daemonset())
    lab.until(lambda: status(lab) == (2, 2, 2, 2), 60)
    tolerations = {(t["key"], t["effect"]) for t in lab.pods(app="agent")[0]["spec"]["tolerations"]}
    assert tolerations == {
        ("node.kubernetes.io/not-ready", "NoExecute"), ("node.kubernetes.io/unreachable", "NoExecute"),
        ("node.kubernetes.io/disk-pressure", "NoSchedule"), ("node.kubernetes.io/memory-pressure", "NoSchedule"),
        ("node.kubernetes.io/pid-pressure", "NoSchedule"), ("node.kubernetes.io/unschedulable", "NoSchedule"),
    }  # fmt: skip


def test_each_pod_names_its_node_by_affinity(lab):
    lab.create(daemonset())
    lab.until(lambda: len(nodes_of(lab)) == 2 and all(nodes_of(lab)), 30)
    for found in lab.pods(app="agent"):
        required = found["spec"]["affinity"]["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]
        assert required == {"nodeSelectorTerms": [{"matchFields": [
            {"key": "metadata.name", "operator": "In", "values": [found["spec"]["nodeName"]]}]}]}  # fmt: skip


def test_a_rolling_update_replaces_one_after_the_other(lab):
    lab.create(daemonset())
    lab.until(lambda: status(lab) == (2, 2, 2, 2), 60)
    lab.patch("daemonsets", "agent", {"spec": {"template": {"spec": {"containers": [
        {"name": "agent", "image": "busybox:1.37"}]}}}})  # fmt: skip
    least = 2
    while {found["spec"]["containers"][0]["image"] for found in lab.pods(app="agent")} != {"busybox:1.37"} or not (
        status(lab) == (2, 2, 2, 2)
    ):
        lab.cluster.run_until(lab.cluster.next_due())
        least = min(least, sum(lab.is_ready(found) for found in lab.pods(app="agent")))
    assert least == 1
    assert len(lab.items("controllerrevisions")) == 2


def test_on_delete_waits_for_somebody_to_delete(lab):
    lab.create(daemonset(updateStrategy={"type": "OnDelete"}))
    lab.until(lambda: status(lab) == (2, 2, 2, 2), 60)
    lab.patch("daemonsets", "agent", {"spec": {"template": {"spec": {"containers": [
        {"name": "agent", "image": "busybox:1.37"}]}}}})  # fmt: skip
    lab.advance(60)
    assert {found["spec"]["containers"][0]["image"] for found in lab.pods(app="agent")} == {"busybox:1.36"}
    lab.delete("pods", lab.pods(app="agent")[0]["metadata"]["name"])
    both = ["busybox:1.36", "busybox:1.37"]
    lab.until(lambda: sorted(found["spec"]["containers"][0]["image"] for found in lab.pods(app="agent")) == both, 90)
    lab.until(lambda: status(lab) == (2, 2, 2, 2), 60)


@pytest.mark.parametrize(
    ("rolling", "words"),
    [
        ({"maxSurge": 1, "maxUnavailable": 1},
         "spec.updateStrategy.rollingUpdate.maxSurge: Invalid value: 1: "
         "may not be set when maxUnavailable is non-zero"),
        ({"maxUnavailable": 0},
         "spec.updateStrategy.rollingUpdate.maxUnavailable: Required value: cannot be 0 when maxSurge is 0"),
    ],
)  # fmt: skip
def test_a_strategy_has_to_make_sense(lab, rolling, words):
    manifest = daemonset(updateStrategy={"rollingUpdate": rolling})
    assert lab.refusal(lab.create, manifest) == f'DaemonSet.apps "agent" is invalid: {words}'
