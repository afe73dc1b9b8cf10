"""ReplicationControllers: what ReplicaSets were before, and still kept.

Source: kubernetes.io, concepts/workloads/controllers/replicationcontroller; pkg/controller/replication.
"""

import yaml

CONTROLLER = {"apiVersion": "v1", "kind": "ReplicationController", "metadata": {"name": "web"}, "spec": {
    "replicas": 3, "selector": {"app": "web"},
    "template": {"metadata": {"labels": {"app": "web"}}, "spec": {
        "terminationGracePeriodSeconds": 1, "containers": [{"name": "nginx", "image": "nginx:1.27"}]}}}}  # fmt: skip


def pods(console):
    return console.ok("kubectl get pods -l app=web -o name").split()


def test_it_keeps_as_many_pods_as_it_wants(console):
    console.apply(CONTROLLER)
    console.advance(15)
    assert console.ok("kubectl get rc").splitlines()[1].split() == ["web", "3", "3", "3", "15s"]
    assert console.get("rc", "web")["status"] == {
        "replicas": 3, "fullyLabeledReplicas": 3, "readyReplicas": 3, "availableReplicas": 3, "observedGeneration": 1,
    }  # fmt: skip
    console.ok(f"kubectl delete {pods(console)[0]}")
    console.advance(10)
    assert len(pods(console)) == 3
    assert console.ok("kubectl scale rc web --replicas=1") == "replicationcontroller/web scaled\n"
    console.advance(10)
    assert len(pods(console)) == 1
    events = console.ok("kubectl events --for rc/web --no-headers")
    assert (events.count("SuccessfulCreate"), events.count("SuccessfulDelete")) == (4, 2)


def test_it_lets_go_what_no_longer_matches_and_adopts_what_does(console):
    console.ok("kubectl run lone --image=nginx:1.27 --labels=app=web")
    console.apply(CONTROLLER)
    console.advance(10)
    assert "pod/lone" in pods(console)
    assert len(pods(console)) == 3
    console.ok("kubectl label pod lone app=other --overwrite")
    console.advance(10)
    assert len(pods(console)) == 3
    assert "ownerReferences" not in console.get("pod", "lone")["metadata"]


def test_deleting_it_deletes_its_pods(console):
    console.apply(CONTROLLER)
    console.advance(10)
    console.ok("kubectl delete rc web")
    console.advance(10)
    assert pods(console) == []


def test_its_selector_has_to_match_its_template(console):
    console.write("rc.yaml", yaml.safe_dump({**CONTROLLER, "spec": {**CONTROLLER["spec"], "selector": {"a": "b"}}}))
    assert "`selector` does not match template `labels`" in console.fails("kubectl create -f rc.yaml")
