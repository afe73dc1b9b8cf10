"""JSON as Go's encoding/json writes it: four spaces, `<`, `>` and `&` escaped, maps sorted, structs in their order."""

from __future__ import annotations

import re
from typing import Any

import orjson

_MARGIN = re.compile(rb"(?m)^ +")


def to_json(value: Any, *, as_is: bool = False) -> str:
    """Returns `value` as indented JSON, without a newline at the end; `as_is` leaves the fields in their order."""
    options = orjson.OPT_INDENT_2 if as_is else orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS
    text = _MARGIN.sub(lambda margin: margin[0] * 2, orjson.dumps(value, option=options))
    return _escaped(text).decode()


def compact_json(value: Any, *, as_is: bool = False) -> str:
    """Returns `value` as JSON on one line, as json.Marshal writes it."""
    return _escaped(orjson.dumps(value, option=None if as_is else orjson.OPT_SORT_KEYS)).decode()


def _escaped(text: bytes) -> bytes:
    for character, escape in ((b"<", b"\\u003c"), (b">", b"\\u003e"), (b"&", b"\\u0026")):
        if character in text:
            text = text.replace(character, escape)
    if b"\xe2\x80" in text:
        text = text.replace(b"\xe2\x80\xa8", b"\\u2028").replace(b"\xe2\x80\xa9", b"\\u2029")
    return text


def in_order(value: Any) -> Any:
    """Returns JSON data with all maps sorted, as what is no struct is written."""
    return orjson.loads(orjson.dumps(value, option=orjson.OPT_SORT_KEYS))
