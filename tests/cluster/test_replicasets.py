"""ReplicaSets: so many Pods, adopted and let go by their labels, given up in a certain order.

Source: kubernetes.io, concepts/workloads/controllers/replicaset; pkg/controller/controller_utils.go
(ActivePodsWithRanks).
"""

import itertools

import pytest

from kubelab.cluster.controllers.pods import by_deletion_rank
from tests.cluster.lab import condition, pod


def replicaset(replicas=3, name="web"):
    return {"apiVersion": "apps/v1", "kind": "ReplicaSet", "metadata": {"name": name},
            "spec": {"replicas": replicas, "selector": {"matchLabels": {"app": name}},
                     "template": {"metadata": {"labels": {"app": name}},
                                  "spec": {"containers": [{"name": "main", "image": "nginx:1.27"}]}}}}  # fmt: skip


def owner_of(obj):
    return [reference["name"] for reference in obj["metadata"].get("ownerReferences") or ()]


def test_it_makes_what_is_missing_and_says_so(lab):
    lab.create(replicaset())
    lab.until(lambda: lab.ready(3, app="web"))
    lab.advance(1)
    names = {found["metadata"]["name"] for found in lab.pods(app="web")}
    assert set(lab.events("web", "SuccessfulCreate")) == {f"Created pod: {name}" for name in names}
    assert all(name.startswith("web-") for name in names)
    status = lab.get("replicasets", "web")["status"]
    assert {name: status[name] for name in ("replicas", "readyReplicas", "availableReplicas")} == {
        "replicas": 3, "readyReplicas": 3, "availableReplicas": 3,
    }  # fmt: skip


def test_a_deleted_pod_is_replaced_while_it_ends(lab):
    lab.create(replicaset())
    lab.until(lambda: lab.ready(3, app="web"))
    victim = lab.pods(app="web")[0]["metadata"]["name"]
    lab.delete("pods", victim)
    lab.advance(0.2)
    alive = [found for found in lab.pods(app="web") if "deletionTimestamp" not in found["metadata"]]
    assert len(alive) == 3 and victim not in [found["metadata"]["name"] for found in alive]


def test_orphans_that_match_are_adopted_and_count(lab):
    for number in range(2):
        lab.create(pod(f"loose{number}", labels={"app": "web"}))
    lab.until(lambda: lab.ready(2, app="web"))
    lab.create(replicaset())
    lab.advance(0.2)
    assert len(lab.pods(app="web")) == 3
    assert owner_of(lab.get("pods", "loose0")) == owner_of(lab.get("pods", "loose1")) == ["web"]


def test_more_orphans_than_wanted_are_too_many(lab):
    for number in range(4):
        lab.create(pod(f"loose{number}", labels={"app": "web"}))
    lab.until(lambda: lab.ready(4, app="web"))
    lab.create(replicaset(1))
    lab.until(lambda: len(lab.pods(app="web")) == 1, 60)


def test_a_relabelled_pod_is_let_go_and_replaced(lab):
    lab.create(replicaset())
    lab.until(lambda: lab.ready(3, app="web"))
    name = lab.pods(app="web")[0]["metadata"]["name"]
    lab.patch("pods", name, {"metadata": {"labels": {"app": "debug"}}})
    lab.advance(0.2)
    assert owner_of(lab.get("pods", name)) == []
    assert len(lab.pods(app="web")) == 3
    lab.patch("pods", name, {"metadata": {"labels": {"app": "web"}}})
    lab.advance(0.2)
    alive = [found for found in lab.pods(app="web") if "deletionTimestamp" not in found["metadata"]]
    assert len(alive) == 3


def test_another_controllers_pods_are_left_alone(lab):
    owner = {"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "gone", "uid": "other", "controller": True}
    manifest = pod("theirs", labels={"app": "web"})
    manifest["metadata"]["ownerReferences"] = [owner]
    manifest["metadata"]["finalizers"] = ["kubelab.dev/stay"]
    lab.create(manifest)
    lab.create(replicaset(1))
    lab.advance(0.2)
    assert len(lab.pods(app="web")) == 2
    assert owner_of(lab.get("pods", "theirs")) == ["gone"]


def test_what_the_server_refuses_is_told(lab):
    manifest = replicaset(2)
    manifest["spec"]["template"]["spec"]["serviceAccountName"] = "nobody"
    lab.create(manifest)
    lab.advance(3)
    why = 'error looking up service account default/nobody: serviceaccount "nobody" not found'
    assert any(message.startswith('Error creating: pods "web-') and message.endswith(f"is forbidden: {why}")
               for message in lab.events("web", "FailedCreate"))  # fmt: skip
    failure = condition(lab.get("replicasets", "web"), "ReplicaFailure")
    assert (failure["status"], failure["reason"]) == ("True", "FailedCreate")
    lab.create({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "nobody"}})
    lab.until(lambda: lab.ready(2, app="web"), 120)
    assert condition(lab.get("replicasets", "web"), "ReplicaFailure") == {}


