"""ps: what runs. procps' in its usual forms, and BusyBox's. Source: procps-ng 4.0.4, ps(1); busybox procps/ps.c."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from kubelab.terminal.tool import Context, tool
from kubelab.terminal.tools.dialing import is_busybox
from kubelab.terminal.tools.processes import KILOBYTES, Process, processes_of

Column = tuple[str, int, bool, Callable[[Context, Process], str]]  # title, width, to the right, value


def _start(ctx: Context, process: Process) -> str:
    form = "%H:%M" if ctx.now - process.started < 86_400 else "%b%d"
    return datetime.fromtimestamp(process.started, UTC).strftime(form)


COLUMNS: dict[str, Column] = {
    "pid": ("PID", 7, True, lambda ctx, each: str(each.pid)),
    "ppid": ("PPID", 7, True, lambda ctx, each: str(each.parent)),
    "user": ("USER", 8, False, lambda ctx, each: each.user[:8]),
    "uid": ("UID", 8, False, lambda ctx, each: each.user[:8]),
    "comm": ("COMMAND", 15, False, lambda ctx, each: each.name),
    "cmd": ("CMD", 27, False, lambda ctx, each: each.command),
    "args": ("COMMAND", 27, False, lambda ctx, each: each.command),
    "command": ("COMMAND", 27, False, lambda ctx, each: each.command),
    "time": ("TIME", 8, True, lambda ctx, each: "00:00:00"),
    "tty": ("TTY", 8, False, lambda ctx, each: each.tty),
    "stat": ("STAT", 4, False, lambda ctx, each: f"{each.state}{'s' if each.pid == 1 else ''}"),
    "etime": ("ELAPSED", 11, True, lambda ctx, each: _elapsed(ctx.now - each.started)),
    "pcpu": ("%CPU", 4, True, lambda ctx, each: "0.0"),
    "pmem": ("%MEM", 4, True, lambda ctx, each: "0.1"),
    "vsz": ("VSZ", 6, True, lambda ctx, each: str(KILOBYTES)),
    "rss": ("RSS", 5, True, lambda ctx, each: str(KILOBYTES * 3 // 4)),
    "start": ("STARTED", 8, True, _start),
}
ALIASES = {"%cpu": "pcpu", "%mem": "pmem", "ucmd": "comm", "uname": "user", "euser": "user", "tname": "tty"}


def _elapsed(seconds: float) -> str:
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    text = f"{minutes:02d}:{rest:02d}"
    if hours or days:
        text = f"{hours:02d}:{text}"
    return f"{days}-{text}" if days else text


@tool("ps")
def ps(ctx: Context) -> int:
    """ps [aux | -ef | -e | -o COLUMNS | -p PIDS]"""
    if is_busybox(ctx):
        return _busybox(ctx)
    words, chosen, pids = list(ctx.args), [], []
    letters = ""
    while words:
        word = words.pop(0)
        if word in ("-o", "-eo", "-Ao", "o", "-axo", "axo", "--format"):
            letters += word.strip("-o")
            chosen += words.pop(0).split(",") if words else []
        elif word in ("-p", "--pid", "-q") and words:
            pids += [int(each) for each in words.pop(0).replace(",", " ").split() if each.isdigit()]
        elif word in ("-u", "-U", "-C") and words:
            words.pop(0)
        elif not word.startswith("--"):
            letters += word if word.startswith("-") else word.upper()
    if chosen:
        return _columns(ctx, [each.strip().lower() for each in chosen], _shown(ctx, letters, pids))
    shown = _shown(ctx, letters, pids)
    if "U" in letters:
        return _aux(ctx, shown)
    return _full(ctx, shown) if "f" in letters else _short(ctx, shown)


def _shown(ctx: Context, letters: str, pids: Sequence[int]) -> list[Process]:
    every = processes_of(ctx)
    if pids:
        return [each for each in every if each.pid in pids]
    if any(letter in letters for letter in "eAXa"):
        return every
    own = next((each.tty for each in every if each.pid == ctx.shell.pid), "?")
    return [each for each in every if each.tty == own and (own != "?" or each.pid in ctx.shell.kernel.tasks)]


def _columns(ctx: Context, names: list[str], shown: list[Process]) -> int:
    columns: list[Column] = []
    for name in names:
        plain, equals, title = name.partition("=")
        column = COLUMNS.get(ALIASES.get(plain, plain))
        if column is None:
            ctx.error(f"error: unknown user-defined format specifier \"{plain}\"\n\nUsage:\n ps [options]\n\n"
                      " Try 'ps --help <simple|list|output|threads|misc|all>'\n  or 'ps --help <s|l|o|t|m|a>'\n"
                      " for additional help text.\n\nFor more details see ps(1).\n")  # fmt: skip
            return 1
        columns.append((title if equals else column[0], *column[1:]))
    if any(title for title, *_ in columns):
        ctx.print(_row([title for title, *_ in columns], columns))
    for each in shown:
        ctx.print(_row([value(ctx, each) for *_, value in columns], columns))
    return 0 if shown else 1


def _row(cells: list[str], columns: list[Column]) -> str:
    laid = []
    for index, (cell, (_, width, right, _)) in enumerate(zip(cells, columns, strict=True)):
        last = index == len(cells) - 1
        laid.append(cell.rjust(width) if right else cell if last else cell.ljust(width))
    return " ".join(laid)


def _aux(ctx: Context, shown: list[Process]) -> int:
    ctx.print("USER         PID %CPU %MEM    VSZ   RSS TTY      STAT START   TIME COMMAND")
    for each in shown:
        stat = f"{each.state}{'s' if each.pid == 1 else ''}{'+' if each.tty != '?' else ''}"
        ctx.print(
            f"{each.user[:8]:<8} {each.pid:>7}  0.0  0.1 {KILOBYTES:>6} {KILOBYTES * 3 // 4:>5} {each.tty:<8} "
            f"{stat:<4} {_start(ctx, each):>5}   0:00 {each.command}"
        )
    return 0


def _full(ctx: Context, shown: list[Process]) -> int:
    ctx.print("UID          PID    PPID  C STIME TTY          TIME CMD")
    for each in shown:
        ctx.print(
            f"{each.user[:8]:<8} {each.pid:>7} {each.parent:>7}  0 {_start(ctx, each)} {each.tty:<8} 00:00:00 "
            f"{each.command}"
        )
    return 0 if shown else 1


def _short(ctx: Context, shown: list[Process]) -> int:
    ctx.print("    PID TTY          TIME CMD")
    for each in shown:
        ctx.print(f"{each.pid:>7} {each.tty:<8} 00:00:00 {each.name}")
    return 0 if shown else 1


def _busybox(ctx: Context) -> int:
    words = list(ctx.args)
    if "-o" in words and words.index("-o") + 1 < len(words):
        return _columns(ctx, words[words.index("-o") + 1].lower().split(","), processes_of(ctx))
    ctx.print("PID   USER     TIME  COMMAND")
    for each in processes_of(ctx):
        ctx.print(f"{each.pid:>5} {each.user[:8]:<8}  0:00 {each.command}"[: max(ctx.columns, 80)])
    return 0


@tool("top")
def top(ctx: Context) -> int:
    """top -b -n1: one look; the screen that refreshes itself is not simulated."""
    letters = "".join(word.lstrip("-") for word in ctx.args)
    if "b" not in letters or "n" not in letters:
        ctx.error("top: the screen that refreshes itself is not simulated in KubeLab; try: top -b -n 1\n")
        return 1
    shown = processes_of(ctx)
    if is_busybox(ctx):
        ctx.print("Mem: 1143360K used, 2937844K free, 2180K shrd, 41200K buff, 811264K cached")
        ctx.print("CPU:   0% usr   0% sys   0% nic 100% idle   0% io   0% irq   0% sirq")
        ctx.print(f"Load average: 0.00 0.00 0.00 1/{len(shown) + 200} {shown[-1].pid if shown else 1}")
        ctx.print("  PID  PPID USER     STAT   VSZ %VSZ CPU %CPU COMMAND")
        for each in shown:
            ctx.print(f"{each.pid:>5} {each.parent:>5} {each.user[:8]:<8} {each.state:<4} {KILOBYTES:>5}   0%   0   0% "
                      f"{each.command}")  # fmt: skip
        return 0
    clock = datetime.fromtimestamp(ctx.now, UTC).strftime("%H:%M:%S")
    running = sum(each.state == "R" for each in shown)
    ctx.print(f"top - {clock} up 0 min,  0 user,  load average: 0.00, 0.00, 0.00")
    counts = f"{len(shown):>3} total, {running:>3} running, {len(shown) - running:>3} sleeping"
    ctx.print(f"Tasks: {counts},   0 stopped,   0 zombie")
    ctx.print("%Cpu(s):  0.0 us,  0.0 sy,  0.0 ni,100.0 id,  0.0 wa,  0.0 hi,  0.0 si,  0.0 st")
    ctx.print("MiB Mem :   3985.6 total,   2869.0 free,   1116.6 used,    832.5 buff/cache     ")
    ctx.print("MiB Swap:      0.0 total,      0.0 free,      0.0 used.   2869.0 avail Mem \n")
    ctx.print("    PID USER      PR  NI    VIRT    RES    SHR S  %CPU  %MEM     TIME+ COMMAND")
    for each in shown:
        memory = f"{KILOBYTES:>7} {KILOBYTES * 3 // 4:>6} {KILOBYTES // 2:>6}"
        ctx.print(f"{each.pid:>7} {each.user[:8]:<8}  20   0 {memory} "
                  f"{each.state}   0.0   0.1   0:00.00 {each.name}")  # fmt: skip
    return 0
