"""Command-line flags, read as spf13/pflag reads them: long, short, grouped, `--name=value`, `--`.

Underscores count as dashes. The error texts are pflag's.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from kubelab.terminal.kubectl.golang import GoError, parse_bool, parse_duration, parse_int, quote


class FlagError(Exception):
    """The arguments cannot be read; its text is pflag's."""


class HelpWanted(Exception):
    """`-h` or `--help` was among the arguments."""


@dataclass(frozen=True)
class Flag:
    """One flag of a command.

    `kind` is one of string, bool, int, int32, int64, duration, strings (commas split, repeatable), array (repeatable),
    labels (name=value pairs, commas split), pairs (the same, and repeatable).
    `bare` is the value that the flag has when it is written without one, where that is allowed.
    """

    name: str
    kind: str
    default: Any
    help: str
    short: str = ""
    bare: str = ""
    hidden: bool = False
    deprecated: str = ""

    @property
    def without_value(self) -> str:
        """The value of the flag written alone, "" where a value must follow."""
        return self.bare or ("true" if self.kind == "bool" else "")

    def read(self, text: str) -> Any:
        """Returns the value that `text` stands for.

        Raises:
            GoError: it stands for none.
        """
        return _READERS[self.kind](text)


def _strings(text: str) -> list[str]:
    if not text:
        return []
    return text.split(",") if '"' not in text else next(csv.reader([text]))


def _labels(text: str) -> dict[str, str]:
    pairs = [pair.partition("=") for pair in text.split(",") if pair]
    if not all(equals for _, equals, _ in pairs):
        raise GoError("malformed pair, expect string=string")
    return {name.strip(): value.strip() for name, _, value in pairs}


def _pairs(text: str) -> dict[str, str]:
    pairs = [(item, *item.partition("=")) for item in _strings(text)]
    for item, _, equals, _ in pairs:
        if not equals:
            raise GoError(f"{item} must be formatted as key=value")
    return {name: value for _, name, _, value in pairs}


_READERS: dict[str, Callable[[str], Any]] = {
    "string": str,
    "bool": parse_bool,
    "int": parse_int,
    "int32": lambda text: parse_int(text, 32),
    "int64": parse_int,
    "duration": parse_duration,
    "strings": _strings,
    "array": lambda text: [text],
    "labels": _labels,
    "pairs": _pairs,
}


class Flags:
    """The flags of one call: what was given, else the defaults."""

    def __init__(self, known: FlagSet) -> None:
        self._known = known
        self._given: dict[str, Any] = {}
        self.args: list[str] = []
        self.dash = -1  # how many arguments stood before `--`, -1 without one
        self.warnings: list[str] = []
        self.given: list[tuple[str, str]] = []  # as they stood on the line

    def changed(self, name: str) -> bool:
        """Tells whether the flag was given."""
        return name in self._given

    def has(self, name: str) -> bool:
        """Tells whether the command has such a flag."""
        return name in self._known.by_name

    def flag(self, name: str) -> Flag:
        """Returns what the command knows by that name: its own flag hides a global one."""
        return self._known.by_name[name]

    def __getitem__(self, name: str) -> Any:
        given = self._given
        return given[name] if name in given else self._known.by_name[name].default

    def text(self, name: str) -> str:
        """Returns a string flag."""
        return str(self[name])

    def on(self, name: str) -> bool:
        """Returns a boolean flag."""
        return bool(self[name])

    def number(self, name: str) -> int:
        """Returns an integer flag."""
        return int(self[name])

    def seconds(self, name: str) -> float:
        """Returns a duration flag, in seconds."""
        return float(self[name])

    def items(self, name: str) -> list[str]:
        """Returns a flag that can be repeated."""
        return list(self[name])

    def labels(self, name: str) -> dict[str, str]:
        """Returns a flag of name=value pairs."""
        return dict(self[name])

    def put(self, flag: Flag, text: str) -> None:
        """Takes one occurrence of a flag.

        Raises:
            FlagError: the text is no value of the flag.
        """
        try:
            value = flag.read(text)
        except GoError as error:
            name = f"-{flag.short}, --{flag.name}" if flag.short else f"--{flag.name}"
            raise FlagError(f"invalid argument {quote(text)} for {quote(name)} flag: {error}") from None
        self.given.append((flag.name, text))
        if flag.kind in ("strings", "array") and flag.name in self._given:
            value = [*self._given[flag.name], *value]
        if flag.kind == "pairs":
            value = {**self._given.get(flag.name, {}), **value}
        self._given[flag.name] = value
        if flag.deprecated:
            self.warnings.append(f"Flag --{flag.name} has been deprecated, {flag.deprecated}")


class FlagSet:
    """The flags that a command knows: its own and the global ones."""

    def __init__(self, *groups: Iterable[Flag]) -> None:
        self.by_name: dict[str, Flag] = {}
        self.by_short: dict[str, Flag] = {}
        for flag in (flag for group in groups for flag in group):
            # A command's own flag hides a global one of the same name.
            if flag.name not in self.by_name:
                self.by_name[flag.name] = flag
                if flag.short:
                    self.by_short.setdefault(flag.short, flag)

    def parse(self, arguments: Sequence[str]) -> Flags:
        """Reads the arguments.

        Raises:
            FlagError: a flag is unknown, lacks its value, or has a wrong one.
            HelpWanted: help was asked for.
        """
        flags = Flags(self)
        rest = list(arguments)
        while rest:
            word = rest.pop(0)
            if len(word) < 2 or word[0] != "-":
                flags.args.append(word)
            elif word == "--":
                flags.dash = len(flags.args)
                flags.args += rest
                break
            elif word[1] == "-":
                self._long(flags, word, rest)
            else:
                self._short(flags, word[1:], rest)
        return flags

    def _long(self, flags: Flags, word: str, rest: list[str]) -> None:
        name, equals, value = word[2:].partition("=")
        if not name or name[0] == "-":
            raise FlagError(f"bad flag syntax: {word}")
        flag = self.find(name)
        if flag is None:
            if name == "help":
                raise HelpWanted
            raise FlagError(f"unknown flag: --{name}")
        if not equals:
            value = flag.without_value
            if not value:
                if not rest:
                    raise FlagError(f"flag needs an argument: {word}")
                value = rest.pop(0)
        flags.put(flag, value)

    def _short(self, flags: Flags, letters: str, rest: list[str]) -> None:
        group = letters
        while letters:
            letter, letters = letters[0], letters[1:]
            flag = self.by_short.get(letter)
            if flag is None:
                if letter == "h":
                    raise HelpWanted
                raise FlagError(f"unknown shorthand flag: '{letter}' in -{group}")
            if len(letters) > 1 and letters[0] == "=":
                value, letters = letters[1:], ""
            elif flag.without_value:
                value = flag.without_value
            elif letters:
                value, letters = letters, ""
            elif rest:
                value = rest.pop(0)
            else:
                raise FlagError(f"flag needs an argument: '{letter}' in -{group}")
            flags.put(flag, value)
            group = letters

    def find(self, name: str) -> Flag | None:
        """Returns the flag of a name, dashes and underscores alike."""
        return self.by_name.get(name) or self.by_name.get(name.replace("_", "-"))

    def takes_next(self, word: str) -> bool:
        """Tells whether `word` is a flag whose value is the word after it (cobra's stripFlags)."""
        if "=" in word or len(word) < 2 or word[0] != "-":
            return False
        if word.startswith("--"):
            flag = self.find(word[2:])
        elif len(word) == 2:
            flag = self.by_short.get(word[1])
        else:
            return False
        return flag is None or not flag.without_value
