"""Deployments: rollouts, their arithmetic, pauses, histories, deadlines.

Source: kubernetes.io, concepts/workloads/controllers/deployment; pkg/controller/deployment.
"""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kubelab.cluster.controllers import rolling
from tests.cluster.lab import Lab, condition, deployment, documents

REVISION = "deployment.kubernetes.io/revision"
HISTORY = "deployment.kubernetes.io/revision-history"
DESIRED = "deployment.kubernetes.io/desired-replicas"
MOST = "deployment.kubernetes.io/max-replicas"


def image(lab, name, value="nginx:1.26"):
    patch = {"spec": {"template": {"spec": {"containers": [{"name": name, "image": value}]}}}}
    lab.patch("deployments", name, patch)


def is_rolled_out(lab, name="web"):
    found = lab.get("deployments", name)
    status, replicas = found["status"], found["spec"]["replicas"]
    return status.get("observedGeneration") == found["metadata"]["generation"] and all(
        status.get(count, 0) == replicas for count in ("replicas", "updatedReplicas", "availableReplicas")
    )


def started(lab, **about):
    lab.create(deployment(**about))
    lab.until(lambda: is_rolled_out(lab))
    return lab


def sizes(lab):
    """The ReplicaSets' sizes by their revision."""
    return {rs["metadata"]["annotations"][REVISION]: rs["spec"]["replicas"] for rs in lab.items("replicasets")}


def steps(lab, seconds=120):
    """All sizes that the ReplicaSets go through."""
    seen, end = [], lab.cluster.clock.now + seconds
    while lab.cluster.clock.now < end:
        now = sizes(lab)
        if not seen or seen[-1] != now:
            seen.append(now)
        due = lab.cluster.next_due()
        if due is None or due > end:
            break
        lab.cluster.run_until(due)
    return seen


# arithmetic


@pytest.mark.parametrize(
    ("replicas", "surge", "unavailable", "found"),
    [
        (10, "25%", "25%", (3, 2)),  # surge is rounded up, unavailability down
        (4, "25%", "25%", (1, 1)),
        (3, "25%", "25%", (1, 0)),
        (1, "25%", "25%", (1, 0)),
        (10, 0, 2, (0, 2)),
        (10, 0, "5%", (0, 1)),  # both come to 0: then one may be missing
        (10, "0%", "0%", (0, 1)),
        (2, "100%", 0, (2, 0)),
    ],
)
def test_percentages_become_numbers_of_pods(replicas, surge, unavailable, found):
    strategy = {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": surge, "maxUnavailable": unavailable}}
    assert rolling.fenceposts({"spec": {"replicas": replicas, "strategy": strategy}}) == found


@settings(max_examples=12, deadline=None)
@given(replicas=st.integers(1, 7), surge=st.integers(0, 3), unavailable=st.integers(0, 3))
def test_a_rollout_never_leaves_its_bounds(replicas, surge, unavailable):
    strategy = {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": surge, "maxUnavailable": unavailable}}
    if surge == unavailable == 0:
        fresh = Lab()
        words = fresh.refusal(fresh.create, deployment(replicas=replicas, strategy=strategy))
        assert words == (
            'Deployment.apps "web" is invalid: spec.strategy.rollingUpdate.maxUnavailable: Invalid value: 0: '
            "may not be 0 when `maxSurge` is 0"
        )
        return
    lab = started(Lab(), replicas=replicas, strategy=strategy)
    image(lab, "web")
    while not is_rolled_out(lab):
        lab.cluster.run_until(lab.cluster.next_due())
        replicasets = lab.items("replicasets")
        assert sum(rs["spec"]["replicas"] for rs in replicasets) <= replicas + surge
        available = sum(rs["status"].get("availableReplicas", 0) for rs in replicasets)
        assert available >= replicas - max(unavailable, int(surge == 0))


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        ({"strategy": {"type": "Recreate", "rollingUpdate": {"maxSurge": 1}}},
         "spec.strategy.rollingUpdate: Forbidden: may not be specified when strategy `type` is 'Recreate'"),
        ({"strategy": {"type": "Fast"}},
         'spec.strategy.type: Unsupported value: "Fast": supported values: "Recreate", "RollingUpdate"'),
        ({"strategy": {"rollingUpdate": {"maxUnavailable": "101%"}}},
         'spec.strategy.rollingUpdate.maxUnavailable: Invalid value: "101%": must not be greater than 100%'),
        ({"strategy": {"rollingUpdate": {"maxSurge": -1}}},
         "spec.strategy.rollingUpdate.maxSurge: Invalid value: -1: must be greater than or equal to 0"),
        ({"progressDeadlineSeconds": 5, "minReadySeconds": 5},
         "spec.progressDeadlineSeconds: Invalid value: 5: must be greater than minReadySeconds"),
    ],
)  # fmt: skip
def test_a_strategy_has_to_make_sense(lab, spec, words):
    assert lab.refusal(lab.create, deployment(**spec)) == f'Deployment.apps "web" is invalid: {words}'


