"""cut: parts of each line. Source: GNU coreutils."""

from __future__ import annotations

from kubelab.terminal.inputs import Inputs, lines_of
from kubelab.terminal.options import Given, Usage
from kubelab.terminal.tool import Context, Steps, tool

USAGE = Usage("""
Usage: cut OPTION... [FILE]...
Write selected parts of each line.

  -b, --bytes=LIST               these bytes
  -c, --characters=LIST          these letters
      --complement               all but the selected parts
  -d, --delimiter=DELIM          fields are separated by DELIM instead of tabs
  -f, --fields=LIST              these fields, and lines without a delimiter
  -n                             nothing
  -s, --only-delimited           no lines without a delimiter
      --output-delimiter=STRING  write STRING between the parts

LIST is a list, with commas, of N, N-, N-M and -M.
""", not_simulated="-z --zero-terminated")  # fmt: skip
END = 10**9


@tool("cut")
def cut(ctx: Context) -> Steps:
    """cut -f list [-d delimiter] [-s] | -c list | -b list [file ...]"""
    given = USAGE.parse(ctx)
    modes = [letter for letter in "bcf" if given.has(letter)]
    if not modes:
        USAGE.fail(ctx, "you must specify a list of bytes, characters, or fields")
    mode = modes[0]
    if len(modes) > 1 or len(given.all(mode)) > 1:
        USAGE.fail(ctx, "only one list may be specified")
    if mode != "f" and given.has("d"):
        USAGE.fail(ctx, "an input delimiter may be specified only when operating on fields")
    if mode != "f" and given.has("s"):
        USAGE.fail(ctx, "suppressing non-delimited lines makes sense\n\tonly when operating on fields")
    if len(given.value("d", "\t")) > 1:
        USAGE.fail(ctx, "the delimiter must be a single character")
    ranges = _ranges(ctx, given.value(mode), "field" if mode == "f" else "byte/character")
    if given.has("complement"):
        ranges = _complement(ranges)
    inputs = Inputs(ctx, given.operands)
    while chunk := (yield from inputs.next()):
        part = _fields if mode == "f" else _letters
        parts = (part(line, given, ranges) for line in lines_of(chunk.text))
        ctx.write("".join(part + "\n" for part in parts if part is not None))
    return int(inputs.failed)


def _ranges(ctx: Context, text: str, what: str) -> list[tuple[int, int]]:
    """Returns sorted ranges, counted from 1, that neither overlap nor (but for what was written so) touch."""
    found = []
    for part in text.replace(" ", ",").replace("\t", ",").split(","):
        low, dash, high = part.partition("-")
        if part == "-":
            USAGE.fail(ctx, "invalid range with no endpoint: -")
        if not (low or high) and what == "field":
            USAGE.fail(ctx, "fields are numbered from 1")
        if not (low or high):
            USAGE.fail(ctx, "byte/character positions are numbered from 1")
        if not (low or "0").isdigit() or not (high or "0").isdigit():
            where = "field value" if what == "field" else "byte/character position"
            digits = part.lstrip("0123456789-") or part
            USAGE.fail(ctx, f"invalid {where} '{digits}'" if not dash else f"invalid {what} range")
        first = int(low) if low else 1
        last = (int(high) if high else END) if dash else first
        if first == 0:
            USAGE.fail(
                ctx, "fields are numbered from 1" if what == "field" else "byte/character positions are numbered from 1"
            )
        if last < first:
            USAGE.fail(ctx, "invalid decreasing range")
        found.append((first, last))
    merged: list[tuple[int, int]] = []
    for first, last in sorted(found):
        if merged and first <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(last, merged[-1][1]))
        else:
            merged.append((first, last))
    return merged


def _complement(ranges: list[tuple[int, int]]) -> list[tuple[int, int]]:
    gaps, at = [], 1
    for first, last in ranges:
        if first > at:
            gaps.append((at, first - 1))
        at = last + 1
    return [*gaps, (at, END)] if at < END else gaps


def _fields(line: str, given: Given, ranges: list[tuple[int, int]]) -> str | None:
    delimiter = given.value("d", "\t") or "\0"
    if delimiter not in line:
        return None if given.has("s") else line
    fields = line.split(delimiter)
    chosen = [field for first, last in ranges for field in fields[first - 1 : last]]
    return given.value("output-delimiter", delimiter).join(chosen)


def _letters(line: str, given: Given, ranges: list[tuple[int, int]]) -> str:
    """Selects bytes; GNU's -c is -b as well."""
    data = line.encode("utf-8", "surrogateescape")
    parts = [data[first - 1 : last] for first, last in ranges if first <= len(data)]
    between = given.value("output-delimiter").encode("utf-8", "surrogateescape")
    return between.join(parts).decode("utf-8", "surrogateescape")
