"""What the scheduler knows of the nodes, kept up to date change by change.

A node's free room, ports and Pods are never recounted; `version` tells those who cached a judgement of a
node that it changed, `changed` which nodes did.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field

from kubelab.cluster.aspects import BOUND, ENDED, GONE, METADATA, SPEC
from kubelab.cluster.kinds import Node, Pod
from kubelab.cluster.objects import Key, Object, controller_ref, is_being_deleted, key_of, labels_of
from kubelab.cluster.scheduler.podcounter import Census, PodCounter, PodCounters
from kubelab.cluster.scheduler.podinfo import PodInfo, PortKey, Resources, amount, pod_info
from kubelab.cluster.scheduler.pools import HOSTNAME, Pools
from kubelab.cluster.store import Change, Store

ASSUMED = "/machine/assumed/"  # <namespace>/<Pod> -> {"uid", "node"}
MOST_INFOS = 5000  # specs that are remembered at once
MOST_LOADS = 20_000
MOST_CHANGES = 100_000  # after which rankings are made anew


@dataclass(eq=False)
class NodeInfo:
    """One node with what its Pods take of it.

    Attributes:
        pool: nodes of the same pool differ in nothing but their names and what runs on them.
        is_host: whether its hostname label is its name, as it mostly is.
    """

    index: int
    name: str
    node: Object = field(repr=False)
    allocatable: Resources = field(default_factory=dict)
    requested: Resources = field(default_factory=dict)
    scored: Resources = field(default_factory=dict)
    ports: Counter[PortKey] = field(default_factory=Counter)
    images: dict[str, int] = field(default_factory=dict)  # size in bytes by name
    pods: dict[Key, Object] = field(default_factory=dict, repr=False)  # their status may be an older one
    version: int = 0
    pool: int = -1
    is_host: bool = True
    load: tuple[int, int] = (-1, -1)  # version, number

    def read(self, node: Object) -> None:
        """Takes over what a Node object says."""
        self.node = node
        self.is_host = labels_of(node).get(HOSTNAME) == self.name
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


class Voice(Census):
    """The placed Pods of one template and namespace that have affinity terms about other Pods."""

    def __init__(self, pod: Object) -> None:
        super().__init__()
        self.pod = pod  # one of them


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
        self.repooled: list[NodeInfo] = []  # nodes that other Pods may go to by now, as their taints changed, in order
        self.changed: list[NodeInfo] = []  # nodes whose version grew, in order
        self.pools = Pools()
        self.placed: Counter[str] = Counter()  # Pods with a node by their owner's uid
        self.image_nodes: Counter[str] = Counter()  # on how many nodes each image is
        self.imaged = 0  # grows whenever that changes
        self.nominated: dict[Key, str] = {}  # Pods that room is being made for, with their node's name
        self.assumed: dict[Key, Object] = {}  # Pods whose volumes are awaited, as if they had their node already
        self.voices: dict[tuple[str, str], Voice] = {}
        self._living = PodCounters(self._forgot, terminating=False)
        self._all: PodCounters | None = None  # made when somebody asks
        self._infos: dict[int, PodInfo] = {}
        self._needs: dict[tuple[int, ...], tuple[object, PodInfo]] = {}
        self._loads: dict[tuple[object, ...], int] = {}
        self._steps: dict[tuple[int, int, int], int] = {}  # the load after one more, or one less, Pod of certain needs
        self._last_load = 0
        store.subscribe(Node.prefix, self._node_changed)
        store.subscribe(Pod.prefix, self._pod_changed, heeds=GONE | METADATA | SPEC | BOUND | ENDED)

    def start(self) -> None:
        """Reads all nodes and Pods."""
        self.nodes, self._by_index = {}, []
        self.placed.clear()
        self.image_nodes.clear()
        self.nominated.clear()
        self.assumed.clear()
        self.voices.clear()
        self.pools = Pools()
        self._living.clear()
        self._all = None
        nodes = self._store.table(Node.prefix)
        for key in nodes.keys():
            self._put_node(nodes.rows[key])
        for pod in self._store.table(Pod.prefix).rows.values():  # those with a node came with it
            promised = (pod.get("status") or {}).get("nominatedNodeName")
            if promised and not pod["spec"].get("nodeName"):
                self.nominated[key_of(pod)] = promised
        for path, kept in list(self._store.items(ASSUMED)):
            waiting = self._store.get(Pod.prefix + path.removeprefix(ASSUMED))
            if waiting is None or waiting["metadata"]["uid"] != kept["uid"] or waiting["spec"].get("nodeName"):
                continue
            self._assume(waiting, kept["node"])

    def assume(self, pod: Object, node: NodeInfo) -> None:
        """Keeps a Pod's room on a node until it is bound or given up."""
        key = key_of(pod)
        if key not in self.assumed:
            self._store.put(f"{ASSUMED}{key}", {"uid": pod["metadata"]["uid"], "node": node.name})
            self._assume(pod, node.name)

    def _assume(self, pod: Object, name: str) -> None:
        placed = self.assumed[key_of(pod)] = {**pod, "spec": {**pod["spec"], "nodeName": name}}
        self._place(placed)

    def forget(self, key: Key) -> None:
        """Gives back the room that was kept for a Pod, if any was."""
        placed = self.assumed.pop(key, None)
        if placed is not None:
            self._store.delete(f"{ASSUMED}{key}")
            self._displace(placed)

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

    def needs(self, pod: Object) -> PodInfo:
        """Returns what a placed Pod takes of its node: Pods of one template share it, though each has its own spec."""
        spec = pod["spec"]
        parts = (spec["containers"], spec.get("initContainers"), spec.get("resources"), spec.get("overhead"))
        identity = tuple(map(id, parts))
        found = self._needs.get(identity)
        if found is None:
            if len(self._needs) >= MOST_INFOS:
                self._needs.clear()
                self._steps.clear()  # it goes by their identities
            found = self._needs[identity] = parts, pod_info(spec)  # held, so that their identities stay theirs
        return found[1]

    def load_of(self, node: NodeInfo) -> int:
        """Returns a number that nodes share of which the same pool's rules and the same Pods' needs are true."""
        version, number = node.load
        if version != node.version:
            key = (
                node.pool,
                tuple(node.requested.items()),
                tuple(node.scored.items()),
                len(node.pods),
                tuple(node.ports) if node.ports else (),
                tuple(node.images.items()),
            )
            known = self._loads.get(key)
            if known is None:
                if len(self._loads) >= MOST_LOADS:
                    self._loads.clear()
                self._last_load += 1
                known = self._loads[key] = self._last_load
            node.load = node.version, known
            return known
        return number

    def counter(self, namespace: str, selector: Object, *, terminating: bool = False) -> PodCounter:
        """Returns the counter of the placed Pods that a label selector means in a namespace.

        Args:
            terminating: whether Pods that are being deleted count as well.
        """
        if not terminating:
            return self._living.get(namespace, selector)
        if self._all is None:
            self._all = PodCounters(self._forgot, terminating=True)
            for node in self.nodes.values():
                for pod in node.pods.values():
                    self._all.moved(pod, node, 1)
        return self._all.get(namespace, selector)

    def _forgot(self) -> None:
        self.topology += 1  # who holds a counter has to ask for it again

    def _node_changed(self, change: Change) -> None:
        if change.new is None:
            if change.old is not None:
                self._drop_node(change.old["metadata"]["name"])
            return
        old, new = change.old, change.new
        is_other = old is None or decisive(old) != decisive(new)
        self._put_node(new, pool=is_other)
        if old is None or _shape(old) != _shape(new):
            self.topology += 1
        elif is_other:
            self._note_repooled(self.nodes[new["metadata"]["name"]])

    def _drop_node(self, name: str) -> None:
        info = self.nodes.get(name)
        if info is None:
            return
        for pod in list(info.pods.values()):
            self._displace(pod)
        self.image_nodes.subtract(info.images.keys())
        self.imaged += 1
        self.pools.leave(info)
        del self.nodes[name]
        self._is_sorted = False
        self.topology += 1

    def _put_node(self, node: Object, *, pool: bool = True) -> None:
        name = node["metadata"]["name"]
        info = self.nodes.get(name)
        is_new = info is None
        if info is None:
            info = self.nodes[name] = NodeInfo(len(self._by_index), name, node)
            self._is_sorted = self._is_sorted and (not self._by_index or self._by_index[-1].name < name)
            self._by_index.append(info)
        images, before = info.images, info.pool
        info.read(node)
        if images != info.images:
            self.image_nodes.subtract(images.keys())
            self.image_nodes.update(info.images.keys())
            self.imaged += 1
        if pool or is_new:
            self.pools.join(info)
        if before != info.pool and info.pods:
            self._repool(info, before)
        self._changed(info)
        if is_new:
            for pod in self._store.indexed(Pod.prefix, "node", name):
                self._place(pod)
            for pod in self.assumed.values():
                if pod["spec"]["nodeName"] == name:
                    self._place(pod)

    def _repool(self, node: NodeInfo, before: int) -> None:
        for census in (*self._living.censuses(), *(self._all.censuses() if self._all else ()), *self.voices.values()):
            census.repooled(node, before)

    def _changed(self, node: NodeInfo) -> None:
        node.version += 1
        if len(self.changed) >= MOST_CHANGES:
            self.changed.clear()
            self.topology += 1
        self.changed.append(node)

    def _note_repooled(self, node: NodeInfo) -> None:
        if len(self.repooled) >= MOST_CHANGES:
            self.repooled.clear()
            self.topology += 1
        self.repooled.append(node)

    def _pod_changed(self, change: Change) -> None:
        old, new = change.old, change.new
        if self.nominated and (new is None or new["spec"].get("nodeName")):
            self.nominated.pop(Key.parse(change.key.removeprefix(Pod.prefix)), None)
        if self.assumed and (new is None or new["spec"].get("nodeName") or is_being_deleted(new)):
            self.forget(Key.parse(change.key.removeprefix(Pod.prefix)))
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
        if node is None or not _takes_room(pod):
            return
        key = key_of(pod)
        if key not in node.pods:  # a Pod that was there before its node was counted with the node
            node.pods[key] = pod
            self._count(pod, node, 1)

    def _displace(self, pod: Object) -> None:
        node = self.nodes.get(pod["spec"].get("nodeName", ""))
        if node is not None and node.pods.pop(key_of(pod), None) is not None:
            self._count(pod, node, -1)

    def _count(self, pod: Object, node: NodeInfo, sign: int) -> None:
        """Follows a Pod that came to a node (1) or left it (-1)."""
        needs, (version, load) = self.needs(pod), node.load
        step = (load, id(needs), sign) if version == node.version else None
        node.count(needs, sign)
        owner = controller_ref(pod)
        if owner is not None:
            self.placed[owner["uid"]] += sign
            if not self.placed[owner["uid"]]:
                del self.placed[owner["uid"]]
        self._living.moved(pod, node, sign)
        if self._all is not None:
            self._all.moved(pod, node, sign)
        if _is_outspoken(pod):
            self._hear(pod, node, sign)
        self._changed(node)
        if step is not None:
            self._step(node, step)

    def _step(self, node: NodeInfo, step: tuple[int, int, int]) -> None:
        """Finds a node's load by the one before: a Pod like those before it leads to a load like those before."""
        known = self._steps.get(step)
        if known is not None:
            node.load = node.version, known
            return
        if len(self._steps) >= MOST_LOADS:
            self._steps.clear()
        self._steps[step] = self.load_of(node)

    def _hear(self, pod: Object, node: NodeInfo, sign: int) -> None:
        """Counts a Pod that has something to say about others."""
        key = pod["metadata"]["namespace"], json.dumps(pod["spec"]["affinity"], sort_keys=True)
        voice = self.voices.get(key)
        if voice is None:
            voice = self.voices[key] = Voice(pod)
            self.topology += 1
        voice.add(node, sign)
        if not voice.by_node:
            del self.voices[key]
            self.topology += 1


def decisive(node: Object) -> tuple[object, ...]:
    """Returns what of a node decides which Pods may go there, whatever runs on it."""
    spec = node.get("spec", {})
    return *_shape(node), spec.get("taints"), spec.get("unschedulable")


def _shape(node: Object) -> tuple[object, ...]:
    """Returns what of a node rarely changes, and then everything is worked out anew."""
    return labels_of(node), node.get("status", {}).get("allocatable")


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


def _takes_room(pod: Object) -> bool:
    """Finished Pods leave their room to others."""
    return pod.get("status", {}).get("phase") not in ("Succeeded", "Failed")
