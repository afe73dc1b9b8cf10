"""What a kubelet does when its node runs short of memory or disk: it says so, clears away, and evicts Pods.

It looks every ten seconds; here it looks while something takes room (memorydemand.py, volumes.py), and until its
conditions are over. Source: pkg/kubelet/eviction/{eviction_manager,helpers}.go; kubernetes.io,
concepts/scheduling-eviction/node-pressure-eviction.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from kubelab.cluster.component import Component, next_look
from kubelab.cluster.kinds import Pod
from kubelab.cluster.node import evictionconfig, imagegc
from kubelab.cluster.node.diskusage import SYSTEM, UNPACKED, disk, running, volumes_of, written
from kubelab.cluster.node.entry import node_of
from kubelab.cluster.node.evictionconfig import MEMORY, Settings, Threshold
from kubelab.cluster.node.host import IMAGES
from kubelab.cluster.node.memorydemand import LOOK, MANAGER, STATE
from kubelab.cluster.node.pressure import available, is_critical, requests_of, say, taken, tell, written_as
from kubelab.cluster.objects import Object, key_of
from kubelab.cluster.quantity import to_int
from kubelab.cluster.store import Change

if TYPE_CHECKING:
    from kubelab.cluster.cluster import Cluster
    from kubelab.cluster.node.nodeview import NodeView

KEPT = (
    "/machine/evictions/"  # <node> -> {"first": {threshold: since when}, "met": [...], "observed": {condition: when}}
)
CONDITIONS = {
    "MemoryPressure": ["True", "KubeletHasInsufficientMemory", "kubelet has insufficient memory available"],
    "DiskPressure": ["True", "KubeletHasDiskPressure", "kubelet has disk pressure"],
}
MESSAGE = "The node was low on resource: {}. Threshold quantity: {}, available: {}. "
LARGER = "Container {} was using {}, request is {}, has larger consumption of {}. "
GC = "gc/"  # what keys of the image garbage collection begin with
AT_ONCE = 1.0  # seconds that Pods get which are evicted hard
FULL = 50  # percent of a disk from which on another image is a reason to look


class Ranked(NamedTuple):
    """What a Pod takes of what is short, container by container, and what it asked for, in bytes."""

    pod: Object
    containers: dict[str, int]
    total: int
    request: int

    @property
    def rank(self) -> tuple[bool, int, int, str]:
        """Who goes first: who takes more than it asked for, is less important, takes the most beyond its request."""
        above = self.total - self.request
        return above <= 0, self.pod["spec"].get("priority") or 0, -above, str(key_of(self.pod))


class Evictions(Component):
    """The eviction manager of every kubelet; keys are nodes' names."""

    name = MANAGER

    def __init__(self, cluster: Cluster) -> None:
        super().__init__(cluster)
        self.store.subscribe(IMAGES, self._images_changed)

    def _images_changed(self, change: Change) -> None:
        node = change.key.removeprefix(IMAGES)
        view = node_of(self.cluster, node) if change.old is not None else None
        if view is not None:
            pulled = sum(int(names[1]) for names in view.images.all().values()) * UNPACKED // 1024
            if (SYSTEM + pulled) * 100 > view.record["disk"] * FULL:
                self.cluster.agenda.add(self.name, node, next_look(self.now, LOOK))

    def reconcile(self, key: str) -> None:
        """Looks at one node's room, or clears away images."""
        node = key.removeprefix(GC)
        view = node_of(self.cluster, node)
        if view is None or not view.powered:
            self.store.delete(KEPT + node)
        elif view.works:
            settings = evictionconfig.read(self.cluster, node)
            if key.startswith(GC):
                self._collect(view, settings)
            else:
                self._look(view, settings)

    def _look(self, view: NodeView, settings: Settings) -> None:
        kept = self.store.get(KEPT + view.name) or {"first": {}, "met": [], "observed": {}}
        rooms = self._rooms(view, settings)
        met = [each for each in settings.thresholds if _is_met(each, rooms, kept["met"])]
        first = {each.id: kept["first"].get(each.id, self.now) for each in met}
        observed = {**kept["observed"], **{_condition(each): self.now for each in met}}
        observed = {name: when for name, when in observed.items() if self.now - when < settings.transition}
        for name, verdict in CONDITIONS.items():
            say(self.store, view, name, verdict if name in observed else None)
        view = node_of(self.cluster, view.name) or view  # another one, now that its machine has changed
        due = [each for each in met if self.now - first[each.id] >= (each.grace or 0.0)]
        kept = {"first": first, "met": [each.id for each in due], "observed": observed}
        if due:
            self._reclaim(view, settings, due, rooms)
        self._again(view, settings, kept, bool(met))

    def _again(self, view: NodeView, settings: Settings, kept: Object, met: bool) -> None:
        size, used = disk(self.cluster, view.name)
        if used * 100 // size >= settings.high:
            self.cluster.agenda.add(self.name, GC + view.name, next_look(self.now, imagegc.PERIOD))
        taking = self.now < (self.store.get(STATE + view.name) or {}).get("until", 0.0)
        if not (kept["observed"] or taking):
            self.store.delete(KEPT + view.name)
            return
        self.store.put(KEPT + view.name, kept)
        over = self.now if met or taking else min(kept["observed"].values()) + settings.transition - LOOK
        self.cluster.agenda.add(self.name, view.name, next_look(max(over, self.now), LOOK))

    def _rooms(self, view: NodeView, settings: Settings) -> dict[str, int]:
        """Returns how many bytes are available, by signal."""
        size, used = disk(self.cluster, view.name)
        left = (size - used) * 1024
        rooms = dict.fromkeys((evictionconfig.NODE, evictionconfig.IMAGES), left)
        if any(each.signal == MEMORY for each in settings.thresholds):
            pods = self.api.indexed(Pod, "node", view.name)
            rooms[MEMORY] = available(view, [taken(view, pod) for pod in pods])
        return rooms

    def _reclaim(self, view: NodeView, settings: Settings, due: list[Threshold], rooms: dict[str, int]) -> None:
        chosen = min(due, key=lambda each: each.signal != MEMORY)
        resource = "memory" if chosen.signal == MEMORY else "ephemeral-storage"
        tell(view, "Warning", "EvictionThresholdMet", f"Attempting to reclaim {resource}")
        if chosen.signal != MEMORY:
            imagegc.take_all(view, settings)
            now = self._rooms(view, settings)
            if not any(_is_met(each, now, [each.id]) for each in settings.thresholds):
                return
        candidates = [self._ranked(view, pod, resource) for pod in self.api.indexed(Pod, "node", view.name)
                      if not is_critical(pod)]  # fmt: skip
        candidates = [each for each in candidates if each.containers]
        if not candidates:
            return
        worst = min(candidates, key=lambda each: each.rank)
        message = MESSAGE.format(resource, chosen.text, written_as(rooms[chosen.signal]))
        requests = requests_of(worst.pod, resource)
        for name, amount in worst.containers.items():
            if amount > to_int(requests.get(name, "0")):
                message += LARGER.format(name, written_as(amount), requests.get(name, "0"), resource)
        own = float(worst.pod["spec"].get("terminationGracePeriodSeconds", 30))
        grace = AT_ONCE if chosen.grace is None else max(min(settings.longest, own), AT_ONCE)
        view.owner.evict(view.name, worst.pod, message, disrupted=True, grace=grace)

    def _ranked(self, view: NodeView, pod: Object, resource: str) -> Ranked:
        request = sum(to_int(amount) for amount in requests_of(pod, resource).values())
        if resource == "memory":
            memory = taken(view, pod)
            return Ranked(pod, memory.containers, memory.memory, request)
        containers = {each.name: written(each) for each in running(view, pod)}
        total = sum(containers.values()) + sum(volumes_of(self.cluster, pod).values())
        return Ranked(pod, containers, total, request)

    def _collect(self, view: NodeView, settings: Settings) -> None:
        """Clears away images; says so when that fails twice in a row."""
        path = f"{KEPT}{GC}{view.name}"
        why = imagegc.collect(view, settings)
        if not why:
            self.store.delete(path)
            return
        if self.store.get(path) is not None:
            tell(view, "Warning", "ImageGCFailed", why)
        self.store.put(path, {"failed": self.now})
        self.cluster.agenda.add(self.name, GC + view.name, next_look(self.now, imagegc.PERIOD))


def _is_met(threshold: Threshold, rooms: dict[str, int], before: list[str]) -> bool:
    """Tells whether there is too little, or not as much more as has to come back once there was."""
    room = rooms.get(threshold.signal)
    more = threshold.reclaim if threshold.id in before else 0
    return room is not None and room < threshold.least + more


def _condition(threshold: Threshold) -> str:
    return "MemoryPressure" if threshold.signal == MEMORY else "DiskPressure"
