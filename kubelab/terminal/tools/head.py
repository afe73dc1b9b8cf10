"""head: the first lines or bytes of files. Source: GNU coreutils."""

from __future__ import annotations

import re

from kubelab.terminal.inputs import Inputs, quoted_open
from kubelab.terminal.options import Usage
from kubelab.terminal.tool import Context, Exit, Steps, tool

USAGE = Usage("""
Usage: head [OPTION]... [FILE]...
Write the first 10 lines of files, or of standard input.

  -c, --bytes=[-]NUM       the first NUM bytes; with -, all but the last NUM
  -n, --lines=[-]NUM       the first NUM lines; with -, all but the last NUM
  -q, --quiet, --silent    never write headers with file names
  -v, --verbose            always write headers with file names
""", not_simulated="-z --zero-terminated")  # fmt: skip
SUFFIXES = {"": 1, "b": 512, "k": 1024, "K": 1024, "KB": 1000, "kB": 1000, "M": 1024**2, "MB": 10**6, "G": 1024**3}
_OLD = re.compile(r"-(\d+)([a-z]*)")


def count(ctx: Context, text: str, what: str) -> int:
    """Returns a number of lines or bytes, negative after a minus.

    Raises:
        Exit: when it is none.
    """
    match = re.fullmatch(r"([-+]?)(\d+)([a-zA-Z]*)", text)
    if not match or match.group(3) not in SUFFIXES:
        raise Exit(1, f"{ctx.name}: invalid number of {what}: '{text}'\n")
    number = int(match.group(2)) * SUFFIXES[match.group(3)]
    return -number if match.group(1) == "-" else number


def to_bytes(text: str) -> bytes:
    """Returns the bytes of a text."""
    return text.encode("utf-8", "surrogateescape")


def to_text(data: bytes) -> str:
    """Returns bytes as text."""
    return data.decode("utf-8", "surrogateescape")


@tool("head")
def head(ctx: Context) -> Steps:
    """head [-n lines | -c bytes] [-qv] [file ...]"""
    args = ctx.args
    old = _OLD.fullmatch(args[0]) if args else None
    given = USAGE.parse(ctx, ["-n", old.group(1), *args[1:]] if old else args)
    by = given.last("n", "c") or "n"
    number = count(ctx, given.value(by, "10"), "lines" if by == "n" else "bytes")
    minus = given.value(by).startswith("-")
    paths = given.operands or ["-"]
    headers = given.has("v") or (len(paths) > 1 and not given.has("q"))
    inputs = Inputs(ctx, paths, complaint=quoted_open, lines=False)
    state = ctx.state
    while chunk := (yield from inputs.next()):
        if chunk.first:
            if headers:
                name = "standard input" if chunk.name == "-" else chunk.name
                ctx.write(f"{'' if not state.get('headed') else chr(10)}==> {name} <==\n")
                state["headed"] = True
            state.update(left=number, held="")
        if minus:
            state["held"] += chunk.text
            if chunk.last:
                ctx.write(_all_but(state["held"], -number, by))
        elif _written(ctx, chunk.text, by):
            if len(paths) == 1:
                break
    return int(inputs.failed)


def _all_but(text: str, number: int, by: str) -> str:
    if by == "c":
        data = to_bytes(text)
        return to_text(data[: max(0, len(data) - number)])
    lines = text.split("\n")
    whole = [line + "\n" for line in lines[:-1]] + ([lines[-1]] if lines[-1] else [])
    return "".join(whole[: max(0, len(whole) - number)])


def _written(ctx: Context, text: str, by: str) -> bool:
    """Writes what is still wanted of a piece; returns True when that was all. What is over is left to be read."""
    left = ctx.state["left"]
    if by == "c":
        data = to_bytes(text)
        taken = to_text(data[:left])
        ctx.state["left"] = left - min(left, len(data))
    else:
        end, found = 0, 0
        while found < left and end < len(text):
            newline = text.find("\n", end)
            end, found = (newline + 1, found + 1) if newline >= 0 else (len(text), found)
        taken = text[:end]
        ctx.state["left"] = left - found
    ctx.write(taken)
    if ctx.state["left"] == 0 and len(taken) < len(text) and ctx.stdin.kind == "file":
        ctx.stdin.unread(text[len(taken) :])
    return bool(ctx.state["left"] == 0)
