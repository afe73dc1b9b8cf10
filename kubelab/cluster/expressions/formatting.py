"""`format` of CEL's strings: %s, %d, %f, %e, %b, %x, %X, %o. Source: cel-go, ext/strings.go and ext/formatting.go."""

from __future__ import annotations

import re
from typing import Any

MOST = 4_000_000  # letters of a text that is made
MOST_PLACES = 1000
TOO_LONG = "operation cancelled: actual cost limit exceeded"
_VERB = re.compile(r"%(?:%|(?:\.(\d+))?([sdfebxXo]))")


def formatted(text: str, values: Any) -> str:
    """Returns a text with values put in the places of its verbs.

    Raises:
        ValueError: a verb has no value, or the text would be too long.
    """
    left = list(values)
    length = 0

    def put(found: re.Match[str]) -> str:
        nonlocal length
        shown = one(found)
        length += len(shown)
        if length > MOST:
            raise ValueError(TOO_LONG)
        return shown

    def one(found: re.Match[str]) -> str:
        if found[0] == "%%":
            return "%"
        if not left:
            raise ValueError("index out of range")
        value, verb, places = left.pop(0), found[2], found[1] or "6"
        if int(places) > MOST_PLACES:
            raise ValueError(TOO_LONG)
        if verb in "fe":
            return f"{float(value):.{places}{verb}}"
        if verb in "xX" and isinstance(value, str):
            return value.encode().hex().upper() if verb == "X" else value.encode().hex()
        return f"{int(value):{verb}}" if verb in "bxXo" else _shown(value)

    return _VERB.sub(put, text)


def replaced(text: str, old: str, new: str, most: int = -1) -> str:
    """Returns a text with others in the place of parts of it.

    Raises:
        ValueError: the text would be too long.
    """
    times = text.count(old) if most < 0 else min(most, text.count(old))
    if len(text) + times * (len(new) - len(old)) > MOST:
        raise ValueError(TOO_LONG)
    return text.replace(old, new, most)


def joined(texts: Any, between: str = "") -> str:
    """Returns texts put together.

    Raises:
        ValueError: the text would be too long.
    """
    if sum(map(len, texts)) + len(between) * len(texts) > MOST:
        raise ValueError(TOO_LONG)
    return between.join(texts)


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None:
        return "null"
    if isinstance(value, float):
        return f"{value:.6f}".rstrip("0").rstrip(".")
    if isinstance(value, dict):
        if "@kind" in value:
            return str(value["text"])
        return "{" + ", ".join(f"{_shown(key)}: {_shown(value[key])}" for key in sorted(value)) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(map(_shown, value)) + "]"
    return str(value)
