"""Decodes bodies into objects of a kind as Go's decoder does: types, unknown fields, quantities.

Source: sigs.k8s.io/json and k8s.io/apimachinery/pkg/runtime/serializer/json.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from typing import Any

from kubelab.cluster import quantity
from kubelab.cluster.clock import parse_time
from kubelab.cluster.kinds.kind import Kind
from kubelab.cluster.objects import Object
from kubelab.cluster.schema.definitions import definitions, name_of, target, types_of

QUANTITY = "io.k8s.apimachinery.pkg.api.resource.Quantity"
INT_OR_STRING = "io.k8s.apimachinery.pkg.util.intstr.IntOrString"
METADATA = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"
TIMES = ("io.k8s.apimachinery.pkg.apis.meta.v1.Time", "io.k8s.apimachinery.pkg.apis.meta.v1.MicroTime")
MOST_UNKNOWN = 100
MOST_NESTED = 200

# value, path, where the field stands as Go names it, unknown fields found -> decoded value
Decode = Callable[[Any, str, str, list[str]], Any]


class DecodingError(Exception):
    """A body that is no object of its kind; the text is the server's (a BadRequest of the API)."""


class Mismatch(Exception):
    """A value that is not of its field's type; the text is the decoder's."""


def decode(
    version: str, kind: Kind, body: object, field_validation: str, warnings: list[str], doubled: Sequence[str] = ()
) -> Object:
    """Returns a body as an object of a kind; nulls, unknown fields and empty collections are dropped.

    Args:
        field_validation: "Strict" refuses unknown fields, "Warn" warns of them, "Ignore" drops them.
        doubled: the paths of fields that the body has twice, which is as wrong.

    Raises:
        DecodingError: in the server's words.
    """
    if not isinstance(body, dict):
        raise DecodingError(
            "couldn't get version/kind; json parse error: "
            f"json: cannot unmarshal {_json_type(body)} into Go value of type struct"
        )
    _check_identity(version, kind, body)
    if kind.custom is not None or kind.name == "CustomResourceDefinition":
        _check_depth(body)  # other kinds' schemas bound it
    name = name_of(version, kind.group, kind.version, kind.name)
    if name is None and kind.custom is None:
        return body
    unknown = [f'duplicate field "{path}"' for path in doubled]
    handled = f'{kind.name} in version "{kind.version}" cannot be handled as a {kind.name}'
    try:
        if name is not None:
            decoded: Object = decoder(version, name)(body, "", kind.name, unknown)
        else:
            decoded = _decoded_custom(version, kind, body, unknown)
    except Mismatch as mismatch:
        raise DecodingError(f"{handled}: {mismatch}") from None
    if unknown and field_validation == "Strict":
        raise DecodingError(f"{handled}: strict decoding error: {', '.join(unknown)}")
    if field_validation == "Warn":
        warnings += unknown
    if name is None:
        return decoded
    decoded["apiVersion"], decoded["kind"] = kind.api_version, kind.name
    decoded.setdefault("metadata", {})
    if "spec" in definitions(version)[name].get("properties", {}):
        decoded.setdefault("spec", {})  # Go's struct is there, whether or not the body has it
    return decoded


def _check_depth(body: Object) -> None:
    """Refuses what is nested deeper than anybody writes, before it costs."""
    level: list[Any] = [body]
    for _ in range(MOST_NESTED):
        level = [inner for value in level for inner in _inside(value)]
        if not level:
            return
    raise DecodingError("error decoding the body: exceeded max depth")


def _inside(value: Any) -> Iterable[Any]:
    return value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()


def _decoded_custom(version: str, kind: Kind, body: Object, unknown: list[str]) -> Object:
    """Returns a custom resource: its metadata is of the type that all have, the rest as its schema says."""
    assert kind.custom is not None
    paths: list[str] = []
    metadata = decoder(version, METADATA)(body.get("metadata") or {}, "metadata", "ObjectMeta", unknown)
    decoded = kind.custom.decode({**body, "metadata": metadata}, paths)
    unknown += [f'unknown field "{path}"' for path in paths[:MOST_UNKNOWN]]
    return decoded


def _check_identity(version: str, kind: Kind, body: Object) -> None:
    api_version, name = body.get("apiVersion"), body.get("kind")
    if api_version and name and (api_version, name) != (kind.api_version, kind.name):
        group, _, stated = str(api_version).rpartition("/")
        why = (
            f'no kind "{name}" is registered for version "{api_version}" in scheme "pkg/api/legacyscheme/scheme.go:30"'
        )
        if name_of(version, group, stated, str(name)) is not None:
            internal = kind.group.partition(".")[0] or "core"
            why = f"converting ({stated}.{name}) to ({internal}.{kind.name}): unknown conversion"
        raise DecodingError(f'{name} in version "{stated}" cannot be handled as a {kind.name}: {why}')


@cache
def decoder(version: str, name: str) -> Decode:
    """Returns the decoder of a definition, made once."""
    if name == QUANTITY:
        return _quantity
    if name == INT_OR_STRING:
        return _int_or_string
    if name in TIMES:
        return _time
    definition = definitions(version)[name]
    properties = definition.get("properties")
    if properties is None:
        if "object" in types_of(definition) or not types_of(definition):
            return _anything
        return _of_schema(version, definition, _go_name(name))
    return _Struct(version, _go_name(name), properties)


