"""What CEL does with texts: `format` (%s, %d, %f, %e, %b, %x, %X, %o), parts, replacements.

Source: cel-go, ext/strings.go and ext/formatting.go.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from kubelab.cluster.expressions.operators import double_text, to_string
from kubelab.cluster.expressions.types import Type
from kubelab.cluster.expressions.values import NO_OVERLOAD, Failure, Opaque, is_number, name_of_type

MOST = 4_000_000  # letters of a text that is made
MOST_PLACES = 1000
TOO_LONG = "operation cancelled: actual cost limit exceeded"
_VERB = re.compile(r"%(?:%|(?:\.(\d+))?([A-Za-z]))")
_UPPER = str.maketrans({chr(code): chr(code - 32) for code in range(97, 123)})
_LOWER = str.maketrans({chr(code): chr(code + 32) for code in range(65, 91)})


def formatted(text: Any, values: Any) -> str:
    """Returns a text with values put in the places of its verbs.

    Raises:
        Failure: a verb has no value or none of its kind, or the text would be too long.
    """
    if not isinstance(text, str) or not isinstance(values, list):
        raise Failure(NO_OVERLOAD)
    used = length = 0

    def put(found: re.Match[str]) -> str:
        nonlocal used, length
        if found[0] == "%%":
            return "%"
        if used >= len(values):
            raise Failure(f"index {used} out of range")
        shown = _one(found[2], found[1] or "6", values[used])
        used += 1
        length += len(shown)
        if length > MOST:
            raise Failure(TOO_LONG)
        return shown

    return _VERB.sub(put, text)


def _one(verb: str, places: str, value: Any) -> str:
    if int(places) > MOST_PLACES:
        raise Failure(TOO_LONG)
    if verb == "s":
        return _shown(value)
    if verb in "fe" and is_number(value):
        return f"{float(value):.{places}{verb}}"
    if verb in "xX" and isinstance(value, (str, bytes)):
        digits = (value.encode() if isinstance(value, str) else value).hex()
        return digits.upper() if verb == "X" else digits
    whole = isinstance(value, int) and (verb == "b" or not isinstance(value, bool))
    if verb in "dbxXo" and whole:
        return f"{int(value):{verb}}"
    if verb == "d" and isinstance(value, float):
        return double_text(value)
    if verb not in "sfedbxXo":
        raise Failure(f'could not parse formatting clause: unrecognized formatting clause "{verb}"')
    raise Failure(f"error during formatting: {_EXPECTED[verb]} was given {name_of_type(value)}")


_EXPECTED = {
    "d": "decimal clause can only be used on integers,",
    "f": "fixed-point clause can only be used on doubles,",
    "e": "scientific clause can only be used on doubles,",
    "b": "only integers and bools can be formatted as binary,",
    "o": "octal clause can only be used on integers,",
    "x": "only integers, byte buffers, and strings can be formatted as hex,",
    "X": "only integers, byte buffers, and strings can be formatted as hex,",
}


def _shown(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, float):
        return double_text(value)
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_shown(key)}: {_shown(value[key])}" for key in sorted(value, key=str)) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_shown, value)) + "]"
    if isinstance(value, Type):
        return str(value)
    if isinstance(value, (str, bool, int, bytes, datetime, timedelta, Opaque)):
        return to_string(value)
    raise Failure(
        f"error during formatting: string clause can only be used on strings, was given {name_of_type(value)}"
    )


def replaced(text: Any, old: Any, new: Any, most: int = -1) -> str:
    """Returns a text with others in the place of parts of it.

    Raises:
        Failure: the text would be too long.
    """
    if not isinstance(text, str) or not isinstance(old, str) or not isinstance(new, str):
        raise Failure(NO_OVERLOAD)
    times = text.count(old) if most < 0 else min(most, text.count(old))
    if len(text) + times * (len(new) - len(old)) > MOST:
        raise Failure(TOO_LONG)
    return text.replace(old, new, most)


def joined(texts: Any, between: str = "") -> str:
    """Returns texts put together.

    Raises:
        Failure: the text would be too long.
    """
    if not isinstance(texts, list) or not all(isinstance(one, str) for one in texts):
        raise Failure(NO_OVERLOAD)
    if sum(map(len, texts)) + len(between) * len(texts) > MOST:
        raise Failure(TOO_LONG)
    return between.join(texts)


def _split(text: str, between: str, most: int = -1) -> list[str]:
    if most == 0:
        return []
    if not between:
        letters = list(text)
        return letters if most < 0 or len(letters) <= most else [*letters[: most - 1], "".join(letters[most - 1 :])]
    return text.split(between, most - 1 if most > 0 else -1)


def _substring(text: str, start: int, end: int | None = None) -> str:
    last = len(text) if end is None else end
    if not 0 <= start <= len(text):
        raise Failure(f"index out of range: {start}")
    if not 0 <= last <= len(text):
        raise Failure(f"index out of range: {last}")
    if start > last:
        raise Failure(f"invalid substring range. start: {start}, end: {last}")
    return text[start:last]


def _char_at(text: str, place: int) -> str:
    if not 0 <= place <= len(text):
        raise Failure(f"index out of range: {place}")
    return text[place : place + 1]


def _quoted(text: str) -> str:
    marks = {"\a": "\\a", "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\v": "\\v", '"': '\\"'}
    return '"' + "".join(marks.get(letter, letter) for letter in text.replace("\\", "\\\\")) + '"'


def _of_text(function: Callable[..., Any]) -> Callable[..., Any]:
    def guarded(text: Any, *rest: Any) -> Any:
        if not isinstance(text, str):
            raise Failure(NO_OVERLOAD)
        return function(text, *rest)

    return guarded


TEXTS: dict[str, Callable[..., Any]] = {
    "format": formatted,
    "replace": replaced,
    "join": joined,
    "split": _of_text(_split),
    "substring": _of_text(_substring),
    "charAt": _of_text(_char_at),
    "trim": _of_text(str.strip),
    "lowerAscii": _of_text(lambda text: text.translate(_LOWER)),
    "upperAscii": _of_text(lambda text: text.translate(_UPPER)),
    "strings.quote": _of_text(_quoted),
}
