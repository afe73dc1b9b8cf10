"""Checks a value against a structural schema: types, bounds, patterns, alternatives; list sets and maps.

Source: k8s.io/kube-openapi/pkg/validation/validate, whose messages these are;
k8s.io/apiextensions-apiserver/pkg/apiserver/validation and pkg/apiserver/schema/listtype.
"""

from __future__ import annotations

import json
from typing import Any

from kubelab.cluster.expressions.patterns import is_found
from kubelab.cluster.kinds.apiextensions.values import (
    ROOT,
    child,
    duplicate,
    invalid,
    item,
    required,
    too_long,
    too_many,
    type_invalid,
    unsupported,
)
from kubelab.cluster.kinds.formats import is_of_format
from kubelab.cluster.kinds.kind import Cause

Schema = dict[str, Any]
INT_OR_STRING = "x-kubernetes-int-or-string"


def value_causes(value: Any, schema: Schema, path: str = "") -> list[Cause]:
    """Returns what is wrong with a value."""
    wrong = _type_causes(value, schema, path)
    if value is None:
        return wrong + (_enum_causes(value, schema, path) if not schema.get("nullable") else [])
    wrong += _alternatives(value, schema, path)
    if isinstance(value, str):
        wrong += _text_causes(value, schema, path)
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        wrong += _number_causes(value, schema, path)
    elif isinstance(value, list):
        wrong += _list_causes(value, schema, path)
    wrong += _enum_causes(value, schema, path)
    if isinstance(value, dict):
        wrong += _object_causes(value, schema, path)
    return wrong


def type_of(value: Any) -> str:
    """Returns the JSON type of a value."""
    if isinstance(value, bool):
        return "boolean"
    names = {str: "string", int: "integer", float: "number", list: "array", dict: "object"}
    return names.get(type(value), "null")


def _type_causes(value: Any, schema: Schema, path: str) -> list[Cause]:
    wanted = ["integer", "string"] if schema.get(INT_OR_STRING) else [schema["type"]] if schema.get("type") else []
    found = type_of(value)
    if not wanted or found in wanted or (value is None and schema.get("nullable")):
        return []
    if (found == "integer" and "number" in wanted) or (
        found == "number" and "integer" in wanted and value == int(value)
    ):
        return []
    detail = f'{_named(path)} must be of type {",".join(wanted)}: "{found}"'
    return [type_invalid(path, found, detail)]


def _named(path: str) -> str:
    return f"{path} in body"


def _text_causes(value: str, schema: Schema, path: str) -> list[Cause]:
    wrong = []
    most, least, pattern = schema.get("maxLength"), schema.get("minLength"), schema.get("pattern")
    if most is not None and len(value) > most:
        wrong.append(too_long(path, most))
    if least is not None and len(value) < least:
        wrong.append(invalid(path, value, f"{_named(path)} should be at least {least} chars long"))
    if pattern and not is_found(pattern, value):
        wrong.append(invalid(path, value, f"{_named(path)} should match '{pattern}'"))
    name = schema.get("format", "")
    if name and not is_of_format(value, name):
        wrong.append(type_invalid(path, value, f'{_named(path)} must be of type {name}: "{value}"'))
    return wrong


def _number_causes(value: float, schema: Schema, path: str) -> list[Cause]:
    wrong = []
    step, most, least = schema.get("multipleOf"), schema.get("maximum"), schema.get("minimum")
    if step and (value / step) != int(value / step):
        wrong.append(invalid(path, value, f"{_named(path)} should be a multiple of {_plain(step)}"))
    if most is not None and (value >= most if schema.get("exclusiveMaximum") else value > most):
        words = "less than" if schema.get("exclusiveMaximum") else "less than or equal to"
        wrong.append(invalid(path, value, f"{_named(path)} should be {words} {_plain(most)}"))
    if least is not None and (value <= least if schema.get("exclusiveMinimum") else value < least):
        words = "greater than" if schema.get("exclusiveMinimum") else "greater than or equal to"
        wrong.append(invalid(path, value, f"{_named(path)} should be {words} {_plain(least)}"))
    return wrong


def _plain(number: float) -> str:
    return str(int(number)) if number == int(number) else str(number)