def test_changing_to_recreate_means_taking_the_settings_away(lab):
    lab.create(deployment())
    words = lab.refusal(lab.patch, "deployments", "web", {"spec": {"strategy": {"type": "Recreate"}}})
    assert words.endswith("may not be specified when strategy `type` is 'Recreate'")
    lab.patch("deployments", "web", {"spec": {"strategy": {"type": "Recreate", "rollingUpdate": None}}})


def test_a_rollout_goes_step_by_step(lab):
    started(lab, replicas=4, strategy={"rollingUpdate": {"maxSurge": 1, "maxUnavailable": 1}})
    image(lab, "web")
    first, *_, last = steps(lab)
    assert first == {"1": 4}
    assert last == {"1": 0, "2": 4}
    messages = lab.events("web", "ScalingReplicaSet")
    old, new = (
        rs["metadata"]["name"] for rs in sorted(lab.items("replicasets"), key=lambda rs: rs["spec"]["replicas"])
    )
    assert f"Scaled up replica set {old} from 0 to 4" in messages
    assert f"Scaled up replica set {new} from 0 to 1" in messages
    assert f"Scaled down replica set {old} from 4 to 3" in messages
    assert f"Scaled up replica set {new} from 1 to 2" in messages


def test_the_replicasets_are_named_and_labelled_by_the_templates_hash(lab):
    started(lab)
    (replicaset,) = lab.items("replicasets")
    hashed = replicaset["metadata"]["labels"]["pod-template-hash"]
    assert replicaset["metadata"]["name"] == f"web-{hashed}"
    assert replicaset["spec"]["selector"]["matchLabels"] == {"app": "web", "pod-template-hash": hashed}
    assert all(found["metadata"]["labels"]["pod-template-hash"] == hashed for found in lab.pods(app="web"))
    assert replicaset["metadata"]["annotations"] == {REVISION: "1", DESIRED: "3", MOST: "4"}


def test_a_broken_image_stops_a_rollout_where_availability_ends(lab):
    started(lab)
    image(lab, "web", "nginx:doesnotexist")
    lab.advance(120)
    assert sizes(lab) == {"1": 3, "2": 1}
    assert lab.get("deployments", "web")["status"]["availableReplicas"] == 3


def test_a_rollout_that_gets_stuck_is_told_after_its_deadline(lab):
    started(lab, progressDeadlineSeconds=60)
    image(lab, "web", "nginx:doesnotexist")
    lab.advance(58)
    assert condition(lab.get("deployments", "web"), "Progressing")["reason"] == "ReplicaSetUpdated"
    lab.advance(6)
    progressing = condition(lab.get("deployments", "web"), "Progressing")
    name = next(rs["metadata"]["name"] for rs in lab.items("replicasets") if rs["spec"]["replicas"] == 1)
    assert (progressing["status"], progressing["reason"], progressing["message"]) == (
        "False", "ProgressDeadlineExceeded", f'ReplicaSet "{name}" has timed out progressing.',
    )  # fmt: skip
    image(lab, "web", "nginx:1.26")
    lab.until(lambda: is_rolled_out(lab))
    progressing = condition(lab.get("deployments", "web"), "Progressing")
    assert (progressing["status"], progressing["reason"]) == ("True", "NewReplicaSetAvailable")


def test_conditions_of_a_deployment_that_is_available(lab):
    started(lab)
    found = lab.get("deployments", "web")
    available = condition(found, "Available")
    assert (available["status"], available["reason"], available["message"]) == (
        "True", "MinimumReplicasAvailable", "Deployment has minimum availability.",
    )  # fmt: skip
    (replicaset,) = lab.items("replicasets")
    progressing = condition(found, "Progressing")
    assert (progressing["reason"], progressing["message"]) == (
        "NewReplicaSetAvailable", f'ReplicaSet "{replicaset["metadata"]["name"]}" has successfully progressed.',
    )  # fmt: skip
    assert {"lastTransitionTime", "lastUpdateTime"} <= set(progressing)


def test_recreate_waits_for_the_last_old_pod(lab):
    started(lab, strategy={"type": "Recreate"})
    image(lab, "web")
    while not is_rolled_out(lab):
        lab.cluster.run_until(lab.cluster.next_due())
        images = {found["spec"]["containers"][0]["image"] for found in lab.pods(app="web")}
        assert len(images) <= 1
    assert images == {"nginx:1.26"}


def test_a_paused_deployment_collects_changes_and_still_scales(lab):
    started(lab)
    lab.patch("deployments", "web", {"spec": {"paused": True}})
    image(lab, "web")
    lab.advance(5)
    paused = lab.get("deployments", "web")
    assert sizes(lab) == {"1": 3}
    progressing = condition(paused, "Progressing")
    assert (progressing["status"], progressing["reason"], progressing["message"]) == (
        "Unknown", "DeploymentPaused", "Deployment is paused",
    )  # fmt: skip
    lab.scale("deployments", "web", 5)
    lab.until(lambda: lab.ready(5, app="web"))
    assert sizes(lab) == {"1": 5}
    image(lab, "web", "nginx:1.25")
    lab.patch("deployments", "web", {"spec": {"paused": False}})
    lab.until(lambda: is_rolled_out(lab))
    assert sizes(lab) == {"1": 0, "2": 5}  # both changes were one rollout
    left = [p for p in lab.pods(app="web") if "deletionTimestamp" not in p["metadata"]]
    assert {p["spec"]["containers"][0]["image"] for p in left} == {"nginx:1.25"}


