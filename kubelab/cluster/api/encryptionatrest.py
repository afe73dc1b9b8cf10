"""Notes which objects are written encrypted, while the API server was started with an EncryptionConfiguration.

Nothing is subscribed to while there is none; what was encrypted before cannot be read then.
Source: kubernetes.io, tasks/administer-cluster/encrypt-data.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from kubelab.cluster import encryption
from kubelab.cluster.component import Component
from kubelab.cluster.kinds.kind import Kind
from kubelab.cluster.layers import text_of
from kubelab.cluster.objects import Key, Object
from kubelab.cluster.store import Change, prefix_of

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
        """Watches the kinds that are to be encrypted, and sees to it that what cannot be decrypted is not read."""
        for unwatch in self._unwatch:
            unwatch()
        self._unwatch = []
        config = self.store.get(encryption.CONFIG)
        for kind in self.cluster.resources if config else ():
            providers = encryption.providers_of(config, kind)
            if providers is not None:
                self._unwatch.append(self.store.subscribe(kind.prefix, self._noting(encryption.mark(providers[0]))))
        if config is not None and config.get("file"):
            self._unwatch.append(self.store.subscribe(prefix_of(config["file"]), self._file_changed))
        matters = config is not None or next(self.store.items(encryption.MARKS + "/"), None) is not None
        self.cluster.api.stale = self.is_stale if config else None
        self.cluster.api.unreadable = self.why_unreadable if matters else None

    def _file_changed(self, change: Change) -> None:
        if change.key == (self.store.get(encryption.CONFIG) or {}).get("file"):
            self.later("", encryption.RELOAD)

    def _noting(self, mark: Object) -> Callable[[Change], None]:
        def note(change: Change) -> None:
            path = encryption.MARKS + change.key
            if change.new is None or not mark["prefix"]:
                self.store.delete(path)
            elif encryption.mark_of(self.store, change.key) != mark:
                self.store.put(path, mark)

        return note

    def is_stale(self, kind: Kind, key: Key) -> bool:
        """Tells whether an object would be written otherwise than it lies in etcd."""
        providers = encryption.providers_of(self.store.get(encryption.CONFIG), kind)
        if providers is None:
            return False
        return encryption.mark(providers[0]) != encryption.mark_of(self.store, kind.path(key))

    def why_unreadable(self, kind: Kind, path: str) -> str:
        """Returns why an object cannot be read from etcd, "" where it can."""
        providers = encryption.providers_of(self.store.get(encryption.CONFIG), kind)
        return encryption.why_unreadable(providers, encryption.mark_of(self.store, path))

    def reconcile(self, key: str) -> None:
        """Takes over what the configuration's file says by now; one that is none changes nothing."""
        config = self.store.get(encryption.CONFIG) or {}
        entry = self.store.get(config.get("file", ""))
        if entry is None or entry["type"] != "file":
            return
        try:
            self.store.put(encryption.CONFIG, {**config, "resources": encryption.read(text_of(entry))})
        except encryption.ConfigurationError:
            return
