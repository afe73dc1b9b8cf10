"""KYAML as sigs.k8s.io/yaml/kyaml writes it: YAML with braces, quoted texts and commas, that no blank can change.

It comes with kubectl 1.34, where KUBECTL_KYAML=true must ask for it; since 1.35 it is there without.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Any

from kubelab.terminal.kubectl.printers.json import compact_json

_STEP = "  "
_WORDS = frozenset("null true t y yes on false f n no off 0 1".split())
_DATE = re.compile(r"\d{4}-(?:0?[1-9]|1[0-2])-(?:0?[1-9]|[12]\d|3[01])")
_ESCAPES = {
    '"': '\\"',
    "\\": "\\\\",
    "\a": "\\a",
    "\b": "\\b",
    "\f": "\\f",
    "\r": "\\r",
    "\t": "\\t",
    "\v": "\\v",
    "\0": "\\0",
    "\x1b": "\\e",
    "\x85": "\\N",
    "\xa0": "\\_",
    "\u2028": "\\L",
    "\u2029": "\\P",
}


def to_kyaml(value: Any, *, as_is: bool = False) -> str:
    """Returns `value` (JSON data) as a KYAML document with its header; `as_is` leaves the fields in their order."""
    return f"---\n{_node(value, 0, as_is)}\n"


def _node(value: Any, level: int, as_is: bool) -> str:
    if isinstance(value, dict):
        return _mapping(value, level, as_is)
    if isinstance(value, list):
        return _sequence(value, level, as_is)
    return _text(value, level + 1) if isinstance(value, str) else compact_json(value)


def _mapping(mapping: dict[str, Any], level: int, as_is: bool) -> str:
    if not mapping:
        return "{}"
    fields = "".join(
        f"{_STEP * (level + 1)}{_key(key)}: {_node(mapping[key], level + 1, as_is)},\n"
        for key in (mapping if as_is else sorted(mapping))
    )
    return f"{{\n{fields}{_STEP * level}}}"


def _sequence(items: list[Any], level: int, as_is: bool) -> str:
    """Mappings and lists stand close together, one item's end on the line of the next one's beginning."""
    if all(isinstance(item, dict | list) for item in items):
        return f"[{', '.join(_node(item, level, as_is) for item in items)}]"
    lines = "".join(f"{_STEP * (level + 1)}{_node(item, level + 1, as_is)},\n" for item in items)
    return f"[\n{lines}{_STEP * level}]"


def _key(key: str) -> str:
    return f'"{"".join(map(_character, key))}"' if _needs_quotes(key) else key


def _text(text: str, level: int) -> str:
    """A text of several lines has each on a line of its own, with an escaped line break at its end."""
    if "\n" not in text:
        return f'"{"".join(map(_character, text))}"'
    margin = _STEP * level
    lines = text.split("\n")
    last = lines.pop()
    folded = "".join(f"{margin}{_line(line)}\\n\\\n" for line in lines)
    if last:
        folded += f"{margin}{_line(last)}\\\n"
    return f'"\\\n{folded}{margin}"'


def _line(line: str) -> str:
    """A backslash keeps the blanks at a line's beginning; other lines have a blank instead, to stand in line."""
    return ("\\" if line.startswith(" ") else " ") + "".join(map(_character, line))


def _character(character: str) -> str:
    if character in _ESCAPES:
        return _ESCAPES[character]
    if character.isprintable():
        return character
    if character == "\n":
        return "\\n"
    code = ord(character)
    if code < 0x20 or code == 0x7F:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _needs_quotes(key: str) -> bool:
    """Tells whether a key is more than letters and digits, or could be taken for something else than a text."""
    if not key or key.lower() in _WORDS or _DATE.fullmatch(key) or _is_number(key.replace("_", "")):
        return True
    return not all(
        unicodedata.category(character)[0] in "LN" or character == "_" or (character in "-./" and 0 < at < len(key) - 1)
        for at, character in enumerate(key)
    )


def _is_number(text: str) -> bool:
    for read in (float, lambda digits: int(digits, 0)):
        try:
            read(text)
        except ValueError:
            continue
        return True
    return False
