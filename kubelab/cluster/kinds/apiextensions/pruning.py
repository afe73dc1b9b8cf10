"""Takes away what a structural schema does not name, and fills in what it says is the default.

Source: kubernetes.io, tasks/extend-kubernetes/custom-resources/custom-resource-definitions, "Field pruning",
"Defaulting", "Defaulting and Nullable"; k8s.io/apiextensions-apiserver/pkg/apiserver/schema.
"""

from __future__ import annotations

from typing import Any

from kubelab.cluster.kinds.apiextensions.values import child, item

Schema = dict[str, Any]
PRESERVE = "x-kubernetes-preserve-unknown-fields"
EMBEDDED = "x-kubernetes-embedded-resource"
ROOT_FIELDS = ("apiVersion", "kind", "metadata")


def pruned(value: Any, schema: Schema, unknown: list[str], path: str = "", *, root: bool = False) -> Any:
    """Returns a value without the fields that its schema does not know; their paths join `unknown`."""
    if isinstance(value, list):
        inner = schema.get("items")
        if not isinstance(inner, dict):
            return value
        return [pruned(one, inner, unknown, item(path, place)) for place, one in enumerate(value)]
    if not isinstance(value, dict):
        return value
    properties, more = schema.get("properties") or {}, schema.get("additionalProperties")
    keeps = schema.get(PRESERVE) or more is True
    kept: dict[str, Any] = {}
    for name, one in value.items():
        at = child(path, name)
        if (root or schema.get(EMBEDDED)) and name in ROOT_FIELDS:
            kept[name] = one
        elif name in properties:
            kept[name] = pruned(one, properties[name], unknown, at)
        elif isinstance(more, dict):
            kept[name] = pruned(one, more, unknown, at)
        elif keeps:
            kept[name] = one
        else:
            unknown.append(at)
    return kept


def defaulted(value: Any, schema: Schema) -> Any:
    """Returns a value with the defaults of its schema; nulls that may not be there are gone or replaced by them."""
    if isinstance(value, list):
        inner = schema.get("items")
        return [defaulted(one, inner) for one in value] if isinstance(inner, dict) else value
    if not isinstance(value, dict):
        return value
    properties, more = schema.get("properties") or {}, schema.get("additionalProperties")
    filled = dict(value)
    for name, inner in properties.items():
        null = name in filled and filled[name] is None and not inner.get("nullable")
        if "default" in inner and (name not in filled or null):
            filled[name] = inner["default"]
        elif null:
            del filled[name]
        if name in filled:
            filled[name] = defaulted(filled[name], inner)
    if isinstance(more, dict):
        for name in [name for name in filled if name not in properties]:
            if filled[name] is None and not more.get("nullable"):
                if "default" not in more:
                    del filled[name]
                    continue
                filled[name] = more["default"]
            filled[name] = defaulted(filled[name], more)
    return filled


def has_defaults(schema: Any) -> bool:
    """Tells whether a schema gives a default anywhere."""
    if not isinstance(schema, dict):
        return False
    if "default" in schema:
        return True
    inner = [*(schema.get("properties") or {}).values(), schema.get("items"), schema.get("additionalProperties")]
    return any(has_defaults(one) for one in inner)
