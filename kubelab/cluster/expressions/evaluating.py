"""Runs expressions: each part of the tree becomes a function once, which is called for each run.

Source: github.com/google/cel-spec, doc/langdef.md, "Evaluation"; cel-go, interpreter.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from kubelab.cluster.expressions import costs
from kubelab.cluster.expressions.library import FUNCTIONS
from kubelab.cluster.expressions.macros import INSERT
from kubelab.cluster.expressions.syntax import (
    Call,
    Fold,
    ListOf,
    Literal,
    MapOf,
    Name,
    Node,
    Select,
    qualified_name,
)  # fmt: skip
from kubelab.cluster.expressions.types import NAMES
from kubelab.cluster.expressions.values import (
    NO_OVERLOAD,
    Failure,
    Optional,
    Uint,
    name_of_type,
    selected,
    selected_optionally,
    shown,
)  # fmt: skip

COST = "operation cancelled: actual cost limit exceeded"
# What may be made and compared beside that, which costs little in CEL's units: letters, items, entries.
MOST_COPIED = 20_000_000
# What makes new values that may be large.
MAKES = frozenset(
    "_+_ format replace join split find findAll substring trim lowerAscii upperAscii string bytes strings.quote "
    "getQuery cel.@mapInsert".split()
)


class CostExceeded(Exception):
    """An expression costs more than it may."""


class Run:
    """One run of an expression.

    Args:
        variables: what its names stand for.
        functions: those beside the ones that all expressions have.
        limit: what it may cost.
    """

    __slots__ = ("copied", "cost", "functions", "limit", "variables")

    def __init__(self, variables: Mapping[str, Any], functions: Mapping[str, Callable[..., Any]], limit: int) -> None:
        self.variables, self.functions, self.limit = dict(variables), functions, limit
        self.cost = self.copied = 0

    def charge(self, cost: int) -> None:
        """Adds to the cost.

        Raises:
            CostExceeded: it is too much now.
        """
        self.cost += cost
        if self.cost > self.limit:
            raise CostExceeded

    def copy(self, count: int) -> None:
        """Counts items that are copied or compared."""
        self.copied += count
        if self.copied > MOST_COPIED:
            self.cost = self.limit + 1
            raise CostExceeded


class _Failed:
    """Stands in an accumulator for a step that failed; what comes after may still make it good."""

    __slots__ = ("failure",)

    def __init__(self, failure: Failure) -> None:
        self.failure = failure


Part = Callable[[Run], Any]


def prepared(node: Node) -> Part:
    """Returns a function that runs a part of an expression."""
    if isinstance(node, Literal):
        value = Uint(node.value) if node.type == "uint" else node.value
        return lambda run: value
    return _PREPARED[type(node)](node)


def _name(node: Name) -> Part:
    name, kind = node.name, NAMES.get(node.name)

    def part(run: Run) -> Any:
        run.cost += 1
        try:
            value = run.variables[name]
        except KeyError:
            if kind is not None:
                return type(kind)(kind.kind, kind.name)
            raise Failure(f"no such attribute(s): {name}") from None
        if value.__class__ is _Failed:
            raise value.failure
        return value

    return part


def _select(node: Select) -> Part:
    operand, field = prepared(node.operand), node.field
    if node.test:
        return lambda run: _is_there(operand(run), field)

    def part(run: Run) -> Any:
        value = operand(run)
        run.cost += 1
        return value[field] if value.__class__ is dict and field in value else selected(value, field)

    return part


def _is_there(value: Any, field: str) -> bool:
    if isinstance(value, Optional):
        return value.there and _is_there(value.value, field)
    return isinstance(value, dict) and field in value


def _list(node: ListOf) -> Part:
    items = [(prepared(item), place in node.optional) for place, item in enumerate(node.items)]

    def part(run: Run) -> list[Any]:
        found = []
        for item, optional in items:
            value = item(run)
            if not optional:
                found.append(value)
            elif value.there:
                found.append(value.value)
        run.charge(costs.LIST)
        return found

    return part


def _map(node: MapOf) -> Part:
    entries = []
    for entry in node.entries:
        key = prepared(entry.key) if isinstance(entry.key, Node) else _constant(_plain(entry.key))
        entries.append((key, prepared(entry.value), entry.optional))
    cost = costs.OBJECT if node.type else costs.MAP

    def part(run: Run) -> dict[Any, Any]:
        found: dict[Any, Any] = {}
        for key, value, optional in entries:
            name, given = key(run), value(run)
            if not isinstance(name, (str, int, float)):
                raise Failure(f"unsupported key type: {name_of_type(name)}")
            if name in found:
                raise Failure(f"Failed with repeated key: {shown(name)}")
            if not optional:
                found[name] = given
            elif given.there:
                found[name] = given.value
        run.charge(cost)
        return found

    return part


def _constant(value: Any) -> Part:
    return lambda run: value


def _plain(name: str) -> str:
    """Returns a field's own name: CEL's reserved words and odd letters are written otherwise."""
    if name.startswith("__") and name.endswith("__") and len(name) > 4:
        return name[2:-2]
    for written, letter in (("__dot__", "."), ("__dash__", "-"), ("__slash__", "/"), ("__underscores__", "__")):
        name = name.replace(written, letter)
    return name


# calls


def _call(node: Call) -> Part:
    special = _SPECIAL.get(node.function)
    if special is not None and node.target is None:
        return special(*map(prepared, node.arguments))
    name, arguments = node.function, [prepared(argument) for argument in node.arguments]
    if node.target is not None:
        space = qualified_name(node.target)
        if space is not None and f"{space}.{name}" in FUNCTIONS:
            name = f"{space}.{name}"
        elif space == "format":
            name = f"{space}.{name}"
        else:
            arguments.insert(0, prepared(node.target))
    return _function(name, arguments)


def _function(name: str, arguments: list[Part]) -> Part:
    function, cost_of = FUNCTIONS.get(name), costs.call_cost
    compares = name in ("_==_", "_!=_", "@in")

    def part(run: Run) -> Any:
        given = [argument(run) for argument in arguments]
        work = run.functions.get(name, function)
        if work is None:
            raise Failure(f"no such overload: {name}")
        if compares and given[-1].__class__ in (list, dict):
            run.copy(_weight(given[-1]))
        try:
            found = work(*given)
        except (TypeError, AttributeError, ValueError) as error:
            why = str(error) if error.__class__ is ValueError else NO_OVERLOAD
            raise Failure(why) from None
        run.charge(cost_of(name, given, found))
        if name in MAKES and isinstance(found, (str, bytes, list, dict)):
            run.copy(len(found))
        return found

    return part


def _weight(value: Any) -> int:
    """Returns how many values a value holds."""
    if isinstance(value, dict):
        return 1 + sum(map(_weight, value.values()))
    return 1 + sum(map(_weight, value)) if isinstance(value, list) else 1


def _and(one: Part, other: Part) -> Part:
    return lambda run: _logical(run, one, other, decides=False)


def _or(one: Part, other: Part) -> Part:
    return lambda run: _logical(run, one, other, decides=True)


def _logical(run: Run, one: Part, other: Part, *, decides: bool) -> bool:
    """`&&` is decided by a false side and `||` by a true one, even where the other side fails."""
    failed: Failure | None = None
    for side in (one, other):
        try:
            value = side(run)
        except Failure as failure:
            failed = failed or failure
            continue
        if value is decides:
            return bool(decides)
        if value is not (not decides):
            failed = failed or Failure(NO_OVERLOAD)
    if failed is not None:
        raise failed
    return not decides


def _conditional(condition: Part, then: Part, otherwise: Part) -> Part:
    def part(run: Run) -> Any:
        decided = condition(run)
        if decided is True:
            return then(run)
        if decided is False:
            return otherwise(run)
        raise Failure(NO_OVERLOAD)

    return part


def _not_strictly_false(inner: Part) -> Part:
    def part(run: Run) -> bool:
        try:
            value = inner(run)
        except Failure:
            value = True
        run.charge(1)
        return value is not False

    return part


_SPECIAL: dict[str, Callable[..., Part]] = {
    "_&&_": _and, "_||_": _or, "_?_:_": _conditional, "@not_strictly_false": _not_strictly_false,
    "_?._": lambda operand, field: lambda run: _select_optional(run, operand, field),
}  # fmt: skip


def _select_optional(run: Run, operand: Part, field: Part) -> Optional:
    found = selected_optionally(operand(run), field(run))
    run.charge(1)
    return found


# folds


def _fold(node: Fold) -> Part:
    start, result = prepared(node.start), prepared(node.result)
    if node.binds:
        return _bound(node.accumulator, start, result)
    if isinstance(node.start, Literal) and node.start.type == "bool" and isinstance(node.step, Call):
        return _quantified(node, decides=not node.start.value, test=prepared(node.step.arguments[1]))
    over, condition, step = prepared(node.over), prepared(node.condition), _step(node)
    names, accumulator, always = node.names, node.accumulator, isinstance(node.condition, Literal)

    def part(run: Run) -> Any:
        items = _items(over(run), pair=len(names) == 2)
        variables, before = run.variables, dict(run.variables)
        variables[accumulator] = start(run)
        try:
            for item in items:
                for name, value in zip(names, item, strict=True):
                    variables[name] = value
                if not always and not condition(run):
                    break
                try:
                    variables[accumulator] = step(run)
                except Failure as failure:
                    if always:
                        raise
                    variables[accumulator] = _Failed(failure)
            return result(run)
        finally:
            run.variables = before

    return part


def _quantified(node: Fold, *, decides: bool, test: Part) -> Part:
    """`all` is decided by a false item and `exists` by a true one; the same steps as in any fold, taken at once."""
    over, names, cost = prepared(node.over), node.names, 4 if decides else 3

    def part(run: Run) -> bool:
        items = _items(over(run), pair=len(names) == 2)
        variables, before = run.variables, dict(run.variables)
        failed: Failure | None = None
        decided = False
        try:
            for item in items:
                if decided:
                    run.charge(cost - 1)
                    break
                for name, value in zip(names, item, strict=True):
                    variables[name] = value
                run.charge(cost)
                try:
                    value = test(run)
                except Failure as failure:
                    failed = failed or failure
                    continue
                if value is decides:
                    decided = True
                elif value is not (not decides):
                    failed = failed or Failure(NO_OVERLOAD)
        finally:
            run.variables = before
        run.charge(1)
        if failed is not None and not decided:
            raise failed
        return decides if decided else not decides

    return part


def _items(value: Any, *, pair: bool) -> list[tuple[Any, ...]]:
    if isinstance(value, dict):
        return list(value.items()) if pair else [(key,) for key in value]
    if isinstance(value, list):
        return list(enumerate(value)) if pair else [(item,) for item in value]
    raise Failure(f"got '{name_of_type(value)}', expected iterable type")


def _bound(name: str, start: Part, result: Part) -> Part:
    def part(run: Run) -> Any:
        before = dict(run.variables)
        run.charge(costs.LIST)
        run.variables[name] = start(run)
        try:
            return result(run)
        finally:
            run.variables = before

    return part


def _step(node: Fold) -> Part:
    """Returns a fold's step; one that adds to a list or a map does so in place, since nobody else has it yet."""
    step = node.step
    if isinstance(step, Call) and step.function == "_?_:_" and isinstance(node.start, (ListOf, MapOf)):
        then, otherwise = _adding(step.arguments[1], node.accumulator), prepared(step.arguments[2])
        if then is not None:
            return _conditional(prepared(step.arguments[0]), then, otherwise)
    if isinstance(node.start, (ListOf, MapOf)):
        return _adding(step, node.accumulator) or prepared(step)
    return prepared(step)


def _adding(step: Node, accumulator: str) -> Part | None:
    if not isinstance(step, Call) or step.function not in ("_+_", INSERT):
        return None
    so_far, *added = map(prepared, step.arguments)

    def part(run: Run) -> Any:
        found = so_far(run)
        given = [one(run) for one in added]
        run.charge(1)
        if isinstance(found, list):
            found.extend(given[0])
            return found
        news = given[0] if len(given) == 1 else {given[0]: given[1]}
        for key, value in news.items():
            if key in found:
                raise Failure(f"insert failed: key {key} already exists")
            found[key] = value
        return found

    return part


_PREPARED: dict[type[Node], Callable[[Any], Part]] = {
    Name: _name, Select: _select, Call: _call, ListOf: _list, MapOf: _map, Fold: _fold
}  # fmt: skip
