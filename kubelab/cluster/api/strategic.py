"""Strategic merge patch: a merge that knows which lists are sets and which are maps by a key.

Source: kubernetes.io, tasks/manage-kubernetes-objects/update-api-object-kubectl-patch;
k8s.io/apimachinery/pkg/util/strategicpatch.
"""

from __future__ import annotations

from typing import Any

from kubelab.cluster.api.errors import BadRequest
from kubelab.cluster.gojson import json_type
from kubelab.cluster.kinds.kind import Kind
from kubelab.cluster.objects import Object
from kubelab.cluster.schema.definitions import Definition, definitions, name_of, target

DIRECTIVE = "$patch"
RETAIN = "$retainKeys"
ORDER = "$setElementOrder/"
DELETE = "$deleteFromPrimitiveList/"


def merge(version: str, kind: Kind, original: Object, patch: Any) -> Object:
    """Applies a strategic merge patch, sharing what it does not touch.

    Raises:
        BadRequest: if the patch is no object, or a directive makes no sense.
    """
    if not isinstance(patch, dict):
        raise BadRequest(f"json: cannot unmarshal {json_type(patch)} into Go value of type map[string]interface {{}}")
    name = name_of(version, kind.group, kind.version, kind.name)
    merged = _Merge(definitions(version)).merged_map(original, patch, name)
    return merged if merged is not None else {}


class _Merge:
    def __init__(self, all_definitions: dict[str, Definition]) -> None:
        self._definitions = all_definitions

    def merged_map(self, original: Any, patch: Object, name: str | None) -> Object | None:
        """Merges two maps; None when the patch deletes it."""
        directive = patch.get(DIRECTIVE)
        plain = {field: value for field, value in patch.items() if not field.startswith("$")}
        if directive == "delete":
            return None
        if directive == "replace" or not isinstance(original, dict):
            return self.merged_map({}, plain, name) if plain else {}
        result = dict(original)
        if RETAIN in patch:
            result = {field: value for field, value in result.items() if field in patch[RETAIN]}
        properties = self._definitions.get(name or "", {}).get("properties", {})
        for field in sorted(patch):
            if field.startswith(DELETE):
                self._delete_from_set(result, field.removeprefix(DELETE), patch[field])
        for field, value in plain.items():
            schema = properties.get(field, {})
            if value is None:
                result.pop(field, None)
            elif isinstance(value, dict):
                merged = self.merged_map(result.get(field), value, target(schema))
                if merged is None:
                    result.pop(field, None)
                else:
                    result[field] = merged
            elif isinstance(value, list):
                result[field] = self.merged_list(result.get(field), value, schema)
            else:
                result[field] = value
        for field in patch:
            if field.startswith(ORDER):
                self._order(result, field.removeprefix(ORDER), patch[field], properties)
        return result

    def merged_list(self, original: Any, patch: list[Any], schema: Definition) -> list[Any]:
        """Merges two lists as their field's patch strategy says."""
        strategy = schema.get("x-kubernetes-patch-strategy", "")
        key = schema.get("x-kubernetes-patch-merge-key")
        standing = original if isinstance(original, list) else []
        if any(isinstance(item, dict) and item.get(DIRECTIVE) == "replace" for item in patch):
            return [item for item in patch if not (isinstance(item, dict) and DIRECTIVE in item)]
        if "merge" not in strategy:
            return [_without_directives(item) for item in patch]
        if key is None:
            return [*standing, *(item for item in patch if item not in standing)]
        return self._keyed_list(standing, patch, key, target(schema.get("items", {})))

    def _keyed_list(self, standing: list[Any], patch: list[Any], key: str, name: str | None) -> list[Any]:
        result = list(standing)
        for item in patch:
            if not isinstance(item, dict) or key not in item:
                raise BadRequest(f"map: {item} does not contain declared merge key: {key}")
            place = next((at for at, found in enumerate(result) if found.get(key) == item[key]), None)
            if item.get(DIRECTIVE) == "delete":
                result = [found for found in result if found.get(key) != item[key]]
            elif place is None:
                result.append(self.merged_map({}, item, name) or {})
            else:
                result[place] = self.merged_map(result[place], item, name) or {}
        return result

    def _delete_from_set(self, result: Object, field: str, values: Any) -> None:
        if isinstance(result.get(field), list):
            result[field] = [item for item in result[field] if item not in values]

    def _order(self, result: Object, field: str, order: list[Any], properties: Object) -> None:
        """Puts the items that the order names into it; the others keep their place relative to these."""
        items = result.get(field)
        if not isinstance(items, list):
            return
        key = properties.get(field, {}).get("x-kubernetes-patch-merge-key")
        wanted = [item.get(key) if isinstance(item, dict) else item for item in order]

        def place(item: Any) -> int:
            value = item.get(key) if isinstance(item, dict) else item
            return wanted.index(value) if value in wanted else -1

        named = sorted((item for item in items if place(item) >= 0), key=place)
        result[field] = _interleaved(items, named, place)


def _interleaved(items: list[Any], named: list[Any], place: Any) -> list[Any]:
    """Server-only items stay before the named one that they stood before."""
    result: list[Any] = []
    queue = list(named)
    for item in items:
        if place(item) < 0:
            result.append(item)
        elif queue:
            result.append(queue.pop(0))
    return [*result, *queue]


def _without_directives(item: Any) -> Any:
    if not isinstance(item, dict):
        return item
    return {field: value for field, value in item.items() if not field.startswith("$")}
