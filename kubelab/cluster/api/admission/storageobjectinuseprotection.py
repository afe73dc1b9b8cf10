"""Protects claims and volumes that are in use: they are deleted only when nobody uses them any more.

Source: plugin/pkg/admission/storage/storageobjectinuseprotection.
"""

from __future__ import annotations

from kubelab.cluster.api.admission.plugin import Attributes, Plugin
from kubelab.cluster.objects import Object, with_metadata

FINALIZERS = {
    "PersistentVolume": "kubernetes.io/pv-protection",
    "PersistentVolumeClaim": "kubernetes.io/pvc-protection",
}


class StorageObjectInUseProtection(Plugin):
    """Adds the finalizers that the protection controllers take off."""

    name = "StorageObjectInUseProtection"

    def concerns(self, attributes: Attributes) -> bool:
        """Tells whether a claim or a volume is created."""
        return attributes.old is None and attributes.kind.name in FINALIZERS

    def mutate(self, attributes: Attributes) -> Object:
        """Returns the object with its finalizer."""
        obj, finalizer = attributes.obj, FINALIZERS[attributes.kind.name]
        standing = obj["metadata"].get("finalizers") or []
        return obj if finalizer in standing else with_metadata(obj, finalizers=[*standing, finalizer])
