"""Rows of one sort as a table: one column a value, so that what is alike is written and made once.

A Pod's Events differ in a few values. Written one by one, the reader makes new strings of each; from columns it makes
each different string once. Logs of format 2 also have tables of whole objects, a column for each leaf: these are only
read.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import compress, repeat
from typing import Any, TypeGuard

Tree = Any  # an object with a leaf's kind in place of each leaf

# The kinds of leaves: a value, the number of a shared part, a dict or a list with nothing in it.
VALUE, PART, NO_ENTRIES, NO_ITEMS = range(4)


def written(rows: Iterable[Sequence[Any]]) -> list[Any]:
    """Return the columns of a table as JSON.

    Args:
        rows: the values of each.
    """
    return [_written(column) for column in zip(*rows, strict=True)]


def _written(column: tuple[Any, ...]) -> Any:
    kinds = set(map(type, column))
    if len(kinds) > 1 or not kinds <= {str, int, bool, type(None)}:  # others may be equal and yet not the same
        return column
    distinct = dict.fromkeys(column)
    if len(distinct) == 1:
        return {"all": column[0]}
    if kinds != {str} or len(distinct) * 2 > len(column):
        return column
    numbers = {value: number for number, value in enumerate(distinct)}
    return {"values": list(distinct), "rows": [numbers[value] for value in column]}


class Reading:
    """The making of a table's objects.

    Args:
        parts: the shared parts that leaves have the numbers of.
        strings: those that were read before, so that equal ones become one object.
        wanted: tells for each row whether it is wanted; None: all are.
    """

    def __init__(self, parts: Sequence[Any], strings: dict[str, str], wanted: list[bool] | None) -> None:
        self._parts = parts
        self._strings = strings
        self._wanted = wanted

    def objects(self, tree: Tree, columns: Iterator[Any]) -> Iterable[Any]:
        """Return the objects at one place of the tree, row by row; without an end where all are the same."""
        if tree == NO_ENTRIES or tree == NO_ITEMS:
            return repeat({} if tree == NO_ENTRIES else [])
        if tree == VALUE:
            return self._column(next(columns))
        if tree == PART:
            numbers = self._column(next(columns))
            part = self._parts.__getitem__
            return repeat(part(next(numbers))) if _is_constant(numbers) else map(part, numbers)
        places = [self.objects(part, columns) for part in (tree.values() if isinstance(tree, dict) else tree)]
        if all(map(_is_constant, places)):
            return repeat(self._made(tree, [next(iter(place)) for place in places]))
        if isinstance(tree, dict):
            return [dict(zip(tree, row)) for row in zip(*places)]  # noqa: B905 (some have no end)
        return [list(row) for row in zip(*places)]  # noqa: B905

    def rows(self, columns: Iterable[Any]) -> Iterator[tuple[Any, ...]]:
        """Return the values of each row; at least one of the columns has to be written out."""
        return zip(*[self._column(column) for column in columns])  # noqa: B905 (some have no end)

    def _made(self, tree: Tree, values: list[Any]) -> Any:
        return dict(zip(tree, values, strict=True)) if isinstance(tree, dict) else values

    def _column(self, column: Any) -> Iterable[Any]:
        if isinstance(column, list):
            return column if self._wanted is None else list(compress(column, self._wanted))
        if "all" in column:
            value = column["all"]
            return repeat(self._strings.setdefault(value, value) if isinstance(value, str) else value)
        values = [self._strings.setdefault(value, value) for value in column["values"]]
        numbers = column["rows"] if self._wanted is None else compress(column["rows"], self._wanted)
        return [values[number] for number in numbers]


def _is_constant(column: Iterable[Any]) -> TypeGuard[Iterator[Any]]:
    return isinstance(column, repeat)