def _list_causes(value: list[Any], schema: Schema, path: str) -> list[Cause]:
    inner = schema.get("items")
    wrong = []
    if isinstance(inner, dict):
        for place, one in enumerate(value):
            wrong += value_causes(one, inner, item(path, place))
    most, least = schema.get("maxItems"), schema.get("minItems")
    if least is not None and len(value) < least:
        wrong.append(invalid(path, len(value), f"{_named(path)} should have at least {least} items"))
    if most is not None and len(value) > most:
        wrong.append(too_many(path, len(value), most))
    return wrong


def _enum_causes(value: Any, schema: Schema, path: str) -> list[Cause]:
    allowed = schema.get("enum")
    if not allowed or any(value == one and type(value) is type(one) for one in allowed):
        return []
    supported = [one if isinstance(one, str) else json.dumps(one) for one in allowed]
    return [unsupported(path, value, supported)]


def _object_causes(value: dict[str, Any], schema: Schema, path: str) -> list[Cause]:
    least, most = schema.get("minProperties"), schema.get("maxProperties")
    if least is not None and len(value) < least:
        return [invalid(path, len(value), f"{_named(path)} should have at least {least} properties")]
    if most is not None and len(value) > most:
        return [too_many(path, len(value), most)]
    properties, more = schema.get("properties") or {}, schema.get("additionalProperties")
    wrong = []
    for name, one in value.items():
        inner = properties.get(name, more)
        if isinstance(inner, dict):
            wrong += value_causes(one, inner, child(path, name))
    wrong += [required(child(path, name)) for name in schema.get("required") or () if name not in value]
    return wrong


def _alternatives(value: Any, schema: Schema, path: str) -> list[Cause]:
    wrong: list[Cause] = []
    any_of, one_of, all_of, none_of = (schema.get(name) for name in ("anyOf", "oneOf", "allOf", "not"))
    if any_of and not schema.get(INT_OR_STRING):
        results = [value_causes(value, inner, path) for inner in any_of]
        if all(results):
            wrong += [_must(path, "must validate at least one schema (anyOf)"), *_fewest(results)]
    if one_of:
        results = [value_causes(value, inner, path) for inner in one_of]
        valid = sum(not found for found in results)
        if valid != 1:
            found = "Found none valid" if not valid else f"Found {valid} valid alternatives"
            wrong.append(_must(path, f"must validate one and only one schema (oneOf). {found}"))
            wrong += _fewest(results) if not valid else []
    if all_of:
        results = [value_causes(value, inner, path) for inner in all_of]
        wrong += [cause for found in results for cause in found]
        if any(results):
            none = ". None validated" if all(results) else ""
            wrong.append(_must(path, f"must validate all the schemas (allOf){none}"))
    if none_of is not None and not value_causes(value, none_of, path):
        wrong.append(_must(path, "must not validate the schema (not)"))
    return wrong


def _fewest(results: list[list[Cause]]) -> list[Cause]:
    """The server tells of the alternative that fits best."""
    return sorted(results, key=lambda found: len(found))[0]


def _must(path: str, words: str) -> Cause:
    return invalid(ROOT, "", f'"{path}" {words}')


def list_type_causes(value: Any, schema: Schema, path: str = "") -> list[Cause]:
    """Returns the items of list sets and list maps that stand there twice."""
    if isinstance(value, dict):
        properties, more = schema.get("properties") or {}, schema.get("additionalProperties")
        wrong = []
        for name, one in value.items():
            inner = properties.get(name, more)
            if isinstance(inner, dict) and isinstance(one, (dict, list)):
                at = child(path, name) if name in properties else f"{path}[{name}]"
                wrong += list_type_causes(one, inner, at)
        return wrong
    if not isinstance(value, list):
        return []
    wrong = _repeated(value, schema, path)
    inner = schema.get("items")
    if isinstance(inner, dict):
        for place, one in enumerate(value):
            wrong += list_type_causes(one, inner, item(path, place))
    return wrong


def _repeated(value: list[Any], schema: Schema, path: str) -> list[Cause]:
    kind = schema.get("x-kubernetes-list-type")
    if kind not in ("set", "map"):
        return []
    fields = schema.get("x-kubernetes-list-map-keys") or ()
    seen: dict[str, int] = {}
    wrong = []
    for place, one in enumerate(value):
        if kind == "map":
            one = {name: one[name] for name in fields if isinstance(one, dict) and name in one}
        text = json.dumps(one, sort_keys=True)
        seen[text] = seen.get(text, 0) + 1
        if seen[text] == 2:
            wrong.append(duplicate(item(path, place), one))
    return wrong
