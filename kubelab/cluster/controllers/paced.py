"""Controllers that write much: they see to one key at a time, and their client lets so many writes a second pass.

While the writes of a sync wait their turn, further changes gather and are seen to together, so that ten
thousand Pods turning ready cost a few hundred writes, not ten thousand.
Source: kube-controller-manager's --kube-api-qps (20) and client-go's work queue.
"""

from __future__ import annotations

from collections.abc import Callable

from kubelab.cluster.component import KeysOf
from kubelab.cluster.controllers.controller import Controller
from kubelab.cluster.store import Change

WRITE = 1 / 20  # seconds
BUSY = "~"  # what marks a key as being seen to, in the agenda


class PacedController(Controller):
    """A controller that looks at what changed `pace` after the change, and not again before its writes are through."""

    def _listener(self, keys_of: KeysOf) -> Callable[[Change], None]:
        def listen(change: Change) -> None:
            for key in keys_of(self, change):
                self.enqueue(key)

        return listen

    def enqueue(self, key: str) -> None:
        """Puts a key on the queue; one that is being seen to is looked at again when that is done."""
        done = self.cluster.agenda.due(self.name, BUSY + key)
        self.cluster.agenda.add(self.name, key, self.now + self.pace if done is None else done)

    def reconcile(self, key: str) -> None:
        """Sees to a key, and stays busy with it as long as that takes."""
        if key.startswith(BUSY):
            return  # it is done; what came meanwhile is on the queue
        seconds = self.sync(key)
        if seconds:
            agenda = self.cluster.agenda
            self.later(BUSY + key, seconds)
            if agenda.due(self.name, key) is not None:  # it changed once more while this went on
                agenda.cancel(self.name, key)
                self.enqueue(key)

    def sync(self, key: str) -> float:
        """Brings what `key` names closer to what is desired; returns how many seconds that takes."""
        raise NotImplementedError
