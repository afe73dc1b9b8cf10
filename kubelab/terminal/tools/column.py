"""column: text in columns. Source: util-linux."""

from __future__ import annotations

import re

from kubelab.terminal.inputs import gather, lines_of
from kubelab.terminal.options import Usage
from kubelab.terminal.tool import Context, Steps, tool

USAGE = Usage("""
Usage: column [OPTION]... [FILE]...
Write lines in columns, or (-t) their fields.

  -c, --output-width=WIDTH         the width of the screen
  -N, --table-columns=NAMES        with these headings, with commas
  -o, --output-separator=STRING    STRING between columns of a table instead of two spaces
  -R, --table-right=COLUMNS        these columns to the right, with commas
  -s, --separator=LETTERS          fields are separated by LETTERS
  -t, --table                      a table of fields
  -x, --fillrows                   line by line
""", not_simulated="-J --json -n --table-name -d --table-noheadings -e --header-repeat -E --table-noextreme -H "
    "--table-hide -l --table-columns-limit -L --keep-empty-lines -O --table-order -T --table-truncate -W --table-wrap "
    "-r --tree -i --tree-id -p --tree-parent")  # fmt: skip


@tool("column")
def column(ctx: Context) -> Steps:
    """column [-t] [-s letters] [-o string] [file ...]"""
    given = USAGE.parse(ctx)
    texts = yield from gather(ctx, given.operands or ["-"])
    lines = [line for text in texts for line in lines_of(text or "") if line.strip()]
    if not given.has("t"):
        width = int(given.value("c", str(ctx.columns)))
        ctx.write(_filled([line.strip() for line in lines], width, by_line=given.has("x")))
        return int(None in texts)
    rows = [_fields(line, given.value("s")) for line in lines]
    names = given.value("N").split(",") if given.has("N") else []
    if names:
        rows.insert(0, names)
    count = max((len(row) for row in rows), default=0)
    widths = [max((len(row[at]) for row in rows if at < len(row)), default=0) for at in range(count)]
    right = {int(part) - 1 if part.isdigit() else names.index(part) if part in names else -1
             for part in given.value("R").split(",") if part}  # fmt: skip
    between = given.value("o", "  ")
    for row in rows:
        cells = row + [""] * (count - len(row))
        parts = [cell.rjust(width) if at in right else cell.ljust(width) if at < count - 1 else cell
                 for at, (cell, width) in enumerate(zip(cells, widths, strict=True))]  # fmt: skip
        ctx.print(between.join(parts))
    return int(None in texts)


def _fields(line: str, separators: str) -> list[str]:
    if not separators:
        return line.split()
    return re.split(f"[{re.escape(separators)}]", line)


def _filled(entries: list[str], width: int, *, by_line: bool) -> str:
    if not entries:
        return ""
    cell = (max(len(entry) for entry in entries) // 8 + 1) * 8
    columns = max(1, width // cell)
    rows = -(-len(entries) // columns)
    lines = []
    for row in range(rows):
        places = range(row * columns, min(len(entries), (row + 1) * columns)) if by_line else (
            range(row, len(entries), rows))  # fmt: skip
        line = ""
        for place in places:
            entry = entries[place]
            tabs = -(-(cell - len(entry)) // 8) if place != places[-1] else 0
            line += entry + "\t" * tabs
        lines.append(line + "\n")
    return "".join(lines)
