"""Watches the nodes' heartbeats: NotReady, taints, and Pods that no longer count as ready.

Source: pkg/controller/nodelifecycle; kubernetes.io, concepts/architecture/nodes.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from kubelab.cluster import processflags
from kubelab.cluster.clock import parse_time
from kubelab.cluster.component import Component, itself, next_look
from kubelab.cluster.controllers.controller import Controller, service_account
from kubelab.cluster.controllers.pods import condition
from kubelab.cluster.controllers.zonestate import PROCESS, ZoneStates, zone_of
from kubelab.cluster.kinds import Lease, Node, Pod
from kubelab.cluster.objects import Key, Object
from kubelab.cluster.store import Change

if TYPE_CHECKING:
    from kubelab.cluster.cluster import Cluster

MONITOR_PERIOD = 5.0  # all nodes are looked at together (--node-monitor-period)
LEASES = "kube-node-lease"
NOT_READY = "node.kubernetes.io/not-ready"
UNREACHABLE = "node.kubernetes.io/unreachable"
UNSCHEDULABLE = "node.kubernetes.io/unschedulable"
# A condition, the status in which it taints, and the taint.
PRESSURES = (
    ("MemoryPressure", "node.kubernetes.io/memory-pressure"),
    ("DiskPressure", "node.kubernetes.io/disk-pressure"),
    ("PIDPressure", "node.kubernetes.io/pid-pressure"),
    ("NetworkUnavailable", "node.kubernetes.io/network-unavailable"),
)
OURS = {NOT_READY, UNREACHABLE, UNSCHEDULABLE, *(taint for _, taint in PRESSURES)}
ZONE = "zone/"  # before a zone's name: the next node in it may be marked for eviction
EVICTED = "/machine/zoneeviction/"  # <zone> -> {"next": when the next node may be}
EVICTION_PERIOD = 0.1  # seconds between two looks at whose turn it is
REPORTED = ("Ready", "MemoryPressure", "DiskPressure", "PIDPressure")
STOPPED = {"reason": "NodeStatusUnknown", "message": "Kubelet stopped posting node status."}
NEVER = {"reason": "NodeStatusNeverUpdated", "message": "Kubelet never posted node status."}
STARTUP = 60.0  # --node-startup-grace-period


def its_node(_component: Component, change: Change) -> Iterable[str]:
    """The node whose heartbeat a Lease is."""
    lease = change.new if change.new is not None else change.old
    return (lease["metadata"]["name"],) if lease and lease["metadata"]["namespace"] == LEASES else ()


class NodeLifecycleController(Controller):
    """Marks nodes that fall silent, and taints nodes in trouble."""

    name = "nodelifecycle"
    user = service_account("node-controller")
    source = "node-controller"
    watches = {Node: itself, Lease: its_node}

    def __init__(self, cluster: Cluster) -> None:
        super().__init__(cluster)
        self.zones = ZoneStates(cluster, self.look_at_silent_nodes)
        self.waiting: dict[str, dict[str, None]] = {}  # by zone, the nodes that are to be marked for eviction

    def start(self) -> None:
        """Counts which nodes are ready."""
        self.zones.start()
        self.waiting.clear()
        for node in self.api.list(Node):
            ready = condition(node, "Ready")
            if ready is not None and ready["status"] != "True" and not _is_marked(node):
                self.waiting.setdefault(zone_of(node), {})[node["metadata"]["name"]] = None

    def look_at_silent_nodes(self) -> None:
        """Looks again at the nodes that are not ready: whether they are evicted depends on how many those are."""
        for node in self.api.list(Node):
            ready = condition(node, "Ready")
            if ready is None or ready["status"] != "True":
                self.cluster.agenda.add(self.name, node["metadata"]["name"])

    @property
    def grace(self) -> float:
        """How long a node may be silent, in seconds (--node-monitor-grace-period, raised in v1.32)."""
        default = 40.0 if self.cluster.version < "1.32" else 50.0
        return processflags.seconds(self.cluster, PROCESS, "node-monitor-grace-period", default)

    def reconcile(self, key: str) -> None:
        """Looks at one node: its heartbeat, its conditions, its taints; or marks the next node of a zone."""
        if key.startswith(ZONE):
            self.mark_next(key.removeprefix(ZONE))
            return
        node = self.api.get(Node, Key("", key))
        if node is None:
            return
        due = self.silence_ends(node)
        if due is not None:
            if due <= self.now:
                node = self.mark_silent(node)
            else:
                self.cluster.agenda.add(self.name, key, next_look(due, MONITOR_PERIOD))
        self.taint(node)
        self.follow_pods(node)

    def silence_ends(self, node: Object) -> float | None:
        """Returns when a node that does not beat is given up, in seconds since the epoch; None while it beats."""
        if condition(node, "Ready") is None:  # its kubelet never said anything
            startup = processflags.seconds(self.cluster, PROCESS, "node-startup-grace-period", STARTUP)
            return parse_time(node["metadata"]["creationTimestamp"]) + startup
        since = self.silent_since(node["metadata"]["name"])
        return None if since is None else since + self.grace

    def silent_since(self, name: str) -> float | None:
        """Returns the last heartbeat of a node that may be silent; None while it beats.

        A beating Lease is newer when it is read than what was written last.
        """
        key = Key(LEASES, name)
        written, read = self.store.get(Lease.path(key)), self.api.get(Lease, key)
        if written is None or read is None:
            return None
        renewed = read["spec"]["renewTime"]
        return parse_time(renewed) if written["spec"]["renewTime"] == renewed else None

    def mark_silent(self, node: Object) -> Object:
        """Sets the conditions of a silent node to Unknown."""
        ready = condition(node, "Ready")
        if ready is not None and ready["status"] == "Unknown":
            return node
        status = dict(node.get("status") or {})
        standing = status.get("conditions") or []
        unknown: Object = {"status": "Unknown", "lastTransitionTime": self.clock.timestamp()}
        conditions = [{**found, **unknown, **STOPPED} if found["type"] in REPORTED else found for found in standing]
        born = {"lastHeartbeatTime": node["metadata"]["creationTimestamp"]}
        known = {found["type"] for found in standing}
        conditions += [{"type": each, **born, **unknown, **NEVER} for each in REPORTED if each not in known]
        status["conditions"] = conditions
        name = node["metadata"]["name"]
        self.api.event(node, "Normal", "NodeNotReady", f"Node {name} status is now: NodeNotReady")
        return self.api.update_status(Node, {**node, "status": status})

    def mark_next(self, zone: str) -> None:
        """Marks that node of a zone for eviction which has been waiting the longest, no more often than allowed."""
        rate, waiting = self.zones.rate(zone), self.waiting.get(zone, {})
        due = (self.store.get(EVICTED + zone) or {"next": 0.0})["next"]
        rows = self.store.table(Node.prefix).rows
        found = [rows.get(Node.prefix + name) for name in waiting]
        nodes = [node for node in found if node is not None and not _is_marked(node) and _since(node)]
        self.waiting[zone] = {node["metadata"]["name"]: None for node in nodes}
        if not nodes or not rate:
            return
        if due > self.now:
            self.cluster.agenda.add(self.name, ZONE + zone, due)
            return
        first = min(nodes, key=lambda node: (_since(node), node["metadata"]["name"]))
        self.store.put(EVICTED + zone, {"next": self.now + 1 / rate})
        self.taint(first, mark=True)
        del self.waiting[zone][first["metadata"]["name"]]
        if self.waiting[zone]:
            self.later(ZONE + zone, 1 / rate)

    def _wait(self, node: Object) -> None:
        zone = zone_of(node)
        self.waiting.setdefault(zone, {})[node["metadata"]["name"]] = None
        due = (self.store.get(EVICTED + zone) or {"next": 0.0})["next"]
        self.cluster.agenda.add(self.name, ZONE + zone, next_look(max(self.now, due), EVICTION_PERIOD))

    def taint(self, node: Object, *, mark: bool = False) -> None:
        """Brings the taints that come of conditions to what the conditions say.

        Args:
            mark: it is the node's turn to lose its Pods, if it is not ready.
        """
        standing = node["spec"].get("taints") or []
        ready = condition(node, "Ready")
        verdict = ready["status"] if ready else "True"  # of a node that never spoke nothing is known yet
        wanted: list[tuple[str, str]] = []
        if verdict != "True":
            key = NOT_READY if verdict == "False" else UNREACHABLE
            wanted.append((key, "NoSchedule"))
            if not self.zones.stopped:
                if mark or _is_marked(node):
                    wanted.append((key, "NoExecute"))
                else:
                    self._wait(node)
        for name, key in PRESSURES:
            found = condition(node, name)
            if found and found["status"] == "True":
                wanted.append((key, "NoSchedule"))
        if node["spec"].get("unschedulable"):
            wanted.append((UNSCHEDULABLE, "NoSchedule"))
        kept = [taint for taint in standing if taint["key"] not in OURS or (taint["key"], taint["effect"]) in wanted]
        known = {(taint["key"], taint["effect"]) for taint in kept}
        now = self.clock.timestamp()
        added = [self._new_taint(key, effect, now) for key, effect in wanted if (key, effect) not in known]
        if added or len(kept) != len(standing):
            spec = {field: value for field, value in node["spec"].items() if field != "taints"}
            left = [*kept, *added]
            self.api.update(Node, {**node, "spec": {**spec, "taints": left} if left else spec})

    def _new_taint(self, key: str, effect: str, now: str) -> Object:
        taint: Object = {"key": key, "effect": effect}
        return {**taint, "timeAdded": now} if effect == "NoExecute" or key != UNSCHEDULABLE else taint

    def follow_pods(self, node: Object) -> None:
        """Takes the Pods of a node that is not ready out of service (MarkPodsNotReady)."""
        ready = condition(node, "Ready")
        if ready is None or ready["status"] == "True":
            return
        for pod in self.api.indexed(Pod, "node", node["metadata"]["name"]):
            found = condition(pod, "Ready")
            if found is None or found["status"] != "True":
                continue
            now = self.clock.timestamp()
            conditions = [
                {**c, "status": "False", "lastTransitionTime": now} if c["type"] == "Ready" else c
                for c in pod["status"]["conditions"]
            ]
            self.api.report(Pod, pod, {**pod["status"], "conditions": conditions})
            self.api.event(pod, "Warning", "NodeNotReady", "Node is not ready")


def _is_marked(node: Object) -> bool:
    """Tells whether a node has a taint that evicts for its being not ready."""
    taints = node["spec"].get("taints") or ()
    return any(each["key"] in (NOT_READY, UNREACHABLE) and each["effect"] == "NoExecute" for each in taints)


def _since(node: Object) -> str:
    """Returns since when a node has not been ready; "" for one that is."""
    ready = condition(node, "Ready")
    return "" if ready is None or ready["status"] == "True" else str(ready["lastTransitionTime"])


class NodeRegistration(Controller):
    """Says in an event that the controller manager knows a node."""

    name = "node-registration"
    user = service_account("node-controller")
    source = "node-controller"

    watches = {Node: lambda _c, change: () if change.old or not change.new else (change.new["metadata"]["name"],)}

    def resync(self) -> None:
        """A restarted controller manager registers no node anew."""

    def reconcile(self, key: str) -> None:
        """Records the event."""
        node = self.api.get(Node, Key("", key))
        if node is not None:
            message = f"Node {key} event: Registered Node {key} in Controller"
            self.api.event(node, "Normal", "RegisteredNode", message)


__all__ = ["NodeLifecycleController", "NodeRegistration"]
