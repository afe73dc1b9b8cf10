"""Memory that runs short on a node: the kubelet evicts Pods, or the kernel ends a process before it does.

The kubelet looks every ten seconds; here it looks while a program takes more and more memory, and until its condition
is over. Source: pkg/kubelet/eviction/{eviction_manager,helpers}.go; pkg/kubelet/qos/policy.go (oom_score_adj);
pkg/kubelet/oom/oom_watcher_linux.go; kubernetes.io, concepts/scheduling-eviction/node-pressure-eviction.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from kubelab.cluster.component import Component, next_look
from kubelab.cluster.kinds import Pod
from kubelab.cluster.node import evictionconfig
from kubelab.cluster.node.entry import node_of
from kubelab.cluster.node.host import HOSTS
from kubelab.cluster.node.memorydemand import KERNEL_LOOK, LOOK, NAME, OOM, STATE
from kubelab.cluster.node.record import RECORDS, is_running, thaw
from kubelab.cluster.node.usage import machine_usage, usage_of
from kubelab.cluster.objects import Object, annotations_of, key_of
from kubelab.cluster.quantity import canonical, to_int

if TYPE_CHECKING:
    from kubelab.cluster.node.container import Container
    from kubelab.cluster.node.nodeview import NodeView
    from kubelab.cluster.store import Store

MEMORY = "MemoryPressure"
SHORT = ["True", "KubeletHasInsufficientMemory", "kubelet has insufficient memory available"]
LOW = "The node was low on resource: memory. Threshold quantity: {}, available: {}. "
LARGER = "Container {} was using {}, request is {}, has larger consumption of memory. "
CRITICAL = 2_000_000_000
KILLED = 137  # 128 + SIGKILL
PAGE = 4096


class Taken(NamedTuple):
    """What a Pod's containers take of a node's memory, and what they asked for, in bytes."""

    pod: Object
    containers: dict[str, int]
    request: int

    @property
    def memory(self) -> int:
        """What all of them take."""
        return sum(self.containers.values())


class Pressure(Component):
    """The part of every kubelet, and of its kernel, that looks after a node's memory; keys are nodes' names."""

    name = NAME

    def reconcile(self, key: str) -> None:
        """Looks at one node's memory."""
        node = key.removeprefix(OOM)
        view = node_of(self.cluster, node)
        if view is None or not view.powered:
            self.store.delete(STATE + node)
            return
        if key.startswith(OOM):
            self._kernel(view)
        else:
            self._look(view)

    def _pods(self, view: NodeView) -> list[Taken]:
        return [_taken(self._running(view, pod), pod) for pod in self.api.indexed(Pod, "node", view.name)]

    def _running(self, view: NodeView, pod: Object) -> Iterator[Container]:
        key = key_of(pod)
        for container in view.owner.containers(view.name, key.namespace, key.name):
            if is_running(container.state, self.now):
                yield container

    def _available(self, view: NodeView, pods: list[Taken]) -> int:
        used = machine_usage(view.name, self.now).memory + sum(pod.memory for pod in pods)
        return int(view.record["memory"] * 1024 - used)

    # the kernel

    def _kernel(self, view: NodeView) -> None:
        """Ends the process that is worst while there is no memory left."""
        pods = self._pods(view)
        victims = sorted(_scores(pods, view.record["memory"] * 1024), key=lambda each: (-each[0], each[1:3]))
        left = self._available(view, pods)
        for _, key, name, memory in victims:
            if left > 0:
                break
            self._kill(view, key, name)
            left += memory
        if self.now < (self.store.get(STATE + view.name) or {}).get("until", 0.0):
            self.later(OOM + view.name, KERNEL_LOOK)

    def _kill(self, view: NodeView, key: str, name: str) -> None:
        path = f"{RECORDS}{view.name}/{key}"
        record = thaw(self.store.get(path))
        record["containers"][name]["ends"] = [self.now, KILLED, "OOMKilled"]
        self.store.put(path, record)
        self.cluster.agenda.add("kubelet", f"{view.name}/{key}")
        container = next(each for each in view.owner.containers(view.name, *key.split("/")) if each.name == name)
        pid = 2000 + self.cluster.random.index(60_000, "pid", container.id)
        process = container.argv[0].rpartition("/")[2] if container.argv else name
        tell(view, "Warning", "SystemOOM", f"System OOM encountered, victim process: {process}, pid: {pid}")

    # the kubelet

    def _look(self, view: NodeView) -> None:
        if not view.kubelet_runs:
            return
        settings = evictionconfig.read(self.cluster, view.name)
        kept = dict(self.store.get(STATE + view.name) or {})
        pods = self._pods(view)
        available = self._available(view, pods)
        wanted = settings.hard + (settings.reclaim if kept.get("met") else 0)
        kept["met"] = available < wanted
        if kept["met"]:
            kept["observed"] = self.now
        pressed = "observed" in kept and self.now - kept["observed"] < settings.transition
        say(self.store, view, MEMORY, SHORT if pressed else None)
        if kept["met"]:
            tell(view, "Warning", "EvictionThresholdMet", "Attempting to reclaim memory")
            self._evict(view, pods, LOW.format(canonical(settings.text), _written(available)))
        if pressed or self.now < kept.get("until", 0.0):
            self.store.put(STATE + view.name, kept)
            rest = kept["met"] or self.now < kept.get("until", 0.0)
            over = self.now if rest else kept["observed"] + settings.transition - LOOK
            self.cluster.agenda.add(self.name, view.name, next_look(over, LOOK))
        else:
            self.store.delete(STATE + view.name)

    def _evict(self, view: NodeView, pods: list[Taken], message: str) -> None:
        """Evicts one Pod: one that takes more than it asked for, the least important, the one that is most above."""
        candidates = [each for each in pods if each.containers and not is_critical(each.pod)]
        if not candidates:
            return
        worst = min(candidates, key=_rank)
        requests = _requests(worst.pod)
        for name, memory in worst.containers.items():
            if memory > to_int(requests.get(name, "0")):
                message += LARGER.format(name, _written(memory), requests.get(name, "0"))
        view.owner.evict(view.name, worst.pod, message, disrupted=True)


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


