"""The cluster's etcd: every object, every revision counted, in one place.

Two keyspaces: `/registry/...` is what the API serves, `/machine/...` is what the nodes' disks and
memories hold. A write puts a new object; what is stored is never changed. Watchers are called
directly after each write. What changed since it was last kept is handed out once, in its last form.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache
from operator import itemgetter
from typing import NamedTuple

from kubelab.cluster.aspects import CAME, CREATED, EVERYTHING, OWNED, Aspects, of_anything, of_object
from kubelab.cluster.folded import Folded, Kept, Rows, unfolded
from kubelab.cluster.index import Index, KeyIndex, PartOf, ValuesOf, itself
from kubelab.cluster.objects import Object

WIDE = ("", "/registry/")  # what one may subscribe to besides a table
ANY: Object = {}  # stands for labels and owners that a write has changed
NEW = CAME - OWNED  # the aspects of what is folded when it comes
BEHIND = "\U0010ffff"  # sorts after whatever a key may go on with
REVISION = itemgetter(1)  # of a key, a revision and an object
HISTORY = 1000  # changes that a watch can still resume from; etcd keeps five minutes of them


class Change(NamedTuple):
    """One write: `old` is None for a creation, `new` is None for a deletion.

    Who subscribed `by_key` may find something folded in `new`.
    """

    revision: int
    key: str
    old: Object | None
    new: Object | None


new_change = tuple.__new__  # of the class Change; its own constructor takes twice as long, and this is the hottest line
Callback = Callable[[Change], None]


class Compacted(Exception):
    """A watch asks for revisions that are no longer kept (etcd's ErrCompacted)."""


class Subscription(NamedTuple):
    """Who is told of what."""

    callback: Callback
    heeds: int  # a sum of aspects
    whose: Callable[[Object], bool] | None = None  # of which objects, by their labels and owners alone; None: of all
    by_key: bool = False  # its key tells it enough of an object: it need not be unfolded

    def concerns(self, aspects: int, obj: Object | None) -> bool:
        """Tells whether it is told of a write; `obj` is None where labels or owners have changed."""
        return bool(self.heeds & aspects) and (obj is None or self.whose is None or self.whose(obj))


class Concerned(NamedTuple):
    """The indexes that a write may move, and who is told of it."""

    moved: list[Index]
    told: list[Callback]
    held: tuple[object, object] = (None, None)  # labels and owners, so that their identities stay theirs
    reads: bool = True  # somebody looks at the object, not only at its key


MOST_CONCERNED = 5000  # of them that are remembered
# The aspects of a write; also the identities of labels and owners where somebody asks whose it is.
Identity = int | tuple[int, int, int]


class Table:
    """The objects below one prefix, with the indexes and the watchers that are on them.

    Attributes:
        aspects: tells what a write is about.
        about_anything: who is concerned by any write, in a table whose writes nobody tells apart; None: not known yet.
    """

    def __init__(self, prefix: str) -> None:
        self.prefix = prefix
        self.served = prefix.startswith("/registry/")
        self.rows: dict[str, Object] = {}
        self.indexes: dict[str, Index] = {}
        self.aspects: Aspects = of_object if self.served else of_anything
        self.dirty: dict[str, int] = {}  # what was written since it was last kept, and at which revision
        self.subscriptions: list[Subscription] = []  # in the order in which they are told
        self._sorted: list[str] | None = None
        self._concerned: dict[Identity, Concerned] = {}
        self._new_folded: Concerned | None = None
        self.about_anything: Concerned | None = None
        self._asks_whose = False

    def keys(self) -> list[str]:
        """Returns the keys in order; sorted anew only after keys came or went."""
        if self._sorted is None:
            self._sorted = sorted(self.rows)
        return self._sorted

    def keys_below(self, prefix: str) -> list[str]:
        """Returns the keys that begin with `prefix`, in order."""
        keys = self.keys()
        if self.prefix.startswith(prefix):
            return keys[:]
        first = bisect_left(keys, prefix)
        return keys[first : bisect_left(keys, prefix + BEHIND, first)]

    def concerned(self, aspects: int, old: Object | None, new: Object | None) -> Concerned:
        """Returns who is concerned by a write, worked out once for objects of one template: they share their labels."""
        obj = labels = owners = None
        identity: Identity = aspects
        if self._asks_whose:
            obj = new if new is not None else old
            assert obj is not None
            metadata = obj["metadata"]
            labels, owners = metadata.get("labels"), metadata.get("ownerReferences")
            before = metadata if old is None else old["metadata"]
            if before is not metadata and (
                before.get("labels") is not labels or before.get("ownerReferences") is not owners
            ):
                obj = labels = owners = ANY
            identity = (aspects, id(labels), id(owners))
        found = self._concerned.get(identity)
        if found is None:
            if len(self._concerned) >= MOST_CONCERNED:
                self._forget()
            asked = None if obj is ANY else obj
            moved = [index for index in self.indexes.values() if index.heeds & aspects]
            asking = [each for each in self.subscriptions if each.concerns(aspects, asked)]
            told = [each.callback for each in asking]
            reads = not (all(each.by_key for each in asking) and all(isinstance(index, KeyIndex) for index in moved))
            found = self._concerned[identity] = Concerned(moved, told, (labels, owners), reads)
        return found

    def subscribe(self, subscription: Subscription, place: int) -> None:
        """Has somebody told of writes, in the order of `place`; the lists that are being told stay as they are."""
        self.subscriptions.insert(place, subscription)
        self._asks_whose = self._asks_whose or subscription.whose is not None
        self._forget()

    def unsubscribe(self, subscription: Subscription) -> None:
        """Ends a subscription."""
        if subscription in self.subscriptions:
            self.subscriptions.remove(subscription)
            self._forget()

    def add_index(self, name: str, index: Index) -> None:
        """Keeps the objects findable by an index."""
        self.indexes[name] = index
        self._forget()
        for key, obj in self.rows.items():
            index.moved(key, None, obj)

    def _forget(self) -> None:
        self._concerned.clear()
        self._new_folded = self.about_anything = None

    def fold(self) -> None:
        """Lets rows be folded."""
        if not isinstance(self.rows, Rows):
            self.rows = Rows(self.rows)

    def kept(self, key: str) -> Kept:
        """Returns a row as it is kept."""
        return self.rows.kept(key) if isinstance(self.rows, Rows) else self.rows[key]

    def all_kept(self) -> Iterable[Kept]:
        """Returns the rows as they are kept."""
        return self.rows.all_kept() if isinstance(self.rows, Rows) else self.rows.values()

    def keep(self, key: str, folded: Folded) -> None:
        """Puts a new row that is folded, where rows may be."""
        rows = self.rows
        self._sorted = None
        if isinstance(rows, Rows):
            rows.keep(key, folded)
        else:
            rows[key] = folded.unfolded()

    def about_new(self) -> Concerned:
        """Returns who is concerned by a new row that is folded; `reads` where it has to be unfolded for them."""
        found = self._new_folded
        if found is None:
            whole = self._asks_whose or not isinstance(self.rows, Rows)
            found = self._new_folded = Concerned([], []) if whole else self.concerned(NEW, None, None)
        return found

    def put(self, key: str, obj: Object, old: Object | None, moved: Sequence[Index]) -> None:
        """Puts a row where `old` stood, and has the indexes follow."""
        if old is None:
            self._sorted = None
        self.rows[key] = obj
        for index in moved:
            index.moved(key, old, obj)

    def restored(self) -> None:
        """Finds its way in rows that were put back one by one."""
        self._sorted = None
        self.dirty.clear()
        for index in self.indexes.values():
            index.fill(self.rows)

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
        self._restoring: Table | None = None
        self._with_index: dict[str, list[Table]] = {}  # by the index's name
        self._wide: list[tuple[str, Subscription]] = []  # subscriptions of all tables below a prefix
        self._history: deque[Change] = deque(maxlen=HISTORY + 1)  # once full, the first one only tells where it begins
        self._restored = 0

    # reading

    def table(self, prefix: str) -> Table:
        """Returns the table of a prefix such as `/registry/pods/`."""
        table = self._tables.get(prefix)
        if table is None:
            table = self._tables[prefix] = Table(prefix)
            table.subscriptions += [each for below, each in self._wide if prefix.startswith(below)]
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
                for key in table.keys_below(prefix):
                    yield key, table.rows[key]

    def all_kept(self) -> Iterator[tuple[str, Kept]]:
        """Yields keys and rows in the order of keys, as they are kept: what is folded stays so."""
        for name in sorted(self._tables):
            table = self._tables[name]
            for key in table.keys():
                yield key, table.kept(key)

    def add_index(
        self,
        prefix: str,
        name: str,
        values_of: ValuesOf,
        part_of: PartOf = itself,
        heeds: int = EVERYTHING,
        comes: int = CREATED,
    ) -> None:
        """Keeps the objects of a table findable by what `values_of` reads off them; see `Index`."""
        table = self.table(prefix)
        if name not in table.indexes:
            self._with_index.setdefault(name, []).append(table)
        table.add_index(name, Index(values_of, part_of, heeds, comes))

    def add_key_index(self, prefix: str, name: str) -> None:
        """Keeps the objects of a table findable by what follows its prefix in their keys: the namespace."""
        table = self.table(prefix)
        if name not in table.indexes:
            self._with_index.setdefault(name, []).append(table)
        table.add_index(name, KeyIndex(len(prefix)))

    def prefixes_with(self, name: str, value: str) -> list[str]:
        """Returns the prefixes of the tables whose index of that name has something for `value`."""
        return [table.prefix for table in self._with_index.get(name, ()) if value in table.indexes[name]]

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
        """Does what `put` does for one who knows the table; without detours: all that happens comes this way."""
        self.revision = revision = self.revision + 1
        old = table.rows.get(key)
        if table.served:
            moved, told, _, _ = table.concerned(table.aspects(old, obj), old, obj)
            obj = {**obj, "metadata": {**obj["metadata"], "resourceVersion": str(revision)}}
            change = new_change(Change, (revision, key, old, obj))
            self._history.append(change)
            if old is None:
                self.registered += 1
        else:  # nobody sorts out what it is about, nor asks whose it is
            about = table.about_anything
            if about is None:
                about = table.about_anything = table.concerned(EVERYTHING, old, obj)
            moved, told, _, _ = about
            change = new_change(Change, (revision, key, old, obj))
        table.put(key, obj, old, moved)
        table.dirty[key] = revision
        for tell in told:
            tell(change)
        return obj

    def write_folded(self, table: Table, key: str, folded: Folded) -> None:
        """Does what `write` does for a new object that is folded, as of the next revision."""
        moved, told, _, reads = table.about_new()
        if reads:
            self.write(table, key, folded.unfolded())
            return
        self.revision = revision = self.revision + 1
        self.registered += table.served
        table.keep(key, folded)
        for index in moved:
            index.came(key)
        table.dirty[key] = revision
        change = new_change(Change, (revision, key, None, folded))
        self._history.append(change)
        for tell in told:
            tell(change)

    def delete(self, key: str) -> Object | None:
        """Removes what is at `key` one revision later and tells the watchers; returns what was there."""
        table = self.table(prefix_of(key))
        old = table.remove(key)
        if old is not None:
            self.revision += 1
            self.registered -= table.served
            concerned = table.concerned(table.aspects(old, None), old, None)
            change = Change(self.revision, key, old, None)
            table.dirty[key] = self.revision
            if table.served:
                self._history.append(change)
            for tell in concerned.told:
                tell(change)
        return old

    # watching

    def subscribe(
        self,
        prefix: str,
        callback: Callback,
        *,
        heeds: int = EVERYTHING,
        whose: Callable[[Object], bool] | None = None,
        by_key: bool = False,
    ) -> Callable[[], None]:
        """Calls `callback` after each write below a prefix that is about something that it heeds.

        Args:
            prefix: a table's; "/registry/" or "" for those of all tables below it, which come after the tables' own.
            heeds: a sum of aspects (aspects.py).
            whose: tells by an object's labels and owners alone whether its writes are asked for; it is asked once for
                all objects that share them. A write that changes them comes in any case.
            by_key: the keys tell enough: what is new may be folded.

        Returns:
            A function that ends the subscription.
        """
        subscription = Subscription(callback, heeds, whose, by_key)
        if prefix in WIDE:
            return self._subscribe_widely(prefix, subscription)
        table = self.table(prefix)
        wide = sum(prefix.startswith(below) for below, _ in self._wide)
        table.subscribe(subscription, len(table.subscriptions) - wide)
        return lambda: table.unsubscribe(subscription)

    def _subscribe_widely(self, prefix: str, subscription: Subscription) -> Callable[[], None]:
        wide = prefix, subscription
        self._wide.append(wide)
        for table in self._tables.values():
            if table.prefix.startswith(prefix):
                table.subscribe(subscription, len(table.subscriptions))

        def unsubscribe() -> None:
            if wide in self._wide:
                self._wide.remove(wide)
            for table in self._tables.values():
                table.unsubscribe(subscription)

        return unsubscribe

    def changes_since(self, revision: int, prefix: str = "/registry/") -> list[Change]:
        """Returns the writes after `revision` below `prefix`, oldest first.

        Raises:
            Compacted: if some of them are no longer kept.
        """
        history = self._history
        if revision < (history[0].revision if len(history) > HISTORY else self._restored):
            raise Compacted
        return [
            change if change.new is None else change._replace(new=unfolded(change.new))
            for change in history
            if change.revision > revision and change.key.startswith(prefix)
        ]

    # keeping

    def take_changes(self) -> Iterator[tuple[str, int, Kept | None]]:
        """Returns key, revision and object (None: deleted) of all that changed since the last call, by revision."""
        found: list[tuple[str, int, Kept | None]] = []
        for table in self._tables.values():
            if table.dirty:
                rows, dirty, table.dirty = table.rows, table.dirty, {}
                kept = rows.kept if isinstance(rows, Rows) else rows.__getitem__
                found += [(key, revision, kept(key) if key in rows else None) for key, revision in dirty.items()]
        found.sort(key=REVISION)
        return iter(found)

    def restore(self, key: str, obj: Kept) -> None:
        """Puts back an object that `take_changes` gave, as it was, telling nobody; call `restored` after the last."""
        table = self._restoring
        if table is None or not key.startswith(table.prefix):  # many of one table come one after the other
            table = self._restoring = self.table(prefix_of(key))
        if isinstance(obj, Folded):
            table.keep(key, obj)
        else:
            table.rows[key] = obj

    def restored(self, revision: int) -> None:
        """Ends a restoration: the store is at `revision`, and older watches must list anew."""
        self.revision = self._restored = revision
        self._restoring = None
        self._history.clear()
        for table in self._tables.values():
            table.restored()
        self.registered = sum(len(table.rows) for table in self._tables.values() if table.served)


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
