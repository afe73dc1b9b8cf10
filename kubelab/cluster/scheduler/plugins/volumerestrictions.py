"""Keeps a second Pod away from a claim that only one Pod at a time may have (ReadWriteOncePod).

Source: pkg/scheduler/framework/plugins/volumerestrictions; KEP-2485.
"""

from __future__ import annotations

from kubelab.cluster.kinds import PersistentVolumeClaim
from kubelab.cluster.objects import Key
from kubelab.cluster.scheduler.claims import OfClaims
from kubelab.cluster.scheduler.framework import Cycle, Event, Plugin, Rejection, Scope
from kubelab.cluster.scheduler.nodeinfo import NodeInfo
from kubelab.cluster.storage import binding

ONE_POD = "ReadWriteOncePod"
TAKEN = "node has pod using PersistentVolumeClaim with the same name and ReadWriteOncePod access mode"


class VolumeRestrictions(OfClaims, Plugin):
    """Rejects all nodes while a Pod that has a node uses such a claim."""

    name = "VolumeRestrictions"
    scope = Scope.PODS
    wakes = frozenset({Event.POD_GONE, Event.VOLUME})

    def refresh(self, cycle: Cycle) -> None:
        """Looks for others that use the Pod's claims of that mode."""
        store = self.cluster.store
        cycle.state[self.name] = any(
            pod["spec"].get("nodeName") and (pod.get("status") or {}).get("phase") not in ("Succeeded", "Failed")
            for name in binding.claims_of(cycle.pod)
            if ONE_POD in ((store.get(PersistentVolumeClaim.path(name)) or {}).get("spec") or {}).get("accessModes", ())
            for pod in binding.users_of(store, Key(name.namespace, name.name))
        )

    def filter(self, cycle: Cycle, node: NodeInfo) -> Rejection | None:
        """Returns why the Pod cannot go to the node, or None if it can."""
        return Rejection((TAKEN,)) if cycle.state[self.name] else None
