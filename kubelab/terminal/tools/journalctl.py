"""journalctl: the journal of a node. Source: journalctl(1), systemd 255."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from kubelab.cluster.node import journal, kernellog
from kubelab.cluster.node.journal import Line
from kubelab.terminal.nodes import node_of
from kubelab.terminal.options import Usage
from kubelab.terminal.tool import Context, Exit, Poll, Steps, tool

USAGE = Usage("""
Usage: journalctl [OPTIONS...]
Show the journal of this machine.

  -u, --unit=UNIT            of this unit
  -t, --identifier=STRING    of this program
  -f, --follow               go on with what is added
  -n, --lines=[N]            the last N lines (10)
  -r, --reverse              the newest first
  -e, --pager-end            go to the end in the pager
  -x, --catalog              nothing: there are no explanations
  -b, --boot=[ID]            since the machine's start
  -k, --dmesg                of the kernel
  -o, --output=FORMAT        short, short-iso, short-precise or cat
  -p, --priority=RANGE       nothing below this priority
  -S, --since=DATE           not before
  -U, --until=DATE           not after
  -g, --grep=PATTERN         lines in which the pattern is found
  -q, --quiet                nothing besides
  -a, --all                  nothing
  -l, --full                 nothing
      --no-pager             without a pager
      --no-hostname          without the machine's name
""")  # fmt: skip
RELATIVE = re.compile(r"(?:(\d+)\s*(s|sec|second|m|min|minute|h|hour|d|day)s?\s*ago|-(\d+)(s|sec|m|min|h|d))")
SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
NONE = "-- No entries --\n"
KERNEL = "kernel"


@tool("journalctl")
def journalctl(ctx: Context) -> Steps:
    """journalctl [-u UNIT] [-f] [-n LINES] [--since TIME] [--no-pager]"""
    given = USAGE.parse(ctx, _separate(ctx.args))
    since, until = _moment(ctx, given.value("since")), _moment(ctx, given.value("until"))
    units = [unit.removesuffix(".service") for unit in given.all("unit")]
    words, form = given.all("identifier"), given.value("output", "short")
    pattern = given.value("grep")

    def wanted(line: Line) -> bool:
        if (
            (units and line.unit not in units)
            or (words and line.identifier not in words)
            or (given.has("dmesg") and line.unit != KERNEL)
        ):
            return False
        if (since is not None and line.time < since) or (until is not None and line.time > until):
            return False
        if given.value("priority") in ("err", "3", "crit", "2") and not line.text.startswith("E"):
            return False
        return not pattern or re.search(pattern, line.text, re.I if pattern.islower() else 0) is not None

    node = node_of(ctx)
    follow = given.has("follow")
    if "seen" not in ctx.state:
        found = [line for line in _lines(ctx, node) if wanted(line)]
        count = given.value("lines") or ("10" if given.has("lines") or follow else "")
        if count.isdigit():
            found = found[-int(count) :] if int(count) else []
        if given.has("reverse"):
            found.reverse()
        text = "".join(written(line, ctx.machine.hostname, form) for line in found) or ("" if follow else NONE)
        ctx.state["seen"] = ctx.now
        if ctx.tty and not follow and not given.has("no-pager") and text.count("\n") >= ctx.rows:
            return (yield from ctx.run(["less", *(["+G"] if given.has("pager-end") else [])], stdin=text))
        ctx.write(text)
    elif not follow:
        return (yield from ctx.run(["less"], stdin=""))
    while follow and node:
        for line in _lines(ctx, node):
            if line.time > ctx.state["seen"] and wanted(line):
                ctx.write(written(line, ctx.machine.hostname, form))
        ctx.state["seen"] = ctx.now
        yield Poll()
    return 0


def _lines(ctx: Context, node: str) -> list[Line]:
    """Returns what systemd's units and the kernel wrote on a node; nothing on other machines."""
    if not node:
        return []
    cluster = ctx.machine.cluster
    return sorted([*kernellog.lines(cluster, node), *journal.lines(cluster, node)], key=lambda line: line.time)


def _separate(args: list[str]) -> list[str]:
    """-xeu, -fu and -n20 are told apart as getopt does; `-n 20` has its value in the next word."""
    found = list(args)
    for index, arg in enumerate(found[:-1]):
        if arg in ("-n", "--lines") and found[index + 1].isdigit():
            found[index : index + 2] = [f"--lines={found[index + 1]}"]
            break
    return found


def _moment(ctx: Context, text: str) -> float | None:
    """Reads --since and --until."""
    if not text:
        return None
    relative = RELATIVE.fullmatch(text.strip())
    if relative:
        number, unit = relative[1] or relative[3], (relative[2] or relative[4])[0]
        return ctx.now - int(number) * SECONDS[unit]
    today = datetime.fromtimestamp(ctx.now, UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    days = {"now": None, "today": today, "yesterday": today - timedelta(days=1)}
    if text in days:
        found = days[text]
        return ctx.now if found is None else found.timestamp()
    for form in ("%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%d", "%H:%M:%S", "%H:%M"):
        try:
            parsed = datetime.strptime(text, form).replace(tzinfo=UTC)
        except ValueError:
            continue
        if not form.startswith("%Y"):
            parsed = today.replace(hour=parsed.hour, minute=parsed.minute, second=parsed.second)
        return parsed.timestamp()
    raise Exit(1, f"Failed to parse timestamp: {text}\n")


def shown_time(seconds: float) -> str:
    """Writes a time as systemctl does: "Thu 2026-01-01 00:00:00 UTC"."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%a %Y-%m-%d %H:%M:%S UTC")


def written(line: Line, hostname: str, form: str = "short") -> str:
    """Writes a line of the journal."""
    if form == "cat":
        return f"{line.text}\n"
    when = datetime.fromtimestamp(line.time, UTC)
    stamp = when.strftime("%b %d %H:%M:%S")
    if form == "short-iso":
        stamp = when.strftime("%Y-%m-%dT%H:%M:%S+00:00")
    elif form == "short-precise":
        stamp = when.strftime("%b %d %H:%M:%S.%f")
    who = f"{line.identifier}[{line.pid}]" if line.pid else line.identifier
    return f"{stamp} {hostname} {who}: {line.text}\n"
