"""jq's values: JSON as Python has it. Order, arithmetic, and how values are written."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from typing import Any

SIZE = 4 * 1024 * 1024  # letters of a string, elements of an array
ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r", "\b": "\\b", "\f": "\\f"}
Count = Callable[[int], None]
# jq 1.7.1: null, false, true, numbers, strings, arrays, objects, keys of objects
COLOURS = ["1;30", "0;37", "0;37", "0;37", "0;32", "1;37", "1;37", "34;1"]
RESET = "\x1b[0m"


class JqError(Exception):
    """An error of the filter, which try may catch."""

    def __init__(self, value: Any) -> None:
        super().__init__(value)
        self.value = value


class JqStopped(Exception):
    """The filter takes too long or too much; nothing catches it."""


def kind_of(value: Any) -> str:
    """Returns a value's type."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int | float):
        return "number"
    return "string" if isinstance(value, str) else "array" if isinstance(value, list) else "object"


def truth(value: Any) -> bool:
    """Tells whether a value is true: all but null and false are."""
    return value is not None and value is not False


def number(value: float) -> Any:
    """Returns a computed number: a whole one as int."""
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e17:
        return int(value)
    return value


RANKS = {"null": 0, "boolean": 1, "number": 3, "string": 4, "array": 5, "object": 6}


def compare(one: Any, two: Any, count: Count) -> int:
    """Compares values in jq's order."""
    count(1)
    if one is two and not isinstance(one, float):
        return 0
    left, right = kind_of(one), kind_of(two)
    if left != right:
        return RANKS[left] - RANKS[right]
    if left == "array":
        for first, second in zip(one, two, strict=False):
            order = compare(first, second, count)
            if order:
                return order
        return len(one) - len(two)
    if left == "object":
        return _compare_objects(one, two, count)
    if left == "null":
        return 0
    return int(one > two) - int(one < two) if one == one else -1


def _compare_objects(one: dict[str, Any], two: dict[str, Any], count: Count) -> int:
    first, second = sorted(one), sorted(two)
    if first != second:
        return -1 if first < second else 1
    for key in first:
        order = compare(one[key], two[key], count)
        if order:
            return order
    return 0


def shown(value: Any, count: Count) -> str:
    """Returns a value as error messages show it: cut."""
    text = dump(value, count)
    encoded = text.encode("utf-8", "surrogateescape")
    return text if len(encoded) < 12 else encoded[:8].decode("utf-8", "ignore") + "..."


def described(value: Any, count: Count) -> str:
    """Returns a value with its type, for error messages."""
    return f"{kind_of(value)} ({shown(value, count)})"