def _taken(containers: Iterator[Container], pod: Object) -> Taken:
    memory = {each.name: int(usage_of(each).memory) // PAGE * PAGE for each in containers}
    return Taken(pod, memory, sum(to_int(amount) for amount in _requests(pod).values()))


def _requests(pod: Object) -> dict[str, str]:
    """Returns what each container asks for, as the spec writes it."""
    found = {}
    for container in (*pod["spec"]["containers"], *(pod["spec"].get("initContainers") or ())):
        memory = ((container.get("resources") or {}).get("requests") or {}).get("memory")
        if memory is not None:
            found[container["name"]] = str(memory)
    return found


def _rank(taken: Taken) -> tuple[bool, int, int, str]:
    above = taken.memory - taken.request
    return above <= 0, taken.pod["spec"].get("priority") or 0, -above, str(key_of(taken.pod))


def is_critical(pod: Object) -> bool:
    """Tells whether a kubelet never evicts a Pod: static ones, and those that the cluster cannot be without."""
    return "kubernetes.io/config.mirror" in annotations_of(pod) or (pod["spec"].get("priority") or 0) >= CRITICAL


def _scores(pods: list[Taken], capacity: int) -> Iterator[tuple[float, str, str, int]]:
    """Yields of each container the kernel's badness, its Pod, its name and the bytes that it takes."""
    for taken in pods:
        requests = _requests(taken.pod)
        for name, memory in taken.containers.items():
            yield (
                memory / capacity * 1000 + _adjustment(taken.pod, requests.get(name, "0"), capacity),
                str(key_of(taken.pod)), name, memory,
            )  # fmt: skip


def _adjustment(pod: Object, request: str, capacity: int) -> float:
    """Returns the oom_score_adj that the kubelet gives a container."""
    qos = (pod.get("status") or {}).get("qosClass", "BestEffort")
    if is_critical(pod) or qos == "Guaranteed":
        return -997
    if qos == "BestEffort":
        return 1000
    return min(max(1000 - 1000 * to_int(request) // capacity, 3), 999)


def _written(amount: int) -> str:
    return canonical(f"{max(amount, 0) // 1024}Ki")
