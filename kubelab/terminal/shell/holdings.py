"""What the processes of one kernel may keep in their variables."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kubelab.terminal.shell.task import Task

MEMORY = 16 * 1024 * 1024  # letters in the variables of all processes
SMALL = 256  # letters of a text that is not counted
ELEMENTS = 50_000  # elements of one process's arrays


def held_too_much(tasks: Collection[Task]) -> str:
    """Returns what is wrong with what processes keep, "" when nothing is; texts that they share count once."""
    seen: dict[int, int] = {}
    for task in tasks:
        arrays = (value for value in task.variables.values.values() if isinstance(value, dict))
        if sum(len(array) for array in arrays) > ELEMENTS:
            return f"the variables held more than {ELEMENTS} elements"
        for value in task.variables.values.values():
            for text in value.values() if isinstance(value, dict) else (value,):
                if len(text) > SMALL:
                    seen[id(text)] = len(text)
    return f"the variables held more than {MEMORY // 1024 // 1024} MiB" if sum(seen.values()) > MEMORY else ""
