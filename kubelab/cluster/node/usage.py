"""How much processor time and memory containers and nodes use, as a kubelet's /metrics/resource tells.

Nothing is counted while nobody asks: what a program uses follows from what it is, what its command line says, and
how much work it noted in the last window of time (`note_work`). Figures are those of small clusters at rest.
Source: kubernetes.io, tasks/debug/debug-cluster/resource-metrics-pipeline.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING, NamedTuple

from kubelab.cluster.node.memoryvolumes import in_memory
from kubelab.cluster.node.record import process_key
from kubelab.cluster.quantity import to_int, to_milli

if TYPE_CHECKING:
    from kubelab.cluster.node.container import Container

WINDOW = 15.0  # seconds between two looks of a metrics server
MIB = 2**20
WORK = "work"  # in a container's memory: {"window": number, "seconds": of processor time in it, "before": in the last}

# What programs use at rest: millicores and MiB, by the name of what the image is called.
AT_REST: dict[str, tuple[float, float]] = {
    "kube-apiserver": (45, 240), "etcd": (22, 48), "kube-controller-manager": (14, 52), "kube-scheduler": (4, 24),
    "kube-proxy": (1, 17), "coredns": (2, 14), "flannel": (5, 16), "metrics-server": (3, 19), "calico": (18, 110),
    "cilium": (25, 160), "nginx": (0.02, 3), "httpd": (0.5, 7), "hpa-example": (1, 9), "redis": (1.5, 4),
    "mysql": (6, 370), "mariadb": (2, 95), "postgres": (1, 28), "mongo": (5, 110), "memcached": (0.3, 2),
    "node": (0.5, 34), "python": (0.2, 9), "pause": (0, 0.3), "hello-app": (0.1, 4), "agnhost": (0.1, 8),
}  # fmt: skip
SERVER_AT_REST, COMMAND_AT_REST = (0.2, 6.0), (0.0, 0.4)
MACHINE = (38.0, 420.0)  # the kubelet, containerd and the system beside all containers


class Usage(NamedTuple):
    """What is used.

    Args:
        cpu: millicores.
        memory: bytes.
    """

    cpu: float
    memory: float


def window(now: float) -> int:
    """Returns the number of the window of time that `now` is in."""
    return int(now // WINDOW)


def note_work(container: Container, seconds: float) -> None:
    """Counts processor time that a program spends now, on a request that it answers."""
    memory, number = container.memory(), window(container.now())
    work = memory.get(WORK) or {"window": number, "seconds": 0.0, "before": 0.0}
    if work["window"] != number:
        before = work["seconds"] if work["window"] == number - 1 else 0.0
        work = {"window": number, "seconds": 0.0, "before": before}
    container.remember({**memory, WORK: {**work, "seconds": work["seconds"] + seconds}})


def usage_of(container: Container) -> Usage:
    """Returns what a running container uses, as of the last full window of time; never more than its limits."""
    cpu, memory = _at_rest(container)
    noise = _noise(container.id, window(container.now()))
    cpu = cpu * (0.85 + 0.3 * noise) + _worked(container) + _burnt(container)
    program = container.program
    if program is not None:
        more = program.load(container)
        cpu, memory = cpu + more.cpu, memory + more.memory / MIB
    taken = memory * MIB * (1 + 0.02 * noise) + in_memory(container)
    limit, most = container.limit("cpu"), container.limit("memory")
    return Usage(min(cpu, to_milli(limit)) if limit else cpu, min(taken, to_int(most)) if most else taken)


def machine_usage(name: str, now: float) -> Usage:
    """Returns what a node uses beside its containers."""
    noise = _noise(name, window(now))
    return Usage(MACHINE[0] * (0.8 + 0.4 * noise), MACHINE[1] * MIB * (1 + 0.01 * noise))


def _at_rest(container: Container) -> tuple[float, float]:
    from kubelab.cluster.node.program import Command

    if isinstance(container.program, Command):
        return COMMAND_AT_REST
    resolved = container.plan.resolved
    name = resolved.image.repository if resolved else ""
    short = name.rpartition("/")[2]
    return AT_REST.get(short) or next((found for word, found in AT_REST.items() if word in name), SERVER_AT_REST)


def _worked(container: Container) -> float:
    """Returns the millicores that noted work took in the last full window."""
    work = container.memory().get(WORK)
    if work is None:
        return 0.0
    ago = window(container.now()) - work["window"]
    seconds = work["before"] if ago == 0 else work["seconds"] if ago == 1 else 0.0
    return float(seconds) / WINDOW * 1000


def _burnt(container: Container) -> float:
    """Returns the millicores of a command that never waits: `while true; do :; done`."""
    kept = container.cluster.store.get(process_key(container.uid, container.name)) or {}
    return 1000.0 if (kept.get("state") or {}).get("busy") else 0.0


def _noise(of: str, number: int) -> float:
    """Returns a number from 0 to 1 that is another in each window, the same whenever it is asked for."""
    return blake2b(f"{of} {number}".encode(), digest_size=1).digest()[0] / 255
