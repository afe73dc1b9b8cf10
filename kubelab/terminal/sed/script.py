"""Reads sed scripts."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from kubelab.terminal import regular

KNOWN = frozenset("{}=aAbcdDeFgGhHiIlnNpPqQrRstTvwWxyz:#")


class ScriptFault(Exception):
    """The script is none."""


class Missing(Exception):
    """The script asks for something that is not simulated."""


@dataclass
class Address:
    """A line number, `$`, a regular expression, or first~step.

    Attributes:
        kind: "line", "last", "match", "step", "plus" (only second) or "multiple" (only second).
    """

    kind: str
    number: int = 0
    step: int = 0
    pattern: str | None = None  # "" is the last one used
    ignore_case: bool = False


@dataclass
class Command:
    """One command.

    Attributes:
        name: its letter.
        number: its place in the script, for what is remembered about ranges.
        text: of a, i, c; the label of b, t, T; the file of r, w.
        target: where b, t and } lead: a place in the script.
    """

    name: str
    number: int = 0
    first: Address | None = None
    second: Address | None = None
    negated: bool = False
    text: str = ""
    target: int = -1
    pattern: str = ""
    ignore_case: bool = False
    replacement: list[Any] = field(default_factory=list)
    which: int = 1
    everywhere: bool = False
    prints: int = 0
    executes: bool = False
    multiline: bool = False
    table: dict[int, str] = field(default_factory=dict)


@dataclass
class Script:
    """A script that was read."""

    commands: list[Command]
    silent: bool = False  # its first line is #n


def read_script(text: str, *, extended: bool) -> Script:
    """Reads a script.

    Args:
        extended: expressions are extended ones (-E).

    Raises:
        ScriptFault: with GNU's words, e.g. "char 3: unterminated `s' command".
        Missing: what is not simulated.
    """
    return _Reader(text, extended).run()


class _Reader:
    def __init__(self, text: str, extended: bool) -> None:
        self.text = text
        self.extended = extended
        self.at = 0
        self.commands: list[Command] = []

    def fault(self, message: str) -> ScriptFault:
        return ScriptFault(f"char {min(self.at, len(self.text))}: {message}")

    def peek(self) -> str:
        return self.text[self.at : self.at + 1]

    def take(self) -> str:
        letter = self.peek()
        self.at += 1
        return letter

    def skip(self, letters: str = " \t") -> None:
        while self.peek() and self.peek() in letters:
            self.at += 1

    def run(self) -> Script:
        opened: list[int] = []
        while True:
            self.skip(" \t\n;")
            if not self.peek():
                break
            command = self._command()
            if command is None:
                continue
            command.number = len(self.commands)
            if command.name == "{":
                opened.append(command.number)
            elif command.name == "}":
                if not opened:
                    raise self.fault("unexpected `}'")
                self.commands[opened.pop()].target = command.number
            self.commands.append(command)
        if opened:
            raise ScriptFault("char 0: unmatched `{'")
        self._resolve()
        return Script(self.commands, self.text.startswith(("#n\n",)) or self.text == "#n")

    def _resolve(self) -> None:
        labels = {command.text: command.number for command in self.commands if command.name == ":"}
        for command in self.commands:
            if command.name in "btT":
                if command.text and command.text not in labels:
                    raise ScriptFault(f"can't find label for jump to `{command.text}'")
                command.target = labels[command.text] if command.text else len(self.commands)

    # addresses

    def _address(self, *, second: bool = False) -> Address | None:
        letter = self.peek()
        if letter.isdigit():
            return self._line_address()
        if letter == "$":
            self.at += 1
            return Address("last")
        if letter in ("/", "\\"):
            self.at += 1
            if letter == "\\":
                letter = self.take()
            pattern = self._until(letter, "unterminated address regex")
            ignore = False
            while self.peek() in ("I", "M"):
                ignore = self.take() == "I" or ignore
            return Address("match", pattern=pattern, ignore_case=ignore)
        if second and letter in ("+", "~"):
            self.at += 1
            if not self.peek().isdigit():
                raise self.fault("expected number after +/~")
            return Address("plus" if letter == "+" else "multiple", self._number())
        return None

    def _line_address(self) -> Address:
        number = self._number()
        if self.peek() == "~":
            self.at += 1
            return Address("step", number, self._number() if self.peek().isdigit() else 0)
        return Address("line", number)

    def _number(self) -> int:
        match = re.compile(r"\d+").match(self.text, self.at)
        digits = match.group() if match else "0"
        self.at += len(digits)
        return int(digits[:9])

    def _until(self, end: str, message: str, *, sets: bool = True) -> str:
        """Reads up to a delimiter; an escaped delimiter is the plain letter, \\n stays."""
        out = ""
        while True:
            letter = self.take()
            if not letter or (letter == "\n" and message.startswith("unterminated address")):
                raise self.fault(message)
            if letter == end:
                return out
            if letter == "\\":
                following = self.take()
                if following == end and not (end in "()|{}+?." and self.extended):
                    out += following if following not in "*.[]^$" else "\\" + following
                    continue
                out += letter + following
                continue
            if letter == "[" and sets:
                out += letter + self._set()
                continue
            out += letter

    def _set(self) -> str:
        """Reads the rest of a bracket expression, in which a delimiter is a plain letter, if it is one."""
        match = re.compile(r"\^?\]?(?:\[:\w+:\]|\[=.=\]|\[\..\.\]|[^\]\n])*\]").match(self.text, self.at)
        if match is None:
            return ""
        self.at = match.end()
        return match.group()

    # commands

    def _command(self) -> Command | None:
        first = self._address()
        second = None
        if first is not None:
            self.skip()
            if self.peek() == ",":
                self.at += 1
                self.skip()
                second = self._address(second=True)
                if second is None:
                    raise self.fault("unexpected `,'")
        self.skip()
        negated = False
        while self.peek() == "!":
            self.at += 1
            negated = True
            self.skip()
        name = self.take()
        if not name:
            raise self.fault("missing command")
        if (
            first is not None
            and first.kind == "line"
            and not first.number
            and (second is None or second.kind != "match")
        ):
            raise self.fault("invalid usage of line address 0")
        if name == "#":
            if first is not None:
                raise self.fault("comments don't accept any addresses")
            end = self.text.find("\n", self.at)
            self.at = len(self.text) if end < 0 else end
            return None
        if name not in KNOWN:
            raise self.fault(f"unknown command: `{name}'")
        command = Command(name, first=first, second=second, negated=negated)
        self._arguments(command)
        return command

    def _arguments(self, command: Command) -> None:
        name = command.name
        if name in ":}" and command.first is not None:
            raise self.fault(f"{name} doesn't want any addresses" if name == ":" else "unexpected `}'")
        if name in "aic":
            command.text = self._text()
        elif name in "btT:":
            self.skip()
            label = re.compile(r"[^\n;}]*" if name != ":" else r"[^\n;]*").match(self.text, self.at)
            command.text = label.group().strip() if label else ""
            self.at = label.end() if label else self.at
            if name == ":" and not command.text:
                raise self.fault('":" lacks a label')
        elif name in "rwRW":
            self.skip()
            end = self.text.find("\n", self.at)
            command.text = self.text[self.at : end if end >= 0 else len(self.text)]
            self.at = end if end >= 0 else len(self.text)
            if not command.text:
                raise self.fault("missing filename in r/R/w/W commands")
        elif name == "s":
            self._substitution(command)
            self._end()
        elif name == "y":
            self._table(command)
            self._end()
        elif name in "qQlL":
            self.skip()
            command.which = self._number() if self.peek().isdigit() else 0
            self._end()
        elif name in "ev":
            raise Missing(f"the command '{name}' of sed")
        elif name != "{":
            self._end()

    def _end(self) -> None:
        self.skip()
        letter = self.peek()
        if letter in ("", "\n", ";"):
            self.at += 1
        elif letter not in ("}", "#"):
            self.at += 1
            raise self.fault("extra characters after command")

    def _text(self) -> str:
        """Reads what a, i or c adds."""
        self.skip()
        if self.peek() == "\\":
            match = re.compile(r"\\[ \t]*\n?").match(self.text, self.at)
            self.at = match.end() if match and match.group().endswith("\n") else self.at + 1
        if not self.peek():
            raise ScriptFault(f"char {len(self.text)}: expected \\ after `a', `c' or `i'")
        out = ""
        while (letter := self.take()) and letter != "\n":
            if letter == "\\":
                letter = self.take()
                letter = {"t": "\t"}.get(letter, letter)
            out += letter
        return out + "\n"

    def _substitution(self, command: Command) -> None:
        mark = self.take()
        if not mark or mark in "\n\\":
            raise self.fault("unterminated `s' command")
        command.pattern = self._until(mark, "unterminated `s' command")
        replacement = self._until(mark, "unterminated `s' command", sets=False)
        flags = ""
        while (letter := self.peek()) and letter in "gpiIeMmw0123456789":
            self.at += 1
            if letter.isdigit():
                self.at -= 1
                command.which = self._number()
                if not command.which:
                    raise self.fault("number option to `s' command may not be zero")
                continue
            if letter in flags and letter in "gp":
                raise self.fault(f"multiple `{letter}' options to `s' command")
            flags += letter
            if letter == "w":
                self.skip()
                end = self.text.find("\n", self.at)
                command.text = self.text[self.at : end if end >= 0 else len(self.text)]
                self.at = end if end >= 0 else len(self.text)
        if self.peek() not in ("", "\n", ";", "}", "#", " ", "\t"):
            self.at += 1
            raise self.fault("unknown option to `s'")
        if "e" in flags:
            raise Missing("the flag e of sed's s")
        command.everywhere, command.prints = "g" in flags, flags.count("p")
        command.ignore_case = "i" in flags or "I" in flags
        command.multiline = "m" in flags or "M" in flags
        command.replacement = _replacement(replacement)
        self._check(command, replacement)

    def _check(self, command: Command, replacement: str) -> None:
        """Looks at the expression now, so that a fault is told before anything is edited."""
        if not command.pattern:
            return
        try:
            expression = regular.compiled(command.pattern, basic=not self.extended, escapes=True)
        except regular.RegularFault as fault:
            raise self.fault(str(fault)) from None
        for part in command.replacement:
            if isinstance(part, int) and part > expression.groups:
                raise self.fault(f"invalid reference \\{part} on `s' command's RHS")

    def _table(self, command: Command) -> None:
        mark = self.take()
        if not mark:
            raise self.fault("unterminated `y' command")
        one = _letters(self._until(mark, "unterminated `y' command", sets=False))
        two = _letters(self._until(mark, "unterminated `y' command", sets=False))
        if len(one) != len(two):
            raise self.fault("strings for `y' command are different lengths")
        command.table = {ord(letter): other for letter, other in zip(one, two, strict=True)}


def _letters(text: str) -> list[str]:
    return [{"\\n": "\n", "\\t": "\t", "\\\\": "\\"}.get(part, part[-1]) for part in re.findall(r"\\.|.", text, re.S)]


def _replacement(text: str) -> list[Any]:
    """Returns text, numbers of groups, and changes of case ("\\U", ...) as tuples of one."""
    parts: list[Any] = []
    for part in re.findall(r"\\(?:x[0-9a-fA-F]{2}|o[0-7]{3}|.)|&|[^\\&]+|\\$", text, re.S):
        if part == "&":
            parts.append(0)
        elif part[0] != "\\" or len(part) < 2:
            parts.append(part)
        elif part[1].isdigit():
            parts.append(int(part[1]))
        elif part[1] in "ULElu":
            parts.append((part[1],))
        elif part[1] in "xo" and len(part) > 2:
            parts.append(chr(int(part[2:], 16 if part[1] == "x" else 8)))
        else:
            parts.append({"n": "\n", "t": "\t", "r": "\r", "a": "\a", "f": "\f", "v": "\v"}.get(part[1], part[1]))
    return parts
