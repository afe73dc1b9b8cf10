"""tee: writes standard input to files and to standard output. Source: GNU coreutils."""

from __future__ import annotations

from kubelab.cluster.file_errors import FileError
from kubelab.terminal.inputs import Inputs
from kubelab.terminal.options import Usage
from kubelab.terminal.tool import Context, Steps, tool

USAGE = Usage("""
Usage: tee [OPTION]... [FILE]...
Copy standard input to each file, and to standard output.

  -a, --append               add to the files
  -i, --ignore-interrupts    nothing
  -p                         nothing
""", not_simulated="--output-error")  # fmt: skip


@tool("tee")
def tee(ctx: Context) -> Steps:
    """tee [-a] [file ...]"""
    given = USAGE.parse(ctx)
    opened = ctx.state.get("opened")
    if opened is None:
        opened = ctx.state["opened"] = []
        for path in given.operands:
            try:
                if path in ("/dev/null", "/dev/stdout", "/dev/stderr"):
                    opened.append(path)
                elif given.has("a"):
                    ctx.files.append(ctx.path(path), "")
                    opened.append(path)
                else:
                    ctx.files.write(ctx.path(path), "")
                    opened.append(path)
            except FileError as error:
                ctx.state["failed"] = ctx.complain(f"{path}: {error.reason}")
    inputs = Inputs(ctx, ["-"], lines=False)
    while chunk := (yield from inputs.next()):
        ctx.write(chunk.text)
        for path in opened:
            _append(ctx, path, chunk.text)
    return int(ctx.state.get("failed", 0))


def _append(ctx: Context, path: str, text: str) -> None:
    if path == "/dev/stdout":
        ctx.write(text)
    elif path == "/dev/stderr":
        ctx.error(text)
    elif path != "/dev/null" and text:
        ctx.files.append(ctx.path(path), text)
