"""Tells whether the schema of a custom resource is structural, and what else is wrong with it.

Source: kubernetes.io, tasks/extend-kubernetes/custom-resources/custom-resource-definitions, "Specifying a structural
schema"; k8s.io/apiextensions-apiserver/pkg/apiserver/schema/validation.go, pkg/apis/apiextensions/validation.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from kubelab.cluster.expressions.patterns import wrong_in
from kubelab.cluster.kinds.apiextensions import pruning
from kubelab.cluster.kinds.apiextensions.values import child, forbidden, invalid, item, key, required, unsupported
from kubelab.cluster.kinds.apiextensions.valuevalidation import INT_OR_STRING, value_causes
from kubelab.cluster.kinds.kind import Cause

Schema = dict[str, Any]
LIST_TYPE, LIST_KEYS = "x-kubernetes-list-type", "x-kubernetes-list-map-keys"
MAP_TYPE = "x-kubernetes-map-type"
TYPES = ("array", "boolean", "integer", "number", "object", "string")
EITHER = [{"type": "integer"}, {"type": "string"}]
LEVELS = {
    "root": "must not be empty at the root",
    "items": "must not be empty for specified array items",
    "field": "must not be empty for specified object fields",
}
# What must not be said inside of allOf, anyOf, oneOf and not.
FORBIDDEN = {
    "type": "must be empty to be structural",
    "additionalProperties": "must be undefined to be structural",
    "default": "must be undefined to be structural",
    "title": "must be empty to be structural",
    "description": "must be empty to be structural",
    "nullable": "must be false to be structural",
    pruning.PRESERVE: "must be false to be structural",
    pruning.EMBEDDED: "must be false to be structural",
    INT_OR_STRING: "must be false to be structural",
    "x-kubernetes-list-map-keys": "must be empty to be structural",
    "x-kubernetes-list-type": "must be undefined to be structural",
    "x-kubernetes-map-type": "must be undefined to be structural",
    "x-kubernetes-validations": "must be empty to be structural",
}
_KEYWORDS = {
    "definitions": "definitions is not supported",
    "dependencies": "dependencies is not supported",
    "patternProperties": "patternProperties is not supported",
    "additionalItems": "additionalItems is not supported",
    "id": "id is not supported",
    "$ref": "$ref is not supported",
}


def schema_causes(schema: Schema, path: str) -> list[Cause]:
    """Returns what is wrong with the schema of a version."""
    wrong = [cause for at, inner in nodes(schema, path) for cause in _node_causes(inner, at)]
    if not wrong:
        found = [*_invariants(schema, "root", path), *_completeness(schema, path)]
        wrong = sorted(found, key=lambda cause: f"{cause.field}: {cause.message}")
    return wrong or _default_causes(schema, path)


def nodes(schema: Schema, path: str) -> Iterator[tuple[str, Schema]]:
    """Yields each part of a schema with its path, those of alternatives too."""
    yield path, schema
    for name, inner in (schema.get("properties") or {}).items():
        yield from nodes(inner, key(f"{path}.properties", name))
    for name in ("items", "additionalProperties", "not"):
        if isinstance(schema.get(name), dict):
            yield from nodes(schema[name], f"{path}.{name}")
    for name in ("allOf", "anyOf", "oneOf"):
        for place, inner in enumerate(schema.get(name) or ()):
            yield from nodes(inner, item(f"{path}.{name}", place))


def _node_causes(schema: Schema, path: str) -> list[Cause]:
    wrong = [forbidden(child(path, name), why) for name, why in _KEYWORDS.items() if schema.get(name)]
    kind = schema.get("type")
    if kind and kind not in TYPES:
        wrong.append(unsupported(f"{path}.type", kind, list(TYPES)))
    if kind == "null":
        wrong.append(forbidden(f"{path}.type", "type cannot be set to null, use nullable as an alternative"))
    if schema.get(pruning.PRESERVE) is False:
        wrong.append(invalid(f"{path}.{pruning.PRESERVE}", False, "must be true or undefined"))
    if schema.get("uniqueItems"):
        why = "uniqueItems cannot be set to true since the runtime complexity becomes quadratic"
        wrong.append(forbidden(f"{path}.uniqueItems", why))
    if schema.get("properties") and schema.get("additionalProperties") not in (None, True):
        why = "additionalProperties and properties are mutual exclusive"
        wrong.append(forbidden(f"{path}.additionalProperties", why))
    if isinstance(schema.get("items"), list):
        wrong.append(forbidden(f"{path}.items", "items must be a schema object and not an array"))
    return wrong + _list_type(schema, path) + _map_type(schema, path) + _pattern(schema, path)


def _pattern(schema: Schema, path: str) -> list[Cause]:
    pattern = schema.get("pattern")
    wrong = wrong_in(pattern) if pattern else ""
    if not wrong:
        return []
    why = f"must be a valid regular expression, but isn't: error parsing regexp: {wrong}: `{pattern}`"
    return [invalid(f"{path}.pattern", pattern, why)]


def _list_type(schema: Schema, path: str) -> list[Cause]:
    kind, keys = schema.get(LIST_TYPE), schema.get(LIST_KEYS) or []
    at, inner, wrong = f"{path}.{LIST_TYPE}", schema.get("items"), list[Cause]()
    if kind is not None and schema.get("type") != "array":
        wrong.append(_must_be("array", LIST_TYPE, schema, path))
    elif kind == "set" and isinstance(inner, dict):
        wrong += _set_causes(inner, path)
    if kind is not None and kind not in ("atomic", "set", "map"):
        wrong.append(unsupported(at, kind, ["atomic", "set", "map"]))
    if keys and kind != "map":
        why = "must be map if x-kubernetes-list-map-keys is non-empty"
        wrong.append(required(at, why) if kind is None else invalid(at, kind, why))
    if kind == "map":
        wrong += _map_keys(keys, inner, path)
    return wrong + _never_null(schema, path)


def _must_be(kind: str, field: str, schema: Schema, path: str) -> Cause:
    why = f"must be {kind} if {field} is specified"
    return invalid(f"{path}.type", schema["type"], why) if schema.get("type") else required(f"{path}.type", why)


def _set_causes(inner: Schema, path: str) -> list[Cause]:
    """The items of a set are compared as a whole."""
    why = "must be atomic as item of a list with x-kubernetes-list-type=set"
    if inner.get("type") == "array" and inner.get(LIST_TYPE) not in (None, "atomic"):
        return [invalid(f"{path}.items.{LIST_TYPE}", inner[LIST_TYPE], why)]
    if inner.get("type") == "object" and inner.get(MAP_TYPE) != "atomic":
        return [invalid(f"{path}.items.{MAP_TYPE}", inner.get(LIST_TYPE), why)]  # the server shows this field's value
    return []


def _map_keys(keys: list[str], inner: Any, path: str) -> list[Cause]:
    at, wrong = f"{path}.{LIST_KEYS}", list[Cause]()
    if not keys:
        wrong.append(required(at, "must not be empty if x-kubernetes-list-type is map"))
    if inner is None:
        return [*wrong, required(f"{path}.items", "must have a schema if x-kubernetes-list-type is map")]
    if inner.get("type") != "object":
        why = "must be object if parent array's x-kubernetes-list-type is map"
        return [*wrong, invalid(f"{path}.items.type", inner.get("type", ""), why)]
    properties = inner.get("properties") or {}
    for place, name in enumerate(keys):
        if name not in properties:
            wrong.append(invalid(at, keys, "entries must all be names of item properties"))
        elif properties[name].get("type") in ("array", "object"):
            why = "must be a scalar type if parent array's x-kubernetes-list-type is map"
            wrong.append(invalid(f"{key(f'{path}.items.properties', name)}.type", inner["type"], why))
        if name in keys[:place]:
            wrong.append(invalid(at, keys, "must not contain duplicate entries"))
    return wrong


def _never_null(schema: Schema, path: str) -> list[Cause]:
    """Items that are told apart by what they hold are never null, nor are their keys, and these are always there."""
    kind, inner = schema.get(LIST_TYPE), schema.get("items")
    if kind not in ("set", "map") or not isinstance(inner, dict):
        return []
    wrong = []
    if inner.get("nullable"):
        why = f"cannot be nullable when x-kubernetes-list-type is {kind}"
        wrong.append(forbidden(f"{path}.items.nullable", why))
    properties, always = inner.get("properties") or {}, inner.get("required") or ()
    told = "this property is in x-kubernetes-list-map-keys, so it "
    for name in (schema.get(LIST_KEYS) or ()) if kind == "map" else ():
        at = key(f"{path}.items.properties", name)
        if name in properties and name not in always and "default" not in properties[name]:
            wrong.append(required(f"{at}.default", f"{told}must have a default or be a required property"))
        if (properties.get(name) or {}).get("nullable"):
            wrong.append(forbidden(f"{at}.nullable", f"{told}cannot be nullable"))
    return wrong


def _map_type(schema: Schema, path: str) -> list[Cause]:
    kind = schema.get(MAP_TYPE)
    if kind is None:
        return []
    wrong = [_must_be("object", MAP_TYPE, schema, path)] if schema.get("type") != "object" else []
    if kind not in ("atomic", "granular"):
        wrong.append(unsupported(f"{path}.{MAP_TYPE}", kind, ["atomic", "granular"]))
    return wrong


def _invariants(schema: Schema, level: str, path: str) -> list[Cause]:
    wrong, kind = [], schema.get("type", "")
    if kind == "array" and not schema.get("items"):
        wrong.append(required(f"{path}.items", "must be specified"))
    if isinstance(schema.get("items"), dict):
        wrong += _invariants(schema["items"], "items", f"{path}.items")
    for name, inner in (schema.get("properties") or {}).items():
        wrong += _invariants(inner, "field", key(f"{path}.properties", name))
    more = schema.get("additionalProperties")
    if more is not None and level == "root":
        wrong.append(forbidden(f"{path}.additionalProperties", "must not be used at the root"))
    if isinstance(more, dict):
        wrong += _invariants(more, "field", f"{path}.additionalProperties")
    wrong += _nested(schema, path)
    if not kind and not schema.get(INT_OR_STRING) and not schema.get(pruning.PRESERVE):
        wrong.append(required(f"{path}.type", LEVELS[level]))
    if level == "root":
        wrong += _root(schema, path)
    return wrong + _embedded(schema, path)


def _embedded(schema: Schema, path: str) -> list[Cause]:
    if not schema.get(pruning.EMBEDDED):
        return []
    wrong = []
    if schema.get("type") and schema["type"] != "object":
        why = "must be object if x-kubernetes-embedded-resource is true"
        wrong.append(invalid(f"{path}.type", schema["type"], why))
    if not schema.get(pruning.PRESERVE) and not schema.get("properties"):
        why = "must not be empty if x-kubernetes-embedded-resource is true without x-kubernetes-preserve-unknown-fields"
        wrong.append(required(f"{path}.properties", why))
    return wrong


def _root(schema: Schema, path: str) -> list[Cause]:
    wrong, properties = [], schema.get("properties") or {}
    if schema.get("type") and schema["type"] != "object":
        wrong.append(invalid(f"{path}.type", schema["type"], "must be object at the root"))
    for name in ("kind", "apiVersion"):
        if name in properties and properties[name].get("type") != "string":
            at = f"{key(f'{path}.properties', name)}.type"
            wrong.append(invalid(at, properties[name].get("type", ""), "must be string"))
    metadata = properties.get("metadata") or {}
    named = set(metadata.get("properties") or ()) - {"name", "generateName"}
    if named or set(metadata) - {"type", "properties", "description"}:
        why = "must not specify anything other than name and generateName, but metadata is implicitly specified"
        wrong.append(forbidden(key(f"{path}.properties", "metadata"), why))
    return wrong


def _nested(schema: Schema, path: str) -> list[Cause]:
    """Returns what alternatives say that only the schema itself may."""
    wrong = []
    for name in ("anyOf", "allOf", "oneOf"):
        if name == "anyOf" and schema.get(INT_OR_STRING) and schema.get("anyOf") == EITHER:
            continue
        for place, inner in enumerate(schema.get(name) or ()):
            if name == "allOf" and schema.get(INT_OR_STRING) and not place and inner.get("anyOf") == EITHER:
                continue
            wrong += _nested_causes(inner, item(f"{path}.{name}", place))
    if isinstance(schema.get("not"), dict):
        wrong += _nested_causes(schema["not"], f"{path}.not")
    return wrong


def _nested_causes(schema: Schema, path: str) -> list[Cause]:
    wrong = [forbidden(child(path, name), why) for name, why in FORBIDDEN.items() if schema.get(name)]
    for name, inner in (schema.get("properties") or {}).items():
        at = key(f"{path}.properties", name)
        if name == "metadata":
            wrong.append(forbidden(at, "must not be specified in a nested context"))
        wrong += _nested_causes(inner, at)
    if isinstance(schema.get("items"), dict):
        wrong += _nested_causes(schema["items"], f"{path}.items")
    return wrong + _nested(schema, path)


def _completeness(schema: Schema, path: str) -> list[Cause]:
    """Returns the fields that only alternatives name."""
    wrong = []
    for name in ("allOf", "anyOf", "oneOf"):
        for place, inner in enumerate(schema.get(name) or ()):
            wrong += _missing(inner, schema, item(f"{path}.{name}", place), path)
    if isinstance(schema.get("not"), dict):
        wrong += _missing(schema["not"], schema, f"{path}.not", path)
    for name, inner in (schema.get("properties") or {}).items():
        wrong += _completeness(inner, key(f"{path}.properties", name))
    for name in ("items", "additionalProperties"):
        if isinstance(schema.get(name), dict):
            wrong += _completeness(schema[name], f"{path}.{name}")
    return wrong


def _missing(nested: Schema, schema: Schema, path: str, outer: str) -> list[Cause]:
    wrong = []
    for name, inner in (nested.get("properties") or {}).items():
        known = (schema.get("properties") or {}).get(name)
        at = key(f"{outer}.properties", name)
        if known is None:
            wrong.append(required(at, f"because it is defined in {key(f'{path}.properties', name)}"))
        else:
            wrong += _missing(inner, known, key(f"{path}.properties", name), at)
    return wrong


def _default_causes(schema: Schema, path: str) -> list[Cause]:
    wrong = []
    for at, inner in nodes(schema, path):
        if "default" in inner:
            unknown: list[str] = []
            pruning.pruned(inner["default"], inner, unknown)
            if unknown:
                wrong.append(invalid(f"{at}.default", inner["default"], "must not have unknown fields"))
            filled = pruning.defaulted(inner["default"], inner)
            wrong += value_causes(filled, inner, f"{at}.default")
    return wrong
