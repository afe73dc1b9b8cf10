"""What an expression in CEL is made of, as trees: what parsing makes, checking types, weighs and runs.

Macros are gone by then: `all`, `map` and the like have become folds, as cel-go has them.
Source: github.com/google/cel-spec, doc/langdef.md; cel-go, common/ast.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

ACCUMULATOR = "@result"  # the variable that folds keep what they have so far in


class SyntaxProblem(Exception):
    """An expression that is none: why, and at which letter."""

    def __init__(self, at: int, why: str) -> None:
        super().__init__(why)
        self.at, self.why = at, why


class Node:
    """A part of an expression; `at` is the letter where the compiler reports its errors."""

    __slots__ = ("at",)

    def __init__(self, at: int) -> None:
        self.at = at

    def parts(self) -> Iterator[Node]:
        """Yields the parts that it is made of."""
        return iter(())


class Literal(Node):
    """A value that stands in the expression; `type` is CEL's name of its type."""

    __slots__ = ("type", "value")

    def __init__(self, at: int, value: Any, type: str) -> None:
        super().__init__(at)
        self.value, self.type = value, type


class Name(Node):
    """A variable, or a type."""

    __slots__ = ("name",)

    def __init__(self, at: int, name: str) -> None:
        super().__init__(at)
        self.name = name


class Select(Node):
    """A field of something; or, as a test, whether it is there (`has`)."""

    __slots__ = ("field", "operand", "test")

    def __init__(self, at: int, operand: Node, field: str, *, test: bool = False) -> None:
        super().__init__(at)
        self.operand, self.field, self.test = operand, field, test

    def parts(self) -> Iterator[Node]:
        yield self.operand


class Call(Node):
    """A function or an operator (`_+_`), called on a target or not."""

    __slots__ = ("arguments", "function", "target")

    def __init__(self, at: int, function: str, arguments: list[Node], target: Node | None = None) -> None:
        super().__init__(at)
        self.function, self.arguments, self.target = function, arguments, target

    def parts(self) -> Iterator[Node]:
        if self.target is not None:
            yield self.target
        yield from self.arguments


class ListOf(Node):
    """A list that stands in the expression; `optional` are the places of those that are written with `?`."""

    __slots__ = ("items", "optional")

    def __init__(self, at: int, items: list[Node], optional: frozenset[int] = frozenset()) -> None:
        super().__init__(at)
        self.items, self.optional = items, optional

    def parts(self) -> Iterator[Node]:
        yield from self.items


class Entry(Node):
    """A key with its value; a plain text is the name of an object's field."""

    __slots__ = ("key", "optional", "value")

    def __init__(self, at: int, key: Node | str, value: Node, *, optional: bool = False) -> None:
        super().__init__(at)
        self.key, self.value, self.optional = key, value, optional

    def parts(self) -> Iterator[Node]:
        if isinstance(self.key, Node):
            yield self.key
        yield self.value


class MapOf(Node):
    """A map that stands in the expression; with a type's name, an object of that type."""

    __slots__ = ("entries", "type")

    def __init__(self, at: int, entries: list[Entry], type: str = "") -> None:
        super().__init__(at)
        self.entries, self.type = entries, type

    def parts(self) -> Iterator[Node]:
        yield from self.entries


class Fold(Node):
    """A walk over a list or a map, step by step, as macros need it.

    Args:
        over: what is walked over.
        names: the variables for each item: one, or key and value.
        accumulator: the variable that holds what has been found so far.
        start: what it begins with.
        condition: as long as this holds, it goes on.
        step: what the accumulator becomes with an item.
        result: what comes of it all.
    """

    __slots__ = ("accumulator", "condition", "names", "over", "result", "start", "step")

    def __init__(
        self, at: int, over: Node, names: tuple[str, ...], start: Node, condition: Node, step: Node, result: Node,
        accumulator: str = ACCUMULATOR,
    ) -> None:  # fmt: skip
        super().__init__(at)
        self.over, self.names, self.accumulator = over, names, accumulator
        self.start, self.condition, self.step, self.result = start, condition, step, result

    @property
    def binds(self) -> bool:
        """Tells whether it only gives a name to something, and walks over nothing."""
        return isinstance(self.over, ListOf) and not self.over.items and self.accumulator != ACCUMULATOR

    def parts(self) -> Iterator[Node]:
        yield from (self.over, self.start, self.condition, self.step, self.result)


def free_names(node: Node) -> frozenset[str]:
    """Returns the variables that an expression reads and does not bind itself."""
    if isinstance(node, Name):
        return frozenset((node.name,))
    if isinstance(node, Fold):
        inner = free_names(node.condition) | free_names(node.step)
        bound = (inner - set(node.names)) | free_names(node.result)
        return free_names(node.over) | free_names(node.start) | (bound - {node.accumulator})
    return frozenset().union(*(free_names(part) for part in node.parts()))


def qualified_name(node: Node | None) -> str | None:
    """Returns `a.b.c` where an expression is nothing but that."""
    if isinstance(node, Name):
        return node.name
    if isinstance(node, Select) and not node.test:
        before = qualified_name(node.operand)
        return f"{before}.{node.field}" if before is not None else None
    return None
