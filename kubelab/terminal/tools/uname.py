"""uname, arch, nproc, uptime, free, tty: what the machine is. Sources: GNU coreutils, procps."""

from __future__ import annotations

from kubelab.cluster.node.container import Container
from kubelab.cluster.node.host import HOSTS
from kubelab.cluster.node.systems import system_of
from kubelab.cluster.objects import Object
from kubelab.terminal.dates import write_date
from kubelab.terminal.nodes import node_of
from kubelab.terminal.options import Usage
from kubelab.terminal.sizes import human
from kubelab.terminal.tool import Context, tool

UNAME = Usage("""
Usage: uname [OPTION]...
Write what the system is.

  -a, --all                all of it
  -s, --kernel-name        the kernel's name (as without an option)
  -n, --nodename           the machine's name
  -r, --kernel-release     the kernel's release
  -v, --kernel-version     the kernel's version
  -m, --machine            the processor's kind
  -p, --processor          unknown
  -i, --hardware-platform  unknown
  -o, --operating-system   the operating system
""")
FREE = Usage("""
Usage: free [OPTION]...
Show how much memory there is.

  -b, --bytes    in bytes
  -h, --human    with units
  -k, --kibi     in KiB (as without an option)
  -m, --mebi     in MiB
  -g, --gibi     in GiB
  -t, --total    with a line of totals
  -w, --wide     nothing
""", not_simulated="-s --seconds -c --count -l --lohi --si --kilo --mega --giga")  # fmt: skip
UPTIME = Usage("""
Usage: uptime [OPTION]
Tell how long the machine has been running.

  -p, --pretty   in words
  -s, --since    since when
""")
ARCHITECTURE = "x86_64"
MEMORY, CPUS = 4 * 1024**3, 2  # of a machine that is none of the cluster's
USED, CACHED = 700 * 1024**2, 900 * 1024**2


def _record(ctx: Context) -> Object:
    """Returns the node that a command runs on, also where that is in a container; {} on other machines."""
    machine = ctx.machine
    node = machine.node.name if isinstance(machine, Container) else node_of(ctx)
    return ctx.machine.cluster.store.get(HOSTS + node) or {} if node else {}


@tool("uname")
def uname(ctx: Context) -> int:
    """uname [-asnrvmo]"""
    given = UNAME.parse(ctx)
    UNAME.operands(ctx, given, 0, 0)
    letters = [letter for letter in "snrvmpio" if given.has(letter)] or ["s"]
    if given.has("a"):
        letters = list("snrvmo")
    system = system_of(_record(ctx))
    told = {"s": "Linux", "n": ctx.machine.hostname, "r": system.kernel, "v": system.build, "o": "GNU/Linux"}
    ctx.print(" ".join(told.get(letter, ARCHITECTURE) for letter in letters))
    return 0


@tool("arch")
def arch(ctx: Context) -> int:
    """arch"""
    ctx.print(ARCHITECTURE)
    return 0


@tool("nproc")
def nproc(ctx: Context) -> int:
    """nproc"""
    ctx.print(str(_record(ctx).get("cpus", CPUS)))
    return 0


@tool("tty")
def tty(ctx: Context) -> int:
    """tty"""
    ctx.print("/dev/pts/0" if ctx.stdin_tty else "not a tty")
    return int(not ctx.stdin_tty)


@tool("free")
def free(ctx: Context) -> int:
    """free [-bhkmgt]"""
    given = FREE.parse(ctx)
    unit = given.last("b", "h", "k", "m", "g")
    divisor = {"b": 1, "m": 1024**2, "g": 1024**3}.get(unit, 1024)

    def shown(size: int) -> str:
        if unit == "h":
            return human(size) + ("i" if size >= 1024 else "B")
        return str(size // divisor)

    memory = _record(ctx).get("memory", MEMORY // 1024) * 1024
    rest = memory - USED - CACHED
    ctx.print(" " * 15 + "total        used        free      shared  buff/cache   available")
    cells = [memory, USED, rest, 4 * 1024**2, CACHED, memory - USED]
    ctx.print("Mem:    " + "".join(f"{shown(size):>12}" for size in cells))
    ctx.print("Swap:   " + "".join(f"{shown(0):>12}" for _cell in range(3)))
    if given.has("t"):
        ctx.print("Total:  " + "".join(f"{shown(size):>12}" for size in (memory, USED, rest)))
    return 0


@tool("uptime")
def uptime(ctx: Context) -> int:
    """uptime [-ps]"""
    given = UPTIME.parse(ctx)
    started = min((process.started for process in ctx.machine.processes()), default=ctx.now)
    seconds = max(0, int(ctx.now - started))
    days, hours, minutes = seconds // 86400, seconds // 3600 % 24, seconds // 60 % 60
    if given.has("s"):
        ctx.print(write_date("%Y-%m-%d %H:%M:%S", started))
    elif given.has("p"):
        parts = [f"{number} {word}{'s' if number != 1 else ''}"
                 for number, word in ((days, "day"), (hours, "hour"), (minutes, "minute")) if number]  # fmt: skip
        ctx.print("up " + (", ".join(parts) or "0 minutes"))
    else:
        span = f"{hours:2}:{minutes:02}" if hours else f"{minutes} min"
        up = (f"{days} day{'s' if days != 1 else ''}, " if days else "") + span
        ctx.print(f" {write_date('%H:%M:%S', ctx.now)} up {up},  1 user,  load average: 0.08, 0.03, 0.01")
    return 0
