"""StatefulSets: Pods with a name, an order and volumes of their own.

Source: kubernetes.io, concepts/workloads/controllers/statefulset, tutorials/stateful-application/basic-stateful-set;
pkg/controller/statefulset.
"""

import pytest
import yaml

from tests.console import Console


def statefulset(replicas=3, image="nginx:1.27", pod=None, **spec):
    containers = [{"name": "nginx", "image": image}]
    template = {"metadata": {"labels": {"app": "web"}},
                "spec": {"terminationGracePeriodSeconds": 1, "containers": containers, **(pod or {})}}  # fmt: skip
    return {"apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": {"name": "web"}, "spec": {
        "serviceName": "web", "replicas": replicas, "selector": {"matchLabels": {"app": "web"}},
        "template": template, **spec}}  # fmt: skip


SERVICE = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web"},
           "spec": {"clusterIP": "None", "selector": {"app": "web"}, "ports": [{"port": 80}]}}  # fmt: skip
CLAIM = {"metadata": {"name": "data"},
         "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}}  # fmt: skip
NEVER_READY = {"readinessProbe": {"exec": {"command": ["false"]}, "periodSeconds": 1}}


def pods(console):
    return [line.removeprefix("pod/") for line in console.ok("kubectl get pods -l app=web -o name").split()]


def images(console):
    columns = "-o custom-columns=:.spec.containers[0].image --no-headers"
    return console.ok(f"kubectl get pods -l app=web {columns}").split()


def status(console):
    return console.get("statefulset", "web")["status"]


def events(console):
    lines = console.ok("kubectl events --for statefulset/web --no-headers").splitlines()
    return [tuple(line.split(None, 4)[2::2]) for line in lines]


def settled(console, seconds=90):
    for _ in range(seconds):
        console.advance(1)
        found = status(console)
        if found.get("readyReplicas", 0) == console.get("statefulset", "web")["spec"]["replicas"] == found["replicas"]:
            return
    raise AssertionError(f"not ready: {found}")


def test_pods_are_made_one_after_the_other(console):
    console.apply(statefulset())
    seen = []
    while status(console).get("readyReplicas", 0) < 3:
        console.advance(0.5)
        there = pods(console)
        if there not in seen:
            seen.append(there)
            assert status(console).get("readyReplicas", 0) == len(there) - 1  # all but the newest are ready
    assert seen == [["web-0"], ["web-0", "web-1"], ["web-0", "web-1", "web-2"]]
    assert "web    3/3" in console.ok("kubectl get sts")
    assert events(console) == [
        ("SuccessfulCreate", f"create Pod web-{number} in StatefulSet web successful") for number in range(3)
    ]


def test_parallel_ones_are_made_at_once(console):
    console.apply(statefulset(podManagementPolicy="Parallel"))
    console.advance(0.5)
    assert pods(console) == ["web-0", "web-1", "web-2"]


def test_each_pod_knows_who_it_is_and_is_found_by_name(console):
    console.apply(SERVICE, statefulset(replicas=2))
    settled(console)
    console.advance(2)
    pod = console.get("pod", "web-1")
    revision = status(console)["updateRevision"]
    assert pod["metadata"]["labels"] == {
        "app": "web", "statefulset.kubernetes.io/pod-name": "web-1", "apps.kubernetes.io/pod-index": "1",
        "controller-revision-hash": revision,
    }  # fmt: skip
    assert (pod["spec"]["hostname"], pod["spec"]["subdomain"]) == ("web-1", "web")
    ip = pod["status"]["podIP"]
    found = console.ok("kubectl exec web-0 -- getent hosts web-1.web")
    assert found.split() == [ip, "web-1.web.default.svc.cluster.local"]
    assert console.ok("kubectl exec web-0 -- hostname") == "web-0\n"


def test_numbers_may_start_elsewhere(console):
    console.apply(statefulset(replicas=2, ordinals={"start": 5}))
    settled(console)
    assert pods(console) == ["web-5", "web-6"]


def test_the_last_goes_first(console):
    console.apply(statefulset())
    settled(console)
    assert console.ok("kubectl scale sts web --replicas=1") == "statefulset.apps/web scaled\n"
    gone = []
    for _ in range(40):
        console.advance(0.5)
        gone += [name for name in ("web-0", "web-1", "web-2") if name not in pods(console) and name not in gone]
    assert gone == ["web-2", "web-1"]
    assert sorted(what for reason, what in events(console) if reason == "SuccessfulDelete") == [
        "delete Pod web-1 in StatefulSet web successful", "delete Pod web-2 in StatefulSet web successful",
    ]  # fmt: skip


def test_a_deleted_pod_comes_back_under_its_name(console):
    console.apply(statefulset())
    settled(console)
    uid = console.get("pod", "web-1")["metadata"]["uid"]
    console.ok("kubectl delete pod web-1")
    settled(console)
    assert pods(console) == ["web-0", "web-1", "web-2"]
    assert console.get("pod", "web-1")["metadata"]["uid"] != uid


def test_a_rolling_update_goes_from_the_last_to_the_first(console):
    console.apply(statefulset())
    settled(console)
    old = status(console)["currentRevision"]
    seen = [images(console)]
    console.ok("kubectl set image sts/web nginx=nginx:1.28")
    for _ in range(60):
        console.advance(0.5)
        if len(found := images(console)) == 3 and seen[-1] != found:
            seen.append(found)
    a, b = "nginx:1.27", "nginx:1.28"
    assert seen == [[a, a, a], [a, a, b], [a, b, b], [b, b, b]]
    found = status(console)
    assert found["currentRevision"] == found["updateRevision"] != old
    assert (found["currentReplicas"], found["updatedReplicas"]) == (3, 3)
    assert console.ok("kubectl rollout status sts/web") == (
        "partitioned roll out complete: 3 new pods have been updated...\n"
    )
    assert console.ok("kubectl rollout undo sts/web") == "statefulset.apps/web rolled back\n"
    console.advance(60)
    assert images(console) == [a, a, a]
    history = yaml.safe_load(console.ok("kubectl get controllerrevisions -o yaml"))["items"]
    assert sorted(revision["revision"] for revision in history) == [2, 3]


def test_a_partition_holds_the_lower_ones_back(console):
    console.apply(statefulset(updateStrategy={"type": "RollingUpdate", "rollingUpdate": {"partition": 2}}))
    settled(console)
    console.ok("kubectl set image sts/web nginx=nginx:1.28")
    console.advance(40)
    assert images(console) == ["nginx:1.27", "nginx:1.27", "nginx:1.28"]
    console.ok("kubectl delete pod web-0")
    console.advance(20)
    assert images(console)[0] == "nginx:1.27"  # made again as it was
    console.ok("""kubectl patch sts web -p '{"spec":{"updateStrategy":{"rollingUpdate":{"partition":0}}}}'""")
    console.advance(60)
    assert set(images(console)) == {"nginx:1.28"}


def test_on_delete_waits_for_somebody_to_delete(console):
    console.apply(statefulset(replicas=2, updateStrategy={"type": "OnDelete"}))
    settled(console)
    console.ok("kubectl set image sts/web nginx=nginx:1.28")
    console.advance(30)
    assert set(images(console)) == {"nginx:1.27"}
    console.ok("kubectl delete pod web-0")
    console.advance(20)
    assert images(console) == ["nginx:1.28", "nginx:1.27"]


def test_a_broken_update_stops_and_needs_a_hand_even_after_it_was_mended(console):
    """The documentation's "Forced rollback"."""
    console.apply(statefulset())
    settled(console)
    console.ok("kubectl set image sts/web nginx=nginx:none")
    console.advance(60)
    assert images(console) == ["nginx:1.27", "nginx:1.27", "nginx:none"]
    console.ok("kubectl set image sts/web nginx=nginx:1.27")
    console.advance(60)
    assert images(console)[2] == "nginx:none"
    console.ok("kubectl delete pod web-2")
    settled(console)
    assert set(images(console)) == {"nginx:1.27"}


def test_one_that_is_never_ready_holds_up_the_others(console):
    container = {"name": "nginx", "image": "nginx:1.27", **NEVER_READY}
    console.apply(statefulset(pod={"containers": [container]}))
    console.advance(60)
    assert pods(console) == ["web-0"]


def test_min_ready_seconds_keep_the_next_one_waiting(console):
    console.apply(statefulset(replicas=2, minReadySeconds=20))
    console.advance(15)
    assert (pods(console), status(console)["availableReplicas"]) == (["web-0"], 0)
    console.advance(15)
    assert (pods(console), status(console)["availableReplicas"]) == (["web-0", "web-1"], 1)


def test_each_pod_has_claims_of_its_own_that_outlive_it(console):
    mounts = {"containers": [{"name": "nginx", "image": "nginx:1.27",
                              "volumeMounts": [{"name": "data", "mountPath": "/data"}]}]}  # fmt: skip
    console.apply(statefulset(replicas=2, pod=mounts, volumeClaimTemplates=[CLAIM], podManagementPolicy="Parallel"))
    console.advance(10)
    assert console.ok("kubectl get pvc -o name").split() == [
        "persistentvolumeclaim/data-web-0", "persistentvolumeclaim/data-web-1",
    ]  # fmt: skip
    claim = console.get("persistentvolumeclaim", "data-web-0")
    assert claim["metadata"]["labels"] == {"app": "web"}
    assert claim["status"]["phase"] == "Pending"
    assert console.get("pod", "web-0")["spec"]["volumes"][0] == {
        "name": "data", "persistentVolumeClaim": {"claimName": "data-web-0"},
    }  # fmt: skip
    assert "web-0   0/1     Pending" in console.ok("kubectl get pods")  # nobody provides a volume
    assert "pod has unbound immediate PersistentVolumeClaims" in console.ok("kubectl describe pod web-0")
    assert ("SuccessfulCreate", "create Claim data-web-0 Pod web-0 in StatefulSet web success") in events(console)
    console.ok("kubectl delete sts web")
    console.advance(20)
    assert (pods(console), len(console.ok("kubectl get pvc -o name").split())) == ([], 2)


def test_claims_may_go_with_the_pod_or_the_set(console):
    policy = {"whenScaled": "Delete", "whenDeleted": "Delete"}
    console.apply(statefulset(replicas=2, volumeClaimTemplates=[CLAIM], podManagementPolicy="Parallel",
                              persistentVolumeClaimRetentionPolicy=policy))  # fmt: skip
    console.advance(10)
    owner = console.get("persistentvolumeclaim", "data-web-0")["metadata"]["ownerReferences"][0]
    assert (owner["kind"], owner["name"]) == ("StatefulSet", "web")
    console.ok("kubectl scale sts web --replicas=1")
    console.advance(10)
    assert console.ok("kubectl get pvc -o name").split() == ["persistentvolumeclaim/data-web-0"]
    console.ok("kubectl delete sts web")
    console.advance(10)
    assert console.run("kubectl get pvc").stderr == "No resources found in default namespace.\n"


def test_several_at_once_since_1_35():
    newer = Console(version="1.36")
    rolling = {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 2}}
    newer.apply(statefulset(replicas=4, podManagementPolicy="Parallel", updateStrategy=rolling))
    settled(newer)
    newer.ok("kubectl set image sts/web nginx=nginx:1.28")
    most = 0
    for _ in range(10):
        newer.advance(0.1)
        found = newer.cluster.store.items("/registry/pods/default/web-")
        most = max(most, sum("deletionTimestamp" in pod["metadata"] for _, pod in found))
    assert most == 2


def test_only_some_fields_may_change(console):
    console.apply(statefulset())
    told = console.fails("""kubectl patch sts web -p '{"spec":{"serviceName":"other"}}'""")
    assert told.startswith('The StatefulSet "web" is invalid: spec: Forbidden: updates to statefulset spec for fields')


@pytest.mark.parametrize("cascade", ["background", "orphan"])
def test_deleting_it_deletes_its_pods_unless_they_are_to_stay(console, cascade):
    console.apply(statefulset(replicas=2))
    settled(console)
    console.ok(f"kubectl delete sts web --cascade={cascade}")
    console.advance(15)
    assert pods(console) == ([] if cascade == "background" else ["web-0", "web-1"])
    if cascade == "orphan":
        uid = console.get("pod", "web-0")["metadata"]["uid"]
        console.apply(statefulset(replicas=2))
        console.advance(5)
        assert console.get("pod", "web-0")["metadata"]["uid"] == uid  # adopted
        assert console.get("pod", "web-0")["metadata"]["ownerReferences"][0]["kind"] == "StatefulSet"
