"""Sets of fields: which fields an object has, written as managedFields write them.

A path is a tuple of elements: ("f:spec", "f:containers", 'k:{"name":"web"}', "f:image"). An element "." at
the end stands for the map or the list item itself.
Source: sigs.k8s.io/structured-merge-diff/fieldpath; kubernetes.io, reference/using-api/server-side-apply.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from kubelab.cluster.objects import Object
from kubelab.cluster.schema.definitions import Definition, target, types_of

Path = tuple[str, ...]
Fields = dict[Path, Any]  # each path with the value that stands there; None for "."

ITSELF = "."
UNMANAGED = (
    ("f:apiVersion",),
    ("f:kind",),
    ("f:metadata", "f:name"),
    ("f:metadata", "f:namespace"),
    ("f:metadata", "f:uid"),
    ("f:metadata", "f:resourceVersion"),
    ("f:metadata", "f:creationTimestamp"),
    ("f:metadata", "f:generation"),
    ("f:metadata", "f:managedFields"),
    ("f:metadata", "f:selfLink"),
    ("f:metadata", "f:deletionTimestamp"),
    ("f:metadata", "f:deletionGracePeriodSeconds"),
)
# Maps that Go writes in every object, empty ones too: nobody has added them, so nobody owns them themselves.
ALWAYS_THERE = (
    ("f:spec", "f:template"),
    ("f:spec", "f:jobTemplate"),
    ("f:template", "f:metadata"),
    ("f:template", "f:spec"),
    ("f:jobTemplate", "f:metadata"),
    ("f:jobTemplate", "f:spec"),
    ("f:spec", "f:strategy"),
    ("f:spec", "f:updateStrategy"),
)
PARTS = (("f:metadata",), ("f:spec",), ("f:status",))


def fields_of(obj: Object, definitions: dict[str, Definition], schema: Definition) -> Fields:
    """Returns every field of an object that a manager can own.

    Args:
        schema: of the object's type; an empty one where it is not known.
    """
    found: Fields = dict(_walk(obj, (), definitions, schema))
    return {
        path: value
        for path, value in found.items()
        if path[:1] not in UNMANAGED and path[:2] not in UNMANAGED and path != ("f:metadata", ITSELF)
    }


def _walk(value: Any, path: Path, definitions: dict[str, Definition], schema: Definition) -> Iterator[tuple[Path, Any]]:
    definition = definitions.get(target(schema) or "", schema)
    if isinstance(value, dict) and not _is_atomic(definition, schema):
        if path[-2:] in ALWAYS_THERE or path in PARTS:
            pass
        elif path and not value:
            yield path, value  # an empty map has nothing but itself: "f:resources": {}
        elif len(path) > 1:
            yield (*path, ITSELF), None
        properties = definition.get("properties", {})
        more = definition.get("additionalProperties")
        for field, inner in value.items():
            below = properties.get(field) or (more if isinstance(more, dict) else {})
            yield from _walk(inner, (*path, f"f:{field}"), definitions, below)
    elif isinstance(value, list) and _list_type(schema) in ("map", "set"):
        yield (*path, ITSELF), None
        for item in value:
            element = item_element(item, schema)
            if isinstance(item, dict):
                yield from _walk(item, (*path, element), definitions, schema.get("items", {}))
            else:
                yield (*path, element), item
    else:
        yield path, value


def _is_atomic(definition: Definition, schema: Definition) -> bool:
    return "atomic" in (schema.get("x-kubernetes-map-type"), definition.get("x-kubernetes-map-type")) or (
        "object" in types_of(definition)
        and not definition.get("properties")
        and "additionalProperties" not in definition
        and target(schema) is not None
    )


def _list_type(schema: Definition) -> str:
    return str(schema.get("x-kubernetes-list-type", "atomic"))


def item_element(item: Any, schema: Definition) -> str:
    """Returns the path element of a list item: by its keys where the list is a map, by its value where it is a set."""
    if not isinstance(item, dict):
        return f"v:{json.dumps(item)}"
    keys = schema.get("x-kubernetes-list-map-keys") or ["name"]
    defaults = {"protocol": "TCP"}
    named = {
        key: item.get(key, defaults.get(key)) for key in sorted(keys) if item.get(key, defaults.get(key)) is not None
    }
    return "k:" + json.dumps(named, separators=(",", ":"))


def to_fields_v1(paths: Iterator[Path] | list[Path]) -> Object:
    """Writes paths as `fieldsV1`."""
    tree: Object = {}
    for path in paths:
        place = tree
        for element in path:
            place = place.setdefault(element, {})
    return _sorted(tree)


def _sorted(tree: Object) -> Object:
    return {element: _sorted(tree[element]) for element in sorted(tree)}


def from_fields_v1(tree: Object, path: Path = ()) -> Iterator[Path]:
    """Reads the paths out of `fieldsV1`."""
    for element, below in tree.items():
        if below:
            yield from from_fields_v1(below, (*path, element))
        else:
            yield (*path, element)


def shown(path: Path) -> str:
    """Writes a path as conflicts name it: .spec.template.spec.containers[name="web"].image."""
    text = ""
    for element in path:
        kind, _, rest = element.partition(":")
        if kind == "f":
            text += f".{rest}"
        elif kind == "k":
            text += "[" + ",".join(f"{key}={json.dumps(value)}" for key, value in json.loads(rest).items()) + "]"
        elif kind == "v":
            text += f"[={rest}]"
    return text
