"""Values as expressions see them: JSON's own, and those that only CEL has; which are equal, and which come first.

Source: github.com/google/cel-spec, doc/langdef.md, "Equality", "Ordering"; cel-go, common/types.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from kubelab.cluster.expressions.types import NAMES, Type

NO_OVERLOAD = "no such overload"


class Failure(Exception):
    """What went wrong while an expression ran, in CEL's words."""


class Uint(int):
    """A whole number that is never below zero."""


class Optional:
    """A value, or none."""

    __slots__ = ("there", "value")

    def __init__(self, value: Any = None, *, there: bool = True) -> None:
        self.value, self.there = value, there


NONE = Optional(there=False)


class Opaque:
    """A value that only its functions know: a quantity, an address, a version.

    Args:
        kind: the name of its type.
        text: how it is written.
        value: what it comes to; equal values are equal.
    """

    __slots__ = ("kind", "text", "value")

    def __init__(self, kind: str, text: str, value: Any) -> None:
        self.kind, self.text, self.value = kind, text, value


def type_of_value(value: Any) -> Type:
    """Returns the type of a value."""
    if isinstance(value, Opaque):
        return Type("opaque", value.kind)
    if isinstance(value, Optional):
        return Type("opaque", "optional_type")
    if isinstance(value, Type):
        return NAMES["type"]
    name = next((name for kind, name in _TYPES if isinstance(value, kind)), "dyn")
    found = NAMES[name]
    return Type(found.kind, found.name)


_TYPES: tuple[tuple[type, str], ...] = (
    (bool, "bool"), (Uint, "uint"), (int, "int"), (float, "double"), (str, "string"), (bytes, "bytes"),
    (list, "list"), (dict, "map"), (datetime, "timestamp"), (timedelta, "duration"), (type(None), "null_type"),
)  # fmt: skip


def name_of_type(value: Any) -> str:
    """Returns the name of a value's type, as messages write it."""
    found = type_of_value(value)
    return "null_type" if found.kind == "null" else found.name


def is_number(value: Any) -> bool:
    """Tells whether a value is a number; a boolean is none."""
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def equal(one: Any, other: Any) -> bool:
    """Tells whether two values are equal; those of different types are not, but numbers are numbers."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if is_number(one) and is_number(other):
        return bool(one == other)
    if one is other:
        return True
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(equal, one, other))
    if isinstance(one, dict) and isinstance(other, dict):
        return len(one) == len(other) and all(key in other and equal(value, other[key]) for key, value in one.items())
    if isinstance(one, Optional) and isinstance(other, Optional):
        return one.there == other.there and (not one.there or equal(one.value, other.value))
    if isinstance(one, Opaque) and isinstance(other, Opaque):
        return bool(one.kind == other.kind and one.value == other.value)
    return type(one) is type(other) and bool(one == other)


_ORDERED = (str, bytes, datetime, timedelta)


def compare(one: Any, other: Any) -> int:
    """Returns -1, 0 or 1 as the one value comes before, with or after the other.

    Raises:
        Failure: they have no order.
    """
    if is_number(one) and is_number(other):
        return int(one > other) - int(one < other)
    if isinstance(one, bool) and isinstance(other, bool):
        return int(one) - int(other)
    for kind in _ORDERED:
        if isinstance(one, kind) and isinstance(other, kind):
            return int(one > other) - int(one < other)  # type: ignore[operator]
    raise Failure(NO_OVERLOAD)


def size(value: Any) -> int:
    """Returns how much a value holds, as costs count it: letters, bytes, items, entries; else 1."""
    return len(value) if isinstance(value, (str, bytes, list, dict)) else 1


def selected(value: Any, field: str) -> Any:
    """Returns a field of a value.

    Raises:
        Failure: it has no such field.
    """
    if isinstance(value, dict):
        if field in value:
            return value[field]
    elif isinstance(value, Optional):
        return selected_optionally(value, field)
    raise Failure(f"no such key: {field}")


def selected_optionally(value: Any, key: Any) -> Optional:
    """Returns a field, an entry or an item of a value, or none."""
    if isinstance(value, Optional):
        return selected_optionally(value.value, key) if value.there else NONE
    if isinstance(value, dict):
        return Optional(value[key]) if isinstance(key, (str, int, float)) and key in value else NONE
    if isinstance(value, list) and isinstance(key, int) and 0 <= key < len(value):
        return Optional(value[key])
    return NONE


def indexed(value: Any, key: Any) -> Any:
    """Returns an item of a list or an entry of a map.

    Raises:
        Failure: there is none.
    """
    if isinstance(value, Optional):
        return selected_optionally(value, key)
    if isinstance(value, dict):
        if isinstance(key, (str, int, float)) and key in value:
            return value[key]
        raise Failure(f"no such key: {shown(key)}")
    if not isinstance(value, list):
        raise Failure(NO_OVERLOAD if value is not None else f"no such key: {shown(key)}")
    if not is_number(key) or key != int(key):
        raise Failure(f"unsupported index type '{name_of_type(key)}' in list")
    if 0 <= key < len(value):
        return value[int(key)]
    raise Failure(f"index out of bounds: {int(key)}")


def shown(value: Any) -> str:
    """Returns a value as messages show it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return "null" if value is None else str(value)
