"""Refuses objects in namespaces that are not there or are being deleted, and the end of the system's own."""

from __future__ import annotations

from kubelab.cluster.api import errors
from kubelab.cluster.api.admission.plugin import Attributes, Plugin
from kubelab.cluster.kinds.kind import Kind
from kubelab.cluster.objects import Object, is_being_deleted

IMMORTAL = ("default", "kube-system", "kube-public")


class NamespaceLifecycle(Plugin):
    """Keeps objects and their namespaces consistent."""

    name = "NamespaceLifecycle"

    def concerns(self, attributes: Attributes) -> bool:
        """Tells whether something is created in a namespace."""
        return attributes.old is None and attributes.kind.namespaced

    def looked_at(self, attributes: Attributes) -> list[object]:
        """The namespace decides."""
        return [self.server.store.get(f"/registry/namespaces/{attributes.namespace}")]

    def mutate(self, attributes: Attributes) -> Object:
        """Returns the object as it is, if its namespace is alive: first of all, before anything is filled in."""
        kind, name = attributes.kind, attributes.obj["metadata"].get("name", "")
        namespace = self.server.store.get(f"/registry/namespaces/{attributes.namespace}")
        if namespace is None:
            message = f'namespaces "{attributes.namespace}" not found'
            raise errors.NotFound(message, {"name": attributes.namespace, "kind": "namespaces"})
        if is_being_deleted(namespace):
            why = f"unable to create new content in namespace {attributes.namespace} because it is being terminated"
            cause = {
                "reason": "NamespaceTerminating",
                "message": f"namespace {attributes.namespace} is being terminated",
                "field": "metadata.namespace",
            }
            raise errors.forbidden(kind, name, why, [cause])
        return attributes.obj

    def validate_deletion(self, kind: Kind, obj: Object) -> None:
        """Refuses the deletion of the namespaces that every cluster has."""
        if kind.name == "Namespace" and obj["metadata"]["name"] in IMMORTAL:
            raise errors.forbidden(kind, obj["metadata"]["name"], "this namespace may not be deleted")
