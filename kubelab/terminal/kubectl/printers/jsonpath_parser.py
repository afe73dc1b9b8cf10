"""The syntax of Kubernetes' JSONPath templates, as client-go/util/jsonpath/parser.go reads them.

Text with actions in braces: `{range .items[*]}{.metadata.name}{"\\n"}{end}`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

_TERMINATORS = set(" \t\r\n.,[]$@{}")
_DICT_KEY = re.compile(r"'([^']*)'")
_SLICE = re.compile(r"(-?\d*)(:-?\d*)?(:-?\d*)?")
_COMPARISON = re.compile(r"([^!<>=]+)([!<>=]+)(.+?)")
_ESCAPES = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v", "\\": "\\"}


class JSONPathError(Exception):
    """The template cannot be read or not be applied; the text is client-go's."""


@dataclass
class Text:
    """Literal text."""

    text: str


@dataclass
class FieldOf:
    """`.name`."""

    name: str


@dataclass
class Identifier:
    """`range` or `end`."""

    name: str


@dataclass
class Literal:
    """A number or a boolean."""

    value: int | float | bool


class Wildcard:
    """`*`."""


class Recursive:
    """`..`."""


@dataclass
class Slice:
    """`[start:end:step]`; `derived` when only an index was written."""

    start: int | None
    end: int | None
    step: int | None
    derived: bool


@dataclass
class Union:
    """`[a,b]`."""

    parts: list[Action]


@dataclass
class Filter:
    """`[?(left operator right)]`."""

    left: Action
    right: Action
    operator: str


Step = Text | FieldOf | Identifier | Literal | Wildcard | Recursive | Slice | Union | Filter


@dataclass
class Action:
    """What stands between two braces."""

    steps: list[Step] = field(default_factory=list)


Node = Text | Action


def parse(template: str) -> list[Node]:
    """Returns the template's nodes.

    Raises:
        JSONPathError: its syntax is wrong.
    """
    return _Parser(template).nodes()


