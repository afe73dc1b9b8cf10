"""All that is due in a cluster, now or later: every component's work queue in one, ordered by time.

An entry is data (component, key, due), so it is kept in the database with everything else and a
restarted process goes on exactly where the last one stopped. De-duplication and failure counts are
those of client-go's rate-limited work queue (k8s.io/client-go/util/workqueue).
"""

from __future__ import annotations

from collections.abc import Iterator
from heapq import heapify, heappop, heappush
from typing import ClassVar, NamedTuple

from kubelab.cluster.clock import Clock
from kubelab.cluster.folded import Folded, Kept, unfolded
from kubelab.cluster.objects import Object

PREFIX = "/machine/agenda/"


class Entry(NamedTuple):
    """One piece of work: who has to look at what, when; `sequence` orders what is due together."""

    due: float
    sequence: int
    component: str
    key: str


new_entry = tuple.__new__  # of the class Entry, in half the time of its own constructor


class KeptEntry(Folded):
    """An entry as it is kept: path, nothing that it would share, due, sequence, failures."""

    __slots__ = ()
    sort: ClassVar[str] = "entry"

    def unfolded(self) -> Object:
        _, _, due, sequence, failures = self
        kept: Object = {"due": due, "sequence": sequence}
        return {**kept, "failures": failures} if failures else kept


class Agenda:
    """What is due, in the order of time and then of asking.

    Attributes:
        failures: how often keys have failed in a row; `forget` ends the count.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._heap: list[Entry] = []
        self._entries: dict[tuple[str, str], Entry] = {}
        self.failures: dict[tuple[str, str], int] = {}
        self._dirty: dict[tuple[str, str], None] = {}
        self.sequence = 0

    def __len__(self) -> int:
        return len(self._entries)

    def add(self, component: str, key: str, due: float | None = None) -> None:
        """Puts `key` on the queue of `component`; an earlier entry for the same key stays.

        Args:
            due: seconds since the epoch; None for now.
        """
        due = self._clock.now if due is None else due
        identity = (component, key)
        standing = self._entries.get(identity)
        if standing is not None and standing.due <= due:
            return
        self.sequence += 1
        entry = new_entry(Entry, (due, self.sequence, component, key))
        self._entries[identity] = entry
        self._dirty[identity] = None
        heappush(self._heap, entry)

    def cancel(self, component: str, key: str) -> None:
        """Takes `key` off the queue of `component`, if it is there."""
        if self._entries.pop((component, key), None) is not None:
            self._dirty[component, key] = None

    def due(self, component: str, key: str) -> float | None:
        """Returns when `key` is due for `component`, in seconds since the epoch, or None."""
        entry = self._entries.get((component, key))
        return entry.due if entry else None

    def next_due(self) -> float | None:
        """Returns when the next entry is due, in seconds since the epoch, or None."""
        heap, entries = self._heap, self._entries
        while heap:
            head = heap[0]
            if entries.get(head[2:]) is head:
                return head.due
            heappop(heap)  # replaced by an earlier one, or cancelled
        return None

    def pop(self, until: float) -> Entry | None:
        """Takes off and returns the first entry that is due by `until`, or None."""
        heap, entries = self._heap, self._entries
        while heap and heap[0][0] <= until:
            entry = heappop(heap)
            identity = entry[2:]
            if entries.get(identity) is entry:
                del entries[identity]
                self._dirty[identity] = None
                return entry
        return None

    def retry(self, component: str, key: str, *, first: float, most: float) -> None:
        """Puts a key back after a failure, waiting twice as long each time.

        Args:
            first: the first wait, in seconds.
            most: the longest wait, in seconds.
        """
        failures = self.failures.get((component, key), 0)
        self.failures[component, key] = failures + 1
        self.add(component, key, self._clock.now + min(first * 2 ** min(failures, 60), most))

    def forget(self, component: str, key: str) -> None:
        """Ends the counting of failures for a key, after a success."""
        self.failures.pop((component, key), None)

    def take_changes(self) -> Iterator[tuple[str, Kept | None]]:
        """Yields each entry that came or went since the last call, as it is kept in the database."""
        dirty, self._dirty = self._dirty, {}
        entries, failures = self._entries, self.failures
        for identity in dirty:
            path, entry = f"{PREFIX}{identity[0]}/{identity[1]}", entries.get(identity)
            if entry is None:
                yield path, None
            else:
                yield path, KeptEntry((path, (), entry[0], entry[1], failures.get(identity, 0)))

    def restore(self, path: str, row: Kept) -> None:
        """Puts back one entry that `take_changes` gave; call `restored` after the last one."""
        component, _, key = path.removeprefix(PREFIX).partition("/")
        kept = unfolded(row)
        entry = Entry(kept["due"], kept["sequence"], component, key)
        self._entries[component, key] = entry
        self._heap.append(entry)
        if "failures" in kept:
            self.failures[component, key] = kept["failures"]

    def restored(self, sequence: int) -> None:
        """Ends a restoration; `sequence` is the last one that was given before."""
        self.sequence = sequence
        heapify(self._heap)
