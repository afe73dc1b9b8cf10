"""500 of 5,000 nodes fall silent with 15,000 Pods on them: until all are replaced and ready, in processor time."""

import gc
import time
from collections.abc import Iterator

from kubelab.cluster.cluster import Cluster
from kubelab.cluster.kinds import Deployment, Node
from kubelab.cluster.node import host
from kubelab.cluster.objects import with_spec
from kubelab.labs import simulation
from kubelab.labs.bench import Figure
from kubelab.labs.bench._workload import ADMIN, deployment

PRESET = "five-thousand-nodes"
SILENT, PODS, REPLICAS = 500, 15_000, 50
STEP = 10.0  # virtual seconds between two looks
LONGEST = 4 * 3600.0  # virtual seconds; one node in ten seconds is marked for eviction


def run(size: float) -> Iterator[Figure]:
    silent, count = max(2, int(SILENT * size)), max(1, int(PODS / REPLICAS * size))
    cluster = Cluster.create("bench", PRESET, interpreter=simulation.interpreter())
    fill(cluster, silent, count)
    gc.collect()
    started = time.process_time()
    for number in range(1, silent + 1):
        host.power_off(cluster, f"worker-{number}")
    end = cluster.clock.now + LONGEST
    while True:
        advance(cluster)
        if cluster.clock.now > end:
            raise RuntimeError(f"only {replaced(cluster, silent)} of {count * REPLICAS} Pods were replaced")
        if replaced(cluster, silent) == count * REPLICAS:
            break
    yield Figure("nodes.seconds", time.process_time() - started, "s")


def fill(cluster: Cluster, silent: int, count: int) -> None:
    """Put the Pods on the nodes that will fall silent, while all others take none."""
    client = cluster.api.client(ADMIN, "kubectl")
    chosen = {f"worker-{number}" for number in range(1, silent + 1)}
    others = [node for node in client.list(Node) if node["metadata"]["name"] not in chosen]
    for node in others:
        client.update(Node, with_spec(node, unschedulable=True))
    for number in range(count):
        client.create(Deployment, deployment(f"web-{number}", REPLICAS))
    while ready(cluster) < count * REPLICAS:
        advance(cluster)
    for node in client.list(Node):
        if node["spec"].get("unschedulable"):
            client.update(Node, {**node, "spec": {k: v for k, v in node["spec"].items() if k != "unschedulable"}})
    advance(cluster)


def advance(cluster: Cluster) -> None:
    cluster.advance(STEP)
    for _ in cluster.take_changes():  # nobody keeps them here; without this they would pile up
        pass


def ready(cluster: Cluster) -> int:
    found = cluster.api.client(ADMIN, "bench").list(Deployment, "default")
    return sum((each.get("status") or {}).get("readyReplicas", 0) for each in found)


def replaced(cluster: Cluster, silent: int) -> int:
    """Return how many Pods are ready, once no silent node is without its taint."""
    tainted = 0
    for number in range(1, silent + 1):
        node = cluster.store.get(f"/registry/minions/worker-{number}") or {"spec": {}}
        tainted += any(taint["effect"] == "NoExecute" for taint in node["spec"].get("taints") or ())
    return ready(cluster) if tainted == silent else 0
