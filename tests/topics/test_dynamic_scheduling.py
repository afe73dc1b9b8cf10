"""Topic dynamic-scheduling: the scheduler filters the nodes, scores what is left, and says why where nothing is left.

Sources: kubernetes.io, concepts/scheduling-eviction/{kube-scheduler,assign-pod-node,topology-spread-constraints,
taint-and-toleration}; pkg/scheduler/framework/plugins.
"""

import pytest
import yaml

from kubelab.cluster.objects import Key
from kubelab.cluster.scheduler.decisions import decision_about

HOST, ZONE = "kubernetes.io/hostname", "topology.kubernetes.io/zone"
REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"
WEB = {"matchLabels": {"app": "web"}}


def pod(name, labels=None, requests=None, **spec):
    container = {"name": "main", "image": "nginx:1.27", "resources": {"requests": requests or {}}}
    metadata = {"name": name, "labels": labels or {}}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": {"containers": [container], **spec}}


def place(console, manifest):
    """Applies a Pod; returns the node that it got, "" where it waits."""
    console.ok("kubectl apply -f -", yaml.safe_dump(manifest))
    console.advance(2)
    return console.ok(f"kubectl get pod {manifest['metadata']['name']} -o jsonpath='{{.spec.nodeName}}'")


def why(console, name):
    shown = console.ok(f"kubectl describe pod {name}")
    (line,) = [line for line in shown.splitlines() if "FailedScheduling" in line]
    return line.partition("default-scheduler")[2].strip()


def test_every_decision_has_a_table_of_filters_and_scores(console):
    node = place(console, pod("web", requests={"cpu": "500m"}))
    table = decision_about(console.cluster, Key("default", "web"))
    assert table["rejections"] == {
        "control-plane": {"plugin": "TaintToleration", "reasons": ["node(s) had untolerated taint(s)"]}
    }
    assert set(table["scores"]) == {"worker-1", "worker-2"}
    scores = table["scores"][node]
    assert list(scores) == ["TaintToleration", "NodeResourcesFit", "NodeResourcesBalancedAllocation", "ImageLocality"]
    assert scores["TaintToleration"] == 300, "weight 3, and no taint to put up with"
    assert sum(scores.values()) == max(sum(each.values()) for each in table["scores"].values())


def test_requests_that_do_not_fit_wait_and_are_told_node_by_node(console):
    assert place(console, pod("big", requests={"cpu": "5"})) == ""
    assert why(console, "big") == (
        "0/3 nodes are available: 1 node(s) had untolerated taint(s), 2 Insufficient cpu. no new claims to deallocate, "
        "preemption: 0/3 nodes are available: 3 Preemption is not helpful for scheduling."
    )
    assert "PodScheduled   False" in console.ok("kubectl describe pod big")
    table = decision_about(console.cluster, Key("default", "big"))
    assert table["node"] is None and table["rejections"]["worker-1"]["plugin"] == "NodeResourcesFit"


def test_a_pod_that_waits_is_placed_once_room_is_made(console):
    filled = [place(console, pod(f"filler-{number}", requests={"cpu": "1600m"})) for number in range(2)]
    assert sorted(filled) == ["worker-1", "worker-2"]
    assert place(console, pod("late", requests={"cpu": "1"})) == ""
    console.ok("kubectl delete pod filler-0 --now")
    console.advance(10)
    assert console.ok("kubectl get pod late -o jsonpath='{.spec.nodeName}'") == filled[0]


def test_node_affinity_requires_and_prefers(console):
    console.ok("kubectl label node worker-2 disk=ssd")
    expression = {"matchExpressions": [{"key": "disk", "operator": "In", "values": ["ssd"]}]}
    required = {"nodeAffinity": {REQUIRED: {"nodeSelectorTerms": [expression]}}}
    assert place(console, pod("required", affinity=required)) == "worker-2"
    wish = [{"weight": 100, "preference": expression}]
    preferred = {"nodeAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": wish}}
    assert place(console, pod("preferred", affinity=preferred)) == "worker-2"
    console.ok("kubectl label node worker-2 disk-")
    assert place(console, pod("unmet", affinity=required)) == ""
    assert "2 node(s) didn't match Pod's node affinity/selector" in why(console, "unmet")
    assert place(console, pod("anywhere", affinity=preferred)) in ("worker-1", "worker-2")


