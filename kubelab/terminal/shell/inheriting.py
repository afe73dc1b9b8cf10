"""What a process has from the one that forked it. Source: fork(2); bash(1), COMMAND EXECUTION ENVIRONMENT."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kubelab.terminal.shell.task import Task


def inherit(task: Task, parent: Task) -> None:
    """Gives a process what it has from its parent."""
    task.flavour = parent.flavour
    task.shell_pid = parent.shell_pid
    task.subshell = True
    task.variables = parent.variables.copy()
    task.functions, task.aliases = parent.functions, parent.aliases
    task.args, task.name = parent.args, parent.name
    task.host, task.as_user = parent.host, parent.as_user
    task.options = list(parent.options)
    task.cwd, task.umask, task.status = parent.cwd, parent.umask, parent.status
    task.quiet, task.script = parent.quiet, parent.script
    task.line, task.base_line = parent.line, parent.base_line
    task.last_background, task.started = parent.last_background, parent.started
    task.traps = {name: command for name, command in parent.traps.items() if not command}
    task.interactive = False
    if any(frame["kind"] in ("function", "forked") for frame in parent.frames):
        task.in_function = True
