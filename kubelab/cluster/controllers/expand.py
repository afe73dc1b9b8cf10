"""Says of claims that ask for more that an external controller expands their volumes.

Source: pkg/controller/volume/expand/expand_controller.go.
"""

from __future__ import annotations

from collections.abc import Iterable

from kubelab.cluster.component import Component
from kubelab.cluster.controllers.controller import Controller, service_account
from kubelab.cluster.kinds import PersistentVolume, PersistentVolumeClaim
from kubelab.cluster.objects import Key, key_of
from kubelab.cluster.quantity import parse
from kubelab.cluster.storage import binding
from kubelab.cluster.store import Change


def asks_for_more(_component: Component, change: Change) -> Iterable[str]:
    """A claim whose request has grown."""
    old, new = change.old, change.new
    if old is None or new is None or old["spec"] is new["spec"]:
        return ()
    return (str(key_of(new)),) if parse(binding.requested(new)) > parse(binding.requested(old)) else ()


class VolumeExpander(Controller):
    """Tells who expands the volumes of claims that ask for more: no plug-in of its own does any more."""

    name = "persistentvolume-expander"
    user = service_account("expand-controller")
    source = "volume_expand"
    watches = {PersistentVolumeClaim: asks_for_more}

    def reconcile(self, key: str) -> None:
        """Looks at one claim."""
        claim = self.api.get(PersistentVolumeClaim, Key.parse(key))
        volume = self.api.get(PersistentVolume, Key("", claim["spec"].get("volumeName") or "")) if claim else None
        if claim is None or volume is None or parse(binding.requested(claim)) <= parse(binding.capacity(volume)):
            return
        message = "waiting for an external controller to expand this PVC"
        self.api.event(claim, "Normal", "ExternalExpanding", message)
