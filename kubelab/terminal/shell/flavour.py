"""How the shells differ: bash on the learner's machine, busybox's ash and Debian's dash in containers.

Sources: bash 5.2, busybox 1.36 shell/ash.c (ash_vmsg), dash 0.5.12 src/error.c.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kubelab.terminal.shell.task import Task


@dataclass(frozen=True)
class Flavour:
    """One of the shells.

    Attributes:
        name: "bash", "ash" or "dash".
        not_found: what is said of an unknown command.
        unbound, unbound_status: what is said of an unset variable under `set -u`, and the exit status.
        redirect_status: the exit status of a command whose redirection fails.
        echo_escapes: `echo` replaces backslash escapes without -e.
    """

    name: str
    not_found: str
    unbound: str
    unbound_status: int
    echo_escapes: bool = False
    redirect_status: int = 1

    def prefix(self, task: Task) -> str:
        """Returns what messages begin with."""
        name = task.message_name()
        if self.name == "bash":
            return f"{name}: " if task.interactive and not task.in_file() else f"{name}: line {task.line_number()}: "
        if self.name == "dash":
            return f"{name}: {task.line_number()}: "
        return f"{name}: line {task.line_number()}: " if task.script else f"{name}: "

    def cannot_open(self, path: str, reason: str, *, create: bool) -> str:
        """Returns what is said of a redirection that fails."""
        if self.name == "bash":
            return f"{path}: {reason}"
        verb = "create" if create else "open"
        if reason == "No such file or directory":
            reason = "nonexistent directory" if create else ("no such file" if self.name == "ash" else "No such file")
            if self.name == "dash":
                reason = "Directory nonexistent" if create else "No such file"
        return f"can't {verb} {path}: {reason}" if self.name == "ash" else f"cannot {verb} {path}: {reason}"


BASH = Flavour("bash", "command not found", "unbound variable", 1)
ASH = Flavour("ash", "not found", "parameter not set", 2)
DASH = Flavour("dash", "not found", "parameter not set", 2, echo_escapes=True, redirect_status=2)
FLAVOURS = {flavour.name: flavour for flavour in (BASH, ASH, DASH)} | {"sh": ASH}
SHELLS = frozenset(FLAVOURS)
