"""The Pods that wait for a node: those to try now, those to leave in peace for a while.

Source: pkg/scheduler/backend/queue. What a restart must not lose (how often a Pod was tried) is in the store.
"""

from __future__ import annotations

from heapq import heappop, heappush

from kubelab.cluster.objects import Key, Object
from kubelab.cluster.store import Store

INITIAL_BACKOFF = 1.0
LONGEST_BACKOFF = 10.0
UNSCHEDULABLE_TIMEOUT = 300.0  # after which a Pod is tried again though nothing seems to have changed
PREFIX = "/machine/scheduler/"

Rank = tuple[int, str, str, str]


def rank(pod: Object) -> Rank:
    """Sorts by priority, then by age (PrioritySort)."""
    metadata = pod["metadata"]
    return -(pod["spec"].get("priority") or 0), metadata["creationTimestamp"], metadata["namespace"], metadata["name"]


class Queue:
    """The Pods without a node."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._failed = store.table(PREFIX)
        self._active: list[Rank] = []
        self._waiting: dict[Key, None] = {}

    def clear(self) -> None:
        """Forgets all Pods."""
        self._active.clear()
        self._waiting.clear()

    def add(self, pod: Object) -> None:
        """Lets a Pod be tried now."""
        key = Key(pod["metadata"]["namespace"], pod["metadata"]["name"])
        if key not in self._waiting:
            self._waiting[key] = None
            heappush(self._active, rank(pod))

    def pop(self) -> Key | None:
        """Takes off the Pod to try first, or None."""
        while self._active:
            _, _, namespace, name = heappop(self._active)
            key = Key(namespace, name)
            if key in self._waiting:
                del self._waiting[key]
                return key
        return None

    def __len__(self) -> int:
        return len(self._waiting)

    # Pods that did not fit

    def attempts(self, key: Key) -> int:
        """Returns how often a Pod was tried in vain."""
        kept = self._store.get(f"{PREFIX}{key}")
        return int(kept["attempts"]) if kept else 0

    def failed(self, key: Key, now: float) -> None:
        """Notes an attempt in vain."""
        self._store.put(f"{PREFIX}{key}", {"attempts": self.attempts(key) + 1, "since": now})

    def forget(self, key: Key) -> None:
        """Forgets a Pod that was placed or is gone."""
        path = f"{PREFIX}{key}"
        if path in self._failed.rows:
            self._store.delete(path)

    def failures(self) -> list[tuple[Key, float]]:
        """Returns the Pods that did not fit, each with the time at which it may be tried again."""
        found = []
        for path, kept in self._store.items(PREFIX):
            backoff = min(INITIAL_BACKOFF * 2 ** (kept["attempts"] - 1), LONGEST_BACKOFF)
            found.append((Key.parse(path.removeprefix(PREFIX)), kept["since"] + backoff))
        return found
