"""Events live for an hour (kube-apiserver --event-ttl); they go in batches of a minute."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kubelab.cluster.api.foldedevents import last_seen
from kubelab.cluster.clock import parse_time
from kubelab.cluster.component import Component
from kubelab.cluster.folded import Kept, unfolded
from kubelab.cluster.kinds import Event
from kubelab.cluster.store import Change

if TYPE_CHECKING:
    from kubelab.cluster.cluster import Cluster

TTL = 3600.0
BATCH = 60.0


class EventExpiry(Component):
    """Deletes the Events of each minute an hour later."""

    name = "event-expiry"

    def __init__(self, cluster: Cluster) -> None:
        super().__init__(cluster)
        self._batches: dict[int, list[str]] = {}
        self._batch: list[str] = []  # the one of the minute that began last
        self._began = -BATCH
        self.store.subscribe(Event.prefix, self._changed, by_key=True)

    def start(self) -> None:
        """Sorts the Events that are there into their minutes."""
        self._batches.clear()
        self._began = -BATCH
        table = self.store.table(Event.prefix)
        for key, event in zip(table.rows, table.all_kept(), strict=True):
            self._batches.setdefault(_minute(event), []).append(key)

    def _changed(self, change: Change) -> None:
        if change.new is not None:
            if not self._began <= self.clock.now < self._began + BATCH:
                self._begin(int(self.clock.now // BATCH))
            self._batch.append(change.key)

    def _begin(self, minute: int) -> None:
        """Lets what comes from now on go with the others of this minute."""
        batch = self._batches.get(minute)
        if batch is None:
            batch = self._batches[minute] = []
            self.cluster.agenda.add(self.name, str(minute), (minute + 1) * BATCH + TTL)
        self._began, self._batch = minute * BATCH, batch

    def reconcile(self, key: str) -> None:
        """Deletes the Events of a minute that were not seen again since."""
        minute = int(key)
        for path in self._batches.pop(minute, ()):
            event = self.store.get(path)
            if event is not None and _minute(event) <= minute:
                self.store.delete(path)


def _minute(event: Kept) -> int:
    seen: str = last_seen(event) or unfolded(event)["metadata"]["creationTimestamp"]
    return int(parse_time(seen) // BATCH)
