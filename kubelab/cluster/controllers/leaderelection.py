"""The Leases with which several schedulers and controller managers agree on who acts.

The one that stops lets go of its Lease and another one takes it at once; of one whose machine is gone the Lease has
to run out first, and nobody acts meanwhile. That a holder renews its Lease is told when it is read (leases.py).
Source: kubernetes.io, concepts/architecture/leases; client-go, tools/leaderelection.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kubelab.cluster.clock import micro
from kubelab.cluster.component import Component
from kubelab.cluster.kinds import Lease
from kubelab.cluster.leases import NAMESPACE, SECONDS, holder_of, renewed_at
from kubelab.cluster.objects import Key, Object
from kubelab.cluster.processes import ELECTED, PREFIX
from kubelab.cluster.store import Change
from kubelab.cluster.user import User

if TYPE_CHECKING:
    from kubelab.cluster.cluster import Cluster


class LeaderElection(Component):
    """Gives the Leases of kube-scheduler and kube-controller-manager to those that run."""

    name = "leader-election"
    runs_in = "kube-apiserver"

    def __init__(self, cluster: Cluster) -> None:
        super().__init__(cluster)
        self._clients = {name: cluster.api.client(User(f"system:{name}"), name) for name in ELECTED}
        cluster.store.subscribe(PREFIX, self._changed)

    def _changed(self, change: Change) -> None:
        process = change.key.removeprefix(PREFIX)
        if process not in ELECTED:
            return
        lease = self.store.get(Lease.path(Key(NAMESPACE, process)))
        before, after = ((each or {"nodes": []})["nodes"] for each in (change.old, change.new))
        if lease is not None and holder_of(lease) in before and holder_of(lease) not in after:
            self.store.put(Lease.path(Key(NAMESPACE, process)), renewed_at(lease, self.now))
        due = self.cluster.processes.vacant_until(process)
        self.cluster.agenda.add(self.name, process, max(self.now, due or 0.0))

    def resync(self) -> None:
        """Looks at all Leases."""
        for process in ELECTED:
            self.cluster.agenda.add(self.name, process)

    def reconcile(self, key: str) -> None:
        """Lets the first of those that run take a Lease whose holder is gone."""
        processes = self.cluster.processes
        due = processes.vacant_until(key)
        if due is not None and due > self.now:
            self.cluster.agenda.add(self.name, key, due)
            return
        nodes, client, place = processes.nodes(key), self._clients[key], Key(NAMESPACE, key)
        lease = client.get(Lease, place)
        if nodes and holder_of(lease or {}) != nodes[0]:
            self._take(key, nodes[0], lease)
        if due is not None:
            processes.take_over(key)

    def _take(self, process: str, node: str, lease: Object | None) -> None:
        client, now = self._clients[process], micro(self.now)
        transitions = lease["spec"].get("leaseTransitions", 0) + 1 if lease else 0
        identity = f"{node}_{self.cluster.random.uid('leader', process, node, transitions)}"
        spec = {
            "acquireTime": now,
            "holderIdentity": identity,
            "leaseDurationSeconds": SECONDS,
            "leaseTransitions": transitions,
            "renewTime": now,
        }
        if lease is not None:
            taken = client.update(Lease, {**lease, "spec": spec})
        else:
            metadata = {"name": process, "namespace": NAMESPACE}
            taken = client.create(
                Lease, {"apiVersion": Lease.api_version, "kind": Lease.name, "metadata": metadata, "spec": spec}
            )
        client.event(taken, "Normal", "LeaderElection", f"{identity} became leader")
