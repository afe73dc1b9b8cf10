"""Builtins of jobs and signals: wait, jobs, fg, bg, disown, trap, times, ulimit."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from kubelab.terminal.shell.builtin import builtin
from kubelab.terminal.shell.jobs import family, find_job, job_line, refresh
from kubelab.terminal.shell.signals import NAMES, NUMBERS, signal_name
from kubelab.terminal.shell.waits import AnyChild
from kubelab.terminal.tool import Children, Context


@builtin("jobs")
def jobs(ctx: Context) -> int:
    """jobs [-lp]"""
    refresh(ctx.shell)
    all_jobs = ctx.shell.jobs
    for job in all_jobs:
        if "-p" in ctx.args:
            ctx.print(str(job["pid"]))
        elif "-l" in ctx.args:
            line = job_line(all_jobs, job)
            ctx.print(f"{line[:6]}{job['pid']} {line[6:]}")
        else:
            ctx.print(job_line(all_jobs, job))
    ctx.shell.jobs = [job for job in all_jobs if job["state"] in ("Running", "Stopped")]
    return 0


@builtin("wait")
def wait(ctx: Context) -> Generator[Any, Any, int]:
    """wait [-n] [id ...]"""
    shell = ctx.shell
    kernel = shell.kernel
    mine = [job["pid"] for job in shell.jobs]
    if "-n" in ctx.args:
        if not mine:
            return 127
        pid = yield AnyChild(tuple(mine))
        shell.jobs = [job for job in shell.jobs if job["pid"] != pid]
        return kernel.reap(pid)
    if not ctx.args:
        yield Children(tuple(pid for pid in mine if pid in kernel.tasks or pid in kernel.exits))
        for pid in mine:
            kernel.reap(pid)
        shell.jobs = []
        return 0
    status = 0
    for arg in ctx.each(ctx.args):
        status = yield from _wait_for(ctx, arg)
    return status


def _wait_for(ctx: Context, arg: str) -> Generator[Any, Any, int]:
    shell = ctx.shell
    kernel = shell.kernel
    if arg.startswith("%"):
        job = find_job(ctx.shell.jobs, arg)
        if job is None:
            shell.say(f"wait: {arg}: no such job")
            return 127
        pid = job["pid"]
    elif arg.isdigit():
        pid = int(arg)
    else:
        shell.say(f"wait: `{arg}': not a pid or valid job spec")
        return 1
    if pid not in kernel.exits and (pid not in kernel.tasks or kernel.tasks[pid].parent != shell.pid):
        shell.say(f"wait: pid {pid} is not a child of this shell")
        return 127
    yield Children((pid,))
    shell.jobs = [job for job in shell.jobs if job["pid"] != pid]
    return kernel.reap(pid)


@builtin("fg")
def fg(ctx: Context) -> Generator[Any, Any, int]:
    """fg [job]"""
    job = find_job(ctx.shell.jobs, ctx.args[0] if ctx.args else "")
    if job is None:
        ctx.shell.say(f"fg: {ctx.args[0] if ctx.args else 'current'}: no such job")
        return 1
    if not job.get("foreground"):
        ctx.print(job["source"])
        job["foreground"] = True
        for pid in family(ctx.shell.kernel.tasks, job):
            ctx.shell.kernel.signal(pid, "CONT")
    yield Children((job["pid"],))
    ctx.shell.jobs = [other for other in ctx.shell.jobs if other is not job]
    return ctx.shell.kernel.reap(job["pid"])


@builtin("bg")
def bg(ctx: Context) -> int:
    """bg [job]"""
    job = find_job(ctx.shell.jobs, ctx.args[0] if ctx.args else "")
    if job is None:
        ctx.shell.say(f"bg: {ctx.args[0] if ctx.args else 'current'}: no such job")
        return 1
    for pid in family(ctx.shell.kernel.tasks, job):
        ctx.shell.kernel.signal(pid, "CONT")
    ctx.print(f"[{job['number']}]+ {job['source']} &")
    return 0


@builtin("disown", bash=True)
def disown(ctx: Context) -> int:
    """disown [job]"""
    job = find_job(ctx.shell.jobs, ctx.args[0] if ctx.args else "")
    ctx.shell.jobs = [other for other in ctx.shell.jobs if other is not job]
    return 0


@builtin("trap")
def trap(ctx: Context) -> int:
    """trap [command] [signal ...]"""
    shell = ctx.shell
    args = [arg for arg in ctx.args if arg != "--"]
    if args[:1] == ["-l"]:
        for number in sorted(NUMBERS.values()):
            ctx.print(f"{number:2}) SIG{NAMES[number]}")
        return 0
    if not args or args[0] == "-p":
        wanted = [signal_name(text) for text in args[1:]]
        for trapped, kept in shell.traps.items():
            if wanted and trapped not in wanted:
                continue
            pseudo = trapped in ("EXIT", "ERR", "DEBUG", "RETURN") or shell.flavour.name != "bash"
            full = trapped if pseudo else "SIG" + trapped
            quoted = "'" + kept.replace("'", "'\\''") + "'"
            ctx.print(f"trap -- {quoted} {full}")
        return 0
    command: str | None
    if len(args) == 1 or args[0] == "-":
        command, names = None, args[1:] if args[0] == "-" else args
    else:
        command, names = args[0], args[1:]
    status = 0
    for text in names:
        name = signal_name(text)
        if name is None:
            shell.say(f"trap: {text}: invalid signal specification")
            status = 1
        elif command is None:
            shell.traps.pop(name, None)
        else:
            shell.traps[name] = command
    return status


@builtin("times")
def times(ctx: Context) -> int:
    """times"""
    ctx.write("0m0.000s 0m0.000s\n0m0.000s 0m0.000s\n")
    return 0


@builtin("ulimit")
def ulimit(ctx: Context) -> int:
    """ulimit: limits are those of KubeLab."""
    ctx.shell.say("ulimit: not simulated in KubeLab")
    return 1
