"""Writes an object in Kubernetes' protobuf, as the API server keeps the built-in kinds in etcd.

Source: apimachinery, pkg/runtime/serializer/protobuf/doc.go; the fields are those of protobuf.yaml.
"""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from functools import cache
from typing import Any

import orjson

from kubelab.cluster.objects import Object
from kubelab.cluster.rest.protobuf import LENGTH, MAGIC, VARINT, Field, message_of, messages


def encoded(obj: Object) -> bytes:
    """Returns an object as etcd holds it; those whose fields are not known here, as custom resources, in JSON."""
    message = message_of(obj["apiVersion"], obj["kind"])
    if message is None:
        return orjson.dumps(obj) + b"\n"
    identity = _text(1, obj["apiVersion"]) + _text(2, obj["kind"])
    return MAGIC + _bytes(1, identity) + _bytes(2, _message(message, obj)) + _text(3, "") + _text(4, "")


@cache
def _numbers(message: str) -> dict[str, tuple[int, Field]]:
    return {field.name: (number, field) for number, field in messages()[message].items()}


def _message(message: str, obj: Object) -> bytes:
    parts: list[tuple[int, bytes]] = []
    for name, (number, field) in _numbers(message).items():
        if field.form == "^":
            inner = _message(field.type, obj)
            if inner:
                parts.append((number, _bytes(number, inner)))
        elif name in obj and obj[name] is not None:
            parts.append((number, _field(number, field, obj[name])))
    return b"".join(data for _, data in sorted(parts, key=lambda part: part[0]))


def _field(number: int, field: Field, value: Any) -> bytes:
    if field.form == "[]":
        return b"".join(_single(number, field.type, each) for each in value)
    if field.form == "{}":
        entries = (_text(1, key) + _single(2, field.type, value[key]) for key in sorted(value))
        return b"".join(_bytes(number, entry) for entry in entries)
    return _single(number, field.type, value)


def _single(number: int, type_: str, value: Any) -> bytes:
    if type_ in ("int", "bool"):
        return _varint(number << 3 | VARINT) + _varint(int(value) & 0xFFFF_FFFF_FFFF_FFFF)
    return _bytes(number, _content(type_, value))


def _content(type_: str, value: Any) -> bytes:
    if type_ == "string":
        return str(value).encode()
    if type_ == "bytes":
        return base64.b64decode(value or "")
    if type_ == "strings":
        return b"".join(_text(1, each) for each in value)
    if type_ == "quantity":
        return _text(1, str(value))
    if type_ == "intorstring":
        number = value if isinstance(value, int) else 0
        kind, text = (0, "") if isinstance(value, int) else (1, str(value))
        return _single(1, "int", kind) + _single(2, "int", number) + _text(3, text)
    if type_ in ("time", "microtime"):
        moment = datetime.fromisoformat(value.replace("Z", "+00:00")).astimezone(UTC)
        return _single(1, "int", int(moment.timestamp())) + _single(2, "int", moment.microsecond * 1000)
    if type_ == "raw":
        return _bytes(1, orjson.dumps(value))
    return _message(type_, value)


def _varint(value: int) -> bytes:
    found = bytearray()
    while value > 0x7F:
        found.append(value & 0x7F | 0x80)
        value >>= 7
    found.append(value)
    return bytes(found)


def _bytes(number: int, data: bytes) -> bytes:
    return _varint(number << 3 | LENGTH) + _varint(len(data)) + data


def _text(number: int, text: str) -> bytes:
    return _bytes(number, text.encode())
