"""What the scheduler knows of the nodes, kept up to date change by change.

A node's free room, ports and Pods are never recounted; `version` tells those who cached a judgement of a
node that it changed, `improved` that it may have become better.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from kubelab.cluster.aspects import BOUND, COMES_AND_GOES, ENDED, SPEC
from kubelab.cluster.kinds import Node, Pod
from kubelab.cluster.objects import Key, Object, is_being_deleted, key_of, labels_of
from kubelab.cluster.scheduler.podcounter import PodCounter, PodCounters
from kubelab.cluster.scheduler.podinfo import PodInfo, PortKey, Resources, amount, pod_info
from kubelab.cluster.store import Change, Store

MOST_INFOS = 5000  # specs that are remembered at once


@dataclass(eq=False)
class NodeInfo:
    """One node with what its Pods take of it."""

    index: int
    name: str
    node: Object
    allocatable: Resources = field(default_factory=dict)
    requested: Resources = field(default_factory=dict)
    scored: Resources = field(default_factory=dict)
    ports: Counter[PortKey] = field(default_factory=Counter)
    images: dict[str, int] = field(default_factory=dict)  # size in bytes by name
    pods: dict[Key, Object] = field(default_factory=dict)  # their status may be an older one
    version: int = 0

    def read(self, node: Object) -> None:
        """Takes over what a Node object says."""
        self.node = node
        status = node.get("status", {})
        room = status.get("allocatable") or status.get("capacity") or {}
        self.allocatable = {resource: amount(resource, quantity) for resource, quantity in room.items()}
        self.images = {
            name: image.get("sizeBytes", 0) for image in status.get("images") or () for name in image.get("names") or ()
        }

    def count(self, info: PodInfo, sign: int) -> None:
        """Adds a Pod's needs, or takes them off."""
        for resource, number in info.requests.items():
            self.requested[resource] = self.requested.get(resource, 0) + sign * number
        for resource, number in info.scored.items():
            self.scored[resource] = self.scored.get(resource, 0) + sign * number
        for port in info.ports:
            self.ports[port] += sign
            if not self.ports[port]:
                del self.ports[port]


