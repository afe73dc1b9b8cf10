"""CEL's operators, conversions and the parts of times.

Source: github.com/google/cel-spec, doc/langdef.md; cel-go, common/types.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

from kubelab.cluster.clock import parse_time
from kubelab.cluster.expressions.durations import duration
from kubelab.cluster.expressions.types import Type
from kubelab.cluster.expressions.values import (
    NO_OVERLOAD,
    Failure,
    Opaque,
    Uint,
    compare,
    equal,
    indexed,
    is_number,
    name_of_type,
    selected_optionally,
    type_of_value,
)  # fmt: skip

TRUTHS = {"1": True, "t": True, "T": True, "true": True, "TRUE": True, "True": True}
TRUTHS |= {"0": False, "f": False, "F": False, "false": False, "FALSE": False, "False": False}
_LEAST, _MOST, _MOST_UINT = -(2**63), 2**63 - 1, 2**64 - 1


def _same(one: Any, other: Any) -> type:
    for kind in (bool, Uint, int, float):
        if isinstance(one, kind) or isinstance(other, kind):
            if isinstance(one, kind) and isinstance(other, kind) and kind is not bool:
                return kind
            raise Failure(NO_OVERLOAD)
    raise Failure(NO_OVERLOAD)


def _bounded(kind: type, value: Any) -> Any:
    if kind is float:
        return float(value)
    if kind is Uint:
        if not 0 <= value <= _MOST_UINT:
            raise Failure("unsigned integer overflow")
        return Uint(value)
    if not _LEAST <= value <= _MOST:
        raise Failure("integer overflow")
    return value


def add(one: Any, other: Any) -> Any:
    """`one + other`."""
    if isinstance(one, str) and isinstance(other, str):
        return one + other
    if isinstance(one, list) and isinstance(other, list):
        return [*one, *other]
    if isinstance(one, bytes) and isinstance(other, bytes):
        return one + other
    times = (datetime, timedelta)
    if isinstance(one, times) and isinstance(other, times) and timedelta in (type(one), type(other)):
        return _in_time(lambda: one + other)  # type: ignore[operator]
    kind = _same(one, other)
    return _bounded(kind, one + other)


def subtract(one: Any, other: Any) -> Any:
    """`one - other`."""
    if isinstance(one, datetime) and isinstance(other, (datetime, timedelta)):
        return _in_time(lambda: one - other)
    if isinstance(one, timedelta) and isinstance(other, timedelta):
        return one - other
    kind = _same(one, other)
    return _bounded(kind, (int(one) - int(other)) if kind is Uint else one - other)


def _in_time(work: Callable[[], Any]) -> Any:
    try:
        return work()
    except OverflowError:
        raise Failure("timestamp overflow") from None


def multiply(one: Any, other: Any) -> Any:
    """`one * other`."""
    kind = _same(one, other)
    return _bounded(kind, one * other)


def divide(one: Any, other: Any) -> Any:
    """`one / other`; whole numbers are cut off towards zero."""
    kind = _same(one, other)
    if kind is float:
        if other:
            return one / other
        return float("nan") if not one or one != one else float("inf") * (1 if one > 0 else -1)
    if not other:
        raise Failure("division by zero")
    whole = abs(one) // abs(other)
    return _bounded(kind, whole if (one < 0) == (other < 0) else -whole)


def modulo(one: Any, other: Any) -> Any:
    """`one % other`, with the sign of the one."""
    kind = _same(one, other)
    if kind is float:
        raise Failure(NO_OVERLOAD)
    if not other:
        raise Failure("modulus by zero")
    rest = abs(one) % abs(other)
    return _bounded(kind, -rest if one < 0 else rest)


def negate(one: Any) -> Any:
    """`-one`."""
    if isinstance(one, (bool, Uint)) or not is_number(one):
        raise Failure(NO_OVERLOAD)
    return _bounded(type(one), -one)


def negation(one: Any) -> bool:
    """`!one`."""
    if not isinstance(one, bool):
        raise Failure(NO_OVERLOAD)
    return not one


def contained(one: Any, other: Any) -> bool:
    """`one in other`."""
    if isinstance(other, dict):
        return isinstance(one, (str, int, float)) and one in other
    if isinstance(other, list):
        return any(equal(one, item) for item in other)
    raise Failure(NO_OVERLOAD)


def size_of(one: Any) -> int:
    """`size(one)`."""
    if isinstance(one, (str, bytes, list, dict)):
        return len(one)
    raise Failure(NO_OVERLOAD)


# conversions


def _unconverted(value: Any, kind: str) -> Failure:
    return Failure(f"type conversion error from '{name_of_type(value)}' to '{kind}'")


def to_int(value: Any) -> int:
    """`int(value)`."""
    if isinstance(value, datetime):
        return int(value.timestamp())
    if isinstance(value, timedelta):
        return int(value / timedelta(microseconds=1)) * 1000
    if isinstance(value, str):
        try:
            value = int(value) if value.strip() == value and "_" not in value else None
        except ValueError:
            value = None
        if value is None or not _LEAST <= value <= _MOST:
            raise Failure("type conversion error from 'string' to 'int'")
        return int(value)
    if not is_number(value):
        raise Failure(NO_OVERLOAD)
    if value != value or not _LEAST <= value <= _MOST:
        raise Failure("integer overflow")
    return int(value)


def to_uint(value: Any) -> Uint:
    """`uint(value)`."""
    if isinstance(value, str):
        if not value.isdecimal() or int(value) > _MOST_UINT:
            raise _unconverted(value, "uint")
        return Uint(value)
    if not is_number(value):
        raise Failure(NO_OVERLOAD)
    if value != value or not 0 <= value <= _MOST_UINT:
        raise Failure("unsigned integer overflow")
    return Uint(value)


def to_double(value: Any) -> float:
    """`double(value)`."""
    if isinstance(value, str):
        try:
            return float(value)
        except ValueError:
            raise _unconverted(value, "double") from None
    if not is_number(value):
        raise Failure(NO_OVERLOAD)
    return float(value)


def to_bool(value: Any) -> bool:
    """`bool(value)`."""
    if isinstance(value, bool):
        return value
    if not isinstance(value, str):
        raise Failure(NO_OVERLOAD)
    if value not in TRUTHS:
        raise _unconverted(value, "bool")
    return TRUTHS[value]


def to_bytes(value: Any) -> bytes:
    """`bytes(value)`."""
    if isinstance(value, (str, bytes)):
        return value.encode() if isinstance(value, str) else value
    raise Failure(NO_OVERLOAD)


def to_string(value: Any) -> str:
    """`string(value)`."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return double_text(value)
    if isinstance(value, bytes):
        try:
            return value.decode()
        except UnicodeDecodeError:
            raise Failure("invalid UTF-8 in bytes, cannot convert to string") from None
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, timedelta):
        return f"{double_text(value.total_seconds())}s"
    if isinstance(value, (int, Opaque)):
        return value.text if isinstance(value, Opaque) else str(int(value))
    raise Failure(NO_OVERLOAD)


