"""The patch of kubectl apply: what the manifest says, less what it said last time, against what is.

For kinds whose schema says how lists are merged, a strategic merge patch (apimachinery's strategicpatch, patch.go);
for others, a JSON merge patch (jsonmergepatch, patch.go).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from kubelab.cluster.objects import Object
from kubelab.cluster.schema.definitions import Definition, definitions, target

_ORDER = "$setElementOrder/"
_DELETE_SCALARS = "$deleteFromPrimitiveList/"
_RETAIN = "$retainKeys"


def strategic_patch(version: str, name: str, original: Object, modified: Object, current: Object) -> Object:
    """Returns the strategic merge patch that brings `current` to what `modified` says.

    Args:
        version: the minor version whose schema holds.
        name: the definition of the kind.
        original: what was applied last, {} if nothing.
        modified: what is applied now.
        current: the live object.
    """
    schemas = definitions(version)
    changes = _Differ(schemas, deletions=False, changes=True).maps(current, modified, name)
    deletions = _Differ(schemas, deletions=True, changes=False).maps(original, modified, name)
    return _Merger(schemas).maps(deletions, changes, name)


def merge_patch(original: Object, modified: Object, current: Object) -> Object:
    """Returns the JSON merge patch that brings `current` to what `modified` says."""
    changes = _without_nulls(_difference(current, modified))
    deletions = _only_nulls(_difference(original, modified))
    return _overlaid(deletions, changes)


@dataclass(frozen=True)
class _Field:
    """How a field's value is patched."""

    merges: bool
    retains: bool
    key: str
    inner: str | None


class _Schemas:
    def __init__(self, schemas: dict[str, Definition]) -> None:
        self._schemas = schemas

    def field(self, name: str | None, field: str) -> _Field:
        definition = self._schemas.get(name or "", {})
        schema = (definition.get("properties") or {}).get(field) or {}
        strategies = str(schema.get("x-kubernetes-patch-strategy", "")).split(",")
        inner = target(schema.get("items") or schema)
        values = schema.get("additionalProperties")
        if inner is None and isinstance(values, dict):
            inner = target(values)
        return _Field(
            "merge" in strategies, "retainKeys" in strategies, schema.get("x-kubernetes-patch-merge-key", ""), inner
        )


class _Differ(_Schemas):
    """Finds what differs between two maps, as a patch.

    Args:
        deletions: say what is gone.
        changes: say what is new or different.
    """

    def __init__(self, schemas: dict[str, Definition], *, deletions: bool, changes: bool) -> None:
        super().__init__(schemas)
        self._deletions = deletions
        self._changes = changes

    def maps(self, original: Object, modified: Object, name: str | None, retains: bool = False) -> Object:
        patch: Object = {}
        for field, value in modified.items():
            if field not in original or type(original[field]) is not type(value):
                if self._changes:
                    patch[field] = value
            elif isinstance(value, dict):
                how = self.field(name, field)
                inner = self.maps(original[field], value, how.inner, how.retains)
                if inner:
                    patch[field] = inner
            elif isinstance(value, list):
                self._lists(patch, field, original[field], value, self.field(name, field))
            elif self._changes and original[field] != value:
                patch[field] = value
        if self._deletions:
            patch |= {field: None for field in original if field not in modified}
        if retains and (patch or any(field not in original for field in modified)):
            kept = sorted(field for field, value in modified.items() if value is not None)
            if kept:
                patch[_RETAIN] = kept
        return patch

    def _lists(self, patch: Object, field: str, original: list[Any], modified: list[Any], how: _Field) -> None:
        if not how.merges:
            if self._changes and original != modified:
                patch[field] = modified
            return
        if not original:
            if modified and self._changes:
                patch[field] = modified
        elif how.key:
            self._keyed_lists(patch, field, original, modified, how)
        else:
            self._scalar_lists(patch, field, original, modified)

    def _keyed_lists(self, patch: Object, field: str, original: list[Any], modified: list[Any], how: _Field) -> None:
        key = how.key
        before = {item.get(key): item for item in original}
        after = {item.get(key): item for item in modified}
        found: list[Object] = []
        for value, item in after.items():
            if value in before:
                inner = self.maps(before[value], item, how.inner)
                if inner:
                    found.append({**inner, key: value})
            elif self._changes:
                found.append(item)
        removed = (
            [{"$patch": "delete", key: value} for value in before if value not in after] if self._deletions else []
        )
        whole = [*found, *removed]
        if whole:
            patch[field] = whole
        if whole or (self._changes and list(before) != list(after)):
            patch[_ORDER + field] = [{key: value} for value in after]

    def _scalar_lists(self, patch: Object, field: str, original: list[Any], modified: list[Any]) -> None:
        added = [item for item in modified if item not in original] if self._changes else []
        removed = [item for item in original if item not in modified] if self._deletions else []
        if added:
            patch[field] = added
        if removed:
            patch[_DELETE_SCALARS + field] = removed
        if removed or (self._changes and original != modified):
            patch[_ORDER + field] = modified


