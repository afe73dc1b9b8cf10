"""Memory that runs out on a node: the kernel ends a process before the kubelet evicts a Pod (evictions.py).

It looks while a program takes more and more memory.
Source: pkg/kubelet/qos/policy.go (oom_score_adj); pkg/kubelet/oom/oom_watcher_linux.go; kubernetes.io,
concepts/scheduling-eviction/node-pressure-eviction.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from kubelab.cluster.component import Component
from kubelab.cluster.kinds import Pod
from kubelab.cluster.node import memorydemand
from kubelab.cluster.node.diskusage import running
from kubelab.cluster.node.entry import node_of
from kubelab.cluster.node.host import HOSTS
from kubelab.cluster.node.memorydemand import KERNEL_LOOK, NAME, STATE
from kubelab.cluster.node.usage import machine_usage, usage_of
from kubelab.cluster.objects import Object, annotations_of, key_of
from kubelab.cluster.quantity import canonical, to_int

if TYPE_CHECKING:
    from kubelab.cluster.node.nodeview import NodeView
    from kubelab.cluster.store import Store

CRITICAL = 2_000_000_000
PAGE = 4096


class Taken(NamedTuple):
    """What a Pod's containers take of a node's memory, in bytes."""

    pod: Object
    containers: dict[str, int]

    @property
    def memory(self) -> int:
        """What all of them take."""
        return sum(self.containers.values())


class Pressure(Component):
    """The kernel of every node, where memory is short; keys are nodes' names."""

    name = NAME

    def reconcile(self, key: str) -> None:
        """Ends the process that is worst while there is no memory left."""
        view = node_of(self.cluster, key)
        if view is None or not view.powered:
            self.store.delete(STATE + key)
            return
        pods = [taken(view, pod) for pod in self.api.indexed(Pod, "node", view.name)]
        victims = sorted(_scores(pods, view.record["memory"] * 1024), key=lambda each: (-each[0], each[1:3]))
        left = available(view, pods)
        for _, pod, name, memory in victims:
            if left > 0:
                break
            self._kill(view, pod, name)
            left += memory
        if self.now < (self.store.get(STATE + view.name) or {}).get("until", 0.0):
            self.later(view.name, KERNEL_LOOK)

    def _kill(self, view: NodeView, key: str, name: str) -> None:
        memorydemand.end(self.cluster, f"{view.name}/{key}", name)
        container = next(each for each in view.owner.containers(view.name, *key.split("/")) if each.name == name)
        pid = 2000 + self.cluster.random.index(60_000, "pid", container.id)
        process = container.argv[0].rpartition("/")[2] if container.argv else name
        tell(view, "Warning", "SystemOOM", f"System OOM encountered, victim process: {process}, pid: {pid}")


def available(view: NodeView, pods: list[Taken]) -> int:
    """Returns how many bytes of memory a node has left."""
    used = machine_usage(view.name, view.cluster.clock.now).memory + sum(pod.memory for pod in pods)
    return int(view.record["memory"] * 1024 - used)


def say(store: Store, view: NodeView, condition: str, verdict: list[str] | None) -> None:
    """Has a node's kubelet report a pressure from now on, or no longer.

    Args:
        verdict: the condition's status, reason and message; None: there is none.
    """
    record = view.record
    pressure = record.get("pressure") or {}
    if (condition in pressure) == (verdict is not None):
        return
    others = {name: each for name, each in pressure.items() if name != condition}
    now = others if verdict is None else {**others, condition: verdict}
    store.put(HOSTS + view.name, {**record, "pressure": now})


def tell(view: NodeView, kind: str, reason: str, message: str) -> None:
    """Has a kubelet report an event about its node."""
    node = view.object
    if node is not None:
        view.api.event({**node, "metadata": {**node["metadata"], "uid": view.name}}, kind, reason, message)


def taken(view: NodeView, pod: Object) -> Taken:
    """Returns what a Pod takes of a node's memory."""
    return Taken(pod, {each.name: int(usage_of(each).memory) // PAGE * PAGE for each in running(view, pod)})


def requests_of(pod: Object, resource: str) -> dict[str, str]:
    """Returns what each container asks for of a resource, as the spec writes it."""
    found = {}
    for container in (*pod["spec"]["containers"], *(pod["spec"].get("initContainers") or ())):
        amount = ((container.get("resources") or {}).get("requests") or {}).get(resource)
        if amount is not None:
            found[container["name"]] = str(amount)
    return found


def is_critical(pod: Object) -> bool:
    """Tells whether a kubelet never evicts a Pod: static ones, and those that the cluster cannot be without."""
    return "kubernetes.io/config.mirror" in annotations_of(pod) or (pod["spec"].get("priority") or 0) >= CRITICAL


def _scores(pods: list[Taken], capacity: int) -> Iterator[tuple[float, str, str, int]]:
    """Yields of each container the kernel's badness, its Pod, its name and the bytes that it takes."""
    for taken in pods:
        requests = requests_of(taken.pod, "memory")
        for name, memory in taken.containers.items():
            yield (
                memory / capacity * 1000 + adjustment(taken.pod, requests.get(name, "0"), capacity),
                str(key_of(taken.pod)), name, memory,
            )  # fmt: skip


def adjustment(pod: Object, request: str, capacity: int) -> float:
    """Returns the oom_score_adj that the kubelet gives a container."""
    qos = (pod.get("status") or {}).get("qosClass", "BestEffort")
    if is_critical(pod) or qos == "Guaranteed":
        return -997
    if qos == "BestEffort":
        return 1000
    return min(max(1000 - 1000 * to_int(request) // capacity, 3), 999)


def written_as(amount: int) -> str:
    """Returns bytes as messages write them, in whole KiB."""
    return canonical(f"{max(amount, 0) // 1024}Ki")
