"""Reads JSON texts, one value after the other, with jq's messages."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from kubelab.terminal.jq.values import JqError

_SPACE = re.compile(r"[ \t\r\n]*")
_TOKEN = re.compile(r"[^\s\[\]{},:\"]+")
_DECODER = json.JSONDecoder(parse_constant=lambda name: {"NaN": math.nan}.get(name, math.inf))


class Read(NamedTuple):
    """A value, and the number of lines that were read for it."""

    value: Any
    line: int


class NotJson(Exception):
    """The text is no JSON."""


def values_in(text: str) -> Iterator[Read]:
    """Yields the values in a text.

    Raises:
        NotJson: where it is none.
    """
    at = 0
    while True:
        space = _SPACE.match(text, at)
        at = space.end() if space else at
        if at >= len(text):
            return
        try:
            value, end = _DECODER.raw_decode(text, at)
        except json.JSONDecodeError as error:
            raise NotJson(_problem(text, at, error)) from None
        except RecursionError:
            raise NotJson("Exceeds depth limit for parsing at line 1, column 1") from None
        following = text[end : end + 1]
        if isinstance(value, int | float) and not isinstance(value, bool) and re.match(r"[A-Za-z0-9_.+-]", following):
            token = _TOKEN.match(text, at)
            raise NotJson(f"Invalid numeric literal at {_place(text, token.end() if token else end)}")
        newline = text.find("\n", end)
        yield Read(value, text.count("\n", 0, newline + 1) if newline >= 0 else text.count("\n"))
        at = end


def _place(text: str, at: int) -> str:
    line = text.count("\n", 0, at) + 1
    column = at - (text.rfind("\n", 0, at) + 1)
    if at >= len(text):
        return f"EOF at line {line}, column {column}"
    if text[at] == "\n":
        return f"line {line + 1}, column 0"
    return f"line {line}, column {column + 1}"


def _problem(text: str, start: int, error: json.JSONDecodeError) -> str:
    at = error.pos
    if at >= len(text) or "Unterminated" in error.msg or "control" in error.msg:
        if at < len(text):
            return f"Unfinished string at {_place(text, len(text))}"
        return f"Unfinished JSON term at {_place(text, len(text))}"
    if "delimiter" in error.msg and text[at].isdigit():
        return f"Expected separator between values at {_place(text, at + 1)}"
    token = _TOKEN.match(text, at)
    if token:
        end = token.end()
        return f"Invalid numeric literal at {_place(text, end)}"
    if text[at] == "}" or text[at] == "]":
        what = "Objects must consist of key:value pairs" if text[at] == "}" else "Expected another array element"
        return f"{what} at {_place(text, at)}"
    if "delimiter" in error.msg and text[at] == '"':
        return f"Expected separator between values at {_place(text, at)}"
    return (
        f"Expected value before ',' at {_place(text, at)}"
        if text[at] == ","
        else f"Invalid literal at {_place(text, at)}"
    )


def read_one(text: str) -> Any:
    """Returns the one value in a text, for fromjson.

    Raises:
        JqError: when it is no JSON.
    """
    try:
        found = list(values_in(text))
    except NotJson as fault:
        raise JqError(f"{fault} (while parsing '{text}')") from None
    if len(found) > 1:
        raise JqError(f"Unexpected extra JSON values (while parsing '{text}')")
    return found[0].value if found else None
