"""kill: sends signals to processes and jobs. Source: bash(1), kill."""

from __future__ import annotations

from collections.abc import Iterable

from kubelab.terminal.shell.builtin import builtin
from kubelab.terminal.shell.jobs import family, find_job
from kubelab.terminal.shell.signals import NAMES, NUMBERS, signal_name
from kubelab.terminal.tool import Context

USAGE = (
    "usage: kill [-s sigspec | -n signum | -sigspec] pid | jobspec ... or kill -l [sigspec]"  # the builtin's own line
)


@builtin("kill")
def kill(ctx: Context) -> int:
    """kill [-s sigspec | -n signum | -sigspec] pid | jobspec ..."""
    args = ctx.args
    if args[:1] in (["-l"], ["-L"]):
        return _list(ctx, args[1:])
    name = "TERM"
    if args and args[0] in ("-s", "-n") and len(args) > 1:
        asked, args = args[1], args[2:]
        name = signal_name(asked) or ""
    elif args and args[0].startswith("-") and args[0] != "--" and len(args[0]) > 1:
        asked, args = args[0][1:], args[1:]
        name = signal_name(asked) or ""
    else:
        asked = name
    if args[:1] == ["--"]:
        args = args[1:]
    if not name or name in ("ERR", "DEBUG", "RETURN"):
        ctx.shell.say(f"kill: {asked}: invalid signal specification")
        return 1
    if not args:
        ctx.error(f"kill: {USAGE}\n")
        return 2
    done = [_kill(ctx, arg, name) for arg in args]
    return 0 if any(done) else 1


def _list(ctx: Context, args: list[str]) -> int:
    if not args:
        cells = [f"{number:2}) SIG{NAMES[number]}" for number in sorted(NUMBERS.values())]
        for row in range(0, len(cells), 5):
            ctx.print(
                "\t".join(f"{cell:<16}" if index < 4 else cell for index, cell in enumerate(cells[row : row + 5]))
            )
        return 0
    for arg in args:
        if arg.isdigit():
            name = NAMES.get(int(arg) - 128 if int(arg) > 128 else int(arg))
            if name is None:
                ctx.shell.say(f"kill: {arg}: invalid signal specification")
                return 1
            ctx.print(name)
        else:
            ctx.print(str(NUMBERS.get(signal_name(arg) or "", 0)))
    return 0


def _kill(ctx: Context, target: str, name: str) -> bool:
    """Sends a signal to a job or a process; tells whether there is one."""
    shell = ctx.shell
    if target.startswith("%"):
        job = find_job(shell.jobs, target)
        if job is None:
            shell.say(f"kill: {target}: no such job")
            return False
        return _send(ctx, family(shell.kernel.tasks, job), name)
    if not target.removeprefix("-").isdigit():
        shell.say(f"kill: {target}: arguments must be process or job IDs")
        return False
    pid = abs(int(target))
    if shell.kernel.tasks.get(pid) is None and not ctx.machine.kill(pid, name):
        if pid in shell.kernel.exits:
            return True
        shell.say(f"kill: ({target}) - No such process")
        return False
    return _send(ctx, [pid], name)


def _send(ctx: Context, pids: Iterable[int], name: str) -> bool:
    kernel = ctx.shell.kernel
    for pid in pids:
        if name != "EXIT":  # kill -0 only asks
            kernel.signal(pid, name)
            if name in ("TERM", "HUP"):
                kernel.signal(pid, "CONT")
    return True
