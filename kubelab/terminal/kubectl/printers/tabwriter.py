"""Columns lined up as Go's text/tabwriter does, with the memory of widths that kubectl's copy of it has.

A cell is text that a tab ends; a column is a run of lines that all have a cell there. What stands after a
line's last tab belongs to no column.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

Write = Callable[[str], None]


class TabWriter:
    """Collects lines with tabs and writes them with their columns lined up.

    Args:
        write: takes the finished text.
        minimum: least width of a column, its padding included.
        padding: spaces after the longest cell.
        remembers: a later flush gives no column less than an earlier one did.
    """

    def __init__(self, write: Write, *, minimum: int = 6, padding: int = 3, remembers: bool = True) -> None:
        self._write = write
        self._minimum = minimum
        self._padding = padding
        self._remembers = remembers
        self.widths: list[int] = []  # of earlier flushes
        self._lines: list[Sequence[str]] = []
        self._open = ""

    def row(self, cells: Sequence[str]) -> None:
        """Adds a line of cells; the last one is not followed by a tab."""
        self._lines.append(cells)

    def write(self, text: str) -> None:
        """Adds text with tabs and newlines."""
        lines = (self._open + text).split("\n")
        self._open = lines.pop()
        self._lines += [line.split("\t") for line in lines]

    def forget(self) -> None:
        """Forgets the widths of earlier flushes."""
        self.widths = []

    def flush(self) -> None:
        """Writes what was collected."""
        lines, self._lines = self._lines, []
        out: list[str] = []
        if lines:
            self._format(out, lines, 0, len(lines), [])
        if self._open:
            out.append(self._open)
            self._open = ""
        if out:
            self._write("".join(out))

    def _format(self, out: list[str], lines: Sequence[Sequence[str]], start: int, end: int, widths: list[int]) -> None:
        """Formats lines[start:end], for whose first columns the widths are known (tabwriter's format)."""
        column = len(widths)
        this = start
        while this < end:
            if column >= len(lines[this]) - 1:
                this += 1
                continue
            self._lines_out(out, lines, start, this, widths)
            start = this
            width = self._minimum
            if self._remembers and column < len(self.widths):
                width = max(width, self.widths[column])
            while this < end and column < len(lines[this]) - 1:
                width = max(width, len(lines[this][column]) + self._padding)
                this += 1
            if self._remembers:
                if column < len(self.widths):
                    self.widths[column] = width
                else:
                    self.widths.append(width)
            self._format(out, lines, start, this, [*widths, width])
            start = this
        self._lines_out(out, lines, start, end, widths)

    @staticmethod
    def _lines_out(out: list[str], lines: Sequence[Sequence[str]], start: int, end: int, widths: list[int]) -> None:
        for at in range(start, end):
            cells = lines[at]
            known = len(widths)
            last = len(cells) - 1
            for column, cell in enumerate(cells):
                if column < last and column < known:
                    out.append(cell.ljust(widths[column]))
                else:
                    out.append(cell)
            out.append("\n")
