"""Makes fields of the pieces that a word's expansions gave: splitting at IFS, then file names.

A piece is a pair [how, text]: LITERAL stands in the program unquoted, QUOTED is taken as it is, EXPANDED came from
an unquoted expansion and is split, BREAK ends a field ("$@"). Source: bash(1), Word Splitting, Pathname Expansion.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kubelab.cluster.files import FileSystem
from kubelab.terminal.shell.faults import ShellFault
from kubelab.terminal.shell.patterns import (
    DEFAULT_GLOBBING,
    Globbing,
    expand_files,
    is_pattern,
    quote_pattern,
    unquote_pattern,
)

LITERAL, QUOTED, EXPANDED, BREAK = 0, 1, 2, 3
DEFAULT_IFS = " \t\n"
Piece = Sequence[Any]  # [how, text]


def joined(pieces: Sequence[Piece]) -> str:
    """Returns the pieces as one text: what an assignment or a here-string takes."""
    return "".join(" " if piece[0] == BREAK else piece[1] for piece in pieces)


def as_pattern(pieces: Sequence[Piece]) -> str:
    """Returns the pieces as a pattern: quoted letters stand for themselves."""
    return "".join(
        quote_pattern(piece[1]) if piece[0] == QUOTED else " " if piece[0] == BREAK else piece[1] for piece in pieces
    )


class _Fields:
    """Gathers fields as patterns."""

    def __init__(self) -> None:
        self.fields: list[str] = []
        self.current: list[str] = []
        self.there = False  # the field exists even if it is empty

    def add(self, pattern: str, *, there: bool) -> None:
        self.current.append(pattern)
        self.there = self.there or there

    def end(self, *, forced: bool = False) -> None:
        if self.there or forced:
            self.fields.append("".join(self.current))
        self.current.clear()
        self.there = False


def fields_of(
    pieces: Sequence[Piece], ifs: str, files: FileSystem | None, cwd: str, options: Sequence[str] = ()
) -> list[str]:
    """Returns the fields of a word.

    Args:
        pieces: what its expansions gave.
        ifs: the letters to split at.
        files: where names are looked for; None where file names are not expanded (set -f).
        cwd: the directory that relative names lie in.
        options: the shell's, among them those of shopt that say how.

    Raises:
        ShellFault: nothing matches, and failglob is on.
    """
    gathered = _Fields()
    for how, text in pieces:
        if how == QUOTED:
            gathered.add(quote_pattern(text), there=True)
        elif how == LITERAL:
            gathered.add(text, there=bool(text))
        elif how == BREAK:
            gathered.end()
        else:
            _split(text, ifs, gathered)
    gathered.end()
    fields: list[str] = []
    how = DEFAULT_GLOBBING
    if options:
        how = Globbing(*(name in options for name in Globbing._fields))
    for pattern in gathered.fields:
        if files is None or not is_pattern(pattern):
            fields.append(unquote_pattern(pattern) if "\\" in pattern else pattern)
            continue
        names = expand_files(files, cwd, pattern, how)
        if names:
            fields.extend(names)
        elif "failglob" in options:
            raise ShellFault(f"no match: {unquote_pattern(pattern)}", fatal=False)
        elif "nullglob" in options:
            continue
        else:
            fields.append(unquote_pattern(pattern) if "\\" in pattern else pattern)
    return fields


def _split(text: str, ifs: str, gathered: _Fields) -> None:
    """Splits what an unquoted expansion gave into fields."""
    if not text:
        return
    text = text.replace("\\", "\\\\")
    if not ifs:
        gathered.add(text, there=True)
        return
    if ifs == DEFAULT_IFS:
        if text[0] in ifs:
            gathered.end()
        words = text.split()
        for index, word in enumerate(words):
            if index:
                gathered.end()
            gathered.add(word, there=True)
        if text[-1] in ifs:
            gathered.end()
        return
    _split_at(text, ifs, gathered)


def _split_at(text: str, ifs: str, gathered: _Fields) -> None:
    """Splits at any IFS: each other letter than a blank ends a field, even an empty one."""
    blanks = [letter for letter in ifs if letter in DEFAULT_IFS]
    at, size, start = 0, len(text), 0
    while at < size:
        if text[at] not in ifs:
            at += 1
            continue
        if at > start:
            gathered.add(text[start:at], there=True)
        while at < size and text[at] in blanks:
            at += 1
        hard = at < size and text[at] in ifs
        if hard:
            at += 1
            while at < size and text[at] in blanks:
                at += 1
        gathered.end(forced=hard)
        start = at
    if at > start:
        gathered.add(text[start:], there=True)


def split_read(text: str, ifs: str, count: int) -> list[str]:
    """Splits a line as `read` does: at most `count` fields, the last one taking the rest."""
    blanks = "".join(letter for letter in ifs if letter in DEFAULT_IFS)
    fields: list[str] = []
    rest = text.lstrip(blanks) if blanks else text
    while rest and len(fields) < count - 1:
        at = next((at for at, letter in enumerate(rest) if letter in ifs), len(rest))
        fields.append(rest[:at])
        rest = rest[at:]
        stripped = rest.lstrip(blanks) if blanks else rest
        if stripped[:1] and stripped[0] in ifs:
            stripped = stripped[1:].lstrip(blanks) if blanks else stripped[1:]
        rest = stripped
    rest = rest.rstrip(blanks) if blanks else rest
    hard = [letter for letter in ifs if letter not in DEFAULT_IFS]
    if rest and rest[-1] in hard and not any(letter in hard for letter in rest[:-1]):
        rest = rest[:-1].rstrip(blanks) if blanks else rest[:-1]
    return [*fields, rest]
