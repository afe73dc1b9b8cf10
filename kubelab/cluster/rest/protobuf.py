"""Bodies in protobuf, as kubectl sends them from 1.32 on, into the API's own JSON.

Decodes only: answers are JSON, which every client accepts beside protobuf. The fields are data (protobuf.yaml).
Source: kubernetes.io, reference/using-api/api-concepts, "Kubernetes Protobuf encoding"; protobuf.dev,
programming-guides/encoding; for quantities, times and the like: generated.proto of k8s.io/apimachinery.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import orjson
import yaml

from kubelab.cluster.api.errors import BadRequest, UnsupportedMediaType
from kubelab.cluster.objects import Object

MAGIC = b"k8s\x00"
VARINT, EIGHT_BYTES, LENGTH, FOUR_BYTES = 0, 1, 2, 5  # wire types
MOST_NESTED = 64  # messages in each other; the deepest that the API has is about half of it


class Malformed(ValueError):
    """The bytes are no message."""


class Field(NamedTuple):
    """A field of a message.

    Args:
        type: a scalar's, a special one's, or a message's full name.
        form: "" for one, "[]" for a list, "{}" for a map, "^" for one whose fields stand among its neighbours.
        told: whether a zero counts.
    """

    name: str
    type: str
    form: str
    told: bool


def decoded(body: bytes) -> Object:
    """Returns the object that a body holds, with its apiVersion and kind.

    Raises:
        BadRequest: it is no message of Kubernetes'.
        UnsupportedMediaType: it is of a kind whose fields are not known here.
    """
    if not body.startswith(MAGIC):
        raise BadRequest("provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]")
    try:
        api_version, kind, raw = _envelope(body[len(MAGIC) :])
        message = message_of(api_version, kind)
        if message is None:
            raise UnsupportedMediaType(
                f"protobuf bodies of {api_version}, Kind={kind} are not simulated: send application/json instead"
            )
        return {"apiVersion": api_version, "kind": kind, **_read(message, raw, 0)}
    except (ValueError, OverflowError) as error:
        raise BadRequest(f"error decoding the body: {error}") from None


def _envelope(body: bytes) -> tuple[str, str, bytes]:
    """Takes a runtime.Unknown apart: apiVersion, kind, and the object's own bytes."""
    parts = {number: value for number, value in _fields(body) if isinstance(value, bytes)}
    identity = {number: value for number, value in _fields(parts.get(1, b"")) if isinstance(value, bytes)}
    return identity.get(1, b"").decode(), identity.get(2, b"").decode(), parts.get(2, b"")


def message_of(api_version: str, kind: str) -> str | None:
    """Returns the name of a kind's message, None where its fields are not known here."""
    group, _, version = api_version.rpartition("/")
    own = f"{group.partition('.')[0] or 'core'}/{version}.{kind}"
    shared = f"meta/v1.{kind}"  # DeleteOptions is sent as of any group
    return next((name for name in (own, shared) if name in messages()), None)


@cache
def messages() -> dict[str, dict[int, Field]]:
    """Returns the fields of each message by their numbers."""
    text = Path(__file__).with_name("protobuf.yaml").read_bytes()
    groups: dict[str, Any] = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    return {
        f"{group}.{name}": {number: _field(group, text) for number, text in fields.items()}
        for group, found in groups.items()
        for name, fields in found.items()
    }


def _field(group: str, text: str) -> Field:
    name, typed = text.split(" ")
    told = "!" in typed
    typed = typed.replace("!", "")
    kind = typed.rstrip("[]{}^")
    form = typed[len(kind) :]
    return Field(name, f"{group}.{kind}" if kind[0].isupper() else kind, form, told)


# the wire


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        if at >= len(data) or shift > 63:
            raise Malformed("unexpected EOF")
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return value, at


