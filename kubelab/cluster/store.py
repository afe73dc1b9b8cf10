"""The cluster's etcd: every object, every revision counted, in one place.

Two keyspaces: `/registry/...` is what the API serves, `/machine/...` is what the nodes' disks and
memories hold. A write puts a new object; what is stored is never changed. Watchers are called
directly after each write. What changed since it was last kept is handed out once, in its last form.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from typing import NamedTuple

from kubelab.cluster.objects import Object

HISTORY = 1000  # changes that a watch can still resume from; etcd keeps five minutes of them


class Change(NamedTuple):
    """One write: `old` is None for a creation, `new` is None for a deletion."""

    revision: int
    key: str
    old: Object | None
    new: Object | None


Callback = Callable[[Change], None]
ValuesOf = Callable[[Object], Sequence[str]]
PartOf = Callable[[Object], object]


def itself(obj: Object) -> object:
    """The whole object: every write may move it in an index."""
    return obj


class Compacted(Exception):
    """A watch asks for revisions that are no longer kept (etcd's ErrCompacted)."""


class Index:
    """Objects of one table by a value that is read off them.

    Args:
        part_of: the part of an object that `values_of` reads: where a write leaves it the same object, nothing moves.
    """

    def __init__(self, values_of: ValuesOf, part_of: PartOf) -> None:
        self._values_of = values_of
        self._part_of = part_of
        self._keys: dict[str, dict[str, None]] = {}
        self._sorted: dict[str, list[str]] = {}

    def moved(self, key: str, old: Object | None, new: Object | None) -> None:
        """Follows one write."""
        if old is not None and new is not None and self._part_of(old) is self._part_of(new):
            return
        before = self._values_of(old) if old is not None else ()
        after = self._values_of(new) if new is not None else ()
        if before == after:
            return
        for value in before:
            if value not in after:
                self._drop(value, key)
        for value in after:
            if value not in before:
                self._keys.setdefault(value, {})[key] = None
                self._sorted.pop(value, None)

    def _drop(self, value: str, key: str) -> None:
        keys = self._keys[value]
        del keys[key]
        self._sorted.pop(value, None)
        if not keys:
            del self._keys[value]

    def keys(self, value: str) -> list[str]:
        """Returns the keys of the objects that have `value`, in order: the same in a process that was restarted."""
        found = self._sorted.get(value)
        if found is None:
            found = self._sorted[value] = sorted(self._keys.get(value, ()))
        return found


class Table:
    """The objects below one prefix, with the indexes and the watchers that are on them."""

    def __init__(self, prefix: str) -> None:
        self.prefix = prefix
        self.served = prefix.startswith("/registry/")
        self.rows: dict[str, Object] = {}
        self.indexes: dict[str, Index] = {}
        self.subscribers: list[Callback] = []
        self.status_subscribers: list[Callback] = []  # those of them that heed changes of the status alone
        self._sorted: list[str] | None = None

    def keys(self) -> list[str]:
        """Returns the keys in order; sorted anew only after keys came or went."""
        if self._sorted is None:
            self._sorted = sorted(self.rows)
        return self._sorted

    def told_of(self, old: Object | None, new: Object) -> list[Callback]:
        """Returns who is told when `old` is replaced by `new`, which has no revision yet."""
        if (
            old is not None
            and self.served
            and new["metadata"] is old["metadata"]
            and new.get("spec") is old.get("spec")
        ):
            return self.status_subscribers
        return self.subscribers

    def put(self, key: str, obj: Object) -> Object | None:
        """Puts a row, returns the one that stood there."""
        old = self.rows.get(key)
        if old is None:
            self._sorted = None
        self.rows[key] = obj
        for index in self.indexes.values():
            index.moved(key, old, obj)
        return old

    def remove(self, key: str) -> Object | None:
        """Takes a row away, returns it."""
        old = self.rows.pop(key, None)
        if old is not None:
            self._sorted = None
            for index in self.indexes.values():
                index.moved(key, old, None)
        return old


class Store:
    """Every object of one cluster by its key, with one revision counter."""

    def __init__(self) -> None:
        self.revision = 0
        self.registered = 0  # objects below /registry/
        self._tables: dict[str, Table] = {}
        self._subscribers: list[Callback] = []
        self._history: deque[Change] = deque(maxlen=HISTORY)
        self._compacted = 0
        self._dirty: dict[str, int] = {}

    # reading

    def table(self, prefix: str) -> Table:
        """Returns the table of a prefix such as `/registry/pods/`."""
        table = self._tables.get(prefix)
        if table is None:
            table = self._tables[prefix] = Table(prefix)
        return table

    def get(self, key: str) -> Object | None:
        """Returns the object at `key`, not a copy, or None."""
        return self.table(prefix_of(key)).rows.get(key)

    def count(self) -> int:
        """Returns how many objects there are."""
        return sum(len(table.rows) for table in self._tables.values())

    def items(self, prefix: str = "/") -> Iterator[tuple[str, Object]]:
        """Yields keys and objects below `prefix` in the order of keys."""
        for name in sorted(self._tables):
            if name.startswith(prefix) or prefix.startswith(name):
                table = self._tables[name]
                for key in list(table.keys()):
                    if key.startswith(prefix):
                        yield key, table.rows[key]

    def add_index(self, prefix: str, name: str, values_of: ValuesOf, part_of: PartOf = itself) -> None:
        """Keeps the objects of a table findable by what `values_of` reads off them; see `Index`."""
        table = self.table(prefix)
        index = table.indexes[name] = Index(values_of, part_of)
        for key, obj in table.rows.items():
            index.moved(key, None, obj)

    def indexed(self, prefix: str, name: str, value: str) -> list[Object]:
        """Returns the objects of a table that have `value` in an index, in the order of their keys."""
        table = self.table(prefix)
        rows = table.rows
        return [rows[key] for key in table.indexes[name].keys(value)]

    # writing

    def put(self, key: str, obj: Object) -> Object:
        """Stores `obj` one revision later and tells the watchers.

        Returns:
            What is stored: below `/registry/` a new object with its `metadata.resourceVersion`.
        """
        return self.write(self.table(prefix_of(key)), key, obj)

    def write(self, table: Table, key: str, obj: Object) -> Object:
        """Does what `put` does for one who knows the table."""
        self.revision = revision = self.revision + 1
        told = table.told_of(table.rows.get(key), obj)
        if table.served:
            obj = {**obj, "metadata": {**obj["metadata"], "resourceVersion": str(revision)}}
        old = table.put(key, obj)
        if table.served and old is None:
            self.registered += 1
        self._written(table, Change(revision, key, old, obj), told)
        return obj

    def delete(self, key: str) -> Object | None:
        """Removes what is at `key` one revision later and tells the watchers; returns what was there."""
        table = self.table(prefix_of(key))
        old = table.remove(key)
        if old is not None:
            self.revision += 1
            self.registered -= table.served
            self._written(table, Change(self.revision, key, old, None), table.subscribers)
        return old

    def _written(self, table: Table, change: Change, told: list[Callback]) -> None:
        dirty = self._dirty
        dirty.pop(change.key, None)  # last written, last in order
        dirty[change.key] = change.revision
        if table.served:
            history = self._history
            if len(history) == HISTORY:
                self._compacted = history[0].revision
            history.append(change)
        for tell in told:
            tell(change)
        for tell in self._subscribers:
            tell(change)

    # watching

    def subscribe(self, prefix: str, callback: Callback, *, status: bool = True) -> Callable[[], None]:
        """Calls `callback` after each write below a table's prefix, or after all with prefix "".

        Args:
            status: False for one that does not heed writes that leave metadata and spec the same objects. Most writes
                of Pods are such, and most that watch Pods do not ask for their status.

        Returns:
            A function that ends the subscription.
        """
        table = self.table(prefix) if prefix else None
        lists = [self._subscribers] if table is None else [table.subscribers]
        if table is not None and status:
            lists.append(table.status_subscribers)
        for subscribers in lists:
            subscribers.append(callback)

        def unsubscribe() -> None:
            for subscribers in lists:
                if callback in subscribers:
                    subscribers.remove(callback)

        return unsubscribe

    def changes_since(self, revision: int, prefix: str = "/registry/") -> list[Change]:
        """Returns the writes after `revision` below `prefix`, oldest first.

        Raises:
            Compacted: if some of them are no longer kept.
        """
        if revision < self._compacted:
            raise Compacted
        return [change for change in self._history if change.revision > revision and change.key.startswith(prefix)]

    # keeping

    def take_changes(self) -> Iterator[tuple[str, int, Object | None]]:
        """Yields key, revision and object (None: deleted) of all that changed since the last call."""
        dirty, self._dirty = self._dirty, {}
        for key, revision in dirty.items():
            yield key, revision, self.get(key)

    def restore(self, key: str, obj: Object) -> None:
        """Puts back an object that `take_changes` gave, as it was, telling nobody."""
        self.table(prefix_of(key)).put(key, obj)
        self.registered += key.startswith("/registry/")

    def restored(self, revision: int) -> None:
        """Ends a restoration: the store is at `revision`, and older watches must list anew."""
        self.revision = self._compacted = revision
        self._dirty.clear()


def prefix_of(key: str) -> str:
    """Returns the prefix of the table that a key belongs to.

    Kinds lie two levels deep, except those that etcd keeps below a group (`/registry/<group>/<plural>/`)
    or below `/registry/services/` (kube-apiserver's storage prefixes).
    """
    third = key.index("/", key.index("/", 1) + 1) + 1
    prefix = key[:third]
    if _is_group(prefix):
        return key[: key.index("/", third) + 1]
    return prefix


@cache
def _is_group(prefix: str) -> bool:
    """Tells whether a prefix holds several tables."""
    segment = prefix.split("/")[2]
    return segment == "services" or "." in segment