def test_pods_are_kept_together_and_apart(console):
    home = place(console, pod("web", {"app": "web"}))
    near = {"podAffinity": {REQUIRED: [{"topologyKey": HOST, "labelSelector": WEB}]}}
    apart = {"podAntiAffinity": {REQUIRED: [{"topologyKey": HOST, "labelSelector": WEB}]}}
    assert place(console, pod("cache", affinity=near)) == home
    other = place(console, pod("web-2", {"app": "web"}, affinity=apart))
    assert other not in ("", home)
    assert place(console, pod("web-3", {"app": "web"}, affinity=apart)) == ""
    assert "2 node(s) didn't match pod anti-affinity rules" in why(console, "web-3")
    assert place(console, pod("web-4", {"app": "web"})) == home, "web-2 wants none beside it, whoever comes"


def test_a_pod_that_waits_for_a_neighbour_goes_where_the_neighbour_went(console):
    near = {"podAffinity": {REQUIRED: [{"topologyKey": HOST, "labelSelector": WEB}]}}
    assert place(console, pod("cache", affinity=near)) == ""
    assert "2 node(s) didn't match pod affinity rules" in why(console, "cache")
    home = place(console, pod("web", {"app": "web"}))
    console.advance(10)
    assert console.ok("kubectl get pod cache -o jsonpath='{.spec.nodeName}'") == home


@pytest.mark.parametrize("unsatisfiable", ["DoNotSchedule", "ScheduleAnyway"])
def test_spread_is_a_promise_only_where_it_is_asked_for(console, unsatisfiable):
    for node in ("worker-1", "worker-2"):
        console.ok(f"kubectl label node {node} {ZONE}={node[-1]}")
    rule = {"maxSkew": 1, "topologyKey": ZONE, "whenUnsatisfiable": unsatisfiable, "labelSelector": WEB}
    console.ok("kubectl cordon worker-2")
    first = place(console, pod("web-0", {"app": "web"}, topologySpreadConstraints=[rule]))
    second = place(console, pod("web-1", {"app": "web"}, topologySpreadConstraints=[rule]))
    assert first == "worker-1"
    if unsatisfiable == "DoNotSchedule":
        assert second == ""
        assert "1 node(s) didn't match pod topology spread constraints" in why(console, "web-1")
        console.ok("kubectl uncordon worker-2")
        console.advance(10)
        assert console.ok("kubectl get pod web-1 -o jsonpath='{.spec.nodeName}'") == "worker-2"
    else:
        assert second == "worker-1"


def test_replicas_spread_over_nodes_by_default(console):
    console.ok("kubectl create deployment web --image=nginx:1.27 --replicas=4")
    console.advance(20)
    nodes = console.ok("kubectl get pods -l app=web -o jsonpath='{.items[*].spec.nodeName}'").split()
    assert sorted(nodes) == ["worker-1", "worker-1", "worker-2", "worker-2"]


def test_taints_keep_pods_off_unless_they_are_tolerated(console):
    console.ok("kubectl taint node worker-1 gpu=true:NoSchedule")
    assert place(console, pod("plain")) == "worker-2"
    console.ok("kubectl cordon worker-2")
    assert place(console, pod("waits")) == ""
    assert "1 node(s) were unschedulable" in why(console, "waits")
    tolerates = [{"key": "gpu", "operator": "Equal", "value": "true", "effect": "NoSchedule"}]
    assert place(console, pod("tolerant", tolerations=tolerates)) == "worker-1"
    console.ok("kubectl taint node worker-1 gpu-")
    console.advance(10)
    assert console.ok("kubectl get pod waits -o jsonpath='{.spec.nodeName}'") == "worker-1"