def _fields(data: bytes) -> Iterator[tuple[int, int | bytes]]:
    """Yields number and value of each field as it comes: a number, or the bytes of what is longer."""
    at = 0
    while at < len(data):
        tag, at = _varint(data, at)
        wire = tag & 7
        if wire == VARINT:
            value, at = _varint(data, at)
            yield tag >> 3, value
            continue
        if wire not in (LENGTH, EIGHT_BYTES, FOUR_BYTES):
            raise Malformed(f"illegal wireType {wire}")
        length, at = _varint(data, at) if wire == LENGTH else ((8 if wire == EIGHT_BYTES else 4), at)
        if at + length > len(data):
            raise Malformed("unexpected EOF")
        yield tag >> 3, data[at : at + length]
        at += length


# messages


def _read(message: str, data: bytes, depth: int) -> Object:
    """Reads a message; fields that nobody knows are left out, as protobuf has it."""
    if depth > MOST_NESTED:
        raise Malformed("exceeded max depth")
    fields, found = messages()[message], Object()
    for number, wire in _fields(data):
        field = fields.get(number)
        if field is None:
            continue
        if field.form == "{}":
            key, value = _entry(field, wire, depth)
            found.setdefault(field.name, {})[key] = value
        elif field.form == "[]":
            found.setdefault(field.name, []).extend(_elements(field, wire, depth))
        elif field.form == "^":
            found.update(_read(field.type, _bytes(wire), depth + 1))
        else:
            value = _value(field.type, wire, depth)
            if value is not None and (field.told or value not in ("", 0)):
                found[field.name] = value
    return found


def _entry(field: Field, wire: int | bytes, depth: int) -> tuple[str, Any]:
    entry = dict(_fields(_bytes(wire)))
    key = _bytes(entry.get(1, b"")).decode()
    return key, _value(field.type, entry.get(2, 0 if field.type in ("int", "bool") else b""), depth)


def _elements(field: Field, wire: int | bytes, depth: int) -> Iterator[Any]:
    if field.type in ("int", "bool") and isinstance(wire, bytes):  # packed
        at = 0
        while at < len(wire):
            value, at = _varint(wire, at)
            yield _value(field.type, value, depth)
    else:
        yield _value(field.type, wire, depth)


def _bytes(wire: int | bytes) -> bytes:
    if isinstance(wire, int):
        raise Malformed("wrong wireType = 0")
    return wire


def _value(type_: str, wire: int | bytes, depth: int) -> Any:
    """Returns a value in JSON's form; None for one that stands for nothing."""
    if type_ in ("int", "bool"):
        if isinstance(wire, bytes):
            raise Malformed("wrong wireType = 2")
        return bool(wire) if type_ == "bool" else wire - (1 << 64) if wire >> 63 else wire
    special = SPECIAL.get(type_)
    return special(_bytes(wire)) if special is not None else _read(type_, _bytes(wire), depth + 1)


def _quantity(data: bytes) -> str:
    return _bytes(dict(_fields(data)).get(1, b"0")).decode() or "0"


def _int_or_string(data: bytes) -> int | str:
    parts = dict(_fields(data))
    if parts.get(1):
        return _bytes(parts.get(3, b"")).decode()
    number: int = _value("int", parts.get(2, 0), 0)
    return number


def _time(data: bytes) -> str | None:
    moment = _moment(data)
    return None if moment is None else f"{moment:%Y-%m-%dT%H:%M:%S}Z"


def _micro_time(data: bytes) -> str | None:
    moment = _moment(data)
    return None if moment is None else f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond:06d}Z"


def _moment(data: bytes) -> datetime | None:
    if not data:
        return None
    parts = dict(_fields(data))
    seconds, nanoseconds = _value("int", parts.get(1, 0), 0), _value("int", parts.get(2, 0), 0)
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds, microseconds=nanoseconds // 1000)


def _raw(data: bytes) -> Any:
    raw = _bytes(dict(_fields(data)).get(1, b""))
    return orjson.loads(raw) if raw else None


SPECIAL: dict[str, Callable[[bytes], Any]] = {
    "string": lambda data: data.decode(),
    "strings": lambda data: [_bytes(value).decode() for _, value in _fields(data)],
    "bytes": lambda data: base64.b64encode(data).decode(),
    "quantity": _quantity,
    "intorstring": _int_or_string,
    "time": _time,
    "microtime": _micro_time,
    "raw": _raw,
}
