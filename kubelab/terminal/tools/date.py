"""date: the cluster's virtual time. Source: GNU coreutils."""

from __future__ import annotations

from kubelab.cluster.file_errors import FileError
from kubelab.cluster.node import machineclock
from kubelab.cluster.node.host import HOSTS
from kubelab.terminal.dates import read_date, write_date
from kubelab.terminal.inputs import gather, lines_of
from kubelab.terminal.nodes import node_of
from kubelab.terminal.options import Usage
from kubelab.terminal.tool import Context, Exit, Steps, tool
from kubelab.terminal.tools.timedatectl import set_clock

USAGE = Usage("""
Usage: date [OPTION]... [+FORMAT]
Write the time, which is the cluster's: it runs faster or slower as you like.

  -d, --date=STRING          this time instead
  -f, --file=DATEFILE        the time of each line of DATEFILE
  -I[FMT], --iso-8601[=FMT]  ISO 8601: date, hours, minutes, seconds or ns
  -r, --reference=FILE       the time of FILE
  -R, --rfc-email            RFC 5322: Mon, 14 Aug 2006 02:34:56 -0600
      --rfc-3339=FMT         RFC 3339: date, seconds or ns
  -u, --utc, --universal     UTC, as always here
  -s, --set=STRING           set the clock of a node
""", not_simulated="--debug --resolution")  # fmt: skip
ISO = {
    "date": "%Y-%m-%d",
    "hours": "%Y-%m-%dT%H%:z",
    "minutes": "%Y-%m-%dT%H:%M%:z",
    "seconds": "%Y-%m-%dT%H:%M:%S%:z",
    "ns": "%Y-%m-%dT%H:%M:%S,%N%:z",
}
RFC_3339 = {"date": "%Y-%m-%d", "seconds": "%Y-%m-%d %H:%M:%S%:z", "ns": "%Y-%m-%d %H:%M:%S.%N%:z"}


@tool("date")
def date(ctx: Context) -> Steps:
    """date [-u] [-d date | -r file] [-I[unit] | -R | +format]"""
    given = USAGE.parse(ctx)
    operands = USAGE.operands(ctx, given, 0, 1)
    form = "%a %b %e %H:%M:%S %Z %Y"
    if given.has("I"):
        form = _form(ctx, ISO, given.value("I") or "date", "--iso-8601")
    elif given.has("R"):
        form = "%a, %d %b %Y %H:%M:%S %z"
    elif given.has("rfc-3339"):
        form = _form(ctx, RFC_3339, given.value("rfc-3339"), "--rfc-3339")
    if operands:
        if not operands[0].startswith("+"):
            raise Exit(1, f"date: invalid date '{operands[0]}'\n")
        form = operands[0][1:]
    if given.has("f"):
        texts = yield from gather(ctx, [given.value("f")])
        if texts[0] is None:
            return 1
        for line in lines_of(texts[0]):
            ctx.print(write_date(form, _read(ctx, line)))
        return 0
    if given.has("s"):
        set_clock(ctx, given.value("s"))
    node = node_of(ctx)
    at = ctx.now + (machineclock.offset_of(ctx.machine.cluster.store.get(HOSTS + node)) if node else 0.0)
    if given.last("d", "r") == "d":
        at = _read(ctx, given.value("d"))
    elif given.has("r"):
        try:
            at = ctx.files.stat(ctx.path(given.value("r"))).mtime
        except FileError as error:
            return ctx.complain(f"{given.value('r')}: {error.reason}")
    ctx.print(write_date(form, at))
    return 0


def _form(ctx: Context, forms: dict[str, str], name: str, option: str) -> str:
    found = [form for unit, form in forms.items() if unit.startswith(name)]
    if not found:
        choices = "".join(f"  - '{unit}'\n" for unit in ("hours", "minutes", "date", "seconds", "ns") if unit in forms)
        raise Exit(1, f"date: invalid argument '{name}' for '{option}'\nValid arguments are:\n{choices}Try "
                      "'date --help' for more information.\n")  # fmt: skip
    return found[0]


def _read(ctx: Context, text: str) -> float:
    try:
        return read_date(text, ctx.now)
    except ValueError:
        raise Exit(1, f"date: invalid date '{text}'\n") from None
