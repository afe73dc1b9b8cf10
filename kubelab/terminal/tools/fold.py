"""fold, expand and unexpand: long lines and tabs. Source: GNU coreutils."""

from __future__ import annotations

import re

from kubelab.terminal.inputs import Inputs, lines_of
from kubelab.terminal.options import Usage
from kubelab.terminal.tool import Context, Exit, Steps, tool

FOLD = Usage("""
Usage: fold [OPTION]... [FILE]...
Break lines that are longer than 80 columns.

  -b, --bytes         count bytes rather than columns
  -s, --spaces        break at spaces
  -w, --width=WIDTH   WIDTH columns instead of 80
""")
EXPAND = Usage("""
Usage: expand [OPTION]... [FILE]...
Replace tabs by spaces.

  -i, --initial   only those at the beginning of lines
  -t, --tabs=N    tabs are N columns apart, not 8
""")
UNEXPAND = Usage("""
Usage: unexpand [OPTION]... [FILE]...
Replace spaces at the beginning of lines by tabs.

  -a, --all       all spaces
  -t, --tabs=N    tabs are N columns apart, not 8
      --first-only   only those at the beginning of lines
""")


@tool("fold")
def fold(ctx: Context) -> Steps:
    """fold [-s] [-w width] [file ...]"""
    given = FOLD.parse(ctx, [re.sub(r"^-(\d+)$", r"-w\1", arg) for arg in ctx.args])
    width = given.value("w", "80")
    if not width.isdigit() or int(width) == 0:
        reason = ": Numerical result out of range" if width == "0" else ""
        raise Exit(1, f"fold: invalid number of columns: '{width}'{reason}\n")
    inputs = Inputs(ctx, given.operands)
    while chunk := (yield from inputs.next()):
        text = "\n".join(_folded(line, int(width), given.has("s")) for line in chunk.text.split("\n"))
        ctx.write(text)
    return int(inputs.failed)


def _folded(line: str, width: int, spaces: bool) -> str:
    pieces, piece, column = [], "", 0
    for letter in line:
        ahead = (column // 8 + 1) * 8 if letter == "\t" else column + 1
        if ahead > width and piece:
            cut = max(piece.rfind(" "), piece.rfind("\t")) + 1 if spaces else 0
            rest = piece[cut:] if cut else ""
            pieces.append(piece[:cut] if cut else piece)
            piece, column = rest, len(rest.expandtabs())
            ahead = (column // 8 + 1) * 8 if letter == "\t" else column + 1
        piece += letter
        column = ahead
    return "\n".join([*pieces, piece])


def _tabs(ctx: Context, text: str) -> int:
    if not text.isdigit():
        raise Exit(1, f"{ctx.name}: tab size contains invalid character(s): '{text}'\n")
    if int(text) == 0:
        raise Exit(1, f"{ctx.name}: tab size cannot be 0\n")
    return int(text)


@tool("expand")
def expand(ctx: Context) -> Steps:
    """expand [-i] [-t columns] [file ...]"""
    given = EXPAND.parse(ctx)
    tabs = _tabs(ctx, given.value("t", "8"))
    inputs = Inputs(ctx, given.operands)
    while chunk := (yield from inputs.next()):
        if given.has("i"):
            lines = [_initial(line, tabs) for line in chunk.text.split("\n")]
            ctx.write("\n".join(lines))
        else:
            ctx.write("\n".join(line.expandtabs(tabs) for line in chunk.text.split("\n")))
    return int(inputs.failed)


def _initial(line: str, tabs: int) -> str:
    rest = line.lstrip(" \t")
    return line[: len(line) - len(rest)].expandtabs(tabs) + rest


@tool("unexpand")
def unexpand(ctx: Context) -> Steps:
    """unexpand [-a] [-t columns] [file ...]"""
    given = UNEXPAND.parse(ctx)
    tabs = _tabs(ctx, given.value("t", "8"))
    everywhere = given.has("a", "t") and not given.has("first-only")
    inputs = Inputs(ctx, given.operands)
    while chunk := (yield from inputs.next()):
        ends = chunk.text.endswith("\n")
        text = "\n".join(_tabbed(line, tabs, everywhere) for line in lines_of(chunk.text))
        ctx.write(text + "\n" if ends else text)
    return int(inputs.failed)


def _tabbed(line: str, tabs: int, everywhere: bool) -> str:
    out, column, blanks, lonely = "", 0, "", False  # lonely: a single blank just before a tab stop
    for index, letter in enumerate(line):
        if letter not in " \t":
            if not everywhere:
                return out + blanks + line[index:]
            if lonely and len(blanks) > 1:
                blanks = "\t" + blanks[1:]
            out, blanks, column, lonely = out + blanks + letter, "", column + 1, False
            continue
        after_blank = bool(blanks) or (index > 0 and line[index - 1] in " \t")
        column = (column // tabs + 1) * tabs if letter == "\t" else column + 1
        if letter == " " and not (after_blank and column % tabs == 0):
            lonely = lonely or column % tabs == 0
            blanks += letter
            continue
        out, blanks, lonely = out + ("\t" if lonely else "") + "\t", "", False
    return out + blanks
