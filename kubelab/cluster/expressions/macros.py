"""Puts CEL's macros out: `has`, `all`, `map`, `transformMap` and the like become folds and tests.

Source: cel-go, parser/macro.go, ext/comprehensions.go (two variables), cel/library.go (optMap, optFlatMap).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from kubelab.cluster.expressions.syntax import (
    ACCUMULATOR,
    Call,
    Fold,
    ListOf,
    Literal,
    MapOf,
    Name,
    Node,
    Select,
    SyntaxProblem,
)  # fmt: skip

UNUSED = "#unused"
TWO = ("transformList", "transformMap", "transformMapEntry")
INSERT = "cel.@mapInsert"


class Known(NamedTuple):
    """Which macros an expression may use, beside those that there always were."""

    optionals: bool = True
    two_variables: bool = True


def expanded(at: int, name: str, target: Node | None, arguments: list[Node], known: Known) -> Node | None:
    """Returns what a macro stands for; None where a call is none.

    Raises:
        SyntaxProblem: it is called in a wrong way.
    """
    if target is None:
        return _has(at, arguments[0]) if name == "has" and len(arguments) == 1 else None
    count = len(arguments)
    if (name, count) in _ONE:
        return _ONE[name, count](at, target, (_variable(arguments[0]),), arguments[1:])
    if known.two_variables and (name, count) in _PAIRS:
        names = (_variable(arguments[0]), _variable(arguments[1]))
        return _PAIRS[name, count](at, target, names, arguments[2:])
    if known.optionals and name in ("optMap", "optFlatMap") and count == 2:
        return _optional(at, target, _variable(arguments[0]), arguments[1], flat=name == "optFlatMap")
    return None


def _variable(node: Node) -> str:
    if not isinstance(node, Name):
        raise SyntaxProblem(node.at, "argument must be a simple name")
    if node.name == ACCUMULATOR:
        raise SyntaxProblem(node.at, "iteration variable overwrites accumulator variable")
    return node.name


def _has(at: int, argument: Node) -> Node:
    if isinstance(argument, Select) and not argument.test:
        return Select(at, argument.operand, argument.field, test=True)
    raise SyntaxProblem(argument.at, "invalid argument to has() macro")


def _all(at: int, over: Node, names: tuple[str, ...], rest: list[Node]) -> Node:
    so_far = Name(at, ACCUMULATOR)
    condition = Call(at, "@not_strictly_false", [so_far])
    step = Call(at, "_&&_", [so_far, rest[0]])
    return Fold(at, over, names, Literal(at, True, "bool"), condition, step, so_far)


def _exists(at: int, over: Node, names: tuple[str, ...], rest: list[Node]) -> Node:
    so_far = Name(at, ACCUMULATOR)
    condition = Call(at, "@not_strictly_false", [Call(at, "!_", [so_far])])
    step = Call(at, "_||_", [so_far, rest[0]])
    return Fold(at, over, names, Literal(at, False, "bool"), condition, step, so_far)


def _exists_one(at: int, over: Node, names: tuple[str, ...], rest: list[Node]) -> Node:
    so_far, one = Name(at, ACCUMULATOR), Literal(at, 1, "int")
    step = Call(at, "_?_:_", [rest[0], Call(at, "_+_", [so_far, one]), so_far])
    result = Call(at, "_==_", [so_far, one])
    return Fold(at, over, names, Literal(at, 0, "int"), Literal(at, True, "bool"), step, result)


def _list(at: int, over: Node, names: tuple[str, ...], rest: list[Node]) -> Node:
    so_far = Name(at, ACCUMULATOR)
    step: Node = Call(at, "_+_", [so_far, ListOf(at, [rest[-1]])])
    if len(rest) == 2:
        step = Call(at, "_?_:_", [rest[0], step, so_far])
    return Fold(at, over, names, ListOf(at, []), Literal(at, True, "bool"), step, so_far)


def _filter(at: int, over: Node, names: tuple[str, ...], rest: list[Node]) -> Node:
    return _list(at, over, names, [rest[0], Name(at, names[0])])


def _map(at: int, over: Node, names: tuple[str, ...], rest: list[Node]) -> Node:
    so_far = Name(at, ACCUMULATOR)
    step: Node = Call(at, INSERT, [so_far, Name(at, names[0]), rest[-1]])
    if len(rest) == 2:
        step = Call(at, "_?_:_", [rest[0], step, so_far])
    return Fold(at, over, names, MapOf(at, []), Literal(at, True, "bool"), step, so_far)


def _map_entry(at: int, over: Node, names: tuple[str, ...], rest: list[Node]) -> Node:
    so_far = Name(at, ACCUMULATOR)
    step: Node = Call(at, INSERT, [so_far, rest[-1]])
    if len(rest) == 2:
        step = Call(at, "_?_:_", [rest[0], step, so_far])
    return Fold(at, over, names, MapOf(at, []), Literal(at, True, "bool"), step, so_far)


def _optional(at: int, target: Node, name: str, then: Node, *, flat: bool) -> Node:
    """`a.optMap(x, f)`: `a.hasValue() ? optional.of(f) : optional.none()`, with x for a's value in f."""
    value = Call(at, "value", [], target)
    bound = Fold(
        at, ListOf(at, []), (UNUSED,), value, Literal(at, False, "bool"), Name(at, name), then, accumulator=name
    )
    space = Name(at, "optional")
    found: Node = bound if flat else Call(at, "of", [bound], space)
    return Call(at, "_?_:_", [Call(at, "hasValue", [], target), found, Call(at, "none", [], space)])


_Make = Callable[[int, Node, tuple[str, ...], list[Node]], Node]
_ONE: dict[tuple[str, int], _Make] = {
    ("all", 2): _all, ("exists", 2): _exists, ("exists_one", 2): _exists_one, ("existsOne", 2): _exists_one,
    ("map", 2): _list, ("map", 3): _list, ("filter", 2): _filter,
}  # fmt: skip
_PAIRS: dict[tuple[str, int], _Make] = {
    ("all", 3): _all, ("exists", 3): _exists, ("exists_one", 3): _exists_one, ("existsOne", 3): _exists_one,
    ("transformList", 3): _list, ("transformList", 4): _list, ("transformMap", 3): _map, ("transformMap", 4): _map,
    ("transformMapEntry", 3): _map_entry, ("transformMapEntry", 4): _map_entry,
}  # fmt: skip
