"""uniq: leaves out lines that are like the one before. Source: GNU coreutils."""

from __future__ import annotations

import re

from kubelab.cluster.file_errors import FileError
from kubelab.terminal.inputs import Inputs, lines_of
from kubelab.terminal.options import Given, Usage
from kubelab.terminal.shell.streams import packed, unpacked
from kubelab.terminal.tool import Context, Exit, Steps, tool

USAGE = Usage("""
Usage: uniq [OPTION]... [INPUT [OUTPUT]]
Write each line that is unlike the one before it.

  -c, --count           put the number of occurrences before the lines
  -d, --repeated        only lines that occur more than once, one of each
  -D                    all lines that occur more than once
  -f, --skip-fields=N   do not compare the first N fields
  -i, --ignore-case     upper and lower case are the same
  -s, --skip-chars=N    do not compare the first N letters
  -u, --unique          only lines that occur once
  -w, --check-chars=N   compare at most N letters
""", not_simulated="-z --zero-terminated --group --all-repeated")  # fmt: skip


@tool("uniq")
def uniq(ctx: Context) -> Steps:
    """uniq [-cdDiu] [-f fields] [-s letters] [-w letters] [input [output]]"""
    given = USAGE.parse(ctx)
    operands = USAGE.operands(ctx, given, 0, 2)
    for letter, what in (("f", "fields to skip"), ("s", "bytes to skip"), ("w", "bytes to compare")):
        if not given.value(letter, "0").isdigit():
            raise Exit(1, f"uniq: {given.value(letter)}: invalid number of {what}\n")
    inputs = Inputs(ctx, operands[:1], complaint=_complaint)
    output = operands[1] if len(operands) > 1 else None
    if output and "begun" not in ctx.state:
        ctx.files.write(ctx.path(output), "")
    ctx.state["begun"] = True
    while chunk := (yield from inputs.next()):
        shown = "".join(_taken(ctx, given, line) for line in lines_of(chunk.text))
        if chunk.last:
            shown += _shown(ctx, given)
        if output:
            ctx.files.append(ctx.path(output), shown)
        else:
            ctx.write(shown)
    return int(inputs.failed)


def _complaint(path: str, error: FileError) -> str:
    return f"error reading '{path}'" if error.code == "EISDIR" else f"{path}: {error.reason}"


def _key(given: Given, line: str) -> str:
    for _field in range(int(given.value("f", "0"))):
        line = re.sub(r"^[ \t]*[^ \t]*", "", line)
    line = line[int(given.value("s", "0")) :]
    if given.has("w"):
        line = line[: int(given.value("w"))]
    return line.lower() if given.has("i") else line


def _taken(ctx: Context, given: Given, line: str) -> str:
    state = ctx.state
    if "line" in state and _key(given, unpacked(state["line"])) == _key(given, line):
        state["count"] += 1
        if given.has("D"):
            return (unpacked(state["line"]) + "\n" if state["count"] == 2 else "") + line + "\n"
        return ""
    shown = _shown(ctx, given)
    state.update(line=packed(line), count=1)
    return shown


def _shown(ctx: Context, given: Given) -> str:
    state = ctx.state
    if "line" not in state or given.has("D"):
        return ""
    count = state["count"]
    if (given.has("d") and count < 2) or (given.has("u") and count > 1):
        return ""
    return f"{f'{count:7} ' if given.has('c') else ''}{unpacked(state['line'])}\n"
