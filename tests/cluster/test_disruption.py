"""PodDisruptionBudgets: how many Pods may go at once, and drains that wait for them.

Source: kubernetes.io, concepts/workloads/pods/disruptions, tasks/run-application/configure-pdb;
pkg/controller/disruption.
"""

import pytest
import yaml

from kubelab.cluster.api.errors import ApiError
from tests.cluster.lab import Lab
from tests.console import Console

DEPLOYMENT = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}, "spec": {
    "replicas": 3, "selector": {"matchLabels": {"app": "web"}},
    "template": {"metadata": {"labels": {"app": "web"}}, "spec": {"terminationGracePeriodSeconds": 1, "containers": [
        {"name": "nginx", "image": "nginx:1.27"}]}}}}  # fmt: skip


def budget(name="web", selector=None, **spec):
    return {"apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": {"name": name},
            "spec": {"selector": selector or {"matchLabels": {"app": "web"}}, **spec}}  # fmt: skip


def counts(console, name="web"):
    found = console.get("pdb", name)["status"]
    return tuple(found[each] for each in ("expectedPods", "desiredHealthy", "currentHealthy", "disruptionsAllowed"))


def condition(console, name="web"):
    (found,) = console.get("pdb", name)["status"]["conditions"]
    return found["type"], found["status"], found["reason"]


def evicted(console, pod):
    """Evicts a Pod; returns the words of a refusal, "" where there is none."""
    body = {"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": pod, "namespace": "default"}}
    try:
        Lab(cluster=console.cluster).request("create", "pods", pod, body, subresource="eviction")
    except ApiError as error:
        return f"{error.message} {error.details['causes'][0]['message']}"
    return ""


def test_it_counts_what_is_ready_and_what_may_go(console):
    console.apply(DEPLOYMENT)
    assert console.ok("kubectl create pdb web --selector=app=web --min-available=2") == (
        "poddisruptionbudget.policy/web created\n"
    )
    console.advance(0.5)
    assert (counts(console), condition(console)) == ((3, 2, 0, 0), ("DisruptionAllowed", "False", "InsufficientPods"))
    console.advance(15)
    assert (counts(console), condition(console)) == ((3, 2, 3, 1), ("DisruptionAllowed", "True", "SufficientPods"))
    assert console.ok("kubectl get pdb").splitlines()[1].split()[:4] == ["web", "2", "N/A", "1"]
    console.ok("kubectl scale deployment web --replicas=5")
    console.advance(15)
    assert counts(console) == (5, 2, 5, 3)


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ({"minAvailable": "50%"}, (3, 2, 3, 1)),  # rounded up
        ({"maxUnavailable": 1}, (3, 2, 3, 1)),
        ({"maxUnavailable": "50%"}, (3, 1, 3, 2)),
        ({"maxUnavailable": 0}, (3, 3, 3, 0)),
        ({"minAvailable": 7}, (3, 7, 3, 0)),
    ],
)
def test_amounts_are_of_what_the_controllers_want(console, spec, expected):
    console.apply(DEPLOYMENT, budget(**spec))
    console.advance(20)
    assert counts(console) == expected


def test_a_drain_waits_until_the_budget_lets_the_pod_go(console):
    console.apply(DEPLOYMENT, budget(minAvailable=3))
    console.advance(15)
    node = console.get("pod", console.ok("kubectl get pods -o name").split()[0][4:])["spec"]["nodeName"]
    told = console.run(f"kubectl drain {node} --ignore-daemonsets --timeout=12s")
    assert told.exit == 1
    assert "Cannot evict pod as it would violate the pod's disruption budget." in told.stderr
    assert len(console.ok("kubectl get pods --no-headers").splitlines()) == 3
    console.ok("""kubectl patch pdb web -p '{"spec":{"minAvailable":1}}'""")
    console.advance(1)
    assert f"node/{node} drained" in console.ok(f"kubectl drain {node} --ignore-daemonsets --timeout=120s")
    console.advance(20)
    assert {console.get("pod", name[4:])["spec"]["nodeName"]
            for name in console.ok("kubectl get pods -o name").split()} == {
        {"worker-1": "worker-2", "worker-2": "worker-1"}[node]}  # fmt: skip