def test_what_the_server_goes_on_refusing_is_tried_less_and_less_often(lab):
    """client-go's rate limiter: 5 ms, doubled at each failure, and the first refusal stays in the status."""
    manifest = replicaset(2)
    manifest["spec"]["template"]["spec"]["serviceAccountName"] = "nobody"
    lab.create(manifest)
    lab.advance(60)
    before, told = lab.cluster.store.revision, condition(lab.get("replicasets", "web"), "ReplicaFailure")
    lab.advance(60)
    assert condition(lab.get("replicasets", "web"), "ReplicaFailure") == told
    tries = [event for event in lab.items("events") if event["reason"] == "FailedCreate"]
    assert sum(obj["count"] for obj in tries) < 30
    assert lab.cluster.store.revision - before < 100


def test_it_is_deleted_with_its_pods(lab):
    lab.create(replicaset())
    lab.until(lambda: lab.ready(3, app="web"))
    lab.delete("replicasets", "web")
    lab.until(lambda: not lab.pods(app="web"), 60)


# which Pods go first


def candidate(name, node="n1", phase="Running", ready="2026-01-01T00:00:00Z", cost=None, restarts=0,
              created="2026-01-01T00:00:00Z"):  # fmt: skip
    found = {
        "metadata": {"name": name, "creationTimestamp": created},
        "spec": {"nodeName": node} if node else {},
        "status": {"phase": phase, "containerStatuses": [{"restartCount": restarts}]},
    }
    if cost is not None:
        found["metadata"]["annotations"] = {"controller.kubernetes.io/pod-deletion-cost": cost}
    if ready:
        found["status"]["conditions"] = [{"type": "Ready", "status": "True", "lastTransitionTime": ready}]
    return found


LATER = "2026-01-01T01:00:00Z"


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({"node": ""}, {}),  # 1. not assigned
        ({"phase": "Pending"}, {"phase": "Unknown"}),  # 2. Pending, Unknown, Running
        ({"phase": "Unknown"}, {}),
        ({"ready": ""}, {}),  # 3. not ready
        ({"cost": "-5"}, {}),  # 4. lower deletion cost
        ({}, {"cost": "7"}),
        ({"node": "crowded"}, {}),  # 5. more related Pods on the node
        ({"ready": LATER}, {}),  # 6. ready for a shorter time
        ({"restarts": 3}, {}),  # 7. more restarts
        ({"created": LATER}, {}),  # 8. younger
    ],
)
def test_scaling_down_gives_up_first(first, second):
    pods = [candidate("stays", **second), candidate("goes", **first)]
    related = [*pods, candidate("r1", node="crowded"), candidate("r2", node="crowded")]
    for order in itertools.permutations(pods):
        assert [found["metadata"]["name"] for found in by_deletion_rank(order, related)] == ["goes", "stays"]


def test_earlier_criteria_outweigh_all_later_ones():
    chain = [
        candidate("unassigned", node="", cost="99"),
        candidate("pending", phase="Pending", cost="99"),
        candidate("unready", ready="", cost="99"),
        candidate("cheap", cost="-1"),
        candidate("crowded", node="crowded"),
        candidate("fresh", ready=LATER),
        candidate("restarted", restarts=1),
        candidate("young", created=LATER),
        candidate("best"),
    ]
    related = [*chain, candidate("r", node="crowded")] + [candidate(f"c{n}", node="crowded") for n in range(9)]
    ranked = [found["metadata"]["name"] for found in by_deletion_rank(reversed(chain), related)]
    assert ranked == [found["metadata"]["name"] for found in chain]


def test_the_cheapest_pod_goes_when_a_replicaset_shrinks(lab):
    lab.create(replicaset())
    lab.until(lambda: lab.ready(3, app="web"))
    cheap = lab.pods(app="web")[1]["metadata"]["name"]
    lab.patch("pods", cheap, {"metadata": {"annotations": {"controller.kubernetes.io/pod-deletion-cost": "-10"}}})
    lab.scale("replicasets", "web", 2)
    lab.advance(0.2)
    assert lab.events("web", "SuccessfulDelete") == [f"Deleted pod: {cheap}"]
