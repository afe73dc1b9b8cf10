"""comm and join: two sorted files against each other. Source: GNU coreutils."""

from __future__ import annotations

import re
from collections.abc import Iterator

from kubelab.terminal.inputs import gather, lines_of
from kubelab.terminal.options import Given, Usage
from kubelab.terminal.tool import Context, Exit, Steps, tool

COMM = Usage("""
Usage: comm [OPTION]... FILE1 FILE2
Compare two sorted files line by line: lines of the first only, of the second only, of both.

  -1                         without the first column
  -2                         without the second column
  -3                         without the third column
      --check-order          fail when a file is not sorted
      --nocheck-order        do not look whether files are sorted
      --output-delimiter=STR  STR between the columns
      --total                a line with the numbers of lines
""", not_simulated="-z --zero-terminated")  # fmt: skip
JOIN = Usage("""
Usage: join [OPTION]... FILE1 FILE2
Write a line for each pair of lines that have the same first field. The files are sorted by it.

  -1 FIELD              join on this field of the first file
  -2 FIELD              join on this field of the second file
  -a FILENUM            also lines of that file which have no pair
  -e STRING             STRING in place of missing fields
  -i, --ignore-case     upper and lower case are the same
  -j FIELD              as -1 FIELD -2 FIELD
  -o FORMAT             these fields: FILENUM.FIELD or 0, with commas
  -t CHAR               fields are separated by CHAR
  -v FILENUM            only lines of that file which have no pair
      --header          the first line of each file is a header
      --nocheck-order   do not look whether files are sorted
""", not_simulated="-z --zero-terminated --check-order")  # fmt: skip
Row = tuple[str, list[str]]


@tool("comm")
def comm(ctx: Context) -> Steps:
    """comm [-123] file1 file2"""
    given = COMM.parse(ctx)
    operands = COMM.operands(ctx, given, 2, 2)
    texts = yield from gather(ctx, operands)
    if None in texts:
        return 1
    first, second = (lines_of(text or "") for text in texts)
    delimiter = given.value("output-delimiter", "\t")
    indent, heads = "", {}
    for column in "123":
        heads[column] = None if given.has(column) else indent
        indent += "" if given.has(column) else delimiter
    counts = {"1": 0, "2": 0, "3": 0}
    order = _Order(ctx, not given.has("nocheck-order"))
    for column, line in _compared(first, second, order):
        counts[column] += 1
        head = heads[column]
        if head is not None:
            ctx.print(head + line)
    if given.has("total"):
        ctx.print(delimiter.join([*(str(count) for count in counts.values()), "total"]))
    return order.status()


class _Order:
    """Looks whether lines come sorted, once there was one that has no pair."""

    def __init__(self, ctx: Context, wanted: bool) -> None:
        self.ctx = ctx
        self.wanted = wanted
        self.lonely = False
        self.told: list[str] = []

    def look(self, number: str, lines: list[str], at: int) -> None:
        if (
            self.wanted
            and self.lonely
            and number not in self.told
            and 0 < at < len(lines)
            and lines[at] < lines[at - 1]
        ):
            self.told.append(number)
            self.ctx.complain(f"file {number} is not in sorted order")

    def status(self) -> int:
        return self.ctx.complain("input is not in sorted order") if self.told else 0


def _compared(first: list[str], second: list[str], order: _Order) -> Iterator[tuple[str, str]]:
    one = two = 0
    numbers = {"1": "1", "2": "2", "3": "12"}
    for column, line in _merged(first, second):
        order.lonely = order.lonely or column != "3"
        yield column, line
        one, two = one + (column in "13"), two + (column in "23")
        for number in numbers[column]:
            order.look(number, first if number == "1" else second, one if number == "1" else two)


def _merged(first: list[str], second: list[str]) -> Iterator[tuple[str, str]]:
    one = two = 0
    while one < len(first) or two < len(second):
        if two >= len(second) or (one < len(first) and first[one] < second[two]):
            yield "1", first[one]
            one += 1
        elif one >= len(first) or second[two] < first[one]:
            yield "2", second[two]
            two += 1
        else:
            yield "3", first[one]
            one, two = one + 1, two + 1


@tool("join")
def join(ctx: Context) -> Steps:
    """join [-i] [-1 field] [-2 field] [-t char] [-a n] [-v n] [-o format] file1 file2"""
    given = JOIN.parse(ctx)
    operands = JOIN.operands(ctx, given, 2, 2)
    texts = yield from gather(ctx, operands)
    if None in texts:
        return 1
    fields = [_field(ctx, given.value(number) or given.value("j", "1")) for number in ("1", "2")]
    files = [
        [_row(line, field, given) for line in lines_of(text or "")] for text, field in zip(texts, fields, strict=True)
    ]
    if given.has("header") and files[0] and files[1]:
        ctx.print(_pair(given, files[0].pop(0), files[1].pop(0), fields))
    for one, two in _matched(files[0], files[1]):
        paired = one is not None and two is not None
        lonely = "1" if one is not None else "2"
        if given.has("v"):
            wanted = not paired and lonely in given.all("v")
        else:
            wanted = paired or lonely in given.all("a")
        if wanted:
            ctx.print(_pair(given, one, two, fields))
    return 0


def _field(ctx: Context, text: str) -> int:
    if not text.isdigit() or int(text) == 0:
        raise Exit(1, f"join: invalid field number: '{text}'\n")
    return int(text) - 1


def _row(line: str, field: int, given: Given) -> Row:
    parts = line.split(given.value("t")) if given.has("t") else re.split(r"[ \t]+", line.strip(" \t"))
    key = parts[field] if field < len(parts) else ""
    return (key.lower() if given.has("i") else key), parts


def _matched(first: list[Row], second: list[Row]) -> Iterator[tuple[Row | None, Row | None]]:
    one = two = 0
    while one < len(first) or two < len(second):
        if two >= len(second) or (one < len(first) and first[one][0] < second[two][0]):
            yield first[one], None
            one += 1
        elif one >= len(first) or second[two][0] < first[one][0]:
            yield None, second[two]
            two += 1
        else:
            key = first[one][0]
            end_one = next((at for at in range(one, len(first)) if first[at][0] != key), len(first))
            end_two = next((at for at in range(two, len(second)) if second[at][0] != key), len(second))
            for left in first[one:end_one]:
                for right in second[two:end_two]:
                    yield left, right
            one, two = end_one, end_two


def _pair(given: Given, one: Row | None, two: Row | None, fields: list[int]) -> str:
    delimiter, empty = given.value("t", " "), given.value("e")
    rows = (one, two)
    key_row = one or two
    key = "" if key_row is None else key_row[1][fields[0 if one else 1]]
    if given.has("o"):
        parts = []
        for place in re.split(r"[ ,]+", given.value("o")):
            number, _, field = place.partition(".")
            if number == "0":
                parts.append(key)
                continue
            row = rows[int(number) - 1]
            at = int(field) - 1
            parts.append(row[1][at] if row is not None and at < len(row[1]) and row[1][at] else empty)
        return delimiter.join(parts)
    parts = [key]
    for row, field in zip(rows, fields, strict=True):
        if row is not None:
            parts.extend(part or empty for index, part in enumerate(row[1]) if index != field)
    return delimiter.join(parts)
