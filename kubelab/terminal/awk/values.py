"""awk's values: numbers are float, strings str, what came from outside and may be a number is Input."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from typing import Any

_NUMBER = re.compile(r"[ \t\n\r\f\v]*([-+]?(?:\d+\.?\d*(?:[eE][-+]?\d+)?|\.\d+(?:[eE][-+]?\d+)?))")
_WHOLE = re.compile(r"[ \t\n\r\f\v]*[-+]?(?:\d+\.?\d*(?:[eE][-+]?\d+)?|\.\d+(?:[eE][-+]?\d+)?)[ \t\n\r\f\v]*\Z")
_FORMAT = re.compile(r"%([-+ #0]*)(\*|\d+)?(?:\.(\*|\d+)?)?([hlLqjzt]*)(.)", re.S)
WIDEST = 100_000  # columns that a format may ask for


class Input(str):
    """A string that came from outside: it is a number where it looks like one."""


class _Nothing(str):
    """The value of a variable that was never set: both "" and 0."""


NOTHING = _Nothing("")


def number_of(value: Any) -> float:
    """Returns a value as a number."""
    if isinstance(value, float):
        return value
    match = _NUMBER.match(value)
    return float(match.group(1)) if match else 0.0


def looks_numeric(text: str) -> bool:
    """Tells whether a string from outside is a number."""
    return _WHOLE.match(text) is not None


def text_of(value: Any, form: str = "%.6g") -> str:
    """Returns a value as a string."""
    if isinstance(value, str):
        return str(value)
    if value == math.floor(value) and abs(value) < 1e18:
        return str(int(value))
    return formatted(form, [value])


def truth(value: Any) -> bool:
    """Tells whether a value is true."""
    if isinstance(value, float):
        return bool(value != 0)
    if isinstance(value, Input) and looks_numeric(value):
        return number_of(value) != 0
    return bool(value != "")


def compared(one: Any, two: Any) -> int:
    """Compares values: as numbers where both are, else as strings."""
    if _is_number(one) and _is_number(two):
        left, right = number_of(one), number_of(two)
        return (left > right) - (left < right)
    first, second = text_of(one), text_of(two)
    return (first > second) - (first < second)


def _is_number(value: Any) -> bool:
    return isinstance(value, float | _Nothing) or (isinstance(value, Input) and looks_numeric(value))


def formatted(form: str, values: list[Any]) -> str:
    """Returns what printf writes."""
    rest = iter(values)
    return _FORMAT.sub(lambda match: _directive(match, rest), form)


def _taken(rest: Iterator[Any]) -> Any:
    return next(rest, NOTHING)


def _directive(match: re.Match[str], rest: Iterator[Any]) -> str:
    flags, width, places, _size, code = match.groups()
    if code == "%":
        return "%"
    if width == "*":
        width = str(int(number_of(_taken(rest))))
        if width.startswith("-"):
            flags, width = flags + "-", width[1:]
    dotted = "." in match.group()[len(flags) + 1 :]
    if places == "*":
        places = str(int(number_of(_taken(rest))))
    width_number = min(int(width or 0), WIDEST)
    places_number = min(int(places or 0), WIDEST) if dotted else None
    if code in "diouxX":
        return _whole(flags, width_number, places_number, code, number_of(_taken(rest)))
    if code in "eEfFgG":
        number = number_of(_taken(rest))
        spec = f"%{flags}{width_number or ''}{'' if places_number is None else f'.{places_number}'}{code}"
        return spec % number
    if code == "c":
        value = _taken(rest)
        text = chr(int(value) % 0x110000) if isinstance(value, float) else str(value)[:1]
        return text.ljust(width_number) if "-" in flags else text.rjust(width_number)
    if code == "s":
        text = text_of(_taken(rest))
        text = text if places_number is None else text[:places_number]
        return text.ljust(width_number) if "-" in flags else text.rjust(width_number)
    return match.group()


def _whole(flags: str, width: int, places: int | None, code: str, number: float) -> str:
    if math.isnan(number) or math.isinf(number):
        text = "nan" if math.isnan(number) else "inf"
        return (("-" if number < 0 else "") + text).rjust(width)
    spec = f"%{flags}{width or ''}{'' if places is None else f'.{places}'}{'d' if code in 'iu' else code}"
    whole = int(number)
    if code in "ouxX" and whole < 0:
        whole += 1 << 64
    return spec % whole