def add(one: Any, two: Any, count: Count) -> Any:
    """Returns the sum of two values."""
    if one is None:
        return two
    if two is None:
        return one
    left, right = kind_of(one), kind_of(two)
    if left == right == "number":
        return number(float(one) + float(two)) if not _exact(one, two) else one + two
    if left == right and left in ("string", "array"):
        if len(one) + len(two) > SIZE:
            raise JqStopped("a value larger than 4 MiB")
        count((len(one) + len(two)) // 64)
        return one + two
    if left == right == "object":
        count((len(one) + len(two)) // 64)
        return {**one, **two}
    raise JqError(f"{described(one, count)} and {described(two, count)} cannot be added")


def _exact(one: Any, two: Any) -> bool:
    return isinstance(one, int) and isinstance(two, int) and abs(one) < 2**52 and abs(two) < 2**52


def subtract(one: Any, two: Any, count: Count) -> Any:
    """Returns the difference."""
    left, right = kind_of(one), kind_of(two)
    if left == right == "number":
        return number(float(one) - float(two)) if not _exact(one, two) else one - two
    if left == right == "array":
        return [item for item in one if all(compare(item, other, count) for other in two)]
    raise JqError(f"{described(one, count)} and {described(two, count)} cannot be subtracted")


def multiply(one: Any, two: Any, count: Count) -> Any:
    """Returns the product; objects are merged deeply."""
    left, right = kind_of(one), kind_of(two)
    if left == right == "number":
        return number(float(one) * float(two))
    if {left, right} == {"string", "number"}:
        text, times = (one, two) if left == "string" else (two, one)
        if times <= 0:
            return None
        if len(text) * times > SIZE:
            raise JqStopped("a value larger than 4 MiB")
        return text * max(1, int(times))
    if left == right == "object":
        merged = dict(one)
        for key, value in two.items():
            count(1)
            both = isinstance(merged.get(key), dict) and isinstance(value, dict)
            merged[key] = multiply(merged[key], value, count) if both else value
        return merged
    raise JqError(f"{described(one, count)} and {described(two, count)} cannot be multiplied")


def divide(one: Any, two: Any, count: Count) -> Any:
    """Returns the quotient; strings are split."""
    left, right = kind_of(one), kind_of(two)
    if left == right == "number":
        if two == 0:
            both = f"{described(one, count)} and {described(two, count)}"
            raise JqError(f"{both} cannot be divided because the divisor is zero")
        return number(float(one) / float(two))
    if left == right == "string":
        return split(one, two)
    raise JqError(f"{described(one, count)} and {described(two, count)} cannot be divided")


def split(text: str, separator: str) -> list[str]:
    """Returns the parts of a string."""
    if not text:
        return []
    return text.split(separator) if separator else list(text)


def modulo(one: Any, two: Any, count: Count) -> Any:
    """Returns the remainder of whole numbers, with the sign of the first."""
    if kind_of(one) != "number" or kind_of(two) != "number":
        raise JqError(f"{described(one, count)} and {described(two, count)} cannot be divided")
    if math.isnan(one) or math.isnan(two):
        return math.nan
    divisor = abs(_whole(two))
    if divisor == 0:
        raise JqError(
            f"{described(one, count)} and {described(two, count)} cannot be divided because the divisor is zero"
        )
    result = abs(_whole(one)) % divisor
    return -result if one < 0 else result


def _whole(value: float) -> int:
    return int(max(min(value, 9.2e18), -9.2e18))


# writing


def text_of_number(value: Any) -> str:
    """Returns a number as JSON has it; jq writes infinity as the largest number, and nan as null."""
    if isinstance(value, int):
        return str(value) if abs(value) < 10**17 else text_of_number(float(value))
    if math.isnan(value):
        return "null"
    if math.isinf(value):
        return "1.7976931348623157e+308" if value > 0 else "-1.7976931348623157e+308"
    return repr(value)


def quoted(text: str, *, ascii_only: bool = False) -> str:
    """Returns a string as JSON has it."""
    if ascii_only:
        return json.dumps(text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")).replace("\x7f", "\\u007f")
    if text.isprintable() and '"' not in text and "\\" not in text:
        return f'"{text}"'
    out = "".join(
        ESCAPES.get(letter) or (f"\\u{ord(letter):04x}" if letter < " " or letter == "\x7f" else letter)
        for letter in text
    )
    return f'"{out}"'


class Writer:
    """Writes values as JSON.

    Args:
        count: counts steps.
        indent: what a level is indented with; None: all in one line.
        sort: keys in order.
        colour: with colours.
        ascii_only: other letters as escapes.
    """

    def __init__(
        self,
        count: Count,
        indent: str | None = None,
        *,
        sort: bool = False,
        colour: bool = False,
        ascii_only: bool = False,
    ) -> None:
        self.count = count
        self.indent = indent
        self.sort = sort
        self.colour = colour
        self.ascii_only = ascii_only

    def text(self, value: Any) -> str:
        """Returns a value as JSON."""
        out: list[str] = []
        self._put(value, out, "")
        return "".join(out)

    def _paint(self, number: int) -> str:
        return f"\x1b[{COLOURS[number]}m" if self.colour else ""

    def _put(self, value: Any, out: list[str], margin: str) -> None:
        self.count(1)
        kind = kind_of(value)
        if kind in ("array", "object"):
            self._put_many(value, out, margin, kind)
            return
        if kind == "string":
            self.count(len(value) // 256)
            text, paint = quoted(value, ascii_only=self.ascii_only), 4
        elif kind == "number":
            text, paint = text_of_number(value), 3
        else:
            text = {None: "null", False: "false", True: "true"}[value]
            paint = {"null": 0, "false": 1, "true": 2}[text]
        out.append(f"{self._paint(paint)}{text}{RESET}" if self.colour else text)

    def _put_many(self, value: Any, out: list[str], margin: str, kind: str) -> None:
        opening, closing = "[]" if kind == "array" else "{}"
        start, end = (self._paint(5 if kind == "array" else 6), RESET) if self.colour else ("", "")
        if not value:
            out.append(f"{start}{opening}{closing}" + (end if not self.colour else RESET))
            return
        inner = margin + self.indent if self.indent is not None else ""
        newline = f"\n{inner}" if self.indent is not None else ""
        out.append(start + opening)
        pairs = list(value) if kind == "array" else (sorted(value) if self.sort else list(value))
        for at, item in enumerate(pairs):
            if at:
                out.append(f"{start},")
            out.append(newline)
            if kind == "object":
                self._put_key(item, out, start)
                self._put(value[item], out, inner)
            else:
                if self.colour:
                    out.append(end)
                self._put(item, out, inner)
            if self.colour and kind == "object":
                out.append(end)
        last = f"\n{margin}" if self.indent is not None else ""
        out.append(f"{start}{last}{start}{closing}{end}" if self.colour else f"{last}{closing}")

    def _put_key(self, key: str, out: list[str], start: str) -> None:
        space = " " if self.indent is not None else ""
        text = quoted(key, ascii_only=self.ascii_only)
        if self.colour:
            out.append(f"{RESET}{self._paint(7)}{text}{RESET}{start}:{space}{RESET}")
        else:
            out.append(f"{text}:{space}")


def dump(value: Any, count: Count, *, sort: bool = False) -> str:
    """Returns a value in one line."""
    return Writer(count, sort=sort).text(value)
