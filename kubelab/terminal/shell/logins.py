"""Lets somebody log in on a node: a process there whose terminal is the one that ssh has. Source: sshd(8), LOGIN."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kubelab.terminal.shell.task import Task


def log_in(parent: Task, host: str, user: str, argv: Sequence[str]) -> int:
    """Starts a command on a node.

    Args:
        parent: the process that asks (ssh); the command has its streams.
        host: the node.
        user: as whom it runs.
        argv: the command; a shell is a login shell where it is called "-bash".

    Returns:
        Its process id.
    """
    kernel = parent.kernel
    task = kernel.new(parent.pid)
    machine = kernel.machine_of(host)
    task.host, task.as_user = host, "" if user == machine.user else user
    task.cwd = task.home_of(user) or "/"
    env = {**machine.env, "USER": user, "LOGNAME": user, "HOME": task.cwd}
    task.variables = task.variables.of_environment(env)
    for fd, number in parent.fds.items():
        task.put_fd(fd, number)
    kernel.execute(task, list(argv))
    if argv[0] == "bash" and task.interactive:
        task.name = "-bash"
    return task.pid


def enter(parent: Task, host: str, argv: Sequence[str], cwd: str = "") -> int:
    """Starts a command in another machine's, or another namespace's, view of things, as who asks (nsenter, chroot).

    Args:
        cwd: the directory that it starts in, "" for that of who asks.

    Returns:
        Its process id.
    """
    kernel = parent.kernel
    task = kernel.new(parent.pid)
    task.host, task.as_user, task.cwd = host, parent.as_user, cwd or parent.cwd
    task.variables = task.variables.of_environment(parent.variables.exported())
    for fd, number in parent.fds.items():
        task.put_fd(fd, number)
    kernel.execute(task, list(argv))
    return task.pid
