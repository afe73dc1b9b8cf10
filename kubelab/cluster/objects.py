"""What an API object is here: the API's own JSON as plain dicts, never changed once stored.

Every function returns new dicts that share what did not change.
"""

from __future__ import annotations

from typing import Any, NamedTuple

Object = dict[str, Any]


class Key(NamedTuple):
    """Where an object lives within its kind; `namespace` is "" for cluster-scoped kinds."""

    namespace: str
    name: str

    def __str__(self) -> str:
        return f"{self.namespace}/{self.name}" if self.namespace else self.name

    @classmethod
    def parse(cls, text: str) -> Key:
        """Reads what `str()` of a key gives; the inverse of a controller's work-queue key."""
        namespace, _, name = text.rpartition("/")
        return cls(namespace, name)


def key_of(obj: Object) -> Key:
    """Returns the key by which `obj` is found."""
    metadata = obj["metadata"]
    return Key(metadata.get("namespace", ""), metadata["name"])


def with_metadata(obj: Object, **changes: Any) -> Object:
    """Returns `obj` with these metadata fields put; a value of None removes the field."""
    metadata = {**obj["metadata"], **changes}
    for field, value in changes.items():
        if value is None:
            del metadata[field]
    return {**obj, "metadata": metadata}


def with_spec(obj: Object, **changes: Any) -> Object:
    """Returns `obj` with these spec fields put."""
    return {**obj, "spec": {**obj.get("spec", {}), **changes}}


def with_status(obj: Object, **changes: Any) -> Object:
    """Returns `obj` with these status fields put."""
    return {**obj, "status": {**obj.get("status", {}), **changes}}


def labels_of(obj: Object) -> dict[str, str]:
    """Returns the labels of `obj`, empty where it has none."""
    labels: dict[str, str] | None = obj["metadata"].get("labels")
    return labels or {}


def annotations_of(obj: Object) -> dict[str, str]:
    """Returns the annotations of `obj`, empty where it has none."""
    annotations: dict[str, str] | None = obj["metadata"].get("annotations")
    return annotations or {}


def controller_ref(obj: Object) -> Object | None:
    """Returns the owner reference that is marked as the managing controller, if there is one."""
    for reference in obj["metadata"].get("ownerReferences") or ():
        if reference.get("controller"):
            found: Object = reference
            return found
    return None


def is_being_deleted(obj: Object) -> bool:
    """Tells whether a deletion of `obj` was requested and is not finished."""
    return "deletionTimestamp" in obj["metadata"]


def without_finalizer(obj: Object, name: str) -> Object:
    """Returns `obj` without a finalizer; `obj` itself where it has none of that name."""
    finalizers = obj["metadata"].get("finalizers") or []
    left = [found for found in finalizers if found != name]
    return obj if len(left) == len(finalizers) else with_metadata(obj, finalizers=left or None)
