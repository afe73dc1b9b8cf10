"""Lets volumes go that were deleted, once no claim is bound to them.

Source: pkg/controller/volume/pvprotection; KEP: storage object in use protection.
"""

from __future__ import annotations

from collections.abc import Iterable

from kubelab.cluster.component import Component
from kubelab.cluster.controllers.controller import Controller, service_account
from kubelab.cluster.kinds import PersistentVolume
from kubelab.cluster.objects import Key, is_being_deleted, without_finalizer
from kubelab.cluster.store import Change

FINALIZER = "kubernetes.io/pv-protection"


def deleted(_component: Component, change: Change) -> Iterable[str]:
    """The object that changed, where its deletion was requested."""
    new = change.new
    return (new["metadata"]["name"],) if new is not None and is_being_deleted(new) else ()


class PersistentVolumeProtection(Controller):
    """Takes the finalizer off volumes that are deleted and bound to no claim."""

    name = "persistentvolume-protection"
    user = service_account("pv-protection-controller")
    watches = {PersistentVolume: deleted}

    def reconcile(self, key: str) -> None:
        """Looks at the volume named `key`."""
        volume = self.api.get(PersistentVolume, Key("", key))
        if volume is None or not is_being_deleted(volume):
            return
        freed = without_finalizer(volume, FINALIZER)
        if freed is not volume and (volume.get("status") or {}).get("phase") != "Bound":
            self.api.update(PersistentVolume, freed)