class _Merger(_Schemas):
    """Lays one patch over another."""

    def maps(self, base: Object, over: Object, name: str | None) -> Object:
        merged = dict(base)
        for field, value in over.items():
            if field.startswith("$") or field not in merged or type(merged[field]) is not type(value):
                merged[field] = value
                continue
            how = self.field(name, field)
            if isinstance(value, dict):
                merged[field] = self.maps(merged[field], value, how.inner)
            elif isinstance(value, list) and how.merges and how.key:
                merged[field] = self._keyed(merged[field], value, how)
            else:
                merged[field] = value
        return merged

    def _keyed(self, base: Sequence[Object], over: Sequence[Object], how: _Field) -> list[Object]:
        before = {item.get(how.key): item for item in base}
        merged = [
            self.maps(before[key], item, how.inner) if (key := item.get(how.key)) in before else item for item in over
        ]
        names = {item.get(how.key) for item in over}
        return _in_order([item for item in base if item.get(how.key) not in names], merged, list(before), how.key)


def _in_order(left: list[Object], right: list[Object], order: list[Any], key: str) -> list[Object]:
    """Puts two lists together: what stands before another in `order` does so, else the right one comes first."""
    merged: list[Object] = []
    while left and right:
        first, second = left[0].get(key), right[0].get(key)
        before = first in order and second in order and order.index(first) < order.index(second)
        merged.append(left.pop(0) if before else right.pop(0))
    return [*merged, *left, *right]


def _difference(before: Any, after: Any) -> Object:
    """The JSON merge patch between two maps (RFC 7386)."""
    patch: Object = {field: None for field in before if field not in after}
    for field, value in after.items():
        if field not in before:
            patch[field] = value
        elif isinstance(value, dict) and isinstance(before[field], dict):
            inner = _difference(before[field], value)
            if inner:
                patch[field] = inner
        elif value != before[field] or type(value) is not type(before[field]):
            patch[field] = value
    return patch


def _without_nulls(patch: Object) -> Object:
    kept: Object = {}
    for field, value in patch.items():
        if isinstance(value, dict):
            inner = _without_nulls(value)
            if inner or not value:
                kept[field] = inner
        elif value is not None:
            kept[field] = value
    return kept


def _only_nulls(patch: Object) -> Object:
    kept: Object = {}
    for field, value in patch.items():
        if value is None:
            kept[field] = None
        elif isinstance(value, dict) and (inner := _only_nulls(value)):
            kept[field] = inner
    return kept


def _overlaid(base: Object, over: Object) -> Object:
    merged = dict(base)
    for field, value in over.items():
        both = isinstance(value, dict) and isinstance(merged.get(field), dict)
        merged[field] = _overlaid(merged[field], value) if both else value
    return merged


def json_merge_patch(before: Object, after: Object) -> Object:
    """Returns the JSON merge patch (RFC 7386) that brings `before` to `after`."""
    return _difference(before, after)


def two_way_patch(version: str, name: str | None, before: Object, after: Object) -> Object:
    """Returns the strategic merge patch that brings `before` to `after`.

    Args:
        name: the definition of the kind; without one, it is a JSON merge patch.
    """
    if name is None:
        return _difference(before, after)
    return _Differ(definitions(version), deletions=True, changes=True).maps(before, after, name)
