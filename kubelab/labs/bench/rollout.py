"""A Deployment of 10,000 replicas on 100 nodes, until all are ready: in memory, and with every step committed."""

import gc
import time
from collections.abc import Callable, Iterator

from kubelab.cluster.cluster import Cluster
from kubelab.cluster.kinds import Deployment, Service
from kubelab.labs import creation, simulation
from kubelab.labs.bench import Figure
from kubelab.labs.bench._workload import ADMIN, deployment, ready, service
from kubelab.labs.keeping import SLICE, act_on

REPLICAS = 10_000
PRESET = "hundred-nodes"
LONGEST = 3600.0  # virtual seconds
STEP = 1.0  # virtual seconds between two looks
RUNS = 3


def run(size: float) -> Iterator[Figure]:
    replicas = int(REPLICAS * size)
    yield Figure("rollout.memory", max(rate(replicas, in_memory) for _ in range(RUNS)), "Pods/s")
    yield Figure("rollout.sqlite", max(rate(replicas, in_sqlite) for _ in range(RUNS)), "Pods/s")


def rate(replicas: int, roll_out: Callable[[int], float]) -> float:
    gc.collect()
    return replicas / roll_out(replicas)


def apply(cluster: Cluster, replicas: int) -> None:
    client = cluster.api.client(ADMIN, "kubectl")
    client.create(Service, service("web"))
    client.create(Deployment, deployment("web", replicas))


def in_memory(replicas: int) -> float:
    """Return the seconds that it takes in memory."""
    cluster = Cluster.create("bench", PRESET, interpreter=simulation.interpreter())
    started, end = time.perf_counter(), cluster.clock.now + LONGEST
    apply(cluster, replicas)
    while ready(cluster, "web") < replicas:
        if cluster.clock.now > end:
            raise RuntimeError(f"only {ready(cluster, 'web')} of {replicas} Pods became ready")
        cluster.advance(STEP)
        for _ in cluster.take_changes():  # nobody keeps them here; without this they would pile up
            pass
    return time.perf_counter() - started


def in_sqlite(replicas: int) -> float:
    """Return the seconds that it takes when every slice of work is an act, committed as in the server."""
    lab = creation.create(None, f"bench-{time.time_ns()}", PRESET)
    started = time.perf_counter()
    with act_on(lab.pk) as act:
        apply(act.cluster, replicas)
    end, done = act.cluster.clock.now + LONGEST, False
    while not done:
        with act_on(lab.pk) as act:
            act.run_until(act.cluster.clock.now + STEP, SLICE)
            act.touch("now")
            done = ready(act.cluster, "web") >= replicas
            if act.cluster.clock.now > end:
                raise RuntimeError(f"only {ready(act.cluster, 'web')} of {replicas} Pods became ready")
    return time.perf_counter() - started