class _Struct:
    """Decodes an object with known fields; their decoders are made when first met, as types refer to themselves."""

    def __init__(self, version: str, go_name: str, properties: dict[str, Any]) -> None:
        self._version = version
        self._go_name = go_name
        self._properties = properties
        self._fields: dict[str, Decode] = {}

    def __call__(self, value: Any, path: str, where: str, unknown: list[str]) -> Any:
        if not isinstance(value, dict):
            raise _mismatch(value, where, path, self._go_type())
        decoded: Object = {}
        for field, inner in value.items():
            at = f"{path}.{field}" if path else str(field)
            if field not in self._properties:
                if len(unknown) < MOST_UNKNOWN:
                    unknown.append(f'unknown field "{at}"')
                continue
            if inner is None:
                continue
            decode_field = self._fields.get(field)
            if decode_field is None:
                decode_field = self._fields[field] = _of_schema(self._version, self._properties[field], self._go_name)
            found = decode_field(inner, at, self._go_name, unknown)
            if found is not None:
                decoded[field] = found
        return decoded

    def _go_type(self) -> str:
        return f"v1.{self._go_name}"


def _of_schema(version: str, schema: dict[str, Any], go_name: str) -> Decode:
    name = target(schema)
    if name is not None:
        return decoder(version, name)
    kinds = types_of(schema)
    if "array" in kinds:
        return _list_of(_of_schema(version, schema.get("items", {}), go_name), _go_type(schema))
    if "object" in kinds and isinstance(schema.get("additionalProperties"), dict):
        return _map_of(_of_schema(version, schema["additionalProperties"], go_name), _go_type(schema))
    if len(kinds) == 1 and kinds[0] in _SCALARS:
        if schema.get("format") == "byte":
            return _bytes
        return _scalar(*_SCALARS[kinds[0]], _go_type(schema))
    return _anything


def _list_of(decode_item: Decode, go_type: str) -> Decode:
    def decode_list(value: Any, path: str, where: str, unknown: list[str]) -> Any:
        if not isinstance(value, list):
            raise _mismatch(value, where, path, go_type)
        return [decode_item(item, f"{path}[{place}]", where, unknown) for place, item in enumerate(value)] or None

    return decode_list


def _map_of(decode_item: Decode, go_type: str) -> Decode:
    def decode_map(value: Any, path: str, where: str, unknown: list[str]) -> Any:
        if not isinstance(value, dict):
            raise _mismatch(value, where, path, go_type)
        decoded = {
            str(key): decode_item(inner, path, where, unknown) if inner is not None else _ZERO.get(go_type, "")
            for key, inner in value.items()
        }
        return decoded or None

    return decode_map


_ZERO: dict[str, Any] = {"map[string]string": "", "map[string]v1.Quantity": "0"}
_SCALARS: dict[str, tuple[tuple[type, ...], tuple[type, ...]]] = {
    "string": ((str,), ()),
    "integer": ((int,), (bool,)),
    "boolean": ((bool,), ()),
    "number": ((int, float), (bool,)),
}


def _scalar(wanted: tuple[type, ...], but_not: tuple[type, ...], go_type: str) -> Decode:
    def decode_scalar(value: Any, path: str, where: str, _unknown: list[str]) -> Any:
        if isinstance(value, wanted) and not isinstance(value, but_not):
            return value
        raise _mismatch(value, where, path, go_type)

    return decode_scalar


def _anything(value: Any, _path: str, _where: str, _unknown: list[str]) -> Any:
    return value


def _quantity(value: Any, path: str, where: str, _unknown: list[str]) -> Any:
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        raise _mismatch(value, where, path, "resource.Quantity")
    try:
        return quantity.canonical(value)
    except ValueError as error:
        raise Mismatch(str(error)) from None


def _int_or_string(value: Any, path: str, where: str, _unknown: list[str]) -> Any:
    if isinstance(value, (int, str)) and not isinstance(value, bool):
        return value
    raise _mismatch(value, where, path, "int32")


def _time(value: Any, _path: str, _where: str, _unknown: list[str]) -> Any:
    try:
        parse_time(value)
    except (ValueError, AttributeError):
        raise Mismatch(
            f'parsing time "{value}" as "2006-01-02T15:04:05Z07:00": cannot parse "{value}" as "2006"'
        ) from None
    return value


def _bytes(value: Any, path: str, where: str, _unknown: list[str]) -> Any:
    if not isinstance(value, str):
        raise _mismatch(value, where, path, "[]uint8")
    text = value.replace("\n", "").replace("\r", "")
    try:
        base64.b64decode(text, validate=True)
    except binascii.Error:
        alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
        wrong = next((place for place, letter in enumerate(text) if letter not in alphabet), len(text) // 4 * 4)
        raise Mismatch(f"illegal base64 data at input byte {wrong}") from None
    return text


def _mismatch(value: Any, where: str, path: str, go_type: str) -> Mismatch:
    plain = re.sub(r"\[\d+\]", "", path)  # this message names no places in lists, unlike that of unknown fields
    field = f"Go struct field {where}.{plain}" if path else "Go value"
    return Mismatch(f"json: cannot unmarshal {_json_type(value)} into {field} of type {go_type}")


def _json_type(value: Any) -> str:
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, float):
        return f"number {value}"
    return {str: "string", int: "number", list: "array", dict: "object"}.get(type(value), "null")


def _go_name(name: str) -> str:
    return name.rpartition(".")[2]


def _go_type(schema: dict[str, Any]) -> str:
    name = target(schema)
    if name is not None:
        return f"v1.{_go_name(name)}"
    kinds = types_of(schema)
    if "array" in kinds:
        return f"[]{_go_type(schema.get('items', {}))}"
    if "object" in kinds:
        inner = schema.get("additionalProperties")
        return f"map[string]{_go_type(inner)}" if isinstance(inner, dict) else "map[string]interface {}"
    if "integer" in kinds:
        return str(schema.get("format") or "int64")
    return {"string": "string", "boolean": "bool", "number": "float64"}.get(kinds[0] if kinds else "", "interface {}")
