"""How etcdctl and etcdutl write tables: a frame of + - and |. Source: olekukonko/tablewriter, as etcdctl uses it."""

from __future__ import annotations

from collections.abc import Sequence


def table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Returns a table; headings are in the middle, numbers to the right, the rest to the left."""
    widths = [max(len(row[at]) for row in [heads, *rows]) for at in range(len(heads))]
    frame = "+" + "+".join("-" * (width + 2) for width in widths) + "+\n"
    right = [all(_is_number(row[at]) for row in rows) for at in range(len(heads))]
    lines = [frame, _row([head.center(width) for head, width in zip(heads, widths, strict=True)]), frame]
    for row in rows:
        cells = zip(row, widths, right, strict=True)
        lines.append(_row([cell.rjust(width) if number else cell.ljust(width) for cell, width, number in cells]))
    return "".join([*lines, frame])


def _is_number(cell: str) -> bool:
    first, _, unit = cell.partition(" ")
    plain = first.replace(".", "").replace("%", "").isdigit() and unit in ("", "B", "kB", "MB", "GB")
    return plain or cell in ("true", "false")


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |\n"


def written_size(number: int) -> str:
    """Writes a size as dustin/go-humanize does: "4.0 MB"."""
    value, unit = float(number), "B"
    for unit in ("B", "kB", "MB", "GB"):  # noqa: B007
        if value < 1000:
            break
        value /= 1000
    return f"{value:.1f} {unit}" if unit != "B" and value < 10 else f"{value:.0f} {unit}"
