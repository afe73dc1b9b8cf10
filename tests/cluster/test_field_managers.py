"""Components are named in managedFields as the fields' managers, though nothing is noted when they write.

Expected: what a kubeadm cluster's objects show with `kubectl get -o yaml --show-managed-fields`.
"""

import json

import pytest

from tests.console import Console

APPLIED = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, annotations: {deployment.kubernetes.io/revision: "7"}}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: nginx, image: nginx}]}
"""


@pytest.fixture
def managed(console: Console) -> Console:
    console.ok("kubectl create deployment web --image=nginx")
    console.ok("kubectl expose deployment web --port=80")
    console.ok('kubectl run stuck --image=nginx --overrides \'{"spec":{"nodeSelector":{"a":"b"}}}\'')
    console.advance(60)
    return console


def fields(console: Console, what: str) -> dict[tuple[str, str], dict[str, dict[str, object]]]:
    """Return the fields of each manager and subresource."""
    shown = json.loads(console.ok(f"kubectl get {what} -o json --show-managed-fields"))
    obj = shown["items"][0] if "items" in shown else shown
    return {(e["manager"], e.get("subresource", "")): e["fieldsV1"] for e in obj["metadata"]["managedFields"]}


def test_a_pod_is_its_controllers_and_its_status_the_kubelets(managed: Console) -> None:
    found = fields(managed, "pods -l app=web")
    assert list(found) == [("kube-controller-manager", ""), ("kubelet", "status")]
    made = found["kube-controller-manager", ""]
    assert set(made["f:metadata"]) == {"f:generateName", "f:labels", "f:ownerReferences"}
    assert set(made["f:spec"]) == {
        "f:containers", "f:dnsPolicy", "f:enableServiceLinks", "f:restartPolicy", "f:schedulerName",
        "f:securityContext", "f:terminationGracePeriodSeconds",
    }  # fmt: skip
    reported = found["kubelet", "status"]["f:status"]
    types = ("ContainersReady", "Initialized", "PodReadyToStartContainers", "Ready")
    assert set(reported["f:conditions"]) == {f'k:{{"type":"{each}"}}' for each in types}


def test_a_pod_without_a_node_has_a_condition_of_the_schedulers(managed: Console) -> None:
    found = fields(managed, "pod stuck")
    assert list(found) == [("kubectl-run", ""), ("kube-scheduler", "status")]
    assert set(found["kube-scheduler", "status"]["f:status"]) == {"f:conditions"}


def test_a_deployments_revision_goes_with_the_status_that_its_controller_writes(managed: Console) -> None:
    found = fields(managed, "deployment web")
    assert list(found) == [("kubectl-create", ""), ("kube-controller-manager", "status")]
    annotations = found["kube-controller-manager", "status"]["f:metadata"]["f:annotations"]
    assert annotations == {".": {}, "f:deployment.kubernetes.io/revision": {}}


def test_what_the_server_allocates_and_admission_adds_is_nobodys(managed: Console) -> None:
    (service,) = fields(managed, "service web").values()
    assert set(service["f:spec"]) == {
        "f:internalTrafficPolicy",
        "f:ports",
        "f:selector",
        "f:sessionAffinity",
        "f:type",
    }


def test_applying_what_a_controller_manages_is_a_conflict_with_it(managed: Console) -> None:
    refused = managed.run("kubectl apply --server-side -f - --field-manager=me", APPLIED)
    assert refused.exit == 1
    assert (
        'conflict with "kube-controller-manager" with subresource "status" using apps/v1: '
        ".metadata.annotations.deployment.kubernetes.io/revision"
    ) in refused.stderr


def test_sending_an_object_back_as_it_came_changes_nothing(managed: Console) -> None:
    shown = managed.ok("kubectl get deployment web -o json --show-managed-fields")
    managed.ok("kubectl replace -f -", shown)
    again = managed.ok("kubectl get deployment web -o json --show-managed-fields")
    assert json.loads(again)["metadata"] == json.loads(shown)["metadata"]
