"""cat: writes files one after the other. Source: GNU coreutils."""

from __future__ import annotations

from kubelab.terminal.inputs import Inputs
from kubelab.terminal.options import Given, Usage
from kubelab.terminal.tool import Context, Steps, tool

USAGE = Usage("""
Usage: cat [OPTION]... [FILE]...
Write files, or standard input, to standard output.

  -A, --show-all           as -vET
  -b, --number-nonblank    number lines that are not empty
  -e                       as -vE
  -E, --show-ends          put $ at the end of each line
  -n, --number             number all lines
  -s, --squeeze-blank      at most one empty line in a row
  -t                       as -vT
  -T, --show-tabs          show tabs as ^I
  -u                       nothing
  -v, --show-nonprinting   show control letters as ^X and M-X
""")


@tool("cat")
def cat(ctx: Context) -> Steps:
    """cat [-AbeEnstTv] [file ...]"""
    given = USAGE.parse(ctx)
    shapes = given.has("A", "b", "e", "E", "n", "s", "t", "T", "v")
    inputs = Inputs(ctx, given.operands, lines=shapes)
    while chunk := (yield from inputs.next()):
        ctx.write(_shaped(chunk.text, given, ctx.state) if shapes else chunk.text)
    return int(inputs.failed)


def _shaped(text: str, given: Given, state: dict[str, int]) -> str:
    shown = []
    nonblank, number, squeeze = given.has("b"), given.has("n", "b"), given.has("s")
    ends, tabs, controls = given.has("A", "e", "E"), given.has("A", "t", "T"), given.has("A", "e", "t", "v")
    for line in _lines(text):
        body, newline = (line[:-1], "\n") if line.endswith("\n") else (line, "")
        if squeeze:
            state["blank"] = state.get("blank", 0) + 1 if not body else 0
            if state["blank"] > 1:
                continue
        head = ""
        if number and (body or not nonblank) and not state.get("open"):
            state["number"] = state.get("number", 0) + 1
            head = f"{state['number']:6}\t"
        state["open"] = int(not newline)
        if controls:
            body = "".join(map(_visible, body))
        if tabs:
            body = body.replace("\t", "^I")
        shown.append(head + body + ("$" if ends and newline else "") + newline)
    return "".join(shown)


def _lines(text: str) -> list[str]:
    lines = [line + "\n" for line in text.split("\n")]
    lines[-1] = lines[-1][:-1]
    return lines if lines[-1] else lines[:-1]


def _visible(letter: str) -> str:
    """Shows a letter as cat -v does: each byte of what is not ASCII."""
    if letter == "\t" or " " <= letter <= "~":
        return letter
    shown = []
    for byte in letter.encode("utf-8", "surrogateescape"):
        meta, low = ("M-", byte - 128) if byte >= 128 else ("", byte)
        shown.append(meta + ("^?" if low == 127 else f"^{chr(low + 64)}" if low < 32 else chr(low)))
    return "".join(shown)
