"""The Pods that wait for a node: those to try now, those to leave in peace for a while.

Source: pkg/scheduler/backend/queue. What a restart must not lose (how often a Pod was tried) is in the store.
"""

from __future__ import annotations

from collections.abc import Iterable
from heapq import heappop, heappush
from typing import NamedTuple

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


class Failure(NamedTuple):
    """A Pod that did not fit: when it may be tried again, and the plugins that rejected nodes."""

    key: Key
    due: float
    plugins: frozenset[str]


class Queue:
    """The Pods without a node."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._failed = store.table(PREFIX)
        self.first_backoff, self.longest_backoff = INITIAL_BACKOFF, LONGEST_BACKOFF
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

    def failed(self, key: Key, now: float, plugins: Iterable[str]) -> None:
        """Notes an attempt in vain.

        Args:
            plugins: those that rejected nodes.
        """
        kept = {"attempts": self.attempts(key) + 1, "since": now, "plugins": sorted(plugins)}
        self._store.put(f"{PREFIX}{key}", kept)

    def forget(self, key: Key) -> None:
        """Forgets a Pod that was placed or is gone."""
        if self._failed.rows and (path := f"{PREFIX}{key}") in self._failed.rows:
            self._store.delete(path)

    def failures(self) -> list[Failure]:
        """Returns the Pods that did not fit."""
        found = []
        for path, kept in self._store.items(PREFIX):
            backoff = min(self.first_backoff * 2 ** (kept["attempts"] - 1), self.longest_backoff)
            key = Key.parse(path.removeprefix(PREFIX))
            found.append(Failure(key, kept["since"] + backoff, frozenset(kept.get("plugins", ()))))
        return found
