"""Signals: what a process does with them. Sources: signal(7), bash(1) SIGNALS."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kubelab.terminal.tool import Context, find_farewell

if TYPE_CHECKING:
    from kubelab.terminal.shell.task import Task

NUMBERS = {
    "HUP": 1, "INT": 2, "QUIT": 3, "ILL": 4, "TRAP": 5, "ABRT": 6, "BUS": 7, "FPE": 8, "KILL": 9, "USR1": 10,
    "SEGV": 11, "USR2": 12, "PIPE": 13, "ALRM": 14, "TERM": 15, "STKFLT": 16, "CHLD": 17, "CONT": 18, "STOP": 19,
    "TSTP": 20, "TTIN": 21, "TTOU": 22, "URG": 23, "XCPU": 24, "XFSZ": 25, "VTALRM": 26, "PROF": 27, "WINCH": 28,
    "IO": 29, "PWR": 30, "SYS": 31,
}  # fmt: skip
NAMES = {number: name for name, number in NUMBERS.items()}
_IGNORED = frozenset(("CHLD", "CONT", "URG", "WINCH"))


def signal_name(text: str) -> str | None:
    """Returns a signal's name for "9", "KILL", "SIGKILL" or "kill"; None when there is none such."""
    if text.isdigit():
        return NAMES.get(int(text), "EXIT" if text == "0" else None)
    name = text.upper().removeprefix("SIG")
    return name if name in NUMBERS or name in ("EXIT", "ERR", "DEBUG", "RETURN") else None


def handle_signal(task: Task, name: str) -> None:
    """Does what a signal does to a process: its trap, or what is usual."""
    if name == "KILL":
        task.die(137)
        return
    if name == "ABANDON":
        task.status = 137
        task.unwind()
        return
    if name in task.traps:
        if not task.traps[name]:
            return
        if task.tool is not None:  # `wait` is interrupted
            task.finish_tool(128 + NUMBERS[name])
        task.wake()
        task.run_trap(name)
        return
    if name in _IGNORED or _is_ignored_by_init(task):
        return
    if name == "INT":
        _last_words(task)
    if task.interactive:
        _interactive(task, name)
        return
    if name == "INT":
        task.kernel.interrupted = True
    if (task.unit is not None and not task.subshell) or "EXIT" in task.traps:
        task.wait = None
        task.exit(128 + NUMBERS[name])
    else:
        task.die(128 + NUMBERS[name])


def _last_words(task: Task) -> None:
    """Lets a tool that handles Ctrl-C say what it says at its end (ping's statistics)."""
    tool = task.tool
    found = find_farewell(tool.get("tool") or tool["name"].rpartition("/")[2]) if tool is not None else None
    if tool is not None and found is not None:
        found(Context(task, tool["argv"], None, tool["state"]))


def _is_ignored_by_init(task: Task) -> bool:
    """Process 1 gets no signal that it has no handler for (kill(2), NOTES)."""
    return task.kernel.init and task.parent == 0 and not task.interactive


def _interactive(task: Task, name: str) -> None:
    """An interactive shell lives on: Ctrl-C ends what it runs."""
    if name == "HUP":
        task.die(129)
    elif name == "INT":
        task.status = 130
        task.unwind()
