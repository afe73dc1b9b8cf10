"""A lab's shell in this process: the terminal of its pages, kept with the cluster's commits.

What a command prints reaches the pages only after the commit. Typing needs no commit and no lock: the event loop
edits the line itself while no command runs and the key is none that acts.
"""

from threading import Lock
from typing import TYPE_CHECKING, Any

import orjson

from kubelab.cluster.file_errors import FileError
from kubelab.labs import simulation
from kubelab.labs.models import TerminalState

if TYPE_CHECKING:
    from kubelab.cluster.cluster import Cluster
    from kubelab.labs.keeping import Act
    from kubelab.terminal.session import Terminal

ACTING_KEYS = frozenset("\r\n\t\x04\x0f")  # Enter, Tab, Ctrl-D, Ctrl-O
CLEAR_LINE = "\x05\x15"  # Ctrl-E, Ctrl-U


class Shell:
    """The terminal of one lab, bound to the cluster as it is in memory.

    Args:
        lab_id: whose kept state it starts from.
        size: columns and rows.
    """

    def __init__(self, lab_id: int, size: tuple[int, int] = (80, 24)) -> None:
        self.lab_id = lab_id
        self.size = size
        self.due: float | None = None  # the virtual time at which a waiting command wants to go on
        self.edit: dict[str, Any] | None = None  # the "edit" message of a command that waits for the editor
        self.edit_is_known = False  # a server that has just started cannot tell yet whether one waits
        self._terminal: Terminal | None = None
        self._cluster: Cluster | None = None
        self._kept: bytes | None = None  # the state as the database has it
        self._next: bytes | None = None  # as it has it when the act succeeds
        self._output = ""
        self._screen = ""  # what was on the screen when its last page was closed
        self._lock = Lock()  # between the loop, which edits lines, and the thread that acts

    # on the event loop

    def edit_line(self, keys: str) -> str | None:
        """Take keys that only change the line being typed; returns the echo, or None when they need an act."""
        if not ACTING_KEYS.isdisjoint(keys) or not self._lock.acquire(blocking=False):
            return None
        try:
            terminal = self._terminal
            if terminal is None or terminal.running:
                return None
            terminal.feed(keys)
            return terminal.output()
        finally:
            self._lock.release()

    # in an act

    def in_act(self, act: "Act") -> "Terminal":
        """Return the terminal, bound to the act's cluster."""
        if self._terminal is None or self._cluster is not act.cluster:
            self._terminal, self._cluster = self._restored(act.cluster), act.cluster
        return self._terminal

    def _restored(self, cluster: "Cluster") -> "Terminal":
        """Another process acted on the cluster, or an act of this one failed, or this is the first."""
        row = TerminalState.objects.filter(lab=self.lab_id).first()
        kept = bytes(row.state) if row else b""
        if self._kept is None and row is not None:
            self._screen = row.screen
        if self._terminal is not None and kept == self._kept:
            state = self._terminal.state()  # with the line that is being typed
        else:
            state = orjson.loads(kept) if kept else None
        self._kept = kept
        return simulation.terminal(cluster, state, *self.size)

    def feed(self, act: "Act", keys: str) -> None:
        """Give the terminal keys, some of which may start a command."""
        with self._lock:
            self.in_act(act).feed(keys)

    def type_line(self, act: "Act", line: str) -> None:
        """Type a line in place of what stands at the prompt; while a command runs, it is typed ahead."""
        typed = line.replace("\n", " ") + "\r"
        with self._lock:
            terminal = self.in_act(act)
            terminal.feed(typed if terminal.running else CLEAR_LINE + typed)

    def resize(self, act: "Act", columns: int, rows: int) -> None:
        """Tell the terminal how large its window is."""
        with self._lock:
            self.size = (columns, rows)
            self.in_act(act).resize(columns, rows)

    def read_file(self, act: "Act", path: str) -> str:
        """Return a file of the home for the editor; one that is not there yet is empty."""
        machine = self.in_act(act).machine
        try:
            content: str = machine.files.read(in_home(machine, path))
        except FileError as error:
            if error.code != "ENOENT":
                raise
            return ""
        return content

    def write_file(self, act: "Act", path: str, content: str) -> str:
        """Write a file of the home, or of the node where a command waits for it; returns its path as typed."""
        machine = self.in_act(act).machine_editing(path)
        machine.files.write(in_home(machine, path), content)
        return path

    def edited(self, act: "Act", token: str) -> None:
        """The editor is done with the file that a command waits for."""
        with self._lock:
            self.in_act(act).edited(token)

    def finish(self, act: "Act") -> None:
        """Let waiting commands go on, and have the shell's state kept with the act."""
        with self._lock:
            terminal = self.in_act(act)
            terminal.poll()
            self._output = terminal.output()
            self.due = terminal.due
            self.edit, self.edit_is_known = terminal.wants_edit, True
            self._next = orjson.dumps(terminal.state())
            if self._next != self._kept:
                act.terminal = self._next

    @property
    def commands(self) -> tuple[int, list[tuple[str, int]]]:
        """How many commands were typed and have ended, and the last of them with their exit statuses."""
        terminal = self._terminal
        return (terminal.ended_commands, terminal.commands) if terminal is not None else (0, [])

    # after it

    def committed(self) -> str:
        """Return what was printed, now that the act is kept; at first with what earlier pages saw."""
        if self._next is not None:
            self._kept, self._next = self._next, None
        output, self._output, self._screen = self._screen + self._output, "", ""
        return output

    def undo(self) -> None:
        """Forget what was done since the last commit."""
        with self._lock:
            self._terminal, self._cluster, self._output, self._next = None, None, "", None


def kept_commands(lab_id: int) -> tuple[int, list[tuple[str, int]]]:
    """Return what `Shell.commands` does, of a terminal as it is kept."""
    row = TerminalState.objects.filter(lab=lab_id).first()
    kept = orjson.loads(bytes(row.state)) if row else {}
    commands, count, _ = kept.get("tty", {}).get("commands", ((), 0, {}))
    return count, [(line, status) for line, status in commands]


def in_home(machine: Any, path: str) -> str:
    """Return an absolute path for one that the page's editor names, which is relative to the home."""
    home = machine.env["HOME"].rstrip("/")
    if path.startswith("~/"):
        return f"{home}/{path[2:]}"
    return path if path.startswith("/") else f"{home}/{path}"
