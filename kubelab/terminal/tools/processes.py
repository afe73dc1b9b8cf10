"""What runs where a command runs, as ps, pgrep and top see it: the machine's processes and the shell's own.

Figures of use (CPU, memory) are not simulated: they are nought, or what such a process typically has.
"""

from __future__ import annotations

from dataclasses import dataclass

from kubelab.cluster.node.process import ProcessInfo
from kubelab.terminal.tool import Context

KILOBYTES = 4400  # of memory that a small process has


@dataclass(frozen=True)
class Process:
    """A process as tools show it."""

    pid: int
    parent: int
    user: str
    started: float
    command: str
    state: str = "S"
    tty: str = "?"

    @property
    def name(self) -> str:
        """The command's name as the kernel knows it: 15 letters without the directory."""
        first = self.command.partition(" ")[0]
        if self.command.partition(":")[0] == first.rstrip(":") and first.endswith(":"):
            return first.rstrip(":")[:15]  # "nginx: master process ..."
        return first.rpartition("/")[2].removeprefix("-")[:15]


def processes_of(ctx: Context) -> list[Process]:
    """Returns what runs, in order of process ids."""
    kernel = ctx.shell.kernel
    tty = "pts/0" if kernel.tty is not None else "?"
    found = {each.pid: _of_machine(each) for each in ctx.machine.processes()}
    for task in kernel.tasks.values():
        if task.host != ctx.shell.host:
            continue
        if task is ctx.shell and (task.interactive or task.script):  # the shell runs the command in itself
            own = " ".join([task.name, *task.args])
            found[task.pid] = Process(task.pid, task.parent, task.user, task.started, own, "S", tty)
            pid = own_pid(ctx)
            found[pid] = Process(pid, task.pid, task.user, ctx.now, task.command_line(), "R", tty)
            continue
        state = "R" if task is ctx.shell else "S"
        found[task.pid] = Process(task.pid, task.parent, task.user, task.started, task.command_line(), state, tty)
    return [found[pid] for pid in sorted(found)]


def _of_machine(info: ProcessInfo) -> Process:
    return Process(info.pid, 0 if info.pid == 1 else 1, info.user, info.started, info.command)


def own_pid(ctx: Context) -> int:
    """Returns the process id of the running command: a new one where its shell will go on after it."""
    shell = ctx.shell
    return shell.kernel.next_pid if shell.interactive or shell.script else shell.pid


def send(ctx: Context, pid: int, signal: str) -> bool:
    """Sends a signal to a process of the machine or of the shell; tells whether there is one."""
    kernel = ctx.shell.kernel
    if pid in kernel.tasks:
        return bool(kernel.signal(pid, signal))
    return ctx.machine.kill(pid, signal)
