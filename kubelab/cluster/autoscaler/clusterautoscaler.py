"""The cluster autoscaler that runs in a Pod: more nodes for Pods that find no room, fewer where nodes are hardly used.

A real one looks every ten seconds; here it looks on that grid, but only after something has changed that it looks at,
or when a delay is over. Source: kubernetes/autoscaler, core/static_autoscaler.go (RunOnce); FAQ.md.
"""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING

from kubelab.cluster.api.policyrules import Attributes
from kubelab.cluster.autoscaler import provisioning, scaledown, scaleup, status
from kubelab.cluster.autoscaler.scan import PROCESS, Scan
from kubelab.cluster.autoscalers import RUNNING, options_of
from kubelab.cluster.clock import micro
from kubelab.cluster.component import Component, next_look
from kubelab.cluster.kinds import Lease, Node, Pod
from kubelab.cluster.leases import SECONDS
from kubelab.cluster.objects import Key, Object
from kubelab.cluster.store import Change
from kubelab.cluster.user import AUTHENTICATED, User

if TYPE_CHECKING:
    from kubelab.cluster.cluster import Cluster

STATE = "/machine/autoscaler/state"
SCAN = "scan"
EMPTY: Object = {"unneeded": {}, "deleting": {}, "conditions": {}}


class ClusterAutoscaler(Component):
    """Makes node groups larger and smaller, for the autoscaler that runs in a Pod."""

    name = PROCESS
    runs_in = PROCESS

    def __init__(self, cluster: Cluster) -> None:
        super().__init__(cluster)
        self._watches = False
        self.store.subscribe(RUNNING, lambda _change: self._watch())

    def start(self) -> None:
        """Watches Pods and Nodes where an autoscaler has run; other clusters have nothing to do with it."""
        if any(True for _ in self.store.items(RUNNING)):
            self._watch()

    def _watch(self) -> None:
        if not self._watches:
            self._watches = True
            self.store.subscribe(Pod.prefix, self._pod_changed)
            self.store.subscribe(Node.prefix, self._node_changed)

    def _pod_changed(self, change: Change) -> None:
        old, new = change.old, change.new
        if new is None or old is None or "nodeName" not in new["spec"] or "nodeName" not in old["spec"]:
            self._soon()
        elif old["metadata"] is not new["metadata"]:
            self._soon()

    def _node_changed(self, _change: Change) -> None:
        self._soon()

    def _soon(self) -> None:
        running = self._running()
        interval = options_of(running["argv"]).durations["scan-interval"] if running else 10.0
        self.cluster.agenda.add(self.name, SCAN, next_look(self.now, interval))

    def resync(self) -> None:
        """Begins anew, without what the last process remembered."""
        if self.store.get(STATE) is not None:
            self.store.put(STATE, copy.deepcopy(EMPTY))
        self._soon()

    def reconcile(self, key: str) -> None:
        """Looks once at Pods, nodes and groups."""
        running = self._running()
        if running is None:
            return
        options = options_of(running["argv"])
        user = _user(running)
        if not self._may_look(user):
            return
        state = copy.deepcopy(self.store.get(STATE) or EMPTY)
        scan = Scan(self.cluster, options, user, state)
        state["deleting"] = {name: kept for name, kept in state["deleting"].items() if scan.group_of(name)}
        self._lead(scan, running)
        provisioning.settle(scan)
        scaleup.scale_up(scan)
        scaledown.scale_down(scan)
        configmap = status.write(scan, running["namespace"])
        for kind, reason, message in scan.noted:
            scan.events.event(configmap, kind, reason, message)
        self.store.put(STATE, scan.state)
        if scan.again is not None:
            interval = options.durations["scan-interval"]
            soon = self.now + max(scan.again - interval, 0.0)
            self.cluster.agenda.add(self.name, SCAN, next_look(soon, interval))

    def _lead(self, scan: Scan, running: Object) -> None:
        """Takes the Lease, whose holder is the Pod's name."""
        place = Key(running["namespace"], PROCESS)
        lease = scan.api.get(Lease, place)
        if lease is not None and lease["spec"].get("holderIdentity") == running["pod"]:
            return
        now, transitions = micro(self.now), lease["spec"]["leaseTransitions"] + 1 if lease is not None else 0
        spec = {"acquireTime": now, "holderIdentity": running["pod"], "leaseDurationSeconds": SECONDS,
                "leaseTransitions": transitions, "renewTime": now}  # fmt: skip
        if lease is not None:
            taken = scan.api.update(Lease, {**lease, "spec": spec})
        else:
            metadata = {"name": PROCESS, "namespace": place.namespace}
            made = {"apiVersion": Lease.api_version, "kind": Lease.name, "metadata": metadata, "spec": spec}
            taken = scan.api.create(Lease, made)
        scan.events.event(taken, "Normal", "LeaderElection", f"{running['pod']} became leader")

    def _running(self) -> Object | None:
        nodes = self.cluster.processes.nodes(PROCESS)
        return self.store.get(RUNNING + nodes[0]) if nodes else None

    def _may_look(self, user: User) -> bool:
        for kind in (Pod, Node):
            if not self.cluster.api.authorizer.decide(Attributes(user, "list", kind.group, kind.plural)).allowed:
                return False
        return True


def _user(running: Object) -> User:
    namespace = running["namespace"]
    groups = ("system:serviceaccounts", f"system:serviceaccounts:{namespace}", AUTHENTICATED)
    return User(f"system:serviceaccount:{namespace}:{running['account']}", groups)
