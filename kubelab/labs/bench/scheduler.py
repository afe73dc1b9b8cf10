"""The scheduler alone: 30,000 Pods of 300 templates find their places among 5,000 nodes, bound through the API."""

import time
from collections.abc import Iterator

from kubelab.cluster.cluster import DEFAULT_VERSION, EPOCH, Cluster
from kubelab.cluster.kinds import Namespace, Node, Pod, ReplicaSet, ServiceAccount
from kubelab.cluster.kinds.kind import Kind
from kubelab.cluster.objects import Key, Object
from kubelab.labs.bench import Figure
from kubelab.labs.bench._workload import ADMIN

NODES = 5_000
TEMPLATES = 300
REPLICAS = 100
ZONES = 3
HOST, ZONE = "kubernetes.io/hostname", "topology.kubernetes.io/zone"
CPU = ("50m", "100m", "150m", "200m", "250m")
MEMORY = ("64Mi", "128Mi", "256Mi")


def run(size: float) -> Iterator[Figure]:
    nodes, templates = max(int(NODES * size), 1), max(int(TEMPLATES * size), 1)
    yield Figure("scheduler.plain", rate(nodes, templates, spread=False), "Pods/s")
    yield Figure("scheduler.spread", rate(nodes, templates, spread=True), "Pods/s")


def rate(nodes: int, templates: int, *, spread: bool) -> float:
    """Return how many Pods the scheduler binds in a second.

    Args:
        spread: nodes lie in zones, and a third of the templates wants its Pods on different hosts of all zones.
    """
    cluster = furnished(nodes, zones=ZONES if spread else 0)
    client = cluster.api.client(ADMIN, "bench")
    for number in range(templates):
        owner, template = workload(cluster, number, picky=spread and number % 3 == 0)
        for replica in range(REPLICAS):
            metadata = {"name": f"web-{number}-{replica}", "namespace": "default", **template["metadata"]}
            pod = {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": template["spec"]}
            client.create(Pod, {**pod, "metadata": {**metadata, "ownerReferences": [owner]}})
    for _ in cluster.take_changes():
        pass
    cluster.processes.start("kube-scheduler", "node-0")
    started = time.perf_counter()
    cluster.run_until(cluster.clock.now)
    seconds = time.perf_counter() - started
    waiting = sum(not pod["spec"].get("nodeName") for pod in client.list(Pod))
    if waiting:
        raise RuntimeError(f"{waiting} Pods have no node")
    return templates * REPLICAS / seconds


def furnished(nodes: int, zones: int) -> Cluster:
    """Return a cluster that consists of an API and of nodes that nothing runs on."""
    cluster = Cluster(name="bench", preset="none", version=DEFAULT_VERSION, seed=1, now=EPOCH)
    cluster.start()
    for process in ("etcd", "kube-apiserver"):
        cluster.processes.start(process, "node-0")
    put(cluster, Namespace, "", "default", {"status": {"phase": "Active"}})
    put(cluster, ServiceAccount, "default", "default", {})
    room = {"cpu": "32", "memory": "128Gi", "pods": "110"}
    for number in range(nodes):
        labels = {HOST: f"node-{number}", **({ZONE: f"zone-{number % zones}"} if zones else {})}
        fields = {"spec": {}, "status": {"capacity": room, "allocatable": room}}
        put(cluster, Node, "", f"node-{number}", fields, labels=labels)
    return cluster


def workload(cluster: Cluster, number: int, *, picky: bool) -> tuple[Object, Object]:
    """Make a ReplicaSet; return a reference to it, and its template."""
    name = f"web-{number}"
    labels = {"app": name}
    requests = {"cpu": CPU[number % len(CPU)], "memory": MEMORY[number % len(MEMORY)]}
    spec: Object = {"containers": [{"name": "web", "image": "nginx:1.27", "resources": {"requests": requests}}]}
    if picky:
        selector = {"matchLabels": labels}
        rule = {"maxSkew": 1, "topologyKey": ZONE, "whenUnsatisfiable": "DoNotSchedule", "labelSelector": selector}
        apart = {"topologyKey": HOST, "labelSelector": selector}
        spec["topologySpreadConstraints"] = [rule]
        spec["affinity"] = {"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [apart]}}
    template = {"metadata": {"labels": labels}, "spec": spec}
    fields = {"spec": {"replicas": REPLICAS, "selector": {"matchLabels": labels}, "template": template}}
    made = put(cluster, ReplicaSet, "default", name, fields)
    uid = made["metadata"]["uid"]
    return {"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": name, "uid": uid, "controller": True}, template


def put(
    cluster: Cluster, kind: Kind, namespace: str, name: str, fields: Object, labels: dict[str, str] | None = None
) -> Object:
    """Store an object as the API would have it."""
    metadata = {"name": name, "uid": f"uid-{name}", "creationTimestamp": "2026-01-01T00:00:00Z"}
    whole = {**metadata, **({"namespace": namespace} if namespace else {}), **({"labels": labels} if labels else {})}
    obj = {"apiVersion": kind.api_version, "kind": kind.name, "metadata": whole, **fields}
    return cluster.store.put(kind.path(Key(namespace, name)), obj)
