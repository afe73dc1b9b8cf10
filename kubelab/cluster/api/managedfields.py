"""Who wrote which field: the bookkeeping in metadata.managedFields.

Kept for what clients write through requests. Components' own writes are not noted but worked out when they are asked
for (fieldmanagers.py).
Source: k8s.io/apimachinery/pkg/util/managedfields; kubernetes.io, reference/using-api/server-side-apply.
"""

from __future__ import annotations

from kubelab.cluster.api.fieldsets import Fields, Path, fields_of, from_fields_v1, to_fields_v1
from kubelab.cluster.clock import Clock
from kubelab.cluster.kinds.kind import Kind
from kubelab.cluster.objects import Object
from kubelab.cluster.schema.definitions import REF, Definition, definitions, name_of

MOST_ENTRIES = 10  # of managers that update; older ones are put together


def fields(version: str, kind: Kind, obj: Object) -> Fields:
    """Returns the fields of an object."""
    return fields_of(obj, definitions(version), schema_of(version, kind))


def schema_of(version: str, kind: Kind) -> Definition:
    """Returns the schema of a kind, empty where there is none."""
    if kind.custom is not None:
        return kind.custom.definition
    name = name_of(version, kind.group, kind.version, kind.name)
    return {"$ref": f"{REF}{name}"} if name else {}


def entries(obj: Object | None) -> list[Object]:
    """Returns the entries that an object has."""
    return list(((obj or {}).get("metadata") or {}).get("managedFields") or ())


def paths_of(entry: Object) -> dict[Path, None]:
    """Returns the paths that an entry owns, in order."""
    return dict.fromkeys(from_fields_v1(entry.get("fieldsV1") or {}))


def after_creation(version: str, kind: Kind, new: Object, brought: Object, manager: str, clock: Clock) -> Object:
    """Returns a new object with its bookkeeping.

    Args:
        brought: as it was before admission and allocation: what those add is nobody's
            (k8s.io/apiserver/pkg/endpoints/handlers/create.go).
    """
    return with_entries(new, entries(after_update(version, kind, brought, None, manager, "", clock)))


def after_update(
    version: str, kind: Kind, new: Object, old: Object | None, manager: str, subresource: str, clock: Clock
) -> Object:
    """Returns an object with its bookkeeping brought up to date after an update by `manager`."""
    now, before = fields(version, kind, new), fields(version, kind, old) if old is not None else {}
    if old is None and "status" in kind.subresources:
        now = {path: value for path, value in now.items() if path[0] != "f:status"}
    changed = {path for path, value in now.items() if path not in before or before[path] != value}
    kept: list[Object] = []
    mine: dict[Path, None] = {}
    standing = None
    for entry in _standing(new, old):
        is_mine = identity(entry) == (manager, "Update", subresource)
        left = {path: None for path in paths_of(entry) if path in now and (is_mine or path not in changed)}
        if is_mine:
            mine, standing = left, entry
        elif left:
            kept.append(entry if len(left) == len(paths_of(entry)) else {**entry, "fieldsV1": to_fields_v1(list(left))})
    if not changed and standing is not None:
        return with_entries(new, [*kept, standing])
    owned = [path for path in now if path in changed or path in mine]
    if owned:
        kept.append(entry_for(kind, manager, "Update", subresource, owned, clock))
    return with_entries(new, kept)


def entry_for(kind: Kind, manager: str, operation: str, subresource: str, paths: list[Path], clock: Clock) -> Object:
    """Returns a new entry."""
    entry: Object = {
        "apiVersion": kind.api_version,
        "fieldsType": "FieldsV1",
        "fieldsV1": to_fields_v1(paths),
        "manager": manager,
        "operation": operation,
        "time": clock.timestamp(),
    }
    return {**entry, "subresource": subresource} if subresource else entry


def with_entries(obj: Object, kept: list[Object]) -> Object:
    """Returns an object with these entries."""
    metadata = {field: value for field, value in obj["metadata"].items() if field != "managedFields"}
    if kept:
        metadata["managedFields"] = kept
    return {**obj, "metadata": metadata}


def _standing(new: Object, old: Object | None) -> list[Object]:
    """Returns the entries that an update starts from: those that it brings, else the object's; one empty one resets."""
    brought = entries(new)
    return [] if brought == [{}] else brought or entries(old)


def identity(entry: Object) -> tuple[str, str, str]:
    """Returns whose entry it is: manager, operation, subresource."""
    return entry.get("manager", ""), entry.get("operation", ""), entry.get("subresource", "")
