"""What `set -x` shows of a command before it runs."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kubelab.terminal.shell.task import Task


def trace(task: Task, command: dict[str, Any]) -> None:
    """Writes a command to standard error as `set -x` does."""
    before = prefix(task)
    for name, index, append, value in command["assign"]:
        place = f"[{index}]" if index is not None else ""
        shown = value if isinstance(value, str) else "(" + " ".join(_shown(text) for text in value["argv"]) + ")"
        text = shown if isinstance(value, dict) else _shown(shown) if shown else ""
        task.stream(2).write(f"{before}{name}{place}{'+' if append else ''}={text}\n")
    if command["argv"]:
        task.stream(2).write(before + " ".join(_shown(text) for text in command["argv"]) + "\n")


def prefix(task: Task) -> str:
    """Returns what lines of `set -x` begin with."""
    return task.lookup("PS4") or "+ "


def _shown(text: str) -> str:
    if text and re.fullmatch(r"[\w@%+=:,./^-]+", text):
        return text
    return "'" + text.replace("'", "'\\''") + "'"
