"""touch and truncate: times and sizes of files. Source: GNU coreutils."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from kubelab.cluster.file_errors import FileError
from kubelab.terminal.dates import moment, read_date
from kubelab.terminal.options import Given, Usage
from kubelab.terminal.tool import Context, Exit, tool
from kubelab.terminal.tools.head import SUFFIXES

TOUCH = Usage("""
Usage: touch [OPTION]... FILE...
Set the time of files to now; make those that are not there.

  -a                     nothing: there is one time a file
  -c, --no-create        do not make files
  -d, --date=STRING      this time instead
  -f                     nothing
  -m                     nothing: there is one time a file
  -r, --reference=FILE   the time of FILE
  -t STAMP               [[CC]YY]MMDDhhmm[.ss] instead
""", not_simulated="-h --no-dereference --time")  # fmt: skip
TRUNCATE = Usage("""
Usage: truncate OPTION... FILE...
Make files as long as said.

  -c, --no-create        do not make files
  -r, --reference=FILE   as long as FILE
  -s, --size=SIZE        SIZE bytes; with + or -, so many more or less
""", not_simulated="-o --io-blocks")  # fmt: skip


@tool("touch")
def touch(ctx: Context) -> int:
    """touch [-acm] [-d date] [-t stamp] [-r file] file ..."""
    given = TOUCH.parse(ctx)
    if not given.operands:
        TOUCH.fail(ctx, "missing file operand")
    at = _time(ctx, given)
    status = 0
    for operand in given.operands:
        path = ctx.path(operand)
        if given.has("c") and not ctx.files.exists(path):
            continue
        try:
            ctx.files.touch(path, at)
        except FileError as error:
            what = "cannot touch" if error.code != "EISDIR" else "setting times of"
            reason = "No such file or directory" if error.code == "EISDIR" else error.reason
            status = ctx.complain(f"{what} '{operand}': {reason}")
    return status


def _time(ctx: Context, given: Given) -> float | None:
    key = given.last("d", "t", "r")
    if key == "r":
        try:
            return ctx.files.stat(ctx.path(given.value("r"))).mtime
        except FileError as error:
            raise Exit(1, f"touch: failed to get attributes of '{given.value('r')}': {error.reason}\n") from None
    if key == "d":
        try:
            return read_date(given.value("d"), ctx.now)
        except ValueError:
            raise Exit(1, f"touch: invalid date format '{given.value('d')}'\n") from None
    if key == "t":
        return _stamp(ctx, given.value("t"))
    return None


def _stamp(ctx: Context, text: str) -> float:
    match = re.fullmatch(r"(\d\d)?(\d\d)?(\d\d)(\d\d)(\d\d)(\d\d)(?:\.(\d\d))?", text)
    if not match:
        raise Exit(1, f"touch: invalid date format '{text}'\n")
    century, year, month, day, hour, minute, second = match.groups()
    if year is None and century is not None:
        century, year = None, century
    full = moment(ctx.now).year if year is None else int((century or ("19" if int(year) > 68 else "20")) + year)
    try:
        return datetime(full, int(month), int(day), int(hour), int(minute), int(second or 0), tzinfo=UTC).timestamp()
    except ValueError:
        raise Exit(1, f"touch: invalid date format '{text}'\n") from None


@tool("truncate")
def truncate(ctx: Context) -> int:
    """truncate [-c] -s size file ..."""
    given = TRUNCATE.parse(ctx)
    if not given.has("s", "r"):
        TRUNCATE.fail(ctx, "you must specify either '--size' or '--reference'")
    if not given.operands:
        TRUNCATE.fail(ctx, "missing file operand")
    text = given.value("s", "0")
    match = re.fullmatch(r"([-+]?)(\d+)([a-zA-Z]*)", text)
    if not match or match.group(3) not in SUFFIXES:
        raise Exit(1, f"truncate: Invalid number: '{text}'\n")
    size = int(match.group(2)) * SUFFIXES[match.group(3)]
    if given.has("r"):
        size = ctx.files.stat(ctx.path(given.value("r"))).size
    for operand in given.operands:
        path = ctx.path(operand)
        data = b""
        if ctx.files.exists(path):
            data = ctx.files.read_bytes(path)
        elif given.has("c"):
            continue
        wanted = {"+": len(data) + size, "-": max(0, len(data) - size)}.get(match.group(1), size)
        if wanted > ctx.files.quota.file_size:
            raise Exit(1, f"truncate: failed to truncate '{operand}' at {wanted} bytes: File too large\n")
        ctx.files.write(path, data[:wanted].ljust(wanted, b"\0"))
    return 0
