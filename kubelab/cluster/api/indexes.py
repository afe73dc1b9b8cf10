"""The indexes that the API keeps of every kind's objects, which components ask.

Cost follows change: who owns what, what is in a namespace and which Pods are on a node is looked up, never searched.
"""

from __future__ import annotations

from collections.abc import Sequence

from kubelab.cluster.aspects import BOUND, METADATA, OWNED, SPEC, of_pod
from kubelab.cluster.kinds.kind import Kind
from kubelab.cluster.objects import Object
from kubelab.cluster.store import Store


def index_kind(store: Store, kind: Kind) -> None:
    """Keeps a kind's objects findable by owner, by namespace and, for Pods, by node."""

    def owners(obj: Object) -> Sequence[str]:
        return [reference["uid"] for reference in obj["metadata"].get("ownerReferences") or ()]

    def node(obj: Object) -> Sequence[str]:
        name = obj["spec"].get("nodeName")
        return (name,) if name else ()

    if "owner" in store.table(kind.prefix).indexes:
        return
    store.add_index(kind.prefix, "owner", owners, lambda obj: obj["metadata"].get("ownerReferences"), METADATA, OWNED)
    if kind.namespaced:
        store.add_key_index(kind.prefix, "namespace")
    if kind.name == "Pod":
        store.add_index(kind.prefix, "node", node, lambda obj: obj["spec"], SPEC | BOUND)
        store.table(kind.prefix).aspects = of_pod
