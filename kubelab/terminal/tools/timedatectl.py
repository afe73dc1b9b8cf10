"""timedatectl: a machine's clock, and whether it is kept right. Source: systemd 255, timedatectl(1)."""

from __future__ import annotations

from kubelab.cluster.node import host, machineclock
from kubelab.terminal.dates import read_date, write_date
from kubelab.terminal.nodes import node_of
from kubelab.terminal.tool import Context, Exit, tool

FORM = "%a %Y-%m-%d %H:%M:%S UTC"
RTC = "%a %Y-%m-%d %H:%M:%S"
VERBS = ("status", "show", "set-time", "set-ntp")


@tool("timedatectl")
def timedatectl(ctx: Context) -> int:
    """timedatectl [status | set-time TIME | set-ntp BOOL]"""
    words = [arg for arg in ctx.args if not arg.startswith("-")]
    verb, values = (words[0], words[1:]) if words else ("status", [])
    if verb not in VERBS:
        raise Exit(1, f"Unknown command verb '{verb}'.\n")
    node = node_of(ctx)
    record = ctx.machine.cluster.store.get(host.HOSTS + node) or {} if node else {}
    if verb == "set-time":
        if node and machineclock.is_kept(record):
            raise Exit(1, "Failed to set time: Automatic time synchronization is enabled\n")
        set_clock(ctx, " ".join(values))
        return 0
    if verb == "set-ntp":
        if values[:1] not in (["true"], ["false"], ["1"], ["0"], ["yes"], ["no"]):
            raise Exit(1, f"Failed to parse boolean value '{' '.join(values)}': Invalid argument\n")
        if not node:
            raise Exit(1, "timedatectl: KubeLab simulates clocks of their own on nodes only\n")
        machineclock.keep(ctx.machine.cluster, node, on=values[0] in ("true", "1", "yes"))
        return 0
    offset = machineclock.offset_of(record)
    kept = machineclock.is_kept(record)
    now, right = ctx.now + offset, "yes" if kept and not offset else "no"
    if verb == "show":
        ctx.write(
            f"Timezone=Etc/UTC\nLocalRTC=no\nCanNTP=yes\nNTP={'yes' if kept else 'no'}\nNTPSynchronized={right}\n"
        )
        return 0
    rows = {
        "Local time": write_date(FORM, now),
        "Universal time": write_date(FORM, now),
        "RTC time": write_date(RTC, now),
        "Time zone": "Etc/UTC (UTC, +0000)",
        "System clock synchronized": right,
        "NTP service": "active" if kept else "inactive",
        "RTC in local TZ": "no",
    }
    ctx.write("".join(f"{name:>25}: {value}\n" for name, value in rows.items()))
    return 0


def set_clock(ctx: Context, text: str) -> None:
    """Sets the clock of the machine that a command runs on.

    Raises:
        Exit: the time cannot be read, or the clock not be set.
    """
    node = node_of(ctx)
    if ctx.user != "root":
        raise Exit(1, f"{ctx.name}: cannot set date: Operation not permitted\n")
    if not node:
        raise Exit(1, f"{ctx.name}: KubeLab simulates clocks of their own on nodes only\n")
    cluster = ctx.machine.cluster
    try:
        wanted = read_date(text, ctx.now + machineclock.offset_of(cluster.store.get(host.HOSTS + node)))
    except ValueError:
        told = (
            f"date: invalid date '{text}'\n" if ctx.name == "date" else f"Failed to parse time specification '{text}': "
        )
        raise Exit(1, told if ctx.name == "date" else told + "Invalid argument\n") from None
    try:
        machineclock.put(cluster, node, wanted - ctx.now)
    except machineclock.NotSimulatedError:
        raise Exit(1, f"{ctx.name}: KubeLab does not simulate another time on a control plane\n") from None