def double_text(value: float) -> str:
    """Returns a number as Go writes it in its shortest form."""
    if value in (float("inf"), float("-inf")):
        return "+Inf" if value > 0 else "-Inf"
    if value != value:
        return "NaN"
    text = repr(value)
    return text[:-2] if text.endswith(".0") else text


def to_duration(value: Any) -> timedelta:
    """`duration(value)`."""
    if isinstance(value, timedelta):
        return value
    found = duration(value) if isinstance(value, str) else None
    if found is None:
        raise _unconverted(value, "google.protobuf.Duration") if isinstance(value, str) else Failure(NO_OVERLOAD)
    return found


def to_timestamp(value: Any) -> datetime:
    """`timestamp(value)`."""
    if isinstance(value, datetime):
        return value
    try:
        if isinstance(value, str):
            return datetime.fromtimestamp(parse_time(value), UTC)
        if is_number(value):
            return datetime.fromtimestamp(int(value), UTC)
    except (ValueError, OverflowError):
        raise _unconverted(value, "google.protobuf.Timestamp") from None
    raise Failure(NO_OVERLOAD)


def to_type(value: Any) -> Type:
    """`type(value)`."""
    return type_of_value(value)


# parts of times


def _part(of_time: Callable[[datetime], int], of_duration: Callable[[timedelta], int] | None) -> Callable[..., int]:
    def read(value: Any, zone: str = "") -> int:
        if isinstance(value, datetime):
            return of_time(value.astimezone(_zone(zone)) if zone else value)
        if isinstance(value, timedelta) and of_duration is not None:
            return of_duration(value)
        raise Failure(NO_OVERLOAD)

    return read


def _zone(name: str) -> Any:
    try:
        if name[:1] in "+-" or name[:1].isdigit():
            hours, _, minutes = name.lstrip("+-").partition(":")
            offset = timedelta(hours=int(hours), minutes=int(minutes or 0))
            return timezone(-offset if name.startswith("-") else offset)
        return ZoneInfo(name)
    except (ValueError, KeyError, OSError):
        raise Failure(f"unknown time zone {name}") from None


_SECOND = timedelta(seconds=1)
PARTS: dict[str, Callable[..., Any]] = {
    "getFullYear": _part(lambda time: time.year, None),
    "getMonth": _part(lambda time: time.month - 1, None),
    "getDayOfYear": _part(lambda time: time.timetuple().tm_yday - 1, None),
    "getDayOfMonth": _part(lambda time: time.day - 1, None),
    "getDate": _part(lambda time: time.day, None),
    "getDayOfWeek": _part(lambda time: (time.weekday() + 1) % 7, None),
    "getHours": _part(lambda time: time.hour, lambda span: int(span / (3600 * _SECOND))),
    "getMinutes": _part(lambda time: time.minute, lambda span: int(span / (60 * _SECOND))),
    "getSeconds": _part(lambda time: time.second, lambda span: int(span / _SECOND)),
    "getMilliseconds": _part(lambda time: time.microsecond // 1000, lambda span: int(span / (_SECOND / 1000))),
}
OPERATORS: dict[str, Callable[..., Any]] = {
    "_+_": add, "_-_": subtract, "_*_": multiply, "_/_": divide, "_%_": modulo, "-_": negate, "!_": negation,
    "_==_": equal, "_!=_": lambda one, other: not equal(one, other),
    "_<_": lambda one, other: compare(one, other) < 0, "_<=_": lambda one, other: compare(one, other) <= 0,
    "_>_": lambda one, other: compare(one, other) > 0, "_>=_": lambda one, other: compare(one, other) >= 0,
    "@in": contained, "_[_]": indexed, "_[?_]": selected_optionally, "_?._": selected_optionally, "size": size_of,
    "type": to_type, "dyn": lambda value: value, "int": to_int, "uint": to_uint, "double": to_double, "bool": to_bool,
    "bytes": to_bytes, "string": to_string, "duration": to_duration, "timestamp": to_timestamp, **PARTS,
}  # fmt: skip
