"""What encoding/json says of text that is no JSON, and which fields an object has twice.

Source: Go, encoding/json/scanner.go; sigs.k8s.io/json (strict decoding).
"""

from __future__ import annotations

import json
from typing import Any

DEEPEST = 10_000  # as encoding/json has it
END = "unexpected end of JSON input"
_SPACE, _DIGITS, _HEX = " \t\r\n", "0123456789", "0123456789abcdefABCDEF"
_LITERALS = {"t": "true", "f": "false", "n": "null"}


class _Wrong(Exception):
    """A letter that may not stand where it does."""

    def __init__(self, at: int, where: str) -> None:
        super().__init__(where)
        self.at, self.where = at, where


def problem(text: str) -> tuple[str, str] | None:
    """Returns the letter that makes a text no JSON, and where it stands; no letter where all of it is wrong."""
    try:
        _Scanner(text).whole()
    except IndexError:
        return "", END
    except _Wrong as wrong:
        return text[wrong.at] if wrong.at >= 0 else "", wrong.where
    return None


class _Scanner:
    """Goes through a text once; what is open is on a stack, since a text may be nested as deep as its author wants."""

    def __init__(self, text: str) -> None:
        self.text, self.at = text, 0

    def whole(self) -> None:
        opened: list[str] = []
        while True:
            self.value(opened)
            while opened:
                if not self.closed(opened):
                    break
            else:
                self.space()
                if self.at < len(self.text):
                    raise _Wrong(self.at, "after top-level value")
                return

    def space(self) -> None:
        while self.at < len(self.text) and self.text[self.at] in _SPACE:
            self.at += 1

    def letter(self) -> str:
        self.space()
        return self.text[self.at]

    def value(self, opened: list[str]) -> None:
        """Goes over a value, or the beginning of one that holds others."""
        while True:
            letter = self.letter()
            if letter not in "{[":
                return self.plain(letter)
            self.at += 1
            opened.append(letter)
            if len(opened) > DEEPEST:
                raise _Wrong(-1, "exceeded max depth")
            if self.letter() == ("}" if letter == "{" else "]"):
                self.at += 1
                opened.pop()
                return None
            if letter == "{":
                self.key()

    def closed(self, opened: list[str]) -> bool:
        """Goes on after a value: tells whether what it was in ends there, too."""
        letter, inside = self.letter(), opened[-1]
        if letter == ",":
            self.at += 1
            if inside == "{":
                self.letter()
                self.key()
            return False
        if letter == ("}" if inside == "{" else "]"):
            self.at += 1
            opened.pop()
            return True
        raise _Wrong(self.at, "after object key:value pair" if inside == "{" else "after array element")

    def key(self) -> None:
        if self.text[self.at] != '"':
            raise _Wrong(self.at, "looking for beginning of object key string")
        self.string()
        if self.letter() != ":":
            raise _Wrong(self.at, "after object key")
        self.at += 1

    def plain(self, letter: str) -> None:
        if letter == '"':
            return self.string()
        if letter in _LITERALS:
            return self.literal(_LITERALS[letter])
        if letter == "-" or letter in _DIGITS:
            return self.number()
        raise _Wrong(self.at, "looking for beginning of value")

    def string(self) -> None:
        self.at += 1
        while (letter := self.text[self.at]) != '"':
            if letter < " ":
                raise _Wrong(self.at, "in string literal")
            self.at += 1
            if letter == "\\":
                self.escape()
        self.at += 1

    def escape(self) -> None:
        letter = self.text[self.at]
        if letter not in 'bfnrt\\/"u':
            raise _Wrong(self.at, "in string escape code")
        self.at += 1
        for _ in range(4 if letter == "u" else 0):
            if self.text[self.at] not in _HEX:
                raise _Wrong(self.at, "in \\u hexadecimal character escape")
            self.at += 1

    def literal(self, word: str) -> None:
        for letter in word:
            if self.text[self.at] != letter:
                raise _Wrong(self.at, f"in literal {word} (expecting '{letter}')")
            self.at += 1

    def number(self) -> None:
        if self.text[self.at] == "-":
            self.at += 1
            if self.text[self.at] not in _DIGITS:
                raise _Wrong(self.at, "in numeric literal")
        if self.text[self.at] == "0":
            self.at += 1
        else:
            self.digits()
        if self.sees("."):
            self.need_digit("after decimal point in numeric literal")
        if self.sees("eE"):
            self.sees("+-")
            self.need_digit("in exponent of numeric literal")

    def sees(self, letters: str) -> bool:
        found = self.at < len(self.text) and self.text[self.at] in letters
        self.at += found
        return found

    def need_digit(self, where: str) -> None:
        if self.text[self.at] not in _DIGITS:
            raise _Wrong(self.at, where)
        self.digits()

    def digits(self) -> None:
        while self.at < len(self.text) and self.text[self.at] in _DIGITS:
            self.at += 1


class _Pairs(list[tuple[str, Any]]):
    """The fields of an object, with those that it has twice."""


def repeated_fields(text: str) -> list[str]:
    """Returns the paths of fields that stand twice in an object: "data.a", "spec.containers[0].name"."""
    doubled = False

    def pairs(found: list[tuple[str, Any]]) -> dict[str, Any]:
        nonlocal doubled
        made = dict(found)
        doubled = doubled or len(made) < len(found)
        return made

    json.loads(text, object_pairs_hook=pairs)
    if not doubled:
        return []
    paths: list[str] = []
    _walk(json.loads(text, object_pairs_hook=_Pairs), "", paths)
    return paths


def _walk(value: Any, path: str, paths: list[str]) -> None:
    if isinstance(value, _Pairs):
        seen = set[str]()
        for name, inner in value:
            at = f"{path}.{name}" if path else name
            if name in seen:
                paths.append(at)
            seen.add(name)
            _walk(inner, at, paths)
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            _walk(inner, f"{path}[{place}]", paths)