class _Parser:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0

    def nodes(self) -> list[Node]:
        found: list[Node] = []
        while self.at < len(self.text):
            brace = self.text.find("{", self.at)
            if brace < 0:
                brace = len(self.text)
            if brace > self.at:
                found.append(Text(self.text[self.at : brace]))
            self.at = brace
            if brace < len(self.text):
                self.at += 1
                found.append(self._action())
        return found

    def _action(self) -> Action:
        action = Action()
        steps = action.steps
        while True:
            if self.text.startswith("}", self.at):
                self.at += 1
                return action
            if self.text.startswith("[?(", self.at):
                self.at += 3
                steps.append(self._filter())
            elif self.text.startswith("..", self.at):
                self._recursive(steps)
            else:
                self._step(steps)

    def _recursive(self, steps: list[Step]) -> None:
        if steps and isinstance(steps[-1], Recursive):
            raise JSONPathError("invalid multiple recursive descent")
        self.at += 2
        steps.append(Recursive())
        if self.at < len(self.text) and _is_word(self.text[self.at]):
            steps.append(self._field())

    def _step(self, steps: list[Step]) -> None:
        if self.at >= len(self.text) or self.text[self.at] in "\r\n":
            raise JSONPathError("unclosed action")
        character = self.text[self.at]
        if character in " @$":
            self.at += 1
        elif character == "[":
            self._array(steps)
        elif character in "\"'":
            steps.append(Text(self._quoted(character)))
        elif character == ".":
            self.at += 1
            steps.append(self._field())
        elif character in "+-" or character.isdigit():
            steps.append(self._number())
        elif _is_word(character):
            steps.append(self._identifier())
        else:
            raise JSONPathError(f"unrecognized character in action: U+{ord(character):04X} '{character}'")

    def _field(self) -> Step:
        start = self.at
        while self.at < len(self.text) and self.text[self.at] not in _TERMINATORS:
            self.at += 2 if self.text[self.at] == "\\" else 1
        self.at = min(self.at, len(self.text))
        name = self.text[start : self.at]
        return Wildcard() if name == "*" else FieldOf(name.replace("\\", ""))

    def _identifier(self) -> Step:
        start = self.at
        while self.at < len(self.text) and self.text[self.at] not in _TERMINATORS:
            self.at += 1
        name = self.text[start : self.at]
        return Literal(name == "true") if name in ("true", "false") else Identifier(name)

    def _number(self) -> Step:
        start = self.at
        if self.text[self.at] in "+-":
            self.at += 1
        while self.at < len(self.text) and (self.text[self.at] == "." or self.text[self.at].isdigit()):
            self.at += 1
        text = self.text[start : self.at]
        try:
            return Literal(float(text) if "." in text else int(text))
        except ValueError:
            raise JSONPathError(f"cannot parse number {text}") from None

    def _quoted(self, end: str) -> str:
        start = self.at
        self.at += 1
        while True:
            if self.at >= len(self.text) or self.text[self.at] == "\n":
                raise JSONPathError("unterminated quoted string")
            self.at += 1
            if self.text[self.at - 1] == end and self.text[self.at - 2] != "\\":
                break
        return _unquoted(self.text[start + 1 : self.at - 1], end)

    def _array(self, steps: list[Step]) -> None:
        start = self.at + 1
        while True:
            if self.at >= len(self.text) or self.text[self.at] == "\n":
                raise JSONPathError("unterminated array")
            self.at += 1
            if self.text[self.at - 1] == "]":
                break
        text = self.text[start : self.at - 1]
        parts = text.split(",")
        if len(parts) > 1:
            steps.append(Union([_inner(f"[{part.strip(' ')}]") for part in parts]))
            return
        key = _DICT_KEY.fullmatch(text)
        if key is not None:
            steps.extend(_inner(f".{key[1]}").steps)
            return
        steps.append(_slice(":" if text == "*" else text))

    def _filter(self) -> Step:
        start = self.at
        opened = closed = False
        pair = ""
        while True:
            if self.at >= len(self.text) or self.text[self.at] == "\n":
                raise JSONPathError("unterminated filter")
            character = self.text[self.at]
            self.at += 1
            if character in "\"'":
                if not opened:
                    opened, pair = True, character
                elif self.text[self.at - 2] != "\\" and character == pair:
                    closed = True
            elif character == ")" and opened == closed:
                break
        if not self.text.startswith("]", self.at):
            raise JSONPathError("unclosed array expect ]")
        text = self.text[start : self.at - 1]
        self.at += 1
        match = _COMPARISON.fullmatch(text)
        if match is None:
            return Filter(_inner(text), Action(), "exists")
        return Filter(_inner(match[1]), _inner(match[3]), match[2])


def _inner(text: str) -> Action:
    node = parse("{" + text + "}")[0]
    return node if isinstance(node, Action) else Action()


def _slice(text: str) -> Slice:
    match = _SLICE.fullmatch(text)
    if match is None:
        raise JSONPathError(f"invalid array index {text}")
    try:
        start = int(match[1]) if match[1] else None
        end = int(match[2][1:]) if match[2] and match[2] != ":" else None
        step = int(match[3][1:]) if match[3] and match[3] != ":" else None
    except ValueError:
        raise JSONPathError(f"array index {text} is not a number") from None
    if not match[2]:
        return Slice(start, (start or 0) + 1, step, True)
    return Slice(start, end, step, False)


def _unquoted(text: str, quote: str) -> str:
    if "\\" not in text and quote not in text:
        return text
    out: list[str] = []
    at = 0
    while at < len(text):
        character = text[at]
        at += 1
        if character != "\\":
            if character == quote:
                raise JSONPathError(f"unquote string {quote}{text}{quote} error invalid syntax")
            out.append(character)
            continue
        escape = text[at : at + 1]
        at += 1
        if escape in _ESCAPES and escape:
            out.append(_ESCAPES[escape])
        elif escape == quote:
            out.append(quote)
        elif escape in ("x", "u", "U") and escape:
            length = {"x": 2, "u": 4, "U": 8}[escape]
            out.append(chr(int(text[at : at + length], 16)))
            at += length
        else:
            raise JSONPathError(f"unquote string {quote}{text}{quote} error invalid syntax")
    return "".join(out)


def _is_word(character: str) -> bool:
    return character == "_" or character.isalpha() or character.isdigit()
