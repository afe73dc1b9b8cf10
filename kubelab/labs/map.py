"""The map of one cluster, kept in step with its commits; each page gets what it does not have yet.

An item keeps the revision at which it last looked different, and items lie in that order: what a page misses is
the end of the list. Items are encoded once, however many pages look.
"""

from collections.abc import Iterable
from threading import Lock
from typing import Any

import orjson

from kubelab.cluster.cluster import Cluster
from kubelab.cluster.objects import Object
from kubelab.cluster.store import prefix_of
from kubelab.labs.mapitems import ITEMS, SERVICES, SLICES, Item, id_of, service_item, service_of

LIFE, LIVES = 1 << 32, 1 << 20  # a reset cluster counts from the beginning: its pages count on from another place
GONE_KEPT = 5_000  # removed items that a page which was away can still be told of; a longer absence gets all anew


def all_shown(cluster: Cluster) -> Iterable[tuple[str, Object]]:
    """Yield every object that items are made of."""
    for prefix in (*ITEMS, SERVICES, SLICES):
        yield from cluster.store.items(prefix)


class ClusterMap:
    """What the map shows, by item.

    Args:
        cluster: as it is now; afterwards `follow` what its commits change.
    """

    def __init__(self, cluster: Cluster) -> None:
        self.revision = 0
        self.changed = 0  # the revision at which something last looked different
        self._lock = Lock()
        self._items: dict[str, tuple[int, str, Item, orjson.Fragment]] = {}  # in the order of revisions
        self._gone: dict[str, int] = {}
        self._oldest = 0  # pages that have less than this revision get all anew
        self._life = -1  # what is added to the cluster's revisions
        self._slices: dict[str, dict[str, Object]] = {}  # by their Service's key
        self._service_of: dict[str, str] = {}  # by the slice's key
        self._services: dict[str, Object] = {}
        self.rebuild(cluster)

    def rebuild(self, cluster: Cluster) -> None:
        """Look at the whole cluster: it was loaded anew."""
        with self._lock:
            life = cluster.seed % LIVES * LIFE
            revision, before = life + cluster.store.revision, set(self._items)
            self._slices, self._service_of, self._services = {}, {}, {}
            if life != self._life or revision < self.revision:  # it was reset, or taken back to an earlier moment
                self._items, self._gone, before = {}, {}, set()
                self._oldest, self._life = revision, life
            seen = self._take(all_shown(cluster), revision)
            for gone in before - seen:
                self._remove(gone, revision)
            self.revision = revision

    def follow(self, rows: Iterable[tuple[str, int, Object | None]], revision: int) -> None:
        """Take in what a commit changed, up to a revision of the cluster."""
        with self._lock:
            revision += self._life
            self._take(((key, obj) for key, _, obj in rows if key.startswith("/registry/")), revision)
            self.revision = revision

    def _take(self, objects: Iterable[tuple[str, Object | None]], revision: int) -> set[str]:
        seen, services = set[str](), dict[str, None]()
        for key, obj in objects:
            prefix = prefix_of(key)
            if prefix in ITEMS:
                seen.add(self._put(key, prefix, obj, revision))
            elif prefix == SERVICES:
                services[key] = None
                self._keep(self._services, key, obj)
            elif prefix == SLICES:
                services.update(dict.fromkeys(self._put_slice(key, obj)))
        for key in services:
            seen.add(self._put_service(key, revision))
        return seen

    @staticmethod
    def _keep(objects: dict[str, Object], key: str, obj: Object | None) -> None:
        if obj is None:
            objects.pop(key, None)
        else:
            objects[key] = obj

    def _put(self, key: str, prefix: str, obj: Object | None, revision: int) -> str:
        item_id = id_of(prefix, key)
        if obj is None:
            self._remove(item_id, revision)
        else:
            part, make = ITEMS[prefix]
            self._show(item_id, part, make(obj), revision)
        return item_id

    def _put_slice(self, key: str, piece: Object | None) -> list[str]:
        """Return the keys of the Services that this concerns."""
        before = self._service_of.pop(key, "")
        after = service_of(piece) if piece is not None else ""
        if before:
            del self._slices[before][key]
        if piece is not None and after:
            self._service_of[key] = after
            self._slices.setdefault(after, {})[key] = piece
        return [service for service in (before, after) if service]

    def _put_service(self, key: str, revision: int) -> str:
        item_id, service = id_of(SERVICES, key), self._services.get(key)
        if service is None:
            self._remove(item_id, revision)
        else:
            self._show(item_id, "services", service_item(service, self._slices.get(key, {}).values()), revision)
        return item_id

    def _show(self, item_id: str, part: str, item: Item, revision: int) -> None:
        standing = self._items.get(item_id)
        if standing is not None:
            if standing[2] == item:
                return
            del self._items[item_id]
        self._items[item_id] = (revision, part, item, orjson.Fragment(orjson.dumps(item)))
        self.changed = revision
        self._gone.pop(item_id, None)

    def _remove(self, item_id: str, revision: int) -> None:
        if self._items.pop(item_id, None) is None:
            return
        self._gone[item_id] = self.changed = revision
        if len(self._gone) > GONE_KEPT:
            first = next(iter(self._gone))
            self._oldest = max(self._oldest, self._gone.pop(first))

    def since(self, revision: int) -> tuple[int, bytes] | None:
        """Return what a page that has the map as of `revision` lacks: the new revision and the "map" message.

        None when nothing is new. A page that has nothing (0), too little, or something from another life of the
        cluster gets all.
        """
        with self._lock:
            full = not (max(self._oldest, 1) <= revision <= self.revision)
            if revision == self.revision and not full:
                return None
            message = self._message(-1 if full else revision, full)
            if not (message["put"] or message["gone"] or full):
                return None
            return self.revision, orjson.dumps(message)

    def whole(self) -> bytes:
        """Return the "map" message with everything."""
        with self._lock:
            return orjson.dumps(self._message(-1, True))

    def _message(self, after: int, full: bool) -> dict[str, Any]:
        put: dict[str, list[Any]] = {}
        for changed, part, _, encoded in reversed(self._items.values()):
            if changed <= after:
                break
            put.setdefault(part, []).append(encoded)
        gone = [] if full else [item for item, changed in self._gone.items() if changed > after]
        return {"type": "map", "revision": self.revision, "full": full, "put": put, "gone": gone}
