"""YAML as sigs.k8s.io/yaml writes it: sorted keys, lists not indented, lines folded after 80 columns.

The rules are those of go-yaml v2 (encode.go, resolve.go, sorter.go, emitterc.go). Our own emitter, for a
cluster's objects are plain JSON and the general ones are a hundred times slower.
"""

from __future__ import annotations

import functools
import re
from typing import Any

from kubelab.terminal.kubectl.golang import go_float, shortest
from kubelab.terminal.kubectl.printers.scalars import is_string, sort_keys

WIDTH = 80
_SAFE = re.compile(r"[A-Za-z_/][A-Za-z0-9_./()=+;$^-]*(?::[A-Za-z0-9_./()=+;$^-]+)*")
_PRINTABLE = re.compile(r"[\n\x20-\x7e\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd]*")
_BREAKS = "\n\r\x85\u2028\u2029"
_LINE = re.compile(r"[^\n\u2028\u2029]*[\n\u2028\u2029]|[^\n\u2028\u2029]+")
_SPACED_BREAK = re.compile(r" [\r\x85\u2028\u2029]|[\r\x85\u2028\u2029] ")
_START = set("#,[]{}&*!|>'\"%@`")
_NAMED = {0: "0", 7: "a", 8: "b", 9: "t", 10: "n", 11: "v", 12: "f", 13: "r", 27: "e", 34: '"', 92: "\\"}
_NAMED |= {0x85: "N", 0xA0: "_", 0x2028: "L", 0x2029: "P"}
_LONGEST_KEY = 128
_UINT64 = 2.0**64


def to_yaml(value: Any) -> str:
    """Returns `value` (JSON data) as a YAML document."""
    out: list[str] = []
    if isinstance(value, dict) and value:
        _mapping(out, value, 0, False)
    elif isinstance(value, list) and value:
        _sequence(out, value, 0, False)
    else:
        out += (_scalar(value, 0, 0), "\n")
    return "".join(out)


def _mapping(out: list[str], mapping: dict[str, Any], indent: int, started: bool) -> None:
    """Writes a mapping's lines; `started` when its first key goes on the line of a list's dash."""
    margin = " " * indent
    for key in sort_keys(mapping):
        value = mapping[key]
        out.append("" if started else margin)
        started = False
        name = _key(key, indent)
        out.append(name)
        kind = type(value)
        if kind is dict and value:
            out.append(":\n")
            _mapping(out, value, indent + 2, False)
        elif kind is list and value:
            out.append(":\n")
            _sequence(out, value, indent, False)
        else:
            out += (": ", _scalar(value, indent + 2, _end(name, indent) + 1), "\n")


def _sequence(out: list[str], items: list[Any], indent: int, started: bool) -> None:
    """Writes a list's lines."""
    margin = " " * indent
    for item in items:
        out.append("- " if started else margin + "- ")
        started = False
        kind = type(item)
        if kind is dict and item:
            _mapping(out, item, indent + 2, True)
        elif kind is list and item:
            _sequence(out, item, indent + 2, True)
        else:
            out += (_scalar(item, indent + 2, indent + 1), "\n")


def _key(key: str, indent: int) -> str:
    text = _short_text(key)
    if text is not None:
        return text
    if len(key.encode()) > _LONGEST_KEY or "\n" in key:
        return "? " + _text(key, indent + 2, indent + 1) + "\n" + " " * indent
    return _style(key, 0, -(10**9), simple_key=True)


def _end(name: str, indent: int) -> int:
    """Returns the column after a key; one of more than 128 bytes stands on its own line after a `?`."""
    return indent if "\n" in name else indent + len(name)


def _scalar(value: Any, indent: int, column: int) -> str:
    """Returns the text of a leaf. `column` is where the space before it stands, for folding."""
    if type(value) is str:
        text = _short_text(value)
        if text is not None and column + 1 + len(text) <= WIDTH:
            return text
        return _text(value, indent, column)
    if value is None:
        return "null"
    if value is True:
        return "true"
    if value is False:
        return "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return _float(value)
    return "{}" if isinstance(value, dict) else "[]"


@functools.lru_cache(maxsize=8192)
def _short_text(text: str) -> str | None:
    """Returns a short one-line string as it stands anywhere, None where its place matters."""
    if len(text) > 60 or "\n" in text or "\u2028" in text or "\u2029" in text:
        return None
    if _SAFE.fullmatch(text) and is_string(text):
        return text
    return _style(text, 0, -(10**9), simple_key=True)


