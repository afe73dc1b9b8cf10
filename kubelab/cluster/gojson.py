"""How Go words what is wrong with JSON (encoding/json), and how it quotes (strconv.Quote)."""

from __future__ import annotations

import json
import re
from typing import Any

from kubelab.cluster.jsonsyntax import END, problem

_ESCAPES = {
    "\a": "\\a",
    "\b": "\\b",
    "\f": "\\f",
    "\n": "\\n",
    "\r": "\\r",
    "\t": "\\t",
    "\v": "\\v",
    "\\": "\\\\",
    '"': '\\"',
}
_TO_QUOTE = re.compile(r'[\x00-\x1f\x7f-\xa0\xad"\\\u2028\u2029\ufeff]')
_HALF_PAIR = re.compile("[\\ud800-\\udfff]")
_TYPES = {bool: "bool", str: "string", int: "number", float: "number", list: "array", dict: "object"}


def quote(text: str) -> str:
    """Returns `text` as Go's %q writes it."""
    if _TO_QUOTE.search(text) is None:
        return f'"{text}"'
    return '"' + _TO_QUOTE.sub(_escaped, text) + '"'


def _escaped(match: re.Match[str]) -> str:
    character = match[0]
    known = _ESCAPES.get(character)
    if known is not None:
        return known
    code = ord(character)
    return f"\\x{code:02x}" if code < 0x80 else f"\\u{code:04x}"


def go_json_error(error: json.JSONDecodeError) -> str:
    """Writes an error in JSON as encoding/json words it."""
    return syntax_error(error.doc) or END


def syntax_error(text: str) -> str:
    """Returns what is wrong with a text as encoding/json words it; "" where it is JSON."""
    found = problem(text)
    if found is None:
        return ""
    letter, where = found
    shown = {"'": "\\'", '"': '"'}.get(letter) or quote(letter)[1:-1]
    return f"invalid character '{shown}' {where}" if letter else where


def valid_json(value: Any) -> Any:
    """Returns JSON data in which halves of surrogate pairs are replaced, as encoding/json reads them."""
    if isinstance(value, dict):
        return {valid_json(key): valid_json(item) for key, item in value.items()}
    if isinstance(value, list):
        return [valid_json(item) for item in value]
    return _HALF_PAIR.sub("\ufffd", value) if isinstance(value, str) else value


def json_type(value: Any) -> str:
    """Returns what encoding/json calls a value that it cannot put where it is to go."""
    return _TYPES.get(type(value), "null")


def read_json(text: str) -> Any:
    """Reads JSON as encoding/json does.

    Raises:
        JSONDecodeError: it is none; `go_json_error` words it.
    """

    def refuse(constant: str) -> Any:
        raise json.JSONDecodeError("Expecting value", text, text.find(constant))

    return valid_json(json.loads(text, parse_constant=refuse))
