"""How awk cuts text into records and records into fields."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kubelab.terminal import regular
from kubelab.terminal.awk.values import Input


class Records:
    """Text that records are taken from, one after the other.

    Args:
        text: what is there.
        ended: nothing will be added.
        at: where the next record begins.
        file: reads another file, for getline; None where it cannot be read.
    """

    def __init__(
        self,
        text: str = "",
        *,
        ended: bool = False,
        at: int = 0,
        file: Callable[[str], str | None] = lambda _path: None,
    ) -> None:
        self.text = text
        self.ended = ended
        self.at = at
        self.file = file

    def add(self, text: str) -> None:
        """Adds text to the end."""
        self.text = self.text[self.at :] + text
        self.at = 0

    def left(self) -> str:
        """Returns what was not taken yet."""
        return self.text[self.at :]

    def next(self, separator: str) -> str | None:
        """Takes a record; None when there is no whole one."""
        if separator == "\n" or len(separator) == 1:
            end = self.text.find(separator, self.at)
            return self._taken(end, end + 1)
        if not self.ended:
            return None
        if not separator:
            while self.text.startswith("\n", self.at):
                self.at += 1
            separator = "\n\n+"
        match = regular.find(regular.compiled(separator, escapes=True), self.text, self.at)
        if match is None or match.end() == match.start():
            return self._taken(-1, 0, paragraph=separator == "\n\n+")
        return self._taken(match.start(), match.end())

    def _taken(self, end: int, following: int, *, paragraph: bool = False) -> str | None:
        if end < 0:
            if not self.ended or self.at >= len(self.text):
                return None
            record = self.text[self.at :]
            self.at = len(self.text)
            return record.removesuffix("\n") if paragraph else record
        record = self.text[self.at : end]
        self.at = following
        return record


def fields_of(text: str, separator: str) -> list[Any]:
    """Returns a record's fields."""
    if separator == " ":
        return [Input(part) for part in text.split()] if text.isascii() else _blank_separated(text)
    if not text:
        return []
    if not separator:
        return [Input(letter) for letter in text]
    if separator == "\t" or (len(separator) == 1 and separator not in "\\^$.[|()*+?{"):
        return [Input(part) for part in text.split(separator)]
    if len(separator) == 1 and separator != "\\":
        return [Input(part) for part in text.split(separator)]
    expression = regular.compiled(separator, escapes=True)
    parts, at, start = [], 0, 0
    while start <= len(text):
        match = regular.find(expression, text, start)
        if match is None:
            break
        if match.end() == match.start():
            start = match.end() + 1
            continue
        parts.append(Input(text[at : match.start()]))
        at = start = match.end()
    return [*parts, Input(text[at:])]


def _blank_separated(text: str) -> list[Any]:
    parts = text.replace("\t", " ").replace("\n", " ").split(" ")
    return [Input(part) for part in parts if part]
