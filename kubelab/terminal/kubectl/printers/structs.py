"""Objects as Go's structs write them: fields in the order of their declaration, some written even when empty.

kubectl holds objects of built-in kinds as structs where it makes or changes them itself. The order is
in structs.txt, a line for each definition: its fields, and after `=` what one that has no value is written as.
Where the table comes from: the output of kubectl v1.33 for objects with all fields, and with none.
"""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import Any

from kubelab.cluster.kinds.kind import Kind
from kubelab.cluster.objects import Object
from kubelab.cluster.schema.definitions import Definition, definitions, name_of, target, types_of

_MISSING = object()
_NO_NULL_TIME_SINCE = 34  # metadata.creationTimestamp: omitzero from v1.34 on
_META = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"


def as_struct(version: str, kind: Kind, obj: Object) -> Object:
    """Returns an object of a built-in kind as its Go struct is written; one of another kind as it is."""
    name = name_of(version, kind.group, kind.version, kind.name)
    if name is None:
        return obj
    written: Object = _Writer(version).struct(name, obj)
    return written


@cache
def _table() -> dict[str, list[tuple[str, Any]]]:
    text = (files("kubelab.terminal.kubectl.printers") / "structs.txt").read_text()
    table: dict[str, list[tuple[str, Any]]] = {}
    for line in text.splitlines():
        name, *words = line.split()
        table[f"io.k8s.{name}"] = [_field(word) for word in words]
    return table


def _field(word: str) -> tuple[str, Any]:
    field, equals, zero = word.partition("=")
    return field, json.loads(zero) if equals else _MISSING


class _Writer:
    def __init__(self, version: str) -> None:
        self._schemas = definitions(version)
        self._null_times = int(version.split(".")[1]) < _NO_NULL_TIME_SINCE

    def struct(self, name: str, value: Any) -> Any:
        fields = _table().get(name)
        if fields is None or not isinstance(value, dict):
            return value
        properties = self._schemas.get(name, {}).get("properties", {})
        written: Object = {}
        for field, zero in fields:
            found = value.get(field)
            if found is not None:
                written[field] = self._value(properties.get(field, {}), found)
            elif zero is not _MISSING and (self._null_times or (name, field) != (_META, "creationTimestamp")):
                written[field] = self._value(properties.get(field, {}), zero)
        known = {field for field, _ in fields}
        written |= {field: value[field] for field in sorted(value) if field not in known and value[field] is not None}
        return written

    def _value(self, schema: Definition, value: Any) -> Any:
        name = target(schema)
        if name is not None:
            return self.struct(name, value)
        kinds = types_of(schema)
        if isinstance(value, list):
            items = schema.get("items", {})
            return [self._value(items, item) for item in value]
        more = schema.get("additionalProperties")
        if "object" in kinds and isinstance(value, dict) and isinstance(more, dict):
            return {key: self._value(more, value[key]) for key in sorted(value)}
        return value
