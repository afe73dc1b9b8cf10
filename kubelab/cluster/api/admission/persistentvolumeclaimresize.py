"""Lets a claim ask for more only where its StorageClass allows that.

Source: plugin/pkg/admission/storage/persistentvolume/resize.
"""

from __future__ import annotations

from decimal import Decimal

from kubelab.cluster.api import errors
from kubelab.cluster.api.admission.plugin import Attributes, Plugin
from kubelab.cluster.kinds.storage import class_name
from kubelab.cluster.objects import Object
from kubelab.cluster.quantity import parse

PREFIX = "/registry/storageclasses/"


class PersistentVolumeClaimResize(Plugin):
    """Refuses to expand what cannot be expanded."""

    name = "PersistentVolumeClaimResize"

    def concerns(self, attributes: Attributes) -> bool:
        """Tells whether a claim is updated."""
        return attributes.kind.name == "PersistentVolumeClaim" and attributes.old is not None

    def validate(self, attributes: Attributes) -> None:
        """Lets all pass that do not ask for more."""
        new, old = attributes.obj, attributes.old or {}
        if _size(new) <= _size(old):
            return
        name = str(new["metadata"]["name"])
        if (old.get("status") or {}).get("phase") != "Bound":
            raise errors.forbidden(attributes.kind, name, "Only bound persistent volume claims can be expanded")
        found = self.server.store.get(PREFIX + class_name(old)) if class_name(old) else None
        if found is None or not found.get("allowVolumeExpansion"):
            why = (
                "only dynamically provisioned pvc can be resized and "
                "the storageclass that provisions the pvc must support resize"
            )
            raise errors.forbidden(attributes.kind, name, why)


def _size(claim: Object) -> Decimal:
    return parse((((claim.get("spec") or {}).get("resources") or {}).get("requests") or {}).get("storage", "0"))
