"""The functions of Go templates (text/template/funcs.go) and kubectl's two of its own."""

from __future__ import annotations

import base64
import binascii
import html
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import quote_plus

from kubelab.terminal.kubectl.golang import go_float, go_syntax, go_text, quote

_VERB = re.compile(r"%([-+# 0]*)(\d*)(?:\.(\d+))?([a-zA-Z%])")
_WIDEST = 10_000


class FunctionError(Exception):
    """A function cannot do it; its text is Go's."""


def truth(value: Any) -> bool:
    """Tells what Go templates take as true: all but the empty and zero values."""
    return bool(value)


def _index(item: Any, *keys: Any) -> Any:
    for key in keys:
        if item is None:
            raise FunctionError("index of untyped nil")
        if isinstance(item, dict):
            if not isinstance(key, str):
                raise FunctionError(f"value has type {_kind(key)}; should be string")
            item = item.get(key)
        elif isinstance(item, list | str):
            if not isinstance(key, int) or isinstance(key, bool):
                raise FunctionError(f"cannot index slice/array with type {_kind(key)}")
            if not 0 <= key < len(item):
                raise FunctionError(f"index out of range: {key}")
            item = item[key] if isinstance(item, list) else item.encode()[key]
        else:
            raise FunctionError(f"can't index item of type {_kind(item)}")
    return item


def _slice(item: Any, *bounds: int) -> Any:
    if not isinstance(item, list | str):
        raise FunctionError(f"can't slice item of type {_kind(item)}")
    for bound in bounds:
        if not 0 <= bound <= len(item):
            raise FunctionError(f"index out of range: {bound}")
    start = bounds[0] if bounds else 0
    end = bounds[1] if len(bounds) > 1 else len(item)
    return item[start:end]


def _length(item: Any) -> int:
    if isinstance(item, str):
        return len(item.encode())
    if isinstance(item, dict | list):
        return len(item)
    raise FunctionError("len of nil pointer" if item is None else f"len of type {_kind(item)}")


def _kind(value: Any) -> str:
    names = ((bool, "bool"), (int, "int"), (float, "float64"), (str, "string"), (list, "[]interface {}"))
    return next((name for kind, name in names if isinstance(value, kind)), "map[string]interface {}")


def _comparable(first: Any, second: Any) -> None:
    if isinstance(first, dict | list) or isinstance(second, dict | list):
        raise FunctionError(
            "non-comparable type" if isinstance(first, dict | list) else "incompatible types for comparison"
        )
    if first is not None and second is not None and _kind(first) != _kind(second):
        raise FunctionError("incompatible types for comparison")


def _equal(first: Any, *others: Any) -> bool:
    if not others:
        raise FunctionError("missing argument for comparison")
    for other in others:
        _comparable(first, other)
        if first == other:
            return True
    return False


def _less(first: Any, second: Any) -> bool:
    _comparable(first, second)
    if first is None or second is None or isinstance(first, bool):
        raise FunctionError("invalid type for comparison")
    return bool(first < second)


def _print(*values: Any) -> str:
    out: list[str] = []
    for place, value in enumerate(values):
        if place and not isinstance(value, str) and not isinstance(values[place - 1], str):
            out.append(" ")
        out.append(go_text(value))
    return "".join(out)


def _printf(form: str, *values: Any) -> str:
    rest = list(values)

    def one(match: re.Match[str]) -> str:
        flags, width, precision, verb = match.groups()
        if verb == "%":
            return "%"
        if not rest:
            return f"%!{verb}(MISSING)"
        text = _formatted(verb, flags, precision, rest.pop(0))
        size = min(int(width or 0), _WIDEST)
        if "-" in flags:
            return text.ljust(size)
        return text.zfill(size) if "0" in flags and verb in "dfx" else text.rjust(size)

    text = _VERB.sub(one, form)
    if rest:
        extra = ", ".join(f"{_kind(value)}={go_text(value)}" for value in rest)
        text += f"%!(EXTRA {extra})"
    return text


def _formatted(verb: str, flags: str, precision: str | None, value: Any) -> str:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if verb == "v":
        return go_syntax(value) if "#" in flags else go_text(value)
    if verb == "s":
        return go_text(value) if not number and value is not None else f"%!s({_kind(value)}={go_text(value)})"
    if verb == "q" and isinstance(value, str):
        return quote(value)
    if verb == "T":
        return _kind(value)
    if verb == "t" and isinstance(value, bool):
        return go_text(value)
    if verb in "dxXob" and isinstance(value, int) and not isinstance(value, bool):
        return f"{value:{'+' if '+' in flags else ''}{verb}}"
    if verb in "feEgG" and isinstance(value, float):
        return go_float(value) if verb == "g" and precision is None else f"{value:.{precision or 6}{verb}}"
    return f"%!{verb}({_kind(value)}={go_text(value)})"


def _exists(item: Any, *keys: Any) -> bool:
    for key in keys:
        if isinstance(item, dict) and isinstance(key, str) and key in item:
            item = item[key]
        elif isinstance(item, list) and isinstance(key, int) and 0 <= key < len(item):
            item = item[key]
        else:
            return False
    return item is not None


def _base64decode(text: str) -> str:
    try:
        return base64.b64decode(text, validate=True).decode(errors="replace")
    except (binascii.Error, TypeError):
        raise FunctionError("base64 decode failed: illegal base64 data at input byte 0") from None


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "and": lambda *values: next((value for value in values if not truth(value)), values[-1]),
    "or": lambda *values: next((value for value in values if truth(value)), values[-1]),
    "not": lambda value: not truth(value),
    "index": _index,
    "slice": _slice,
    "len": _length,
    "eq": _equal,
    "ne": lambda first, second: not _equal(first, second),
    "lt": _less,
    "le": lambda first, second: _less(first, second) or _equal(first, second),
    "gt": lambda first, second: not _less(first, second) and not _equal(first, second),
    "ge": lambda first, second: not _less(first, second),
    "print": _print,
    "printf": _printf,
    "println": lambda *values: " ".join(go_text(value) for value in values) + "\n",
    "html": lambda *values: html.escape(_print(*values)).replace("&quot;", "&#34;").replace("&#x27;", "&#39;"),
    "js": lambda *values: (
        _print(*values).replace("\\", "\\\\").replace("'", "\\'").replace('"', '\\"').replace("\n", "\\u000A")
    ),
    "urlquery": lambda *values: quote_plus(_print(*values)),
    "exists": _exists,
    "base64decode": _base64decode,
}
