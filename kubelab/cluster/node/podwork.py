"""One look of a kubelet at one Pod: what it knows, and what it may do with it.

Made for a single reconciliation and thrown away; what lasts is in the record (record.py) and in the API.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kubelab.cluster.kinds import Pod
from kubelab.cluster.node.blueprint import Blueprint, ContainerPlan
from kubelab.cluster.node.record import MIRROR, attempt, is_running
from kubelab.cluster.objects import Key, Object, annotations_of, is_being_deleted

if TYPE_CHECKING:
    from kubelab.cluster.node.kubelet import Kubelet
    from kubelab.cluster.node.nodeview import NodeView

SANDBOX = 0.25, 0.7  # seconds that a sandbox takes
SOONEST = 0.05  # seconds after which a change can be noticed
NOTICE = 1.0  # the runtime is asked for what changed once a second (PLEG's relist period)


class PodWork:
    """A Pod, its record and its kubelet.

    Attributes:
        wants_sync: something happened that makes the kubelet sync the Pod.
    """

    __slots__ = ("blueprint", "cluster", "dirty", "key", "kubelet", "node", "now", "pod", "record", "uid", "wants_sync")

    def __init__(self, kubelet: Kubelet, node: NodeView, key: Key, pod: Object, record: Object) -> None:
        self.kubelet = kubelet
        self.cluster = kubelet.cluster
        self.node = node
        self.key = key
        self.pod = pod
        self.record = record
        self.uid: str = record["uid"]
        self.now = kubelet.clock.now
        self.blueprint: Blueprint = node.blueprint(pod)
        self.wants_sync = False
        self.dirty = False

    # what is known

    def container(self, name: str) -> Object | None:
        """Returns the record of the latest container of that name."""
        found: Object | None = self.record["containers"].get(name)
        return found

    def runs(self, name: str) -> bool:
        """Tells whether a container runs now."""
        return is_running(self.record["containers"].get(name), self.now)

    def running(self) -> list[ContainerPlan]:
        """Returns the containers that run now, in the order of the spec."""
        return [plan for plan in self.blueprint.plans if self.runs(plan.name)]

    def container_id(self, name: str, number: int | None = None) -> str:
        """Returns the id of a container: 64 hexadecimal digits, a new one for each attempt."""
        if number is None:
            number = attempt(self.record["containers"].get(name) or {})
        return self.node.container_id(self.uid, name, number)

    @property
    def is_tended(self) -> bool:
        """Whether the kubelet looks after it: told by the API server, by a manifest, or by what it has in mind."""
        node = self.node
        return node.speaks or (node.kubelet_runs and ("known" in self.record or "static" in self.record))

    @property
    def full_name(self) -> str:
        """The Pod as the kubelet's messages name it: name_namespace(uid)."""
        return f"{self.key.name}_{self.key.namespace}({self.uid})"

    def chance(self, low: float, high: float, *about: object) -> float:
        """Returns a latency in seconds, drawn for this Pod."""
        return self.cluster.random.between(low, high, self.uid, *about)

    # what it may do

    def event(self, type: str, reason: str, message: str, plan: ContainerPlan | None = None) -> None:
        """Reports an event about the Pod, or about one of its containers; one that is cut off reports nothing."""
        if not self.node.speaks:
            return
        self.node.api.event(self.pod, type, reason, message, field_path=plan.field_path if plan else "")

    def fail_start(self, plan: ContainerPlan, reason: str, message: str) -> None:
        """Remembers why a container did not start, for the status of the next sync."""
        self.record.setdefault("reasons", {})[plan.name] = [reason, message]

    def write_status(self, status: Object) -> None:
        """Writes the Pod's status to the API where it differs."""
        if status == self.pod.get("status") or "gone" in self.record:
            return
        if not self.node.speaks:  # nobody hears of it
            self.pod = {**self.pod, "status": status}
            if "known" in self.record:
                self.record["known"] = self.pod
                self.dirty = True
            return
        target = self.mirror() if "static" in self.record else self.pod
        if target is not None:
            written = self.kubelet.report(self.node, target, status)
        self.pod = {**self.pod, "status": status} if "static" in self.record else written

    def mirror(self) -> Object | None:
        """Returns the mirror of a static Pod in the API, None where there is none of this version of it."""
        mirror = self.node.api.get(Pod, self.key)
        if mirror is None or is_being_deleted(mirror) or annotations_of(mirror).get(MIRROR) != self.uid:
            return None
        return mirror
