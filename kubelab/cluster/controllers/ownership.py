"""Owner references: whose an object is, adopting one that is nobody's, letting go of one.

Source: pkg/controller/controller_ref_manager.go.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kubelab.cluster.api.client import Client
from kubelab.cluster.aspects import METADATA
from kubelab.cluster.kinds.kind import Kind
from kubelab.cluster.objects import Object, controller_ref, key_of
from kubelab.cluster.store import Store


def reference_to(owner: Object, kind: Kind) -> Object:
    """Returns the owner reference by which `owner` manages something."""
    return {
        "apiVersion": kind.api_version,
        "kind": kind.name,
        "name": owner["metadata"]["name"],
        "uid": owner["metadata"]["uid"],
        "controller": True,
        "blockOwnerDeletion": True,
    }


def pod_from_template(owner: Object, kind: Kind, **metadata: Any) -> Object:
    """Returns the Pod that `owner`'s template asks for, sharing the template's parts.

    Args:
        metadata: further fields, such as the name of a Pod with an identity.
    """
    template = owner["spec"]["template"]
    meta: Object = {"namespace": owner["metadata"]["namespace"], "ownerReferences": [reference_to(owner, kind)]}
    if "name" not in metadata:
        meta["generateName"] = generate_name(owner["metadata"]["name"])
    for field in ("labels", "annotations", "finalizers"):
        if value := template.get("metadata", {}).get(field):
            meta[field] = value
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {**meta, **metadata}, "spec": template["spec"]}


def generate_name(owner: str) -> str:
    """Returns the prefix of names that are generated for what `owner` makes."""
    return f"{owner}-"


def index_orphans(store: Store, kind: Kind) -> None:
    """Keeps the objects of `kind` that nobody manages findable by namespace."""

    def orphan_in(obj: Object) -> Sequence[str]:
        return () if controller_ref(obj) else (obj["metadata"].get("namespace", ""),)

    if "orphan" not in store.table(kind.prefix).indexes:
        store.add_index(kind.prefix, "orphan", orphan_in, lambda obj: obj["metadata"].get("ownerReferences"), METADATA)


def orphans(api: Client, kind: Kind, namespace: str) -> list[Object]:
    """Returns the objects of `kind` in a namespace that nobody manages."""
    return api.indexed(kind, "orphan", namespace)


def adopt(api: Client, kind: Kind, obj: Object, owner: Object, owner_kind: Kind) -> None:
    """Makes `owner` the one that manages `obj`."""
    others = obj["metadata"].get("ownerReferences") or []
    patch = {"metadata": {"ownerReferences": [*others, reference_to(owner, owner_kind)], "uid": obj["metadata"]["uid"]}}
    api.patch(kind, key_of(obj), patch)


def release(api: Client, kind: Kind, obj: Object, owner: Object) -> None:
    """Ends the managing of `obj` by `owner`."""
    uid = owner["metadata"]["uid"]
    left = [found for found in obj["metadata"].get("ownerReferences") or () if found["uid"] != uid]
    api.patch(kind, key_of(obj), {"metadata": {"ownerReferences": left or None}})
