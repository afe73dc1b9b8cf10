"""Deletes what has lost its owners, and carries out foreground and orphaning deletions.

Source: pkg/controller/garbagecollector; kubernetes.io, concepts/architecture/garbage-collection.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from kubelab.cluster.aspects import GONE as LEFT
from kubelab.cluster.aspects import METADATA, OWNED
from kubelab.cluster.component import next_look
from kubelab.cluster.controllers.controller import Controller, service_account
from kubelab.cluster.kinds.kind import Kind
from kubelab.cluster.objects import Key, Object, is_being_deleted, key_of
from kubelab.cluster.store import Change

if TYPE_CHECKING:
    from kubelab.cluster.cluster import Cluster

FOREGROUND = "foregroundDeletion"
ORPHAN = "orphan"

# What the queue holds: the uid of an owner that is gone, or the storage key of an object to look at.
GONE = "gone:"
LOOK = "look:"
MOST_KNOWN = 1000  # lists of references that are remembered

Owner = tuple[dict[str, Object], str, str]  # the table that it is in, its storage key, its uid
NOWHERE: Owner = ({}, "", "")


class GarbageCollector(Controller):
    """Follows owner references, which any kind may carry."""

    name = "garbagecollector"
    user = service_account("generic-garbage-collector")
    source = "garbage-collector-controller"

    def __init__(self, cluster: Cluster) -> None:
        super().__init__(cluster)
        # By the list's identity, which is held so that it stays its own, and the namespace.
        self._known: dict[tuple[int, str], tuple[list[Object], list[Owner]]] = {}
        self.store.subscribe("/registry/", self._changed, heeds=OWNED | LEFT | METADATA)

    def _changed(self, change: Change) -> None:
        if change.new is None:
            if change.old is not None:
                uid = change.old["metadata"]["uid"]
                if self.store.prefixes_with("owner", uid):  # most have none: Events, Pods
                    self._add(GONE + uid)
                self._look_at_owners(change.old)
        elif change.old is None:
            if change.new["metadata"].get("ownerReferences"):
                self._look_at_dangling(change.key, change.new)
        elif is_being_deleted(change.new) and change.new["metadata"].get("finalizers"):
            self._add(LOOK + change.key)

    def _add(self, key: str) -> None:
        self.cluster.agenda.add(self.name, key, next_look(self.now, self.pace))

    def _look_at_owners(self, obj: Object) -> None:
        """A dependent is gone: an owner that waits for it in a foreground deletion may go on."""
        for reference in obj["metadata"].get("ownerReferences") or ():
            path, owner = self.find(reference, obj["metadata"].get("namespace", ""))
            if owner and is_being_deleted(owner):
                self._add(LOOK + path)

    def _look_at_dangling(self, path: str, obj: Object) -> None:
        metadata = obj["metadata"]
        for rows, owner, uid in self._owners(metadata["ownerReferences"], metadata.get("namespace", "")):
            found = rows.get(owner)
            if found is None or found["metadata"]["uid"] != uid:
                self._add(LOOK + path)
                return

    def _owners(self, references: list[Object], namespace: str) -> list[Owner]:
        """Returns where the owners are, found out once for the many that share a list of references."""
        known = self._known.get((id(references), namespace))
        if known is None:
            if len(self._known) >= MOST_KNOWN:
                self._known.clear()
            kinds = [self.cluster.resources.by_gvk(each["apiVersion"], each["kind"]) for each in references]
            found: list[Owner] = [
                (self.store.table(kind.prefix).rows, kind.path(_key(kind, namespace, each)), each["uid"])
                if kind is not None
                else NOWHERE
                for kind, each in zip(kinds, references, strict=True)
            ]
            if None in kinds:
                return found  # a kind may come
            known = self._known[id(references), namespace] = references, found
        return known[1]

    def resync(self) -> None:
        """Looks at every object that has an owner or a finalizer of ours."""
        for path, obj in self.store.items("/registry/"):
            if obj["metadata"].get("ownerReferences") or is_being_deleted(obj):
                self._add(LOOK + path)

    def find(self, reference: Object, namespace: str) -> tuple[str, Object | None]:
        """Returns the storage key and the object that an owner reference means; None when it is gone."""
        kind = self.cluster.resources.by_gvk(reference["apiVersion"], reference["kind"])
        if kind is None:
            return "", None
        key = _key(kind, namespace, reference)
        owner = self.api.get(kind, key)
        if owner is not None and owner["metadata"]["uid"] != reference["uid"]:
            owner = None
        return kind.path(key), owner

    def dependents(self, uid: str) -> Iterator[tuple[Kind, Object]]:
        """Yields the objects of any kind that name `uid` as an owner."""
        prefixes = self.store.prefixes_with("owner", uid)
        for kind in self.cluster.resources if prefixes else ():
            if kind.prefix in prefixes:
                for obj in self.api.indexed(kind, "owner", uid):
                    yield kind, obj

    def reconcile(self, key: str) -> None:
        """Handles an owner that is gone, or one object with finalizers or dangling references."""
        if key.startswith(GONE):
            for kind, obj in list(self.dependents(key.removeprefix(GONE))):
                self.settle(kind, obj)
            return
        self.look(key.removeprefix(LOOK))

    def look(self, path: str) -> None:
        """Handles one object with finalizers or dangling references."""
        obj = self.store.get(path)
        kind = self.cluster.resources.by_gvk(obj["apiVersion"], obj["kind"]) if obj else None
        if obj is None or kind is None:
            return
        finalizers = obj["metadata"].get("finalizers") or []
        if is_being_deleted(obj) and ORPHAN in finalizers:
            self.orphan_dependents(kind, obj)
        elif is_being_deleted(obj) and FOREGROUND in finalizers:
            self.delete_dependents(kind, obj)
        elif obj["metadata"].get("ownerReferences"):
            self.warn(obj)
            self.settle(kind, obj)

    def warn(self, obj: Object) -> None:
        """Tells of owners that are there, but in another namespace: an owner has to be in the same one, or in none."""
        namespace = obj["metadata"].get("namespace", "")
        for reference in obj["metadata"]["ownerReferences"]:
            kind = self.cluster.resources.by_gvk(reference["apiVersion"], reference["kind"])
            if not namespace or kind is None or not kind.namespaced or self.find(reference, namespace)[1] is not None:
                continue
            if any(each["metadata"]["uid"] == reference["uid"] for each in self.store.table(kind.prefix).rows.values()):
                named = (
                    f"{reference['apiVersion']}/{reference['kind']}, namespace: {namespace}, name: {reference['name']}"
                )
                why = f'ownerRef [{named}, uid: {reference["uid"]}] does not exist in namespace "{namespace}"'
                self.api.event(obj, "Warning", "OwnerRefInvalidNamespace", why)

    def resolves(self, reference: Object, namespace: str) -> bool:
        """Tells whether an owner reference can mean anything: a kind that is served, in a namespace if it has them."""
        kind = self.cluster.resources.by_gvk(reference["apiVersion"], reference["kind"])
        return kind is not None and (bool(namespace) or not kind.namespaced)

    def settle(self, kind: Kind, obj: Object) -> None:
        """Deletes an object whose owners are all gone; takes references to the gone ones off the others."""
        references = obj["metadata"].get("ownerReferences") or []
        namespace = obj["metadata"].get("namespace", "")
        solid = [
            reference
            for reference in references
            if self.find(reference, namespace)[1] is not None or not self.resolves(reference, namespace)
        ]
        if len(solid) == len(references):
            return
        if solid:
            self.api.patch(kind, key_of(obj), {"metadata": {"ownerReferences": solid}})
            return
        finalizers = obj["metadata"].get("finalizers") or ()
        propagation = "Foreground" if FOREGROUND in finalizers else "Orphan" if ORPHAN in finalizers else "Background"
        self.api.delete(kind, key_of(obj), propagation=propagation, uid=obj["metadata"]["uid"])

    def orphan_dependents(self, kind: Kind, owner: Object) -> None:
        """Takes the owner off its dependents, then lets it go."""
        uid = owner["metadata"]["uid"]
        for dependent_kind, obj in list(self.dependents(uid)):
            left = [found for found in obj["metadata"]["ownerReferences"] if found["uid"] != uid]
            self.api.patch(dependent_kind, key_of(obj), {"metadata": {"ownerReferences": left or None}})
        self.let_go(kind, owner, ORPHAN)

    def delete_dependents(self, kind: Kind, owner: Object) -> None:
        """Deletes the dependents; lets the owner go when none that blocks it is left."""
        uid = owner["metadata"]["uid"]
        blocked = False
        for dependent_kind, obj in list(self.dependents(uid)):
            reference = next(found for found in obj["metadata"]["ownerReferences"] if found["uid"] == uid)
            blocked = blocked or bool(reference.get("blockOwnerDeletion"))
            if not is_being_deleted(obj):
                self.api.delete(dependent_kind, key_of(obj), propagation="Foreground")
        if not blocked:
            self.let_go(kind, owner, FOREGROUND)

    def let_go(self, kind: Kind, obj: Object, finalizer: str) -> None:
        """Removes one of the collector's finalizers."""
        obj = self.api.get(kind, key_of(obj)) or obj
        left = [found for found in obj["metadata"].get("finalizers") or () if found != finalizer]
        self.api.patch(kind, key_of(obj), {"metadata": {"finalizers": left or None}})


def _key(kind: Kind, namespace: str, reference: Object) -> Key:
    return Key(namespace if kind.namespaced else "", reference["name"])
