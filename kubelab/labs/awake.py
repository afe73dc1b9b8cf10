"""The clusters that this process has in memory: a cache of the database, the least recently used go first."""

import time
from collections import OrderedDict
from dataclasses import dataclass, field
from threading import Lock

from kubelab.cluster.cluster import Cluster

SECONDS = 600.0  # that an unused cluster stays
ROWS = 2_000_000  # of all together, about 3 GiB


@dataclass
class Awake:
    """A cluster in memory, as it was after its commit number `commits`."""

    cluster: Cluster
    commits: int
    rows: int  # how many it has, about
    used: float = field(default_factory=time.monotonic)


class AwakeClusters:
    """Clusters by the id of their lab. Whoever takes one out has the cluster's turn (locks.own_turn).

    Args:
        most_rows: of all together.
        seconds: that one stays unused.
    """

    def __init__(self, most_rows: int = ROWS, seconds: float = SECONDS) -> None:
        self._entries: OrderedDict[int, Awake] = OrderedDict()
        self._lock = Lock()
        self.most_rows, self.seconds = most_rows, seconds

    def __len__(self) -> int:
        return len(self._entries)

    def get(self, lab_id: int) -> Awake | None:
        with self._lock:
            entry = self._entries.get(lab_id)
            if entry is not None:
                entry.used = time.monotonic()
                self._entries.move_to_end(lab_id)
            return entry

    def put(self, lab_id: int, entry: Awake) -> None:
        with self._lock:
            self._entries[lab_id] = entry
            self._entries.move_to_end(lab_id)
            self._trim()

    def drop(self, lab_id: int) -> None:
        with self._lock:
            self._entries.pop(lab_id, None)

    def clear(self) -> None:
        with self._lock:
            self._entries.clear()

    def trim(self) -> None:
        """Let go of what was not used for long."""
        with self._lock:
            self._trim()

    def _trim(self) -> None:
        old = time.monotonic() - self.seconds
        rows = sum(entry.rows for entry in self._entries.values())
        for lab_id, entry in list(self._entries.items())[:-1]:
            if entry.used > old and rows <= self.most_rows:
                break
            rows -= entry.rows
            del self._entries[lab_id]


clusters = AwakeClusters()
