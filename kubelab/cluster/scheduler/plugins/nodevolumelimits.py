"""Keeps Pods away from nodes to which a CSI driver can attach no more volumes.

Source: pkg/scheduler/framework/plugins/nodevolumelimits/csi.go; kubernetes.io, concepts/storage/storage-limits.
"""

from __future__ import annotations

from collections.abc import Iterator

from kubelab.cluster.kinds import CSINode, PersistentVolume, PersistentVolumeClaim, Pod
from kubelab.cluster.kinds.storage import class_name
from kubelab.cluster.objects import Key, Object
from kubelab.cluster.scheduler.claims import OfClaims
from kubelab.cluster.scheduler.framework import Cycle, Event, Plugin, Rejection, Scope
from kubelab.cluster.scheduler.nodeinfo import NodeInfo
from kubelab.cluster.storage import binding

FULL = "node(s) exceed max volume count"


class NodeVolumeLimits(OfClaims, Plugin):
    """Counts the volumes of each driver on a node, against what its CSINode says that it can have."""

    name = "NodeVolumeLimits"
    scope = Scope.PODS
    wakes = frozenset({Event.NODE_CAME, Event.NODE_ROOM, Event.POD_GONE, Event.VOLUME})

    def refresh(self, cycle: Cycle) -> None:
        """Works out the Pod's volumes by driver."""
        cycle.state[self.name] = dict(self._volumes(cycle.pod))

    def filter(self, cycle: Cycle, node: NodeInfo) -> Rejection | None:
        """Returns why the Pod cannot go to the node, or None if it can."""
        wanted: dict[str, str] = cycle.state[self.name]
        store = self.cluster.store
        found = store.get(CSINode.path(Key("", node.name))) if wanted else None
        for driver in ((found or {}).get("spec") or {}).get("drivers") or ():
            most = (driver.get("allocatable") or {}).get("count")
            new = {volume for volume, name in wanted.items() if name == driver["name"]}
            if most is None or not new:
                continue
            there = {
                volume
                for pod in store.indexed(Pod.prefix, "node", node.name)
                for volume, name in self._volumes(pod)
                if name == driver["name"]
            }
            if len(there | new) > most and new - there:
                return Rejection((FULL,))
        return None

    def _volumes(self, pod: Object) -> Iterator[tuple[str, str]]:
        """Yields a Pod's volumes, each with the CSI driver that it is of, or will be of."""
        store = self.cluster.store
        for key in binding.claims_of(pod):
            claim = store.get(PersistentVolumeClaim.path(key))
            if claim is None:
                continue
            volume = store.get(PersistentVolume.path(Key("", claim["spec"].get("volumeName") or "")))
            if volume is not None:
                if "csi" in volume["spec"]:
                    yield volume["spec"]["csi"]["volumeHandle"], volume["spec"]["csi"]["driver"]
            elif class_name(claim):
                storageclass = binding.class_of(store, claim)
                yield str(key), str((storageclass or {}).get("provisioner", ""))
