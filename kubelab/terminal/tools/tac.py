"""tac and rev: lines in reverse order, letters in reverse order. Sources: GNU coreutils, util-linux."""

from __future__ import annotations

from kubelab.cluster.file_errors import FileError
from kubelab.terminal.inputs import Inputs, gather
from kubelab.terminal.options import Usage
from kubelab.terminal.tool import Context, Steps, tool

USAGE = Usage("""
Usage: tac [OPTION]... [FILE]...
Write each file, the last line first.
""", not_simulated="-b --before -r --regex -s --separator")  # fmt: skip
REV = Usage("""
Usage: rev [FILE]...
Write each line, the last letter first.
""")


def _complaint(path: str, error: FileError) -> str:
    if error.code == "EISDIR":
        return f"{path}: read error: {error.reason}"
    return f"failed to open '{path}' for reading: {error.reason}"


@tool("tac")
def tac(ctx: Context) -> Steps:
    """tac [file ...]"""
    paths = USAGE.parse(ctx).operands or ["-"]
    texts = yield from gather(ctx, paths, _complaint)
    for text in texts:
        if text:
            lines = text.split("\n")
            whole = [line + "\n" for line in lines[:-1]] + ([lines[-1]] if lines[-1] else [])
            ctx.write("".join(reversed(whole)))
    return int(None in texts)


@tool("rev")
def rev(ctx: Context) -> Steps:
    """rev [file ...]"""
    inputs = Inputs(ctx, REV.parse(ctx).operands, complaint=lambda path, error: f"cannot open {path}: {error.reason}")
    while chunk := (yield from inputs.next()):
        ctx.write("\n".join(line[::-1] for line in chunk.text.split("\n")))
    return int(inputs.failed)
