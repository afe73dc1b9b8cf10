"""Definitions of a version as structural schemas: references followed, as the types of expressions need them.

Source: k8s.io/apiserver/pkg/cel/openapi/resolver/definitions.go.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from kubelab.cluster.schema.definitions import REF, definitions, target, types_of

Schema = dict[str, Any]
QUANTITY = "io.k8s.apimachinery.pkg.api.resource.Quantity"
EITHER = "io.k8s.apimachinery.pkg.util.intstr.IntOrString"
_KEPT = ("format", "required", "default", "maxItems", "maxLength", "maxProperties", "x-kubernetes-int-or-string")


@cache
def structural(version: str, name: str) -> Schema:
    """Returns the schema of a definition of a minor version."""
    return _of_definition(version, name, ())


def followed(version: str, schema: Schema) -> Schema:
    """Returns a schema whose references have been followed."""
    return _followed(version, schema, ())


def _of_definition(version: str, name: str, within: tuple[str, ...]) -> Schema:
    """Returns a definition's schema; one that holds itself ends there."""
    if name == EITHER:
        return {"x-kubernetes-int-or-string": True}
    if name == QUANTITY:
        return {"type": "string"}
    found = definitions(version).get(name)
    return {} if found is None or name in within else _followed(version, found, (*within, name))


def _followed(version: str, schema: Schema, within: tuple[str, ...]) -> Schema:
    name = target(schema)
    if name is not None:
        return _of_definition(version, name.removeprefix(REF), within)
    types = types_of(schema)
    found = {"type": types[0] if types else "", **{key: schema[key] for key in _KEPT if key in schema}}
    if "properties" in schema:
        found["properties"] = {key: _followed(version, one, within) for key, one in schema["properties"].items()}
    for key in ("items", "additionalProperties"):
        if isinstance(schema.get(key), dict):
            found[key] = _followed(version, schema[key], within)
    return found
