"""Namespace: a name space for objects; it goes only when it is empty.

Source: pkg/registry/core/namespace/strategy.go.
"""

from __future__ import annotations

from typing import Any

from kubelab.cluster.ages import age
from kubelab.cluster.kinds.kind import Column
from kubelab.cluster.objects import Object


def default(namespace: Object) -> Object:
    """Returns a Namespace with the label that selects it by name (KEP-2161)."""
    metadata = namespace["metadata"]
    labels = {**(metadata.get("labels") or {}), "kubernetes.io/metadata.name": metadata["name"]}
    return {**namespace, "metadata": {**metadata, "labels": labels}, "spec": namespace.get("spec") or {}}


def prepare_create(namespace: Object) -> Object:
    """Returns a new Namespace as it is stored: active, and held by the controller that will empty it."""
    return {**namespace, "spec": {"finalizers": ["kubernetes"]}, "status": {"phase": "Active"}}


def prepare_update(new: Object, old: Object) -> Object:
    """Returns an update; the finalizers of the spec change through their subresource only."""
    return {**new, "spec": old["spec"]}


def row(namespace: Object, now: float) -> list[Any]:
    """Returns the cells of a Namespace's row."""
    return [namespace["metadata"]["name"], namespace.get("status", {}).get("phase", ""), age(namespace, now)]


RULES = {
    "Namespace": {
        "default": default,
        "prepare_create": prepare_create,
        "prepare_update": prepare_update,
        "columns": (Column("Name", format="name"), Column("Status"), Column("Age")),
        "row": row,
        "field_labels": ("status.phase",),
    }
}
