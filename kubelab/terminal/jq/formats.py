"""jq's formats: @csv, @tsv, @sh, @base64, @uri, @html, @json, @text."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from kubelab.terminal.jq.parser import JqFault
from kubelab.terminal.jq.values import Count, JqError, described, dump, kind_of, text_of_number


def text_of(value: Any, count: Count) -> str:
    """Returns a value as tostring does."""
    return value if isinstance(value, str) else dump(value, count)


def formatted(name: str, value: Any, count: Count) -> str:
    """Returns a value in a format."""
    if name in ("@csv", "@tsv"):
        return _row(name, value, count)
    if name == "@sh":
        return " ".join(_shell(item, count) for item in (value if isinstance(value, list) else [value]))
    if name == "@json":
        return dump(value, count)
    function = FORMATS.get(name)
    if function is None:
        raise JqFault(f"{name[1:]} is not a valid format")
    return function(text_of(value, count), count)


def _row(name: str, value: Any, count: Count) -> str:
    if not isinstance(value, list):
        raise JqError(f"{described(value, count)} cannot be {name[1:]}-formatted, only an array can be")
    cells = []
    for item in value:
        kind = kind_of(item)
        if kind in ("array", "object"):
            raise JqError(f"{described(item, count)} is not valid in a csv row")
        if kind == "string" and name == "@csv":
            cells.append('"' + item.replace('"', '""') + '"')
        elif kind == "string":
            cells.append(item.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n").replace("\r", "\\r"))
        else:
            cells.append({"null": "", "boolean": str(item).lower()}.get(kind) or (
                "" if kind == "null" else text_of_number(item) if kind == "number" else str(item).lower()))  # fmt: skip
    return ("," if name == "@csv" else "\t").join(cells)


def _shell(value: Any, count: Count) -> str:
    if isinstance(value, str):
        return "'" + value.replace("'", "'\\''") + "'"
    if isinstance(value, list | dict):
        raise JqError(f"{described(value, count)} can not be escaped for shell")
    return dump(value, count)


def _html(text: str, count: Count) -> str:
    for letter, name in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ("'", "&#39;"), ('"', "&quot;")):
        text = text.replace(letter, name)
    return text


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def _decoded(text: str, count: Count) -> str:
    plain = text.rstrip("=")
    try:
        data = base64.b64decode(plain + "=" * (-len(plain) % 4)) if len(plain) % 4 != 1 else b""
    except (binascii.Error, ValueError):
        data = b""
    if plain and not data:
        raise JqError(f"{described(text, count)} is not valid base64 data")
    return data.decode("utf-8", "replace")


FORMATS: dict[str, Callable[[str, Count], str]] = {
    "@text": lambda text, count: text,
    "@html": _html,
    "@uri": lambda text, count: quote(_bytes(text), safe="-_.~"),
    "@base64": lambda text, count: base64.b64encode(_bytes(text)).decode(),
    "@base64d": _decoded,
    "@base32": lambda text, count: base64.b32encode(_bytes(text)).decode(),
    "@base32d": lambda text, count: base64.b32decode(text + "=" * (-len(text) % 8)).decode("utf-8", "replace"),
}
