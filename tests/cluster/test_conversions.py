"""What is served in two versions is one object, whichever way it came.

Source: pkg/apis/autoscaling/v1/conversion.go and pkg/apis/events/v1/conversion.go; kubernetes.io,
tasks/run-application/horizontal-pod-autoscale-walkthrough, "Autoscaling on multiple metrics and custom metrics".
"""

import json

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from kubelab.cluster.api.conversions import converted

NOTE = "autoscaling.alpha.kubernetes.io/"
REFERENCE = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"}
V1 = """
apiVersion: autoscaling/v1
kind: HorizontalPodAutoscaler
metadata: {name: web}
spec:
  minReplicas: 1
  maxReplicas: 3
  targetCPUUtilizationPercentage: 55
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}
"""
V2 = """
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: web}
spec:
  minReplicas: 1
  maxReplicas: 3
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}
  metrics:
  - {type: Resource, resource: {name: cpu, target: {type: Utilization, averageUtilization: 60}}}
  - {type: Resource, resource: {name: memory, target: {type: AverageValue, averageValue: 100Mi}}}
  - {type: Pods, pods: {metric: {name: hits}, target: {type: AverageValue, averageValue: "5"}}}
  behavior: {scaleDown: {stabilizationWindowSeconds: 10}}
"""


@pytest.fixture
def read(lab):
    """A function that gets the autoscaler in a version."""
    return lambda version: lab.request("get", lab.cluster.resources.by_resource("autoscaling", version,
                                       "horizontalpodautoscalers"), "web").object  # fmt: skip


def test_v1_is_read_as_v2(lab, read):
    lab.create(V1)
    assert read("v2")["apiVersion"] == "autoscaling/v2"
    cpu = {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 55}}
    assert read("v2")["spec"]["metrics"] == [{"type": "Resource", "resource": cpu}]
    assert read("v1")["spec"]["targetCPUUtilizationPercentage"] == 55
    assert read("v1")["metadata"].get("annotations") is None
    table = lab.request("list", "horizontalpodautoscalers.v1.autoscaling", accept="Table").object
    assert table["rows"][0]["cells"][2] == "cpu: <unknown>/55%"


def test_what_v1_has_no_field_for_is_kept_in_annotations(lab, read):
    lab.create(V2)
    shown = read("v1")
    assert shown["spec"] == {
        "minReplicas": 1, "maxReplicas": 3, "scaleTargetRef": REFERENCE, "targetCPUUtilizationPercentage": 60
    }  # fmt: skip
    notes = shown["metadata"]["annotations"]
    assert json.loads(notes[f"{NOTE}metrics"]) == [
        {"type": "Resource", "resource": {"name": "memory", "targetAverageValue": "100Mi"}},
        {"type": "Pods", "pods": {"metricName": "hits", "targetAverageValue": "5"}},
    ]
    assert json.loads(notes[f"{NOTE}behavior"])["ScaleDown"]["StabilizationWindowSeconds"] == 10
    kind = "horizontalpodautoscalers.v1.autoscaling"
    lab.request("patch", kind, "web", {"spec": {"maxReplicas": 9}}, content_type="application/merge-patch+json")
    spec = read("v2")["spec"]
    assert spec["maxReplicas"] == 9 and len(spec["metrics"]) == 3
    assert spec["behavior"]["scaleDown"]["stabilizationWindowSeconds"] == 10
    assert read("v2")["metadata"].get("annotations") is None


def test_a_watch_of_v1_tells_v1(lab):
    watch = lab.watch("horizontalpodautoscalers.v1.autoscaling")
    lab.create(V2)
    (event,) = watch.events()
    assert (event.type, event.object["apiVersion"]) == ("ADDED", "autoscaling/v1")


def test_events_have_their_newer_form_in_their_own_group(lab):
    lab.create("apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec: {containers: [{name: web, image: nginx}]}")
    lab.settle()
    kind = lab.cluster.resources.by_resource("events.k8s.io", "v1", "events")
    newer = lab.request("list", kind).object["items"][0]
    older = lab.request("get", "events", newer["metadata"]["name"]).object
    assert (newer["apiVersion"], newer["note"]) == ("events.k8s.io/v1", older["message"])
    assert (newer["regarding"], newer["deprecatedCount"]) == (older["involvedObject"], older["count"])
    assert newer["reportingController"] == older["reportingComponent"] and "message" not in newer


TARGETS = st.one_of(
    st.builds(lambda number: {"type": "Utilization", "averageUtilization": number}, st.integers(1, 200)),
    st.builds(lambda number: {"type": "AverageValue", "averageValue": f"{number}m"}, st.integers(1, 9)),
)
METRICS = st.lists(
    st.builds(lambda name, target: {"type": "Resource", "resource": {"name": name, "target": target}},
              st.sampled_from(["memory", "disk"]), TARGETS), max_size=4,
)  # fmt: skip


@given(METRICS)
def test_there_and_back_is_the_same(metrics):
    spec = {"maxReplicas": 3, **({"metrics": metrics} if metrics else {})}
    obj = {"apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler", "metadata": {"name": "a"}, "spec": spec}
    back = converted(converted(obj, "autoscaling/v1"), "autoscaling/v2")
    assert back["spec"] == spec and back["metadata"] == obj["metadata"]


def test_what_was_applied_in_one_version_may_be_applied_in_the_other(lab, read):
    for manifest, maximum in ((V1, 3), (V2.replace("maxReplicas: 3", "maxReplicas: 4"), 4)):
        obj = yaml.safe_load(manifest)
        version = obj["apiVersion"].partition("/")[2]
        lab.request(
            "patch", f"horizontalpodautoscalers.{version}.autoscaling", "web", obj,
            content_type="application/apply-patch+yaml", fieldManager="me",
        )  # fmt: skip
        assert read("v2")["spec"]["maxReplicas"] == maximum
        assert read("v2")["spec"]["scaleTargetRef"] == REFERENCE
