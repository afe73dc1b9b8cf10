"""Rows of one shape as a table: one column a leaf, so that what is alike is written and made once.

A Pod's Events differ in a few values of thirty. Written one by one, the reader makes thirty new strings of each; from
columns it makes each different string once, and what is the same in all rows becomes one object.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import compress, repeat
from typing import Any, TypeGuard

Tree = Any  # an object with a leaf's kind in place of each leaf
Shape = list[Any]  # a tree in one flat list, which two of them are compared by

# The kinds of leaves: a value, the number of a shared part, a dict or a list with nothing in it.
VALUE, PART, NO_ENTRIES, NO_ITEMS = range(4)
DEPTH = 7  # status.containerStatuses[0].state.running.startedAt; what lies deeper is one value
END = None  # of a container, in a shape


def flatten(node: Any, leaves: list[Any], shape: Shape, number_of: Callable[[Any], int | None], depth: int) -> None:
    """Take an object apart: its leaves in their order, and its shape.

    Args:
        number_of: returns the number of a part that other objects share, which is a leaf.
        depth: how many levels are taken apart below this one.
    """
    for name, value in node.items() if type(node) is dict else enumerate(node):
        kind = type(value)
        if kind is not dict and kind is not list:
            leaves.append(value)
        elif not value:
            shape += (name, NO_ENTRIES if kind is dict else NO_ITEMS)
        elif (number := number_of(value)) is not None:
            shape += (name, PART)
            leaves.append(number)
        elif depth:
            shape += (name, tuple(value) if kind is dict else -len(value))
            flatten(value, leaves, shape, number_of, depth - 1)
            shape.append(END)
        else:
            leaves.append(value)


def tree_of(shape: Sequence[Any]) -> Tree:
    """Return the tree of a shape; the first of it says what the root is."""
    return _tree_below(shape[0], iter(shape[1:]))


def _tree_below(root: Any, shape: Iterator[Any]) -> Tree:
    # A dict's keys are a tuple, a list's length is negative.
    tree: Tree = dict.fromkeys(root, VALUE) if isinstance(root, tuple) else [VALUE] * -root
    for name in shape:
        if name is END:
            break
        what = next(shape)
        tree[name] = what if isinstance(what, int) and what > 0 else _tree_below(what, shape)
    return tree


def assembled(tree: Tree, leaves: Iterator[Any]) -> Any:
    """Return one object with the numbers of its shared parts in it: what `flatten` took apart."""
    if isinstance(tree, dict):
        return {name: assembled(part, leaves) for name, part in tree.items()}
    if isinstance(tree, list):
        return [assembled(part, leaves) for part in tree]
    if tree == NO_ENTRIES:
        return {}
    return [] if tree == NO_ITEMS else next(leaves)


def part_paths(tree: Tree, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Yield where in a tree the shared parts are."""
    for name, part in tree.items() if isinstance(tree, dict) else enumerate(tree):
        if isinstance(part, (dict, list)):
            yield from part_paths(part, (*path, name))
        elif part == PART:
            yield (*path, name)


def written(rows: Iterable[Sequence[Any]]) -> list[Any]:
    """Return the columns of a table as JSON.

    Args:
        rows: the leaves of each.
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
