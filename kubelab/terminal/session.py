"""The terminal of a lab: keys go in, output comes out, in between a shell runs on the learner's workstation.

All of its state is JSON. It waits for nothing itself: whoever owns it calls `poll` at `due` and after each change of
the cluster.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kubelab.cluster.file_errors import FileError
from kubelab.terminal.completion import TabCompletion
from kubelab.terminal.shell.kernel import Kernel
from kubelab.terminal.shell.saving import restore, save
from kubelab.terminal.shell.scanning import Incomplete, SyntaxFault
from kubelab.terminal.shell.tty import Tty
from kubelab.terminal.shell.waits import Prompt
from kubelab.terminal.tool import Edit
from kubelab.terminal.workstation import Workstation

if TYPE_CHECKING:
    from kubelab.cluster.cluster import Cluster
    from kubelab.cluster.node.process import Machine
    from kubelab.terminal.shell.task import Task

BUDGET = 20_000  # instructions of one go
SETTLING = 500  # reconciliations between two commands of one line
FIRST_PID = 1201
PATIENCE = 0.5  # seconds at the most between two goes of a command that never waits
Json = dict[str, Any]


class Terminal:
    """A terminal with its shell.

    Args:
        cluster: the lab's cluster.
        state: what `state` gave earlier; None for a new one.
        columns, rows: the size of its window.

    Attributes:
        machine: the computer that the shell runs on.
        ended: the exit status of a shell that has ended since the terminal was made; another has begun since.
    """

    def __init__(self, cluster: Cluster, state: Json | None = None, columns: int = 80, rows: int = 24) -> None:
        self.cluster = cluster
        self.machine = Workstation(cluster)
        self.machine.kernel = lambda: self.kernel
        self.ended: int | None = None
        self._seen = -1  # the cluster's revision when waiting commands last looked
        self._slices = 0  # goes in a row in which a command did not wait
        self._edits = 0
        self._edit: Json | None = None
        fresh = state is None or not self._restore(state)
        if fresh:
            self.tty = Tty(columns, rows)
            self.kernel = self._new_kernel()
        self._completion = TabCompletion(self.tty)
        if fresh:
            self._run()
        elif self.tty.editing:
            self.tty.show(self.tty.screen.redraw())
        self.resize(columns, rows)

    def _restore(self, state: Json) -> bool:
        """Takes up what was kept; returns False when it cannot be read: another KubeLab wrote it."""
        try:
            self.tty = Tty.restored(state["tty"])
            self.tty.editor.history = list(state["history"])
            self.tty.editor.end_of_history()
            self.kernel = restore(self.machine, state["kernel"], tty=self.tty)
        except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError, Incomplete, SyntaxFault):
            return False
        self.kernel.before_command = self._settle
        self._edits, self._edit = state.get("edits", 0), state.get("edit")
        return True

    def _new_kernel(self, *options: str) -> Kernel:
        kernel = Kernel(self.machine, tty=self.tty, first_pid=FIRST_PID)
        kernel.before_command = self._settle
        kernel.first(["bash", *options], None)
        return kernel

    def _settle(self) -> None:
        """A command takes a moment, in which the cluster does what is due."""
        self.cluster.run_until(self.cluster.clock.now, SETTLING)

    # input and output

    def feed(self, keys: str) -> None:
        """Takes what was typed."""
        while keys:
            if self._completion.asking:
                keys = self._completion.answer(keys)
                continue
            keys = self.tty.feed(keys)
            if self.tty.editor.completing:
                self._complete()
                continue
            self.kernel.take_signals()
            self._run()

    def _complete(self) -> None:
        shell = next((task for task in self.kernel.tasks.values() if isinstance(task.wait, Prompt)), None)
        if shell is not None:
            self._completion.press(shell)

    def output(self) -> str:
        """Returns what is to be shown and was not yet taken."""
        return self.tty.take_output()

    def resize(self, columns: int, rows: int) -> None:
        """Takes note of the window's size."""
        if (columns, rows) != (self.tty.columns, self.tty.rows):
            self.tty.resize(columns, rows)
            for pid in list(self.kernel.tasks):
                self.kernel.signal(pid, "WINCH")

    # running

    def poll(self) -> None:
        """Lets commands go on whose moment has come, or which wait for a change that may have happened."""
        if self._seen != self.cluster.store.revision:
            self._seen = self.cluster.store.revision
            self.kernel.poked = True
        self._run()

    def _run(self) -> None:
        left = self.kernel.run(BUDGET)
        self._slices = self._slices + 1 if left <= 0 else 0
        if not self._is_alive:
            self._begin_anew()
        self._note_edit()

    def _begin_anew(self) -> None:
        """The shell has ended: another one begins, as when one opens a new terminal window."""
        self.ended = next(iter(self.kernel.exits.values()), 0)
        self.tty.reset()
        self.kernel = self._new_kernel()
        self.kernel.run(BUDGET)
        if not self._is_alive:  # what it reads at its start ends it
            self.tty.write("KubeLab: ~/.bashrc ends the shell; it is left out now\n")
            self.kernel = self._new_kernel("--norc")
            self.kernel.run(BUDGET)

    @property
    def _is_alive(self) -> bool:
        return any(task.parent == 0 for task in self.kernel.tasks.values())

    @property
    def running(self) -> bool:
        """Whether a command runs in the foreground, so that keys do not edit a line."""
        return not self.tty.editing

    @property
    def due(self) -> float | None:
        """The virtual time at which a command wants to go on; None: not by time."""
        if self._slices:
            return self.cluster.clock.now + min(0.01 * self._slices, PATIENCE)
        return self.kernel.wake()

    @property
    def commands(self) -> list[tuple[str, int]]:
        """The last commands that were typed at a prompt and have ended, with their exit statuses; oldest first."""
        return self.tty.commands

    @property
    def ended_commands(self) -> int:
        """How many commands there have been."""
        return self.tty.ended_commands

    # the page's editor

    def _editing_task(self) -> Task | None:
        return next((task for task in self.kernel.tasks.values() if isinstance(task.wait, Edit)), None)

    def _note_edit(self) -> None:
        task = self._editing_task()
        if task is None:
            self._edit = None
        elif self._edit is None or self._edit["pid"] != task.pid:
            self._edits += 1
            self._edit = {"pid": task.pid, "token": f"edit-{self._edits}", "path": task.wait.path, "host": task.host}

    @property
    def wants_edit(self) -> Json | None:
        """The message that asks the page to open its editor ("type", "path", "content", "token"), or None."""
        if self._edit is None:
            return None
        path = self._edit["path"]
        try:
            content = self.kernel.machine_of(self._edit.get("host", "")).files.read(path)
        except FileError:
            content = ""
        return {"type": "edit", "path": path, "content": content, "token": self._edit["token"]}

    def machine_editing(self, path: str) -> Machine:
        """Returns the computer on which a command waits for the file at `path`; the workstation for all else."""
        waits = self._edit is not None and self._edit["path"] == path
        return self.kernel.machine_of(self._edit.get("host", "") if self._edit and waits else "")

    def edited(self, token: str, saved: bool = True) -> None:
        """The page's editor was closed."""
        if self._edit is not None and self._edit["token"] == token:
            self._edit = None
            self.tty.edited = saved
            self.poll()

    # keeping

    def state(self) -> Json:
        """Returns all that is needed to go on as JSON."""
        state: Json = {"tty": self.tty.saved(), "history": self.tty.editor.history, "kernel": save(self.kernel)}
        if self._edits:
            state["edits"] = self._edits
        if self._edit is not None:
            state["edit"] = self._edit
        return state


__all__ = ["Terminal", "Workstation"]
