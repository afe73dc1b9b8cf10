"""Gives claims that name no StorageClass the default one.

Source: plugin/pkg/admission/storage/storageclass/setdefault; kubernetes.io, concepts/storage/storage-classes.
"""

from __future__ import annotations

from kubelab.cluster.api.admission.plugin import Attributes, Plugin
from kubelab.cluster.kinds.storage import CLASS_ANNOTATION, newest_default
from kubelab.cluster.objects import Object, annotations_of, with_spec

PREFIX = "/registry/storageclasses/"


class DefaultStorageClass(Plugin):
    """Fills in spec.storageClassName; a claim that says "" wants none and gets none."""

    name = "DefaultStorageClass"

    def concerns(self, attributes: Attributes) -> bool:
        """Tells whether a claim is created that says nothing of a class."""
        if attributes.kind.name != "PersistentVolumeClaim" or attributes.old is not None:
            return False
        spec = attributes.obj.get("spec") or {}
        return spec.get("storageClassName") is None and CLASS_ANNOTATION not in annotations_of(attributes.obj)

    def mutate(self, attributes: Attributes) -> Object:
        """Returns the claim with the class, where there is a default one."""
        found = newest_default(self.server.store.table(PREFIX).rows.values())
        return with_spec(attributes.obj, storageClassName=found["metadata"]["name"]) if found else attributes.obj
