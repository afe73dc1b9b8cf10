"""The text about one object while it is written, and what may be asked of the cluster meanwhile.

Columns are lined up at the end, or where a section begins that has columns of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from kubelab.terminal.kubectl.golang import go_text
from kubelab.terminal.kubectl.printers.tabwriter import TabWriter

if TYPE_CHECKING:
    from kubelab.terminal.kubectl.connection import Connection

INDENT = "  "
NONE = "<none>"
UNSET = "<unset>"


class Description:
    """One object's description.

    Attributes:
        api: the cluster that is asked for what belongs to the object.
        now: the time, in seconds since the epoch.
        minor: kubectl's minor version.
        with_events: whether events are told.
    """

    def __init__(self, api: Connection, *, now: float, minor: int, with_events: bool) -> None:
        self.api = api
        self.now = now
        self.minor = minor
        self.with_events = with_events
        self._pieces: list[str] = []
        self._tabs = TabWriter(self._pieces.append, minimum=0, padding=2, remembers=False)

    def put(self, text: str, level: int = 0) -> None:
        """Writes text, indented by levels of two spaces; tabs end cells."""
        if "\x1b" in text:
            text = text.replace("\x1b", "^[")
        self._tabs.write(INDENT * level + text)

    def field(self, name: str, value: Any, level: int = 0) -> None:
        """Writes a name and its value on a line."""
        self.put(f"{name}:\t{value if type(value) is str else go_text(value)}\n", level)

    def fields(self, pairs: Iterable[tuple[str, Any]], level: int = 0) -> None:
        """Writes several names and values, each on a line."""
        for name, value in pairs:
            self.field(name, value, level)

    def heading(self, title: str, level: int = 0) -> None:
        """Writes the title of a section."""
        self.put(f"{title}:\n", level)

    def header(self, names: Sequence[str], level: int = 1, rules: Sequence[int] = ()) -> None:
        """Writes the header of a table and the dashes below it, as long as the names or as `rules` says."""
        lengths = rules or [len(name) for name in names]
        self.row(names, level)
        self.row(["-" * length for length in lengths], level)

    def row(self, cells: Sequence[str], level: int = 1) -> None:
        """Writes a line of a table."""
        self.put("\t".join(cells) + "\n", level)

    def flush(self) -> None:
        """Lines up what stands so far; what follows has columns of its own."""
        self._tabs.flush()

    def text(self) -> str:
        """Returns the finished text."""
        self.flush()
        return "".join(self._pieces)
