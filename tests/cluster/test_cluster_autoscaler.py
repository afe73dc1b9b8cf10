"""The cluster autoscaler: nodes for Pods that find no room, and what it takes for a node to go.

Source: kubernetes/autoscaler, cluster-autoscaler/FAQ.md; processors/status/eventing_scale_up_processor.go and
core/scaledown/actuation for the words.
"""

from __future__ import annotations

import pytest
import yaml

from kubelab.cluster.cluster import DEFAULT_VERSION, EPOCH, Cluster
from kubelab.cluster.faults import inject
from kubelab.cluster.kinds import Event, Node
from kubelab.cluster.user import ADMIN
from tests.console import Console, booted

UNNEEDED = 700  # seconds: ten minutes unneeded, ten minutes after the last node came


@pytest.fixture
def console() -> Console:
    return Console("autoscaled")


def deploy(console: Console, replicas: int, cpu: str = "500m", name: str = "web", **pod: object) -> None:
    labels = {"app": name}
    container = {"name": "web", "image": "nginx", "resources": {"requests": {"cpu": cpu}}}
    template = {
        "metadata": {"labels": labels, "annotations": pod.pop("annotations", {})},
        "spec": {"containers": [container], **pod},
    }
    spec = {"replicas": replicas, "selector": {"matchLabels": labels}, "template": template}
    console.apply({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name}, "spec": spec})


def nodes(console: Console) -> list[str]:
    """Returns the groups of the nodes that are there."""
    return console.ok("kubectl get nodes -l pool -o jsonpath='{.items[*].metadata.labels.pool}'").split()


def events(console: Console, reason: str, namespace: str = "default") -> str:
    path = "'{range .items[*]}{.involvedObject.kind} {.message}{\"\\n\"}{end}'"
    return console.ok(f"kubectl get events -n {namespace} --field-selector reason={reason} -o jsonpath={path}")


def status(console: Console) -> dict:
    text = console.ok("kubectl get configmap cluster-autoscaler-status -n kube-system -o jsonpath='{.data.status}'")
    return yaml.safe_load(text)


def unneeded_node(console: Console, **pod: object) -> None:
    """Has a second node come, and then be used by one small Pod of its own."""
    deploy(console, 5)
    console.advance(150)
    assert nodes(console) == ["workers", "workers"]
    console.ok("kubectl scale deployment web --replicas=0")
    first, second = (name.partition("/")[2] for name in console.ok("kubectl get nodes -l pool -o name").split())
    deploy(console, 1, "600m", "busy", nodeName=first)
    deploy(console, 1, "600m", "other", nodeName=first)
    wish = {"matchExpressions": [{"key": "kubernetes.io/hostname", "operator": "In", "values": [second]}]}
    rather = {"preferredDuringSchedulingIgnoredDuringExecution": [{"weight": 100, "preference": wish}]}
    deploy(console, 1, "100m", "small", affinity={"nodeAffinity": rather}, **pod)
    console.advance(20)


def test_pods_without_room_get_a_node_that_boots_and_joins(console: Console) -> None:
    deploy(console, 6)
    console.advance(15)
    assert events(console, "TriggeredScaleUp").count("Pod pod triggered scale-up: [{workers 1->2 (max: 5)}]") == 3
    assert "Scale-up: group workers size set to 2 instead of 1 (max: 5)" in events(
        console, "ScaledUpGroup", "kube-system"
    )
    group = status(console)["nodeGroups"][0]
    assert group["scaleUp"]["status"] == "InProgress"
    assert group["health"]["nodeCounts"]["unregistered"] == 1
    console.advance(90)
    assert nodes(console) == ["workers", "workers"]
    assert console.ok("kubectl get pods").count("Running") == 6
    assert status(console)["nodeGroups"][0]["scaleUp"]["status"] == "NoActivity"
    assert "aws:///" in console.ok("kubectl get nodes -l pool -o jsonpath='{.items[1].spec.providerID}'")


