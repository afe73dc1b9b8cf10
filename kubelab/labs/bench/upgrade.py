"""The whole upgrade of a three-node cluster to the next minor version, typed by a script, applications on it."""

import time
from collections.abc import Iterator
from statistics import median

from kubelab.cluster.cluster import DEFAULT_VERSION, Cluster
from kubelab.labs import simulation
from kubelab.labs.bench import Figure
from kubelab.labs.bench._upgrading import script

RUNS = 5


def run(size: float) -> Iterator[Figure]:
    times = [one() for _ in range(max(2, int(RUNS * size)))]
    yield Figure("upgrade.ms", median(times[1:]) * 1000, "ms")  # the first reads schemas and compiles


def one() -> float:
    """Return the seconds that one upgrade takes."""
    cluster = Cluster.create("bench", "three-nodes", DEFAULT_VERSION, interpreter=simulation.interpreter())
    shell = simulation.line_shell(cluster)
    shell.run("kubectl create deployment web --image=nginx --replicas=4")
    cluster.advance(30)
    started = time.perf_counter()
    for line in script(DEFAULT_VERSION):
        result = shell.run(line)
        if result.exit:
            raise RuntimeError(f"{line}: exit status {result.exit}\n{result.stdout}{result.stderr}")
    taken = time.perf_counter() - started
    shown = shell.run("kubectl get nodes").stdout
    if shown.count("v1.37.0") != 3:
        raise RuntimeError(f"not all nodes were upgraded:\n{shown}")
    return taken
