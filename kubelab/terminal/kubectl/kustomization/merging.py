"""A strategic merge as kustomize does it: new items of a list go before those that are there (kyaml's merge2)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kubelab.cluster.objects import Object
from kubelab.cluster.schema.definitions import Definition, definitions, name_of, target
from kubelab.terminal.kubectl.kustomization.resource import Resource

Schemas = Mapping[str, Definition]
_IDENTITIES = "x-kubernetes-group-version-kind"


class Merge:
    """Merges by the schemas of a version of Kubernetes, and by those that a kustomization names.

    Args:
        more: definitions by name, of `openapi` in a kustomization.
    """

    def __init__(self, version: str, more: Schemas) -> None:
        self._version = version
        self._more = more
        self._definitions: Schemas = {**definitions(version), **more} if more else definitions(version)

    def over(self, resource: Resource, patch: Object) -> Object:
        """Returns a resource's object with a patch laid over it."""
        return self.maps(resource.object, patch, self._schema(resource))

    def _schema(self, resource: Resource) -> str | None:
        mine = {"group": resource.group, "version": resource.version, "kind": resource.kind_name}
        own = next((name for name, each in self._more.items() if mine in (each.get(_IDENTITIES) or ())), None)
        kind = resource.kind
        if own is not None or kind is None:
            return own
        return name_of(self._version, kind.group, kind.version, kind.name)

    def maps(self, base: Object, over: Object, schema: str | None, inline: Definition | None = None) -> Object:
        """Returns a map with another laid over it."""
        if over.get("$patch") == "replace":
            return {field: value for field, value in over.items() if field != "$patch"}
        definition = self._definitions.get(schema or "", inline or {})
        properties: dict[str, Definition] = definition.get("properties") or {}
        merged = dict(base)
        for field, value in over.items():
            if field.startswith("$"):
                continue
            if value is None:
                merged.pop(field, None)
            else:
                merged[field] = self._value(merged.get(field), value, properties.get(field, {}))
        return merged

    def _value(self, base: Any, over: Any, schema: Definition) -> Any:
        if isinstance(over, dict):
            return self.maps(base if isinstance(base, dict) else {}, over, target(schema), schema)
        if isinstance(over, list) and isinstance(base, list):
            return self._lists(base, over, schema)
        return over

    def _lists(self, base: list[Any], over: list[Any], schema: Definition) -> list[Any]:
        key = schema.get("x-kubernetes-patch-merge-key")
        if "merge" not in str(schema.get("x-kubernetes-patch-strategy", "")):
            return over
        if not key:
            return [*base, *(item for item in over if item not in base)]
        items = schema.get("items") or {}
        inner = target(items)
        if any(isinstance(item, dict) and item.get("$patch") == "replace" for item in over):
            return [item for item in over if not (isinstance(item, dict) and "$patch" in item)]
        changes = {item.get(key): item for item in over}
        kept = []
        for item in base:
            change = changes.pop(item.get(key), None)
            if change is None:
                kept.append(item)
            elif change.get("$patch") != "delete":
                kept.append(self.maps(item, change, inner, items))
        return [*(change for change in changes.values() if change.get("$patch") != "delete"), *kept]
