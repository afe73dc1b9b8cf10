"""Draws a line that is being edited: prompt, text and cursor, wrapped at any width, with as few letters as it takes.

Positions are rows and columns below the prompt's beginning. A terminal that has filled its last column stays in it
until the next letter comes; `_settle` pushes it on, as readline does.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple

_ESCAPE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b\][^\x07]*\x07")
_HIDDEN = re.compile(r"\x01[^\x02]*\x02")
CLEAR_BELOW = "\x1b[J"


class Place(NamedTuple):
    """Where something is on the screen."""

    row: int
    column: int


ORIGIN = Place(0, 0)


@lru_cache(maxsize=1024)
def width_of(letter: str) -> int:
    """Returns how many columns a letter takes."""
    if letter < "\x7f":
        return 1
    if unicodedata.combining(letter) or unicodedata.category(letter) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(letter) in ("W", "F") else 1


def text_width(text: str) -> int:
    """Returns how many columns a text takes."""
    return len(text) if text.isascii() else sum(width_of(letter) for letter in text)


def visible(text: str) -> str:
    """Returns a text without colours and other escapes."""
    return _ESCAPE.sub("", _HIDDEN.sub("", text)) if "\x1b" in text or "\x01" in text else text


def shown(text: str) -> str:
    """Returns text with its control letters as ^X, newlines left."""
    if text.isprintable():
        return text
    return "".join("^" + chr(ord(c) ^ 64) if (c < " " and c != "\n") or c == "\x7f" else c for c in text)


def place_after(text: str, columns: int, start: Place = ORIGIN) -> Place:
    """Returns where the next letter stands after `text`; `column` is `columns` when the last one is just full."""
    row, column = start
    if text.isascii() and "\n" not in text:
        cells = column + len(text)
        if not text or cells <= columns:
            return Place(row, cells)
        rows, rest = divmod(cells - 1, columns)
        return Place(row + rows, rest + 1)
    for letter in text:
        if letter == "\n":
            row, column = row + 1, 0
            continue
        width = width_of(letter)
        if column + width > columns:
            row, column = row + 1, 0
        column += width
    return Place(row, column)


def _settled(place: Place, columns: int) -> Place:
    return Place(place.row + 1, 0) if place.column >= columns else place


class Screen:
    """What is drawn of the line.

    Args:
        columns: the terminal's width.
    """

    def __init__(self, columns: int) -> None:
        self.columns = columns
        self.prompt = ""
        self.text = ""  # as it is drawn
        self.cursor = 0  # in the drawn text
        self._home = Place(0, 0)  # where the text begins

    def begin(self, prompt: str) -> str:
        """Draws a prompt; returns what to write."""
        head, newline, last = prompt.rpartition("\n")
        self.prompt = last
        self.text, self.cursor = "", 0
        self._home = place_after(visible(last), self.columns)
        clean = re.sub("[\x01\x02]", "", head + newline + last)
        return clean + self._settle(self._home)

    def _settle(self, place: Place) -> str:
        return " \r" if place.column >= self.columns else ""

    def _place(self, index: int, text: str | None = None) -> Place:
        text = self.text if text is None else text
        return _settled(place_after(text[:index], self.columns, self._home), self.columns)

    def draw(self, text: str, cursor: int) -> str:
        """Makes the screen show `text` with the cursor before its letter `cursor`; returns what to write."""
        drawn = shown(text)
        at = cursor if drawn is text else len(shown(text[:cursor]))
        old, old_at = self.text, self.cursor
        self.text, self.cursor = drawn, at
        if drawn == old:
            return self._move(self._place(old_at), self._place(at))
        if old_at == len(old) and at == len(drawn) and drawn.startswith(old):
            return self._write(drawn[len(old) :], self._end(drawn))
        same = _common(old, drawn, min(old_at, len(old), len(drawn)))
        out = self._move(self._place(old_at, old), self._place(same))
        out += self._write(drawn[same:], self._end(drawn))
        if len(drawn) < len(old) or not (old.isascii() and drawn.isascii()) or "\n" in old:
            out += CLEAR_BELOW
        return out + self._move(self._place(len(drawn)), self._place(at))

    def _end(self, text: str) -> Place:
        return place_after(text, self.columns, self._home)

    def _write(self, text: str, end: Place) -> str:
        return text.replace("\n", CLEAR_BELOW + "\r\n") + (self._settle(end) if text else "")

    def _move(self, start: Place, end: Place) -> str:
        out = ""
        if end.row < start.row:
            out += f"\x1b[{start.row - end.row}A"
        elif end.row > start.row:
            out += f"\x1b[{end.row - start.row}B"
        if end.column != start.column:
            out += f"\x1b[{end.column + 1}G" if end.column else "\r"
        return out

    def finish(self) -> str:
        """Moves behind the text; returns what to write."""
        out = self._move(self._place(self.cursor), self._place(len(self.text)))
        self.cursor = len(self.text)
        return out

    def redraw(self, columns: int | None = None, *, clear: bool = False) -> str:
        """Draws all anew, at another width or on a cleared screen; returns what to write."""
        text, cursor = self.text, self.cursor
        if columns is not None:
            self.columns = columns  # the terminal has wrapped what stands there anew
            self._home = place_after(visible(self.prompt), columns)
        if clear:
            out = "\x1b[H\x1b[2J"
        else:
            row = self._place(cursor).row
            out = (f"\x1b[{row}A" if row else "") + "\r" + CLEAR_BELOW
        out += self.begin(self.prompt)
        self.text = text
        out += self._write(text, self._end(text))
        out += self._move(self._place(len(text)), self._place(cursor))
        self.cursor = cursor
        return out


def _common(old: str, new: str, limit: int) -> int:
    """Returns how many letters two texts have in common at their beginnings, at most `limit`."""
    if old[:limit] == new[:limit]:
        return limit
    return next(index for index in range(limit) if old[index] != new[index])
