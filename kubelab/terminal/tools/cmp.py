"""cmp: whether files are the same, byte by byte. Source: GNU diffutils."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from kubelab.cluster.file_errors import FileError
from kubelab.terminal.inputs import descriptor
from kubelab.terminal.options import Usage
from kubelab.terminal.shell.streams import packed, unpacked
from kubelab.terminal.tool import Context, Exit, Steps, Wait, tool

CMP = Usage("""
Usage: cmp [OPTION]... FILE1 [FILE2]
Compare files byte by byte.

  -b, --print-bytes    nothing
  -l, --verbose        all bytes that differ
  -n, --bytes=LIMIT    at most LIMIT bytes
  -s, --quiet, --silent  nothing; the exit status tells
""", not_simulated="-i --ignore-initial", status=2)  # fmt: skip


def _take_streams(ctx: Context, paths: list[str]) -> Generator[Wait, Any, None]:
    held: dict[str, Any] = ctx.state.setdefault("held", {})
    for path in paths:
        fd = descriptor(path)
        if fd is not None and path not in held:
            text = yield from ctx.read_all(fd)
            held[path] = packed(text)


@tool("cmp")
def cmp(ctx: Context) -> Steps:
    """cmp [-ls] [-n limit] file1 [file2]"""
    given = CMP.parse(ctx)
    operands = given.operands
    if not operands:
        raise Exit(2, "cmp: missing operand after 'cmp'\ncmp: Try 'cmp --help' for more information.\n")
    one, two = operands[0], operands[1] if len(operands) > 1 else "-"
    yield from _take_streams(ctx, [one, two])
    held = ctx.state["held"]
    data = []
    for path in (one, two):
        try:
            text = unpacked(held[path]) if path in held else ctx.read_file(path)
        except FileError as error:
            if not given.has("s"):
                ctx.complain(f"{path}: {error.reason}")
            return 2
        data.append(text.encode("utf-8", "surrogateescape"))
    if given.has("n"):
        data = [each[: int(given.value("n"))] for each in data]
    left, right = data
    places = [at for at in range(min(len(left), len(right))) if left[at] != right[at]]
    if given.has("l"):
        for at in places:
            ctx.print(f"{at + 1:{len(str(min(len(left), len(right))))}} {left[at]:3o} {right[at]:3o}")
    elif places and not given.has("s"):
        ctx.print(f"{one} {two} differ: byte {places[0] + 1}, line {left.count(b'%c' % 10, 0, places[0]) + 1}")
    if places and not given.has("l"):
        return 1
    if len(left) != len(right):
        short = one if len(left) < len(right) else two
        count = min(len(left), len(right))
        if not given.has("s"):
            lines = left[:count].count(b"\n")
            inside = "in line" if left[count - 1 : count] != b"\n" else "line"
            number = lines + 1 if inside == "in line" else lines
            where = f" after byte {count}, {inside} {number}" if count else " which is empty"
            if given.has("l") and count:
                where = f" after byte {count}"
            ctx.complain(f"EOF on {short}{where}")
        return 1
    return int(bool(places))
