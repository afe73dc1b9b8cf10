"""paste: lines of several files side by side. Source: GNU coreutils."""

from __future__ import annotations

from itertools import cycle

from kubelab.terminal.inputs import gather, lines_of
from kubelab.terminal.options import Usage
from kubelab.terminal.tool import Context, Steps, tool

USAGE = Usage("""
Usage: paste [OPTION]... [FILE]...
Write the lines of files side by side, with tabs between them.

  -d, --delimiters=LIST   letters of LIST instead of tabs, in turns
  -s, --serial            one file after the other, each in one line
""", not_simulated="-z --zero-terminated")  # fmt: skip
ESCAPES = {"\\n": "\n", "\\t": "\t", "\\\\": "\\", "\\0": ""}


def _delimiters(text: str) -> list[str]:
    found, at = [], 0
    while at < len(text):
        two = text[at : at + 2]
        found.append(ESCAPES.get(two, text[at]))
        at += 2 if two in ESCAPES else 1
    return found or [""]


@tool("paste")
def paste(ctx: Context) -> Steps:
    """paste [-s] [-d list] [file ...]"""
    given = USAGE.parse(ctx)
    paths = given.operands or ["-"]
    delimiters = _delimiters(given.value("d", "\t"))
    texts = yield from gather(ctx, paths)
    if None in texts and not given.has("s"):
        return 1
    columns = [lines_of(text) for text in texts if text is not None]
    if given.has("s"):
        for lines in columns:
            ctx.print(_joined(lines, delimiters))
        return int(None in texts)
    dashes = paths.count("-")
    if dashes > 1:
        columns = _dealt(columns, paths, dashes)
    for row in range(max((len(column) for column in columns), default=0)):
        ctx.print(_joined([column[row] if row < len(column) else "" for column in columns], delimiters))
    return 0


def _dealt(columns: list[list[str]], paths: list[str], dashes: int) -> list[list[str]]:
    """Deals standard input's lines out to all the dashes in turns."""
    lines = columns[paths.index("-")]
    dealt, turn = [], 0
    for column, path in zip(columns, paths, strict=True):
        if path == "-":
            dealt.append(lines[turn::dashes])
            turn += 1
        else:
            dealt.append(column)
    return dealt


def _joined(parts: list[str], delimiters: list[str]) -> str:
    text = ""
    for index, (part, delimiter) in enumerate(zip(parts, cycle(delimiters), strict=False)):
        text += part + (delimiter if index < len(parts) - 1 else "")
    return text
