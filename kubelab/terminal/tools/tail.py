"""tail: the last lines or bytes of files, and what is added to them. Source: GNU coreutils."""

from __future__ import annotations

import re
from collections.abc import Generator
from typing import Any

from kubelab.cluster.file_errors import FileError
from kubelab.terminal.inputs import descriptor, gather, quoted_open
from kubelab.terminal.options import Given, Usage
from kubelab.terminal.tool import Context, Exit, Poll, Steps, Wait, tool
from kubelab.terminal.tools.head import count, to_bytes, to_text

USAGE = Usage("""
Usage: tail [OPTION]... [FILE]...
Write the last 10 lines of files, or of standard input.

  -c, --bytes=[+]NUM          the last NUM bytes; with +, from byte NUM on
  -f, --follow[=WHAT]         go on with what is added to the file
  -F                          as --follow=name --retry
  -n, --lines=[+]NUM          the last NUM lines; with +, from line NUM on
  -q, --quiet, --silent       never write headers with file names
      --retry                 wait for a file that is not there
  -s, --sleep-interval=N      nothing: what is added is noticed at once
  -v, --verbose               always write headers with file names
""", not_simulated="-z --zero-terminated --pid --max-unchanged-stats")  # fmt: skip


@tool("tail")
def tail(ctx: Context) -> Steps:
    """tail [-n lines | -c bytes] [-fFqv] [file ...]"""
    given = USAGE.parse(ctx, [*_modern(ctx.args[:1]), *ctx.args[1:]])
    by = given.last("n", "c") or "n"
    number = abs(count(ctx, given.value(by, "10"), "lines" if by == "n" else "bytes"))
    paths = given.operands or ["-"]
    headers = given.has("v") or (len(paths) > 1 and not given.has("q"))
    if "sizes" not in ctx.state:
        texts = yield from gather(ctx, paths, quoted_open)
        ctx.state["failed"] = None in texts
        ctx.state["sizes"] = [None if text is None else len(text) for text in texts]
        for path, text in zip(paths, texts, strict=True):
            if text is not None:
                _head(ctx, path, headers)
                ctx.write(_end_of(text, number, by, from_start=given.value(by).startswith("+")))
    if given.has("f", "F") and any(descriptor(path) is None for path in paths):
        yield from _follow(ctx, given, paths, headers)
    return int(ctx.state["failed"])


def _modern(first: list[str]) -> list[str]:
    """Reads the old forms -5, +5 and -5f."""
    match = re.fullmatch(r"([-+])(\d+)([lc]?)(f?)", first[0]) if first else None
    if not match:
        return first
    sign, digits, unit, follow = match.groups()
    letter = "c" if unit == "c" else "n"
    return [f"-{letter}{'+' if sign == '+' else ''}{digits}", *(["-f"] if follow else [])]


def _head(ctx: Context, path: str, headers: bool) -> None:
    if headers and ctx.state.get("headed") != path:
        name = "standard input" if path == "-" else path
        ctx.write(f"{chr(10) if 'headed' in ctx.state else ''}==> {name} <==\n")
    ctx.state["headed"] = path


def _end_of(text: str, number: int, by: str, *, from_start: bool) -> str:
    if by == "c":
        data = to_bytes(text)
        if from_start:
            return to_text(data[max(0, number - 1) :])
        return to_text(data[max(0, len(data) - number) :])
    lines = text.split("\n")
    whole = [line + "\n" for line in lines[:-1]] + ([lines[-1]] if lines[-1] else [])
    return "".join(whole[max(0, number - 1) :] if from_start else whole[max(0, len(whole) - number) :])


def _follow(ctx: Context, given: Given, paths: list[str], headers: bool) -> Generator[Wait, Any, None]:
    by_name = given.has("F", "retry")
    if not by_name and all(size is None for size in ctx.state["sizes"]):
        raise Exit(1, f"{ctx.name}: no files remaining\n")
    while True:
        sizes = ctx.state["sizes"]
        for index, path in enumerate(paths):
            if sizes[index] is None and not by_name:
                continue
            try:
                text = ctx.read_file(path)
            except FileError as error:
                if sizes[index] is not None and by_name:
                    ctx.error(f"{ctx.name}: '{path}' has become inaccessible: {error.reason}\n")
                    sizes[index] = None
                continue
            if sizes[index] is None:
                ctx.error(f"{ctx.name}: '{path}' has appeared;  following new file\n")
                sizes[index] = 0
            if len(text) < sizes[index]:
                ctx.error(f"{ctx.name}: {path}: file truncated\n")
                sizes[index] = 0
            if len(text) > sizes[index]:
                _head(ctx, path, headers)
                ctx.write(text[sizes[index] :])
                sizes[index] = len(text)
        yield Poll()