def test_evictions_one_after_the_other_spend_the_budget(console):
    console.apply(DEPLOYMENT, budget(minAvailable=2))
    console.advance(15)
    first, second, _ = [name[4:] for name in console.ok("kubectl get pods -o name").split()]
    assert evicted(console, first) == ""
    assert counts(console)[3] == 0
    reason = [found for found in console.get("pod", first)["status"]["conditions"]
              if found["type"] == "DisruptionTarget"]  # fmt: skip
    assert reason[0]["reason"] == "EvictionByEvictionAPI"
    console.advance(0.1)
    assert evicted(console, second) == (
        "Cannot evict pod as it would violate the pod's disruption budget. "
        "The disruption budget web needs 2 healthy pods and has 2 currently"
    )
    console.advance(15)
    assert counts(console) == (3, 2, 3, 1)
    assert evicted(console, second) == ""


def test_a_pod_that_is_not_ready_may_go_when_the_policy_says_so(console):
    console.apply(budget(minAvailable=1, unhealthyPodEvictionPolicy="AlwaysAllow"))
    probe = {"exec": {"command": ["false"]}}
    container = {"name": "main", "image": "nginx:1.27", "readinessProbe": probe}
    console.apply({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "ill", "labels": {"app": "web"}},
                   "spec": {"containers": [container], "terminationGracePeriodSeconds": 1}})  # fmt: skip
    console.advance(10)
    assert counts(console) == (1, 1, 0, 0)
    assert evicted(console, "ill") == ""


def test_pods_without_a_controller_are_told_of(console):
    console.apply(budget(maxUnavailable=1))
    console.ok("kubectl run lone --image=nginx --labels=app=web")
    console.advance(10)
    assert counts(console) == (0, 0, 1, 0)
    lines = console.ok("kubectl events --for pdb/web --no-headers")
    assert "UnmanagedPods" in lines
    what = "&LabelSelector{MatchLabels:map[string]string{app: web,},MatchExpressions:[]LabelSelectorRequirement{},}"
    assert f"(selector: {what}) were found to be unmanaged" in lines


def test_a_daemonsets_pods_have_no_scale_to_count_from(console):
    template = DEPLOYMENT["spec"]["template"]
    console.apply(budget(minAvailable="50%"), {
        "apiVersion": "apps/v1", "kind": "DaemonSet", "metadata": {"name": "agent"},
        "spec": {"selector": {"matchLabels": {"app": "web"}}, "template": template}})  # fmt: skip
    console.advance(15)
    assert condition(console) == ("DisruptionAllowed", "False", "SyncFailed")
    why = "Failed to calculate the number of expected pods: daemonsets.apps does not implement the scale subresource"
    assert why in console.ok("kubectl events --for pdb/web")


def test_no_pods_are_told_of(console):
    console.apply(budget(minAvailable=1))
    console.advance(1)
    assert "NoPods" in console.ok("kubectl events --for pdb/web")
    assert counts(console) == (0, 1, 0, 0)


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        ({"minAvailable": -1}, "spec.minAvailable: Invalid value: -1: must be greater than or equal to 0"),
        ({"minAvailable": "150%"}, 'spec.minAvailable: Invalid value: "150%": must not be greater than 100%'),
        ({"minAvailable": 1, "maxUnavailable": 1}, "minAvailable and maxUnavailable cannot be both set"),
    ],
)
def test_it_has_to_make_sense(console, spec, words):
    console.write("pdb.yaml", yaml.safe_dump(budget(**spec)))
    told = console.fails("kubectl create -f pdb.yaml")
    assert told.startswith('The PodDisruptionBudget "web" is invalid: ')
    assert words in told


def test_it_works_alike_in_older_clusters():
    console = Console(version="1.31")
    console.apply(DEPLOYMENT, budget(maxUnavailable=1))
    console.advance(20)
    assert counts(console) == (3, 2, 3, 1)