def _float(number: float) -> str:
    if number != number or number in (float("inf"), float("-inf")):
        return ".nan" if number != number else (".inf" if number > 0 else "-.inf")
    if number.is_integer() and abs(number) < _UINT64:
        # It went through JSON, where a whole float looks like an integer.
        digits, power = shortest(abs(number))
        return ("-" if number < 0 else "") + digits.ljust(power + 1, "0")
    return go_float(number)


def _text(text: str, indent: int, column: int) -> str:
    if "\n" in text and _block_allowed(text):
        return _literal(text, indent)
    return _style(text, indent, column, simple_key=False)


def _style(text: str, indent: int, column: int, simple_key: bool) -> str:
    """Returns a string in the plainest style that brings it back: plain, single quotes, double quotes."""
    if not text:
        return '""'
    breaks = any(character in text for character in _BREAKS)
    if "\n" in text or _PRINTABLE.fullmatch(text) is None or not is_string(text):
        return _double(text, indent, column, simple_key)
    if breaks and (simple_key or _SPACED_BREAK.search(text)):
        return _double(text, indent, column, simple_key)
    if not breaks and _plain_allowed(text):
        return _folded(text, indent, column)
    return "'" + _folded(text, indent, column + 1, quoted=True) + "'"


def _plain_allowed(text: str) -> bool:
    first = text[0]
    if first in _START or text[-1] == " " or first == " " or text.startswith(("---", "...")):
        return False
    if first in "?:-" and (len(text) == 1 or text[1] in " \t"):
        return False
    return ": " not in text and " #" not in text and text[-1] != ":"


def _folded(text: str, indent: int, column: int, quoted: bool = False) -> str:
    """Breaks a line at the first single space after column 80, as the emitter does when it passes it."""
    start = column + 1
    escaped = text.replace("'", "''") if quoted else text
    if (start + len(escaped) <= WIDTH + 1 or " " not in text) and "\u2028" not in text and "\u2029" not in text:
        return escaped
    out: list[str] = []
    margin = "\n" + " " * indent
    spaces, broken, last = False, False, len(text) - 1
    for at, character in enumerate(text):
        if character == " ":
            breakable = not spaces and start > WIDTH and at < last and text[at + 1] != " " and at > 0
            if breakable:
                out.append(margin)
                start = indent
            else:
                out.append(" ")
                start += 1
            spaces = True
            continue
        spaces = False
        if character in _BREAKS:
            start, broken = 0, True
        elif broken:
            out.append(margin[1:])
            start, broken = indent, False
        if quoted and character == "'":
            out.append("'")
            start += 1
        out.append(character)
        start += 1
    return "".join(out)


def _double(text: str, indent: int, column: int, simple_key: bool) -> str:
    out = ['"']
    start = column + 2
    spaces, last = False, len(text) - 1
    for at, character in enumerate(text):
        if character in '"\\' or character in _BREAKS or character == "\ufeff" or not _PRINTABLE.fullmatch(character):
            piece = _escape(ord(character))
            out.append(piece)
            start += len(piece)
            spaces = False
        elif character == " ":
            if not simple_key and not spaces and start > WIDTH and 0 < at < last:
                piece = "\n" + " " * indent + ("\\" if text[at + 1] == " " else "")
                start = len(piece) - 1
                out.append(piece)
            else:
                out.append(" ")
                start += 1
            spaces = True
        else:
            out.append(character)
            start += 1
            spaces = False
    out.append('"')
    return "".join(out)


def _escape(code: int) -> str:
    if code in _NAMED:
        return "\\" + _NAMED[code]
    if code <= 0xFF:
        return f"\\x{code:02X}"
    return f"\\u{code:04X}" if code <= 0xFFFF else f"\\U{code:08X}"


def _block_allowed(text: str) -> bool:
    if text[-1] == " " or _PRINTABLE.fullmatch(text) is None:
        return False
    return not any(f" {character}" in text for character in _BREAKS)


def _literal(text: str, indent: int) -> str:
    head = "|2" if text[0] in " " + _BREAKS else "|"
    if text[-1] not in _BREAKS:
        head += "-"
    elif len(text) == 1 or text[-2] in _BREAKS:
        head += "+"
    margin = " " * indent
    lines = _LINE.findall(text)
    written = "".join(line if line[0] in _BREAKS else margin + line for line in lines)
    return head + "\n" + written.removesuffix("\n")
