"""All commands, found in `commands/`, and how a command line finds its own (cobra's Find)."""

from __future__ import annotations

import functools
import importlib
import pkgutil
from collections.abc import Sequence

from kubelab.terminal.kubectl import commands
from kubelab.terminal.kubectl.command import GROUPS, Command
from kubelab.terminal.kubectl.errors import CommandError
from kubelab.terminal.kubectl.flags import FlagSet
from kubelab.terminal.kubectl.global_flags import GLOBAL_FLAGS
from kubelab.terminal.kubectl.golang import quote

_ROOT_FLAGS = FlagSet(GLOBAL_FLAGS)


class Tree:
    """The commands by their paths."""

    def __init__(self, found: Sequence[Command]) -> None:
        self._by_path = {command.path: command for command in found}
        self._below: dict[str, list[Command]] = {}
        for command in sorted(found, key=lambda each: each.name):
            self._below.setdefault(command.parent, []).append(command)
        self._by_word = {
            f"{command.parent} {word}".strip(): command
            for command in found
            for word in (command.name, *command.aliases)
        }

    def below(self, path: str) -> list[Command]:
        """Returns the commands directly below a path, by name; below "" as kubectl's help groups them."""
        found = self._below.get(path, [])
        if path:
            return found
        return sorted(found, key=lambda command: (GROUPS.index(command.group), command.rank, command.name))

    def get(self, path: str) -> Command | None:
        """Returns the command of a path."""
        return self._by_path.get(path)

    def find(self, words: Sequence[str]) -> tuple[Command | None, list[str]]:
        """Returns the command that a line calls and the words left for it; None for kubectl itself.

        Raises:
            CommandError: the first word is no command.
        """
        command, rest = self._descend(None, list(words))
        if command is None:
            plain = _without_flags(rest, _ROOT_FLAGS)
            if plain:
                raise CommandError(f'unknown command {quote(plain[0])} for "kubectl"{self._suggestions(plain[0])}')
        return command, rest

    def _descend(self, command: Command | None, words: list[str]) -> tuple[Command | None, list[str]]:
        path, flags = (command.path, command.flag_set) if command is not None else ("", _ROOT_FLAGS)
        plain = _without_flags(words, flags)
        child = self._by_word.get(f"{path} {plain[0]}".strip()) if plain else None
        if child is None:
            return command, words
        return self._descend(child, _minus_first(words, plain[0], flags))

    def _suggestions(self, word: str) -> str:
        found = [
            command.name
            for command in self.below("")
            if not command.hidden
            and (
                _distance(word.lower(), command.name.lower()) <= 2
                or command.name.lower().startswith(word.lower())
                or word.lower() in command.suggest_for
            )
        ]
        return "\n\nDid you mean this?\n" + "".join(f"\t{name}\n" for name in found) if found else ""


@functools.cache
def tree() -> Tree:
    """Returns the tree of all commands."""
    found: list[Command] = []
    for module in pkgutil.iter_modules(commands.__path__):
        content = vars(importlib.import_module(f"{commands.__name__}.{module.name}"))
        found += [value for value in content.values() if isinstance(value, Command) and value not in found]
    return Tree(found)


def _without_flags(words: Sequence[str], flags: FlagSet) -> list[str]:
    rest, plain = list(words), []
    while rest:
        word = rest.pop(0)
        if word == "--":
            break
        if flags.takes_next(word):
            if len(rest) <= 1:
                break
            rest.pop(0)
        elif word and not word.startswith("-"):
            plain.append(word)
    return plain


def _minus_first(words: Sequence[str], name: str, flags: FlagSet) -> list[str]:
    at = 0
    while at < len(words):
        word = words[at]
        if word == "--":
            break
        if flags.takes_next(word):
            at += 2
            continue
        if word == name:
            return [*words[:at], *words[at + 1 :]]
        at += 1
    return list(words)


def _distance(first: str, second: str) -> int:
    """Levenshtein's distance."""
    row = list(range(len(second) + 1))
    for at, a in enumerate(first, 1):
        previous, row[0] = row[0], at
        for to, b in enumerate(second, 1):
            previous, row[to] = row[to], previous if a == b else 1 + min(previous, row[to], row[to - 1])
    return row[-1]