def test_a_group_without_nodes_gets_one_for_a_pod_that_fits_only_there(console: Console) -> None:
    deploy(console, 1, "6")
    console.advance(15)
    assert "pod triggered scale-up: [{large 0->1 (max: 3)}]" in events(console, "TriggeredScaleUp")
    console.advance(90)
    assert nodes(console) == ["large", "workers"]


def test_a_pod_that_fits_in_no_group_is_told_why(console: Console) -> None:
    deploy(console, 1, "20")
    console.advance(15)
    assert events(console, "NotTriggerScaleUp") == "Pod pod didn't trigger scale-up: 2 Insufficient cpu\n"
    deploy(console, 1, "100m", "elsewhere", nodeSelector={"disk": "ssd"})
    console.advance(15)
    told = "pod didn't trigger scale-up: 2 node(s) didn't match Pod's node affinity/selector"
    assert told in events(console, "NotTriggerScaleUp")


def test_a_group_at_its_maximum_does_not_grow(console: Console) -> None:
    deploy(console, 12, "1500m", nodeSelector={"pool": "workers"})
    console.advance(200)
    assert nodes(console) == ["workers"] * 5
    told = "pod didn't trigger scale-up: 1 max node group size reached, 1 node(s) didn't match"
    assert told in events(console, "NotTriggerScaleUp")


def test_an_empty_node_goes_after_ten_minutes(console: Console) -> None:
    deploy(console, 5)
    console.advance(150)
    console.ok("kubectl scale deployment web --replicas=1")
    console.advance(60)
    taints = console.ok("kubectl get nodes -o jsonpath='{.items[*].spec.taints}'")
    assert '"effect":"PreferNoSchedule","key":"DeletionCandidateOfClusterAutoscaler"' in taints
    assert status(console)["clusterWide"]["scaleDown"]["status"] == "CandidatesPresent"
    console.advance(400)
    assert nodes(console) == ["workers", "workers"]
    console.advance(300)
    assert nodes(console) == ["workers"]
    assert 'ConfigMap Scale-down: removing empty node "workers-' in events(console, "ScaleDownEmpty", "kube-system")
    assert "Node marked the node as toBeDeleted/unschedulable" in events(console, "ScaleDown")
    assert "because it does not exist in the cloud provider" in events(console, "DeletingNode")


def test_a_node_that_is_hardly_used_is_drained_and_goes(console: Console) -> None:
    unneeded_node(console)
    console.advance(UNNEEDED)
    assert "deleting pod for node scale down" in events(console, "ScaleDown")
    assert "removed with drain" in events(console, "ScaleDown", "kube-system")
    console.advance(120)
    assert nodes(console) == ["workers"]
    assert console.ok("kubectl get pods -l app=small").count("Running") == 1


@pytest.mark.parametrize(
    "pod", [{"annotations": {"cluster-autoscaler.kubernetes.io/safe-to-evict": "false"}}, {}], ids=["unsafe", "budget"]
)
def test_pods_that_may_not_be_evicted_keep_their_node(console: Console, pod: dict) -> None:
    unneeded_node(console, **pod)
    if not pod:
        console.ok("kubectl create poddisruptionbudget small --selector=app=small --min-available=1")
    console.advance(UNNEEDED)
    assert nodes(console) == ["workers", "workers"]


def test_a_node_whose_annotation_says_so_stays(console: Console) -> None:
    deploy(console, 5)
    console.advance(150)
    console.ok("kubectl scale deployment web --replicas=0")
    console.ok("kubectl annotate nodes -l pool cluster-autoscaler.kubernetes.io/scale-down-disabled=true")
    console.advance(UNNEEDED)
    assert nodes(console) == ["workers", "workers"]


def test_shorter_delays_are_arguments(console: Console) -> None:
    flags = ["--scale-down-unneeded-time=1m", "--scale-down-delay-after-add=1m"]
    patch = ",".join(
        f'{{"op":"add","path":"/spec/template/spec/containers/0/command/-","value":"{flag}"}}' for flag in flags
    )
    console.ok(f"kubectl patch deployment cluster-autoscaler -n kube-system --type=json -p '[{patch}]'")
    console.advance(60)
    deploy(console, 5)
    console.advance(150)
    console.ok("kubectl scale deployment web --replicas=0")
    console.advance(180)
    assert nodes(console) == ["workers"]


