"""Catches whoever changes an object that is stored: such objects are shared with every reader, and never changed.

Each write notes how the object looked; when it is replaced, deleted or the test ends, it has to look the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from weakref import ref

import orjson

from kubelab.cluster.store import Table

NOTED = "noted by the guard"  # what a table carries it under
Noted = dict[str, tuple[Any, bytes]]


class Mutation(AssertionError):
    """A stored object was changed in place."""


def look(obj: Any) -> bytes:
    return orjson.dumps(obj, option=orjson.OPT_NON_STR_KEYS)


class Guard:
    """How everything that stores hold looked when it was put there."""

    def __init__(self) -> None:
        self._tables: list[ref[Table]] = []

    def put(self, table: Table, key: str, obj: Any) -> None:
        if NOTED not in table.__dict__:
            table.__dict__[NOTED] = {}
            self._tables.append(ref(table))
        self.removed(table, key)
        table.__dict__[NOTED][key] = (obj, look(obj))

    def removed(self, table: Table, key: str) -> None:
        noted: Noted = table.__dict__.get(NOTED, {})
        found = noted.pop(key, None)
        if found is not None:
            check(key, *found)

    def check(self) -> None:
        for table in filter(None, [found() for found in self._tables]):
            noted: Noted = table.__dict__.pop(NOTED, {})
            for key, found in list(noted.items()):
                check(key, *found)


def check(key: str, obj: Any, before: bytes) -> None:
    after = look(obj)
    if after != before:
        raise Mutation(f"{key} was changed after it was stored:\n{before.decode()}\n{after.decode()}")


@contextmanager
def watched_stores() -> Iterator[Guard]:
    """Watches every store that is written to meanwhile."""
    guard = Guard()
    put, remove = Table.put, Table.remove

    def guarded_put(table: Table, key: str, obj: Any, *about: int) -> Any:
        guard.put(table, key, obj)
        return put(table, key, obj, *about)

    def guarded_remove(table: Table, key: str) -> Any:
        guard.removed(table, key)
        return remove(table, key)

    Table.put, Table.remove = guarded_put, guarded_remove  # type: ignore[method-assign]
    try:
        yield guard
        guard.check()
    finally:
        Table.put, Table.remove = put, remove  # type: ignore[method-assign]
