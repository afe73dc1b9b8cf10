"""In-place resize: other requests and limits for a Pod that runs.

Source: kubernetes.io, tasks/configure-pod-container/resize-container-resources; KEP-1287; the refusals are those of
pkg/apis/core/validation/validation.go (ValidatePodResize).
"""

import json

import pytest

from tests.console import Console

POD = """
apiVersion: v1
kind: Pod
metadata: {name: demo}
spec:
  nodeName: worker-1
  containers:
  - name: pause
    image: registry.k8s.io/pause:3.8
    resizePolicy:
    - {resourceName: cpu, restartPolicy: NotRequired}
    - {resourceName: memory, restartPolicy: RestartContainer}
    resources: {limits: {cpu: "1", memory: 200Mi}, requests: {cpu: 700m, memory: 100Mi}}
"""
OTHER = """
apiVersion: v1
kind: Pod
metadata: {name: other}
spec:
  nodeName: worker-1
  containers: [{name: c, image: nginx, resources: {requests: {cpu: 900m}}}]
"""


def resize(resources, flags="--subresource resize"):
    patch = {"spec": {"containers": [{"name": "pause", "resources": resources}]}}
    return f"kubectl patch pod demo {flags} --patch '{json.dumps(patch)}'"


def container(console):
    return console.get("pod", "demo")["status"]["containerStatuses"][0]


def pending(console):
    conditions = console.get("pod", "demo")["status"]["conditions"]
    return next((each for each in conditions if each["type"] == "PodResizePending"), None)


@pytest.fixture
def demo(console):
    console.apply(POD)
    console.advance(20)
    return console


def test_processor_time_is_changed_while_the_container_runs_on(demo):
    demo.ok(resize({"requests": {"cpu": "800m"}}))
    demo.advance(5)
    assert container(demo)["resources"]["requests"]["cpu"] == "800m"
    assert container(demo)["allocatedResources"]["cpu"] == "800m"
    assert container(demo)["restartCount"] == 0


def test_memory_is_changed_by_a_restart_where_the_policy_wants_it(demo):
    demo.ok(resize({"limits": {"memory": "300Mi"}}))
    demo.advance(40)
    assert container(demo)["restartCount"] == 1
    assert container(demo)["resources"]["limits"]["memory"] == "300Mi"
    assert "Container pause resize requires restart" in demo.ok("kubectl describe pod demo")


def test_what_the_node_never_could_give_is_infeasible_and_the_container_keeps_what_it_has(demo):
    demo.ok(resize({"requests": {"cpu": "100"}, "limits": {"cpu": "100"}}))
    demo.advance(5)
    assert pending(demo)["reason"] == "Infeasible"
    assert pending(demo)["message"] == "Node didn't have enough capacity: cpu, requested: 100000, capacity: 2000"
    assert container(demo)["resources"]["requests"]["cpu"] == "700m"


def test_what_others_leave_no_room_for_is_deferred_until_they_go(demo):
    demo.apply(OTHER)
    demo.advance(20)
    demo.ok(resize({"requests": {"cpu": "1400m"}, "limits": {"cpu": "1500m"}}))
    demo.advance(5)
    assert pending(demo)["reason"] == "Deferred"
    demo.ok("kubectl delete pod other")
    demo.advance(5)
    assert pending(demo) is None
    assert container(demo)["resources"]["requests"]["cpu"] == "1400m"


@pytest.mark.parametrize(
    ("resources", "why"),
    [
        ({"limits": None}, "spec.containers[0].resources.limits: Forbidden: resource limits cannot be removed"),
        ({"limits": {"ephemeral-storage": "1Gi"}}, "spec: Forbidden: only cpu and memory resources are mutable"),
        (
            {"requests": {"cpu": "1", "memory": "200Mi"}},
            'spec: Invalid value: "Guaranteed": Pod QOS Class may not change as a result of resizing',
        ),
    ],
)
def test_what_may_not_change_is_refused(demo, resources, why):
    assert why in demo.fails(resize(resources))


def test_without_the_subresource_resources_stay_as_they_are(demo):
    assert "pod updates may not change fields other than" in demo.fails(resize({"requests": {"cpu": "800m"}}, ""))


def test_version_1_32_does_not_have_it_yet():
    console = Console("three-nodes", "1.32")
    console.apply(POD)
    assert "the server could not find the requested resource" in console.fails(resize({"requests": {"cpu": "800m"}}))


def condition_types(console):
    return [each["type"] for each in console.get("pod", "demo")["status"]["conditions"]]


def test_a_resize_is_in_progress_and_then_completed(demo):
    demo.ok(resize({"limits": {"memory": "300Mi"}}))
    assert condition_types(demo)[0] == "PodResizeInProgress"
    demo.advance(40)
    assert "PodResizeInProgress" not in condition_types(demo)
    told = demo.ok(
        "kubectl get events --sort-by=.lastTimestamp -o jsonpath='{range .items[*]}{.reason} {.message}{\"\\n\"}{end}'"
    )
    resources = '{"limits":{"cpu":"1","memory":"300Mi"},"requests":{"cpu":"700m","memory":"100Mi"}}'
    summary = f'{{"containers":[{{"name":"pause","resources":{resources}}}],"generation":2}}'
    assert f"ResizeStarted Pod resize started: {summary}" in told
    assert f"ResizeCompleted Pod resize completed: {summary}" in told


def test_one_that_waits_says_why_in_an_event(demo):
    demo.ok(resize({"requests": {"cpu": "100"}, "limits": {"cpu": "100"}}))
    demo.advance(5)
    told = demo.ok("kubectl get events --field-selector reason=ResizeInfeasible -o jsonpath='{.items[*].message}'")
    assert told.startswith('Pod resize Infeasible: {"containers":[{"name":"pause"')
    assert '"generation":2,"error":"Node didn\'t have enough capacity: cpu, requested: 100000, capacity: 2000"}' in told


@pytest.mark.parametrize(("version", "reasons"), [("1.33", []), ("1.34", ["ResizeCompleted"])])
def test_older_versions_say_less(version, reasons):
    console = Console(version=version)
    console.apply(POD)
    console.advance(20)
    console.ok(resize({"requests": {"cpu": "800m"}}))
    console.advance(5)
    told = console.ok("kubectl get events -o jsonpath='{.items[*].reason}'").split()
    assert [reason for reason in told if reason.startswith("Resize")] == reasons