def test_a_wrong_argument_ends_the_process(console: Console) -> None:
    patch = '[{"op":"replace","path":"/spec/template/spec/containers/0/command/6","value":"--nodes=5:1:workers"}]'
    console.ok(f"kubectl patch deployment cluster-autoscaler -n kube-system --type=json -p '{patch}'")
    console.advance(30)
    log = console.ok("kubectl logs -n kube-system -l app=cluster-autoscaler --tail=-1 --prefix=false")
    assert "failed to parse node group spec: max size must be greater or equal to min size" in log


def test_a_cluster_in_no_cloud_says_that_there_are_no_node_groups() -> None:
    console = Console()
    url = "https://raw.githubusercontent.com/kubernetes/autoscaler/master/cluster-autoscaler/cloudprovider/aws/examples"
    console.ok(f"kubectl apply -f {url}/cluster-autoscaler-multi-asg.yaml")
    console.advance(10)
    assert "Error" in console.ok("kubectl get pods -n kube-system -l app=cluster-autoscaler")
    assert "is in no cloud with node groups" in console.ok("kubectl logs -n kube-system deploy/cluster-autoscaler")


@pytest.mark.parametrize("moment", [12, 45, 400, 1085])
def test_a_cluster_that_is_loaded_anew_goes_on_in_the_same_way(console: Console, moment: float) -> None:
    rows = dict(booted("autoscaled", DEFAULT_VERSION, 1, EPOCH)[1])
    cluster = console.cluster
    deploy(console, 5)
    cluster.run_until(EPOCH + 300)
    console.ok("kubectl scale deployment web --replicas=1")
    cluster.run_until(EPOCH + 300 + moment)
    rows |= {key: obj for key, _revision, obj in cluster.take_changes()}
    other = Cluster.load(cluster.header(), [(key, obj) for key, obj in rows.items() if obj is not None])
    for each in (cluster, other):
        each.run_until(EPOCH + 300 + 1200)
    for kind in (Node, Event):
        assert cluster.api.client(ADMIN, "tests").list(kind) == other.api.client(ADMIN, "tests").list(kind)


def test_machines_that_do_not_come_are_given_up_and_their_group_is_left_alone_for_a_while(console: Console) -> None:
    inject(console.cluster, "exhaust workers")
    inject(console.cluster, "exhaust large")
    deploy(console, 2, "1500m", nodeSelector={"pool": "workers"})
    console.advance(840)
    assert nodes(console) == ["workers"]
    console.advance(90)
    told = events(console, "ScaleUpTimedOut", "kube-system")
    assert told.startswith("ConfigMap Nodes added to group workers failed to register within 15m")
    assert "Removed unregistered node aws:///us-east-1a/i-0" in events(console, "DeleteUnregistered", "kube-system")
    assert "1 in backoff after failed scale-up" in events(console, "NotTriggerScaleUp")
    group = next(group for group in status(console)["nodeGroups"] if group["name"] == "workers")
    assert group["scaleUp"]["status"] == "Backoff"
    assert group["scaleUp"]["backoffInfo"]["errorCode"] == "timeout"
    inject(console.cluster, "restock workers")
    console.advance(420)  # five minutes of back-off, and a minute to boot
    assert nodes(console) == ["workers", "workers"]


def test_the_autoscaler_holds_a_lease_in_its_pods_name(console: Console) -> None:
    console.advance(60)
    pod = console.ok("kubectl -n kube-system get pods -l app=cluster-autoscaler -o name").strip().partition("/")[2]
    lease = console.get("lease", "cluster-autoscaler", "kube-system")
    assert lease is not None and lease["spec"]["holderIdentity"] == pod
    assert f"{pod} became leader" in events(console, "LeaderElection", "kube-system")
    before = lease["spec"]["renewTime"]
    console.advance(30)
    lease = console.get("lease", "cluster-autoscaler", "kube-system")
    assert lease is not None and lease["spec"]["renewTime"] > before
