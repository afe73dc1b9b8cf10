"""Lets Pods wait until the claims that they mount are bound, and takes them to where the volumes are.

Volumes are bound by no controller yet: a claim is bound that says so itself.
Source: pkg/scheduler/framework/plugins/volumebinding; kubernetes.io, concepts/storage/storage-classes.
"""

from __future__ import annotations

from collections.abc import Iterator

from kubelab.cluster.kinds import PersistentVolume, PersistentVolumeClaim, StorageClass
from kubelab.cluster.nodes import matches_term
from kubelab.cluster.objects import Key, Object
from kubelab.cluster.scheduler.framework import Cycle, Plugin, Rejection
from kubelab.cluster.scheduler.nodeinfo import NodeInfo

ELSEWHERE = "node(s) didn't match PersistentVolume's node affinity"
NONE_TO_BIND = "node(s) didn't find available persistent volumes to bind"


class VolumeBinding(Plugin):
    """Rejects all nodes while a claim is missing or unbound, and those that cannot reach a bound volume."""

    name = "VolumeBinding"
    local = False

    def concerns(self, cycle: Cycle) -> bool:
        """Tells whether the Pod mounts claims."""
        return any("persistentVolumeClaim" in volume for volume in cycle.info.spec.get("volumes") or ())

    def prefilter(self, cycle: Cycle) -> str:
        """Returns why no node will do: a claim is not there, or should be bound and is not."""
        for name, claim in self.claims(cycle):
            if claim is None:
                return f'persistentvolumeclaim "{name}" not found'
        if any(claim is not None and not _volume(claim) and not self._waits(claim) for _, claim in self.claims(cycle)):
            return "pod has unbound immediate PersistentVolumeClaims"
        return ""

    def claims(self, cycle: Cycle) -> Iterator[tuple[str, Object | None]]:
        """Yields the names of the Pod's claims, each with the claim or None."""
        namespace = cycle.pod["metadata"]["namespace"]
        for volume in cycle.info.spec.get("volumes") or ():
            if "persistentVolumeClaim" in volume:
                name = volume["persistentVolumeClaim"]["claimName"]
                yield name, self.cluster.store.get(PersistentVolumeClaim.path(Key(namespace, name)))

    def _waits(self, claim: Object) -> bool:
        """Tells whether a claim is bound only when a Pod that mounts it has a node."""
        name = claim["spec"].get("storageClassName") or ""
        found = self.cluster.store.get(StorageClass.path(Key("", name))) if name else None
        return found is not None and found.get("volumeBindingMode") == "WaitForFirstConsumer"

    def filter(self, cycle: Cycle, node: NodeInfo) -> Rejection | None:
        """Returns why the Pod cannot go to the node, or None if it can."""
        for _, claim in self.claims(cycle):
            name = _volume(claim) if claim is not None else ""
            if not name:
                return Rejection((NONE_TO_BIND,), hopeless=True)
            volume = self.cluster.store.get(PersistentVolume.path(Key("", name)))
            if volume is not None and not _reaches(volume, node):
                return Rejection((ELSEWHERE,), hopeless=True)
        return None


def _volume(claim: Object) -> str:
    return str(claim["spec"].get("volumeName") or "") if (claim.get("status") or {}).get("phase") == "Bound" else ""


def _reaches(volume: Object, node: NodeInfo) -> bool:
    required = ((volume.get("spec") or {}).get("nodeAffinity") or {}).get("required")
    return required is None or any(matches_term(term, node.node) for term in required.get("nodeSelectorTerms") or ())