class NodeCache:
    """All nodes, as the scheduler sees them.

    Args:
        store: where nodes and Pods are watched.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self.nodes: dict[str, NodeInfo] = {}
        self._by_index: list[NodeInfo] = []
        self._is_sorted = True
        self.topology = 0  # grows whenever a node comes, goes, or changes in what decides where Pods may go
        self.improved: list[int] = []  # indexes of nodes that got room, in order
        self.outspoken: dict[Key, Object] = {}  # placed Pods with affinity terms about other Pods
        self._voices: Counter[tuple[int, str]] = Counter()  # of these, by their spec and namespace
        self._counters = PodCounters()
        self._infos: dict[int, PodInfo] = {}
        self._loads: dict[tuple[int, ...], tuple[object, PodInfo]] = {}
        store.subscribe(Node.prefix, self._node_changed)
        store.subscribe(Pod.prefix, self._pod_changed, heeds=COMES_AND_GOES | SPEC | BOUND | ENDED)

    def start(self) -> None:
        """Reads all nodes and Pods."""
        self.nodes, self._by_index = {}, []
        self.outspoken.clear()
        self._voices.clear()
        self._counters.clear()
        nodes = self._store.table(Node.prefix)
        for key in nodes.keys():
            self._put_node(nodes.rows[key])
        for pod in self._store.table(Pod.prefix).rows.values():
            self._place(pod)

    @property
    def by_index(self) -> list[NodeInfo]:
        """All nodes by name, an order that a restarted process has as well."""
        if not self._is_sorted:
            self._by_index = [self.nodes[name] for name in sorted(self.nodes)]
            for index, info in enumerate(self._by_index):
                info.index = index
            self._is_sorted = True
        return self._by_index

    def info(self, pod: Object) -> PodInfo:
        """Returns what matters of a Pod; worked out once for each spec object."""
        spec = pod["spec"]
        found = self._infos.get(id(spec))
        if found is None or found.spec is not spec:
            if len(self._infos) >= MOST_INFOS:
                self._infos.clear()
            found = self._infos[id(spec)] = pod_info(spec)
        return found

    def load(self, pod: Object) -> PodInfo:
        """Returns what a placed Pod takes of its node: Pods of one template share it, though each has its own spec."""
        spec = pod["spec"]
        parts = (spec["containers"], spec.get("initContainers"), spec.get("resources"), spec.get("overhead"))
        identity = tuple(map(id, parts))
        found = self._loads.get(identity)
        if found is None:
            if len(self._loads) >= MOST_INFOS:
                self._loads.clear()
            found = self._loads[identity] = parts, pod_info(spec)  # held, so that their identities stay theirs
        return found[1]

    def counter(self, namespace: str, selector: Object) -> PodCounter:
        """Returns the counter of the placed Pods that a label selector means in a namespace."""
        return self._counters.get(namespace, selector)

    def voices(self) -> Iterator[Object]:
        """Yields one of the placed Pods with terms about others for each template and namespace."""
        heard: set[tuple[int, str]] = set()
        for pod in self.outspoken.values():
            if len(heard) == len(self._voices):
                return
            if _voice(pod) not in heard:
                heard.add(_voice(pod))
                yield pod

    def _node_changed(self, change: Change) -> None:
        if change.new is None:
            if change.old is not None:
                self.nodes.pop(change.old["metadata"]["name"], None)
                self._is_sorted = False
                self.topology += 1
            return
        self._put_node(change.new)
        if change.old is None or decisive(change.old) != decisive(change.new):
            self.topology += 1

    def _put_node(self, node: Object) -> None:
        name = node["metadata"]["name"]
        info = self.nodes.get(name)
        if info is None:
            info = self.nodes[name] = NodeInfo(len(self._by_index), name, node)
            self._is_sorted = self._is_sorted and (not self._by_index or self._by_index[-1].name < name)
            self._by_index.append(info)
            for pod in self._store.table(Pod.prefix).rows.values() if self.topology else ():
                if pod["spec"].get("nodeName") == name:
                    self._place(pod)
        info.read(node)
        info.version += 1

    def _pod_changed(self, change: Change) -> None:
        old, new = change.old, change.new
        if old is not None and new is not None and _is_same_load(old, new):
            node = self.nodes.get(new["spec"].get("nodeName", ""))
            if node is not None and _takes_room(new):
                node.pods[key_of(new)] = new
            return
        if old is not None:
            self._displace(old)
        if new is not None:
            self._place(new)

    def _place(self, pod: Object) -> None:
        node = self.nodes.get(pod["spec"].get("nodeName", ""))
        key = key_of(pod)
        # A Pod that was there before its node was counted with the node.
        if node is not None and _takes_room(pod) and key not in node.pods:
            node.count(self.load(pod), 1)
            node.pods[key] = pod
            node.version += 1
            self._counters.moved(pod, 1)
            if _is_outspoken(pod):
                self.outspoken[key] = pod
                self._voices[_voice(pod)] += 1
                if self._voices[_voice(pod)] == 1:
                    self.topology += 1

    def _displace(self, pod: Object) -> None:
        node = self.nodes.get(pod["spec"].get("nodeName", ""))
        if node is not None and node.pods.pop(key_of(pod), None) is not None:
            node.count(self.load(pod), -1)
            node.version += 1
            self._counters.moved(pod, -1)
            spoke = self.outspoken.pop(key_of(pod), None)
            if spoke is not None:
                self._voices[_voice(spoke)] -= 1
                if not self._voices[_voice(spoke)]:
                    del self._voices[_voice(spoke)]
            self.improved.append(node.index)


def decisive(node: Object) -> tuple[object, ...]:
    """Returns what of a node decides which Pods may go there, whatever runs on it."""
    spec, status = node.get("spec", {}), node.get("status", {})
    return labels_of(node), spec.get("taints"), spec.get("unschedulable"), status.get("allocatable")


def _is_same_load(old: Object, new: Object) -> bool:
    """Tells whether a change of a Pod is none to the scheduler, as a change of its status mostly is."""
    return (
        old["spec"] is new["spec"]
        and _takes_room(old) == _takes_room(new)
        and is_being_deleted(old) == is_being_deleted(new)
        and labels_of(old) == labels_of(new)
    )


def _is_outspoken(pod: Object) -> bool:
    affinity = pod["spec"].get("affinity") or {}
    return bool(affinity.get("podAffinity") or affinity.get("podAntiAffinity"))


def _voice(pod: Object) -> tuple[int, str]:
    """Pods of one template share their affinity, also when they have been placed."""
    return id(pod["spec"].get("affinity")), pod["metadata"]["namespace"]


def _takes_room(pod: Object) -> bool:
    """Finished Pods leave their room to others."""
    return pod.get("status", {}).get("phase") not in ("Succeeded", "Failed")