def test_a_rollback_reuses_the_old_replicaset_and_renumbers_it(lab):
    started(lab)
    image(lab, "web")
    lab.until(lambda: is_rolled_out(lab))
    image(lab, "web", "nginx:1.27")
    lab.until(lambda: is_rolled_out(lab))
    assert sizes(lab) == {"2": 0, "3": 3}
    (current,) = [rs for rs in lab.items("replicasets") if rs["spec"]["replicas"]]
    assert current["metadata"]["annotations"][HISTORY] == "1"
    assert lab.get("deployments", "web")["metadata"]["annotations"][REVISION] == "3"


def test_the_history_is_as_long_as_its_limit(lab):
    started(lab, revisionHistoryLimit=2)
    for number in range(4):
        image(lab, "web", f"nginx:1.2{number}")
        lab.until(lambda: is_rolled_out(lab))
    lab.advance(60)
    assert sizes(lab) == {"3": 0, "4": 0, "5": 3}


def test_a_change_of_scale_in_the_middle_of_a_rollout_is_shared_in_proportion(lab):
    started(lab, replicas=10, strategy={"rollingUpdate": {"maxSurge": 3, "maxUnavailable": 2}})
    image(lab, "web", "nginx:doesnotexist")
    lab.advance(30)
    assert sizes(lab) == {"1": 8, "2": 5}
    lab.scale("deployments", "web", 15)
    lab.advance(1)
    assert sizes(lab) == {"1": 11, "2": 7}  # kubernetes.io: "Proportional scaling"


def test_a_name_that_another_has_counts_as_a_collision(lab):
    started(lab)
    (replicaset,) = lab.items("replicasets")
    lab.delete("deployments", "web", propagationPolicy="Orphan")
    lab.advance(1)
    lab.delete("replicasets", replicaset["metadata"]["name"], propagationPolicy="Background")
    lab.advance(60)
    (stranger,) = documents({"apiVersion": "apps/v1", "kind": "ReplicaSet",
                             "metadata": {"name": replicaset["metadata"]["name"]},
                             "spec": {"replicas": 0, "selector": {"matchLabels": {"app": "other"}},
                                      "template": {"metadata": {"labels": {"app": "other"}},
                                                   "spec": replicaset["spec"]["template"]["spec"]}}})  # fmt: skip
    lab.create(stranger)
    started(lab)
    assert lab.get("deployments", "web")["status"]["collisionCount"] == 1
    names = {rs["metadata"]["name"] for rs in lab.items("replicasets")}
    assert len(names) == 2 and stranger["metadata"]["name"] in names


def test_annotations_are_handed_down_but_for_the_deployments_own(lab):
    manifest = deployment()
    manifest["metadata"]["annotations"] = {
        "kubernetes.io/change-cause": "first", "kubectl.kubernetes.io/last-applied-configuration": "{}",
    }  # fmt: skip
    lab.create(manifest)
    lab.until(lambda: is_rolled_out(lab))
    (replicaset,) = lab.items("replicasets")
    assert replicaset["metadata"]["annotations"] == {
        "kubernetes.io/change-cause": "first", REVISION: "1", DESIRED: "3", MOST: "4",
    }  # fmt: skip


def test_min_ready_seconds_slow_a_rollout_down(lab):
    lab.create(deployment(replicas=1, minReadySeconds=30))
    lab.until(lambda: lab.ready(1, app="web"))
    lab.advance(25)
    assert lab.get("deployments", "web")["status"].get("availableReplicas", 0) == 0
    lab.advance(7)
    assert lab.get("deployments", "web")["status"]["availableReplicas"] == 1


def test_a_deployment_that_only_counts_its_pods_comes_to_what_a_whole_look_at_it_comes_to(monkeypatch):
    def life(lab):
        started(lab, replicas=5)
        lab.patch("deployments", "web", {"spec": {"replicas": 8}, "metadata": {"annotations": {"team": "a"}}})
        lab.advance(5)
        for pod in lab.items("pods")[:3]:
            lab.delete("pods", pod["metadata"]["name"])
        lab.advance(60)
        lab.patch("deployments", "web", {"spec": {"paused": True}})
        lab.advance(1)
        lab.patch("deployments", "web", {"spec": {"paused": False}, "metadata": {"labels": {"tier": "front"}}})
        image(lab, "web")
        lab.advance(90)
        return list(lab.cluster.store.items())

    short, long = Lab(), Lab()
    monkeypatch.setattr(long.cluster.components["deployment"], "settled", lambda *_: ())
    assert life(short) == life(long)
