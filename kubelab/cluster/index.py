"""Objects of one table, found by a value: whose they are, in which namespace, on which node.

Cost follows change: an index follows each write, and sorts the keys of a value when somebody asks for them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from kubelab.cluster.aspects import CREATED, GONE
from kubelab.cluster.objects import Object

ValuesOf = Callable[[Object], Sequence[str]]
PartOf = Callable[[Object], object]


def itself(obj: Object) -> object:
    """The whole object: every write may move it in an index."""
    return obj


class Index:
    """Objects of one table by a value that is read off them.

    Args:
        part_of: the part of an object that `values_of` reads: where a write leaves it the same object, nothing moves.
        heeds: the aspects of a write that may move something, `GONE` always among them.
        comes: those of a new object that has values.
    """

    def __init__(self, values_of: ValuesOf, part_of: PartOf, heeds: int, comes: int = CREATED) -> None:
        self._values_of = values_of
        self._part_of = part_of
        self.heeds = heeds | comes | GONE
        self._keys: dict[str, dict[str, None]] = {}
        self._sorted: dict[str, list[str]] = {}

    def moved(self, key: str, old: Object | None, new: Object | None) -> None:
        """Follows one write."""
        if old is None:
            for value in self._values_of(new) if new is not None else ():
                self._put(value, key)
            return
        if new is not None and self._part_of(old) is self._part_of(new):
            return
        before = self._values_of(old)
        after = self._values_of(new) if new is not None else ()
        if before == after:
            return
        for value in before:
            if value not in after:
                self._drop(value, key)
        for value in after:
            if value not in before:
                self._put(value, key)

    def came(self, key: str) -> None:
        """Follows the write of a new object that is folded."""
        raise NotImplementedError

    def fill(self, rows: Mapping[str, Object]) -> None:
        """Takes in all the objects of a table: they were restored."""
        self._sorted.clear()
        keys, values_of = self._keys, self._values_of
        for key, obj in rows.items():
            for value in values_of(obj):
                if value in keys:
                    keys[value][key] = None
                else:
                    keys[value] = {key: None}

    def _put(self, value: str, key: str) -> None:
        keys = self._keys.get(value)
        if keys is None:
            keys = self._keys[value] = {}
        keys[key] = None
        if self._sorted:
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
            there = self._keys.get(value)
            if there is None:
                return []  # not kept: what is asked for in vain has no end
            found = self._sorted[value] = sorted(there)
        return found

    def __contains__(self, value: str) -> bool:
        return value in self._keys


class KeyIndex(Index):
    """Objects of one table by a segment of their keys, which no write changes: it need not look at them.

    Args:
        start: where in the keys the segment begins.
    """

    def __init__(self, start: int) -> None:
        super().__init__(lambda _obj: (), itself, 0)
        self._start = start

    def moved(self, key: str, old: Object | None, new: Object | None) -> None:
        """Follows one write."""
        if old is None:
            self.came(key)
        elif new is None:
            self._drop(key[self._start : key.index("/", self._start)], key)

    def came(self, key: str) -> None:
        """Follows the write of a new object, folded or not."""
        start = self._start
        value = key[start : key.index("/", start)]
        keys = self._keys.get(value)
        if keys is None:
            keys = self._keys[value] = {}
        keys[key] = None
        if self._sorted:
            self._sorted.pop(value, None)

    def fill(self, rows: Mapping[str, Object]) -> None:
        """Takes in all the keys of a table: its objects were restored."""
        self._sorted.clear()
        for key in rows:
            self.came(key)
