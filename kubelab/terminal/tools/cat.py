"""cat: writes files one after the other. Source: GNU coreutils."""

from __future__ import annotations

from kubelab.cluster.file_errors import FileError
from kubelab.terminal.tool import Context, Steps, tool


@tool("cat")
def cat(ctx: Context) -> Steps:
    """cat [-n] [file ...]"""
    status = 0
    for path in ctx.each([arg for arg in ctx.args if arg == "-" or not arg.startswith("-")] or ["-"]):
        if path == "-":
            while text := (yield from ctx.read()):
                ctx.write(text)
            continue
        try:
            ctx.write(ctx.read_file(path))
        except FileError as error:
            status = ctx.complain(f"{path}: {error.reason}")
    return status
