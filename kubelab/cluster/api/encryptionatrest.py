"""Notes which objects are written encrypted, while the API server was started with an EncryptionConfiguration.

Nothing is subscribed to while there is none. Source: kubernetes.io, tasks/administer-cluster/encrypt-data.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from kubelab.cluster import encryption
from kubelab.cluster.component import Component
from kubelab.cluster.kinds.kind import Kind
from kubelab.cluster.objects import Key
from kubelab.cluster.store import Change

if TYPE_CHECKING:
    from kubelab.cluster.cluster import Cluster


class EncryptionAtRest(Component):
    """Keeps in mind which objects lie in etcd encrypted."""

    name = "encryption-at-rest"

    def __init__(self, cluster: Cluster) -> None:
        super().__init__(cluster)
        self._unwatch: list[Callable[[], None]] = []
        self.store.subscribe(encryption.CONFIG.rpartition("/")[0] + "/", lambda _change: self.start())

    def start(self) -> None:
        """Watches the kinds that are to be encrypted."""
        for unwatch in self._unwatch:
            unwatch()
        self._unwatch = []
        config = self.store.get(encryption.CONFIG)
        for kind in self.cluster.resources if config else ():
            prefix = encryption.wanted(config, kind)
            if prefix is not None:
                self._unwatch.append(self.store.subscribe(kind.prefix, self._noting(prefix)))
        self.cluster.api.stale = self.is_stale if config else None

    def _noting(self, prefix: str) -> Callable[[Change], None]:
        def note(change: Change) -> None:
            path = encryption.MARKS + change.key
            if change.new is None or not prefix:
                self.store.delete(path)
            elif encryption.mark_of(self.store, change.key) != prefix:
                self.store.put(path, {"prefix": prefix})

        return note

    def is_stale(self, kind: Kind, key: Key) -> bool:
        """Tells whether an object would be written otherwise than it lies in etcd."""
        prefix = encryption.wanted(self.store.get(encryption.CONFIG), kind)
        return prefix is not None and encryption.mark_of(self.store, kind.path(key)) != prefix

    def reconcile(self, key: str) -> None:
        """Has nothing to do later."""
