"""Types that schemas declare, with how large their values may be, as estimates of costs need it.

Source: k8s.io/apiserver/pkg/cel/common/schemas.go, pkg/cel/types.go, pkg/cel/limits.go.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from kubelab.cluster.expressions.environments import Fields
from kubelab.cluster.expressions.types import (
    BOOL,
    BYTES,
    DOUBLE,
    DURATION,
    DYN,
    INT,
    STRING,
    TIMESTAMP,
    Type,
    list_of,
    map_of,
    object_of,
)  # fmt: skip

Schema = Mapping[str, Any]
REQUEST_BYTES = 3 * 1024 * 1024  # the largest request
TEXT, TRUTH, NUMBER, OBJECT = 2, 4, 1, 2  # the least bytes that a value takes as JSON
# The formats of texts that are no texts in CEL: type, least and most bytes.
FORMATS = {"duration": (DURATION, 4, 32), "date": (TIMESTAMP, 12, 12), "date-time": (TIMESTAMP, 21, 29)}
METADATA = {"type": "object", "properties": {"name": {"type": "string"}, "generateName": {"type": "string"}}}
ROOT_FIELDS = {"apiVersion": {"type": "string"}, "kind": {"type": "string"}, "metadata": METADATA}
# Words that CEL keeps for itself, which fields are written in between of two underscores.
RESERVED = frozenset(
    "true false null in as break const continue else for function if import let loop package namespace return var void "
    "while".split()
)


@dataclass(frozen=True)
class Declared:
    """A type that a schema declares.

    Args:
        type: as the compiler has it.
        least: the least bytes that a value takes as JSON.
        most: the most letters, items or entries that a value has; 0 where that means nothing.
        item: what is in a list or a map.
        fields: those of an object.
    """

    type: Type
    least: int
    most: int = 0
    item: Declared | None = None
    fields: Mapping[str, Declared] = field(default_factory=dict)

    def objects(self) -> Iterator[tuple[str, Fields]]:
        """Yields the objects within, with the types of their fields, as an environment needs them."""
        if self.type.kind == "object":
            yield self.type.name, {name: one.type for name, one in self.fields.items()}
        for one in (*self.fields.values(), *([self.item] if self.item is not None else [])):
            yield from one.objects()

    def at(self, path: tuple[str, ...]) -> Declared | None:
        """Returns what is at a path of fields, items, keys and values; None where that is not declared."""
        found: Declared | None = self
        for name in path:
            if found is None:
                return None
            if name in ("@items", "@values"):
                found = found.item
            elif name == "@keys":
                found = KEY if found.type.kind == "map" else None
            else:
                found = found.fields.get(name)
        return found

    @property
    def cardinality(self) -> int:
        """How often such a value can be in one request."""
        return REQUEST_BYTES // (self.least + 1)


KEY = Declared(STRING, TEXT, REQUEST_BYTES)


def escaped(name: str) -> str:
    """Returns a field's name as expressions write it."""
    if name in RESERVED:
        return f"__{name}__"
    found = name.replace("__", "__underscores__") if "__" in name else name
    return found.replace(".", "__dot__").replace("-", "__dash__").replace("/", "__slash__")


def declared(schema: Schema, name: str, *, root: bool = False) -> Declared | None:
    """Returns the type that a structural schema declares; None where expressions cannot see such values.

    Args:
        name: what its objects are called.
        root: whether it is that of a whole resource, whose apiVersion, kind and names can always be read.
    """
    if schema.get("x-kubernetes-int-or-string"):
        most = schema.get("maxLength")
        return Declared(DYN, 1, REQUEST_BYTES - 2 if most is None else most * 4)
    root = root or bool(schema.get("x-kubernetes-embedded-resource"))
    kind = schema.get("type")
    if kind == "array":
        return _list(schema, name)
    if kind == "object":
        return (
            _map(schema, name) if isinstance(schema.get("additionalProperties"), dict) else _object(schema, name, root)
        )
    if kind == "string":
        return _text(schema)
    simple = {"boolean": (BOOL, TRUTH), "number": (DOUBLE, NUMBER), "integer": (INT, NUMBER)}
    return Declared(*simple[kind]) if kind in simple else None


def _list(schema: Schema, name: str) -> Declared | None:
    inner = declared(schema.get("items") or {}, f"{name}.@idx")
    if inner is None:
        return None
    most = schema.get("maxItems")
    count = (REQUEST_BYTES - 2) // (inner.least + 1) if most is None else max(most, 0)
    return Declared(list_of(inner.type), OBJECT, count, inner)


def _map(schema: Schema, name: str) -> Declared | None:
    inner = declared(schema["additionalProperties"], f"{name}.@elem")
    if inner is None:
        return None
    most = schema.get("maxProperties")
    count = (REQUEST_BYTES - 2) // (inner.least + 6) if most is None else max(most, 0)
    return Declared(map_of(STRING, inner.type), OBJECT, count, inner)


def _object(schema: Schema, name: str, root: bool) -> Declared:
    properties = dict(schema.get("properties") or {})
    if root and not {"name", "generateName"} <= set((properties.get("metadata") or {}).get("properties") or ()):
        properties |= ROOT_FIELDS
    fields, least = {}, OBJECT
    for each, inner in properties.items():
        one = declared(inner, f"{name}.{escaped(each)}")
        if one is None:
            continue
        fields[escaped(each)] = one
        if each in (schema.get("required") or ()) and inner.get("default") is None:
            least += len(each) + one.least + 4
    return Declared(object_of(name), least, fields=fields)


def _text(schema: Schema) -> Declared:
    most, kind = schema.get("maxLength"), schema.get("format")
    if kind in FORMATS:
        of_format, least, longest = FORMATS[kind]
        return Declared(of_format, least, longest)
    if kind == "byte":
        return Declared(BYTES, TEXT, REQUEST_BYTES - 2 if most is None else max(most, 0))
    if most is not None:
        return Declared(STRING, TEXT, max(most, 0) * 4)
    longest = max((len(one) for one in schema.get("enum") or () if isinstance(one, str)), default=REQUEST_BYTES - 2)
    return Declared(STRING, TEXT, longest)
