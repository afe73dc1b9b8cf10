"""What a kubelet keeps in mind of its own node: who it is, which images it has, how full it is.

Only a cache: made from the store when a node is first looked at, so that nodes where nothing happens cost nothing.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING

from kubelab.cluster.kinds import Node
from kubelab.cluster.node.blueprint import Blueprint
from kubelab.cluster.node.host import HOSTS, Images, speaks
from kubelab.cluster.node.resources import Requests
from kubelab.cluster.node.versions import kubelet_of
from kubelab.cluster.objects import Key, Object
from kubelab.cluster.quantity import to_int, to_milli
from kubelab.cluster.user import User

if TYPE_CHECKING:
    from kubelab.cluster.node.kubelet import Kubelet

PULLS = "/machine/pulls/"  # <node> -> until when it is busy, and which images it will have by then

NO_PULLS: Object = {"until": 0.0, "brings": []}


class NodeView:
    """One node, as its kubelet sees it.

    Attributes:
        admitted: uid -> requests of the Pods that take up room.
    """

    def __init__(self, kubelet: Kubelet, name: str, record: Object) -> None:
        self.owner = kubelet
        self.cluster = kubelet.cluster
        self.name = name
        store = kubelet.cluster.store
        # Asked for several times with every Pod: the rows are looked at where they are.
        self._hosts, self._host = store.table(HOSTS).rows, HOSTS + name
        self._pulls = store.table(PULLS)
        self._nodes, self._path = store.table(Node.prefix).rows, Node.path(Key("", name))
        self.ip: str = record["ip"]
        self.ips = [{"ip": self.ip}]
        self.kubelet = kubelet_of(record["kubelet"]["version"])
        user = User(f"system:node:{name}", ("system:nodes", "system:authenticated"))
        self.api = kubelet.cluster.api.client(user, "kubelet")
        self.images = Images(kubelet.cluster, name)
        self.admitted: dict[str, Requests] = {}
        self.cpu = 0
        self.memory = 0
        self.storage = 0
        self._room: tuple[object, tuple[int, int, int]] | None = None

    # the machine

    @property
    def record(self) -> Object:
        """What the machine is."""
        return self._hosts.get(self._host) or {}

    @property
    def kubelet_runs(self) -> bool:
        """Whether the kubelet runs, and with it everything that it does; it may be cut off from the API server."""
        return bool(self.record["kubelet"]["running"])

    @property
    def speaks(self) -> bool:
        """Whether the kubelet runs and can talk to the API server."""
        return speaks(self.record)

    @property
    def runtime_runs(self) -> bool:
        """Whether containerd runs."""
        return bool(self.record["containerd"]["running"])

    @property
    def works(self) -> bool:
        """Whether the machine is on, and its kubelet runs and can talk to the API server."""
        record = self.record
        return bool(record["powered"] and speaks(record))

    @property
    def powered(self) -> bool:
        """Whether the machine is on."""
        return bool(self.record["powered"])

    @property
    def pulls(self) -> Object:
        """The image pulls that are queued, whoever asked for them: `until` when they keep it busy, what they bring."""
        kept = self._pulls.rows.get(PULLS + self.name)
        return kept if kept is not None and kept["until"] > self.cluster.clock.now else NO_PULLS

    @pulls.setter
    def pulls(self, pulls: Object) -> None:
        self.cluster.store.write(self._pulls, PULLS + self.name, pulls)

    # the Node object

    @property
    def object(self) -> Object | None:
        """The Node as it was last written, without the heartbeats since."""
        return self._nodes.get(self._path)

    @property
    def uid(self) -> str:
        """The Node's uid."""
        found = self.object
        return str(found["metadata"]["uid"]) if found else ""

    def allocatable(self, resource: str) -> str:
        """Returns how much of a resource Pods may have, as the Node's status writes it."""
        found = self.object or {}
        return str(((found.get("status") or {}).get("allocatable") or {}).get(resource, "0"))

    def room(self) -> tuple[int, int, int]:
        """Returns what Pods may have in all: millicores, bytes, Pods."""
        found = self.object or {}
        allocatable = (found.get("status") or {}).get("allocatable") or {}
        if self._room is None or self._room[0] is not allocatable:
            amounts = (
                to_milli(allocatable.get("cpu", 0)),
                to_int(allocatable.get("memory", 0)),
                to_int(allocatable.get("pods", 110)),
            )
            self._room = (allocatable, amounts)
        return self._room[1]

    # Pods

    def blueprint(self, pod: Object) -> Blueprint:
        """Returns what a Pod's spec means."""
        return self.owner.blueprints.of(pod, self.kubelet)

    def admit(self, uid: str, requests: Requests) -> None:
        """Counts a Pod."""
        if uid not in self.admitted:
            self.admitted[uid] = requests
            self.cpu += requests.cpu
            self.memory += requests.memory
            self.storage += requests.storage

    def release(self, uid: str) -> None:
        """Counts a Pod no longer."""
        requests = self.admitted.pop(uid, None)
        if requests is not None:
            self.cpu -= requests.cpu
            self.memory -= requests.memory
            self.storage -= requests.storage

    def container_id(self, uid: str, name: str, attempt: int) -> str:
        """Returns the id of a container, the same whenever it is asked for."""
        return blake2b(f"{self.cluster.seed} {uid} {name} {attempt}".encode(), digest_size=32).hexdigest()
