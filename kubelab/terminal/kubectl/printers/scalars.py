"""What a plain YAML scalar means to go-yaml v2, and in which order it sorts keys (resolve.go, sorter.go)."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable
from datetime import date
from typing import Any

_WORDS: dict[str, Any] = {}
for _word in ("y", "yes", "true", "on"):
    _WORDS |= dict.fromkeys((_word, _word.capitalize(), _word.upper()), True)
for _word in ("n", "no", "false", "off"):
    _WORDS |= dict.fromkeys((_word, _word.capitalize(), _word.upper()), False)
_WORDS |= dict.fromkeys(("", "~", "null", "Null", "NULL"))
_WORDS |= dict.fromkeys((".nan", ".NaN", ".NAN"), float("nan"))
_WORDS |= dict.fromkeys((".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"), float("inf"))
_WORDS |= dict.fromkeys(("-.inf", "-.Inf", "-.INF"), float("-inf"))

_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_INTEGER = re.compile(r"([-+]?)(0[xX][0-9a-fA-F]+|0[bB][01]+|0[oO][0-7]+|0[0-7]*|[1-9][0-9]*)")
_TIMESTAMP = re.compile(
    r"(\d{4})-(\d{1,2})-(\d{1,2})"
    r"(?:(?:[Tt](\d{1,2}):(\d{1,2}):(\d{1,2})(?:\.\d+)?(?:Z|[+-]\d\d:\d\d))"
    r"|(?: (\d{1,2}):(\d{1,2}):(\d{1,2})(?:\.\d+)?))?"
)
_BASE60 = re.compile(r"[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?")
_DIGITS = "+-.0123456789"
_UINT64 = 2**64


def resolve(text: str) -> Any:
    """Returns what the plain scalar `text` stands for: None, a boolean, a number, or itself."""
    if text in _WORDS:
        return _WORDS[text]
    if not text or text[0] not in _DIGITS:
        return text
    if text[0] == ".":
        return _number(text.replace("_", ""), text)
    if _is_timestamp(text):
        return text
    plain = text.replace("_", "")
    match = _INTEGER.fullmatch(plain)
    if match is not None:
        digits = match[2]
        if len(digits) > 1 and digits[0] == "0" and digits[1].isdigit():
            digits = "0o" + digits[1:]
        number = int(digits, 0)
        if number < (_UINT64 if match[1] == "" else 2**63 + (match[1] == "-")):
            return -number if match[1] == "-" else number
    return _number(plain, text)


def _number(plain: str, text: str) -> Any:
    if _FLOAT.fullmatch(plain) is None:
        return text
    number = float(plain)
    return text if number in (float("inf"), float("-inf")) else number


def _is_timestamp(text: str) -> bool:
    match = _TIMESTAMP.fullmatch(text)
    if match is None:
        return False
    year, month, day, *clock = (int(part) for part in match.groups() if part is not None)
    try:
        date(year or 4, month, day)
    except ValueError:
        return False
    return not clock or (clock[0] < 24 and clock[1] < 60 and clock[2] < 60)


@functools.lru_cache(maxsize=8192)
def is_string(text: str) -> bool:
    """Tells whether the plain scalar `text` comes back as a string, also in other parsers' eyes."""
    if text in _WORDS:
        return False
    if text[0] not in _DIGITS:
        return True
    if _is_timestamp(text) or _BASE60.fullmatch(text):
        return False
    return isinstance(resolve(text), str)


_LETTERS_ONLY = re.compile(r"[A-Za-z]*")


def sort_keys(mapping: Iterable[str]) -> list[str]:
    """Returns the keys in go-yaml's order: letters after the rest, numbers by their value."""
    keys = sorted(mapping)
    for key in keys:
        if _LETTERS_ONLY.fullmatch(key) is None:
            return sorted(keys, key=functools.cmp_to_key(_compare))
    return keys


@functools.lru_cache(maxsize=8192)
def _compare(first: str, second: str) -> int:
    if first == second:
        return 0
    return -1 if _less(first, second) else 1


def _less(first: str, second: str) -> bool:
    for at, (a, b) in enumerate(zip(first, second, strict=False)):
        if a == b:
            continue
        if a.isalpha() and b.isalpha():
            return a < b
        if a.isalpha() or b.isalpha():
            return b.isalpha()
        return _less_numbers(first, second, at)
    return len(first) < len(second)


def _less_numbers(first: str, second: str, at: int) -> bool:
    a_number = b_number = 0
    if "0" in (first[at], second[at]):
        before = at - 1
        while before >= 0 and first[before].isdigit():
            if first[before] != "0":
                a_number = b_number = 1
                break
            before -= 1
    a_end, a_number = _digits(first, at, a_number)
    b_end, b_number = _digits(second, at, b_number)
    if a_number != b_number:
        return a_number < b_number
    if a_end != b_end:
        return a_end < b_end
    return first[at] < second[at]


def _digits(text: str, at: int, number: int) -> tuple[int, int]:
    while at < len(text) and text[at].isdigit():
        number = number * 10 + int(text[at])
        at += 1
    return at, number
