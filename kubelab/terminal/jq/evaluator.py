"""Runs jq filters: a generator of results for each input. Every step counts, and there is an end to them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from kubelab.terminal.jq import values
from kubelab.terminal.jq.parser import JqFault, Tree
from kubelab.terminal.jq.paths import get_path, index, set_path, slice_of
from kubelab.terminal.jq.values import JqError, JqStopped, compare, described, kind_of, truth

STEPS = 200_000
WEIGHT = 8  # what a step of a filter counts, where looking at a value counts 1


class Item(NamedTuple):
    """A value, and where in the input it lies if that is asked for (path expressions)."""

    value: Any
    path: list[Any] | None = None


class Scope(NamedTuple):
    """The variables and functions that are known at a place of a filter."""

    variables: dict[str, Any]
    functions: dict[tuple[str, int], Any]


class Closure(NamedTuple):
    """A filter with the scope that it was written in; `parameters` of a function."""

    tree: Tree
    scope: Scope
    parameters: tuple[str, ...] = ()
    name: tuple[str, int] | None = None


class Breaking(Exception):
    """`break $label`."""

    def __init__(self, label: object) -> None:
        super().__init__()
        self.label = label


Native = Callable[["Evaluator", Item, list[Tree], Scope], Iterator[Item]]


class Evaluator:
    """Runs filters.

    Args:
        natives: the functions that are built in, by name and number of arguments.
        inputs: gives the further inputs, for `input` and `inputs`.
        env: the environment.
        now: tells the time in seconds since the epoch.
    """

    def __init__(
        self,
        natives: dict[tuple[str, int], Native],
        inputs: Iterator[Any],
        env: dict[str, str],
        now: float,
    ) -> None:
        self.natives = natives
        self.inputs = inputs
        self.env = env
        self.now = now
        self.left = STEPS * WEIGHT
        self.messages: list[str] = []  # of debug, for standard error
        self.lenient = False  # yq: there is nothing in null

    def count(self, steps: int) -> None:
        """Counts steps.

        Raises:
            JqStopped: when there were too many.
        """
        self.left -= steps
        if self.left < 0:
            raise JqStopped(f"stopped after {STEPS} steps")

    def results(self, tree: Tree, value: Any, scope: Scope) -> Iterator[Any]:
        """Yields a filter's results."""
        for item in self.run(tree, Item(value), scope):
            yield item.value

    def run(self, tree: Tree, item: Item, scope: Scope) -> Iterator[Item]:
        """Yields a filter's results, with their paths if `item` has one."""
        self.count(WEIGHT)
        result: Iterator[Item] = getattr(self, f"_{tree[0]}")(tree, item, scope)
        return result

    def values(self, tree: Tree, item: Item, scope: Scope) -> Iterator[Any]:
        """Yields a filter's results as values."""
        for result in self.run(tree, Item(item.value), scope):
            yield result.value

    # simple filters

    def _identity(self, tree: Tree, item: Item, scope: Scope) -> Iterator[Item]:
        yield item

    def _literal(self, tree: Tree, item: Item, scope: Scope) -> Iterator[Item]:
        yield Item(tree[1])

    def _variable(self, tree: Tree, item: Item, scope: Scope) -> Iterator[Item]:
        name = tree[1]
        if name in scope.variables:
            yield Item(scope.variables[name])
        elif name == "$ENV":
            yield Item(dict(self.env))
        elif name == "$__loc__":
            yield Item({"file": "<top-level>", "line": 1})
        else:
            raise JqFault(f"{name} is not defined")

    def _string(self, tree: Tree, item: Item, scope: Scope) -> Iterator[Item]:
        from kubelab.terminal.jq.formats import formatted

        def joined(at: int) -> Iterator[str]:
            parts = tree[1]
            if at >= len(parts):
                yield ""
                return
            for rest in joined(at + 2) if at + 1 < len(parts) else [""]:
                if at + 1 >= len(parts):
                    yield parts[at] + rest
                    continue
                for value in self.values(parts[at + 1], item, scope):
                    yield parts[at] + formatted(tree[2] if len(tree) > 2 else "@text", value, self.count) + rest

        for text in joined(0):
            yield Item(text)

    def _format(self, tree: Tree, item: Item, scope: Scope) -> Iterator[Item]:
        from kubelab.terminal.jq.formats import formatted

        yield Item(formatted(tree[1], item.value, self.count))

    def _collect(self, tree: Tree, item: Item, scope: Scope) -> Iterator[Item]:
        yield Item(list(self.values(tree[1], item, scope)))

    def _object(self, tree: Tree, item: Item, scope: Scope) -> Iterator[Item]:
        def built(pairs: list[tuple[Tree, Tree]]) -> Iterator[dict[str, Any]]:
            if not pairs:
                yield {}
                return
            *before, (key, value) = pairs
            for start in built(before):
                for name in self.values(key, item, scope):
                    if not isinstance(name, str):
                        raise JqError(f"Object keys must be strings, not {described(name, self.count)}")
                    for content in self.values(value, item, scope):
                        yield {**start, name: content}

        for result in built(tree[1]):
            yield Item(result)

    def _negate(self, tree: Tree, item: Item, scope: Scope) -> Iterator[Item]:
        for value in self.values(tree[1], item, scope):
            if kind_of(value) != "number":
                raise JqError(f"{described(value, self.count)} cannot be negated")
            yield Item(-value)

    # paths

    def _index(self, tree: Tree, item: Item, scope: Scope) -> Iterator[Item]:
        for base in self.run(tree[1], item, scope):
            for key in self.values(tree[2], item, scope):
                path = None if base.path is None else [*base.path, key]
                yield Item(index(base.value, key, self.count), path)

    def _slice(self, tree: Tree, item: Item, scope: Scope) -> Iterator[Item]:
        for base in self.run(tree[1], item, scope):
            for end in self.values(tree[3], item, scope) if tree[3] else [None]:
                for start in self.values(tree[2], item, scope) if tree[2] else [None]:
                    path = None if base.path is None else [*base.path, {"start": start, "end": end}]
                    yield Item(slice_of(base.value, start, end, self.count), path)

    def _iterate(self, tree: Tree, item: Item, scope: Scope) -> Iterator[Item]:
        for base in self.run(tree[1], item, scope):
            value = base.value
            if isinstance(value, list):
                pairs: Any = enumerate(value)
            elif isinstance(value, dict):
                pairs = list(value.items())
            elif value is None and self.lenient:
                continue
            else:
                what = "null" if value is None else described(value, self.count)
                raise JqError(f"Cannot iterate over {what}")
            for key, content in pairs:
                self.count(1)
                yield Item(content, None if base.path is None else [*base.path, key])

    # operators

    def _binary(self, tree: Tree, item: Item, scope: Scope) -> Iterator[Item]:
        operator = tree[1]
        if operator == "|":
            for left in self.run(tree[2], item, scope):
                yield from self.run(tree[3], left, scope)
        elif operator == ",":
            yield from self.run(tree[2], item, scope)
            yield from self.run(tree[3], item, scope)
        elif operator == "//":
            yield from self._alternative(tree, item, scope)
        elif operator in ("and", "or"):
            for left in self.values(tree[2], item, scope):
                if truth(left) == (operator == "or"):
                    yield Item(operator == "or")
                else:
                    for right in self.values(tree[3], item, scope):
                        yield Item(truth(right))
        elif operator.endswith("=") and operator not in ("==", "!=", "<=", ">="):
            yield from self._update(tree, item, scope)
        else:
            for right in self.values(tree[3], item, scope):
                for left in self.values(tree[2], item, scope):
                    yield Item(self.operate(operator, left, right))

    def operate(self, operator: str, left: Any, right: Any) -> Any:
        """Returns the result of an operator."""
        if operator in OPERATORS:
            return OPERATORS[operator](left, right, self.count)
        order = compare(left, right, self.count)
        return {"==": order == 0, "!=": order != 0, "<": order < 0, "<=": order <= 0, ">": order > 0,
                ">=": order >= 0}[operator]  # fmt: skip

    def _alternative(self, tree: Tree, item: Item, scope: Scope) -> Iterator[Item]:
        found = False
        try:
            for left in self.run(tree[2], item, scope):
                if truth(left.value):
                    found = True
                    yield left
        except JqError:
            pass
        if not found:
            yield from self.run(tree[3], item, scope)

    def _update(self, tree: Tree, item: Item, scope: Scope) -> Iterator[Item]:
        _kind, operator, target, source = tree
        if operator == "|=":
            result = item.value
            gone: list[list[Any]] = []
            for path in list(self.paths(target, item.value, scope)):
                before = get_path(result, path, self.count)
                after = next(self.run(source, Item(before), scope), None)
                if after is None:
                    gone.append(path)
                else:
                    result = set_path(result, path, after.value, self.count)
            if gone:
                from kubelab.terminal.jq.paths import delete_paths

                result = delete_paths(result, gone, self.count)
            yield Item(result)
            return
        for value in self.values(source, item, scope):
            result = item.value
            for path in list(self.paths(target, item.value, scope)):
                if operator == "=":
                    after_value = value
                else:
                    before = get_path(result, path, self.count)
                    if operator == "//=":
                        after_value = before if truth(before) else value
                    else:
                        after_value = self.operate(operator[:-1], before, value)
                result = set_path(result, path, after_value, self.count)
            yield Item(result)

    def paths(self, tree: Tree, value: Any, scope: Scope) -> Iterator[list[Any]]:
        """Yields the paths that a filter leads to."""
        for found in self.run(tree, Item(value, []), scope):
            if found.path is None:
                raise JqError(f"Invalid path expression with result {values.shown(found.value, self.count)}")
            yield found.path

    # control

    def _if(self, tree: Tree, item: Item, scope: Scope) -> Iterator[Item]:
        for condition in self.values(tree[1], item, scope):
            yield from self.run(tree[2] if truth(condition) else tree[3], item, scope)

    def _try(self, tree: Tree, item: Item, scope: Scope) -> Iterator[Item]:
        try:
            yield from self.run(tree[1], item, scope)
        except JqError as error:
            if error.value == {"__jq": 0}:
                return
            if tree[2] is not None:
                yield from self.run(tree[2], Item(error.value), scope)

    def _label(self, tree: Tree, item: Item, scope: Scope) -> Iterator[Item]:
        mark = object()
        inner = scope._replace(variables={**scope.variables, "*" + tree[1]: mark})
        try:
            yield from self.run(tree[2], item, inner)
        except Breaking as breaking:
            if breaking.label is not mark:
                raise

    def _break(self, tree: Tree, item: Item, scope: Scope) -> Iterator[Item]:
        raise Breaking(scope.variables.get("*" + tree[1]))

    def _reduce(self, tree: Tree, item: Item, scope: Scope) -> Iterator[Item]:
        _kind, source, patterns, start, update = tree
        for begin in self.values(start, item, scope):
            for value in self.values(source, item, scope):
                for inner in self.bind(patterns[0], value, item, scope):
                    last = None
                    for result in self.values(update, Item(begin), inner):
                        last = result
                    begin = last
            yield Item(begin)

    def _foreach(self, tree: Tree, item: Item, scope: Scope) -> Iterator[Item]:
        _kind, source, patterns, start, update, extract = tree
        for current in self.values(start, item, scope):
            for value in self.values(source, item, scope):
                for inner in self.bind(patterns[0], value, item, scope):
                    for result in self.values(update, Item(current), inner):
                        current = result
                        if extract is None:
                            yield Item(current)
                        else:
                            yield from self.run(extract, Item(current), inner)

    # variables and functions

    def _as(self, tree: Tree, item: Item, scope: Scope) -> Iterator[Item]:
        _kind, source, patterns, body = tree
        names = [name for pattern in patterns for name in names_in(pattern)]
        for value in self.values(source, item, scope):
            for number, pattern in enumerate(patterns):
                base = scope
                if len(patterns) > 1:
                    base = scope._replace(variables={**scope.variables, **dict.fromkeys(names)})
                try:
                    for inner in self.bind(pattern, value, item, base):
                        yield from self.run(body, item, inner)
                    break
                except JqError:
                    if number == len(patterns) - 1:
                        raise

    def bind(self, pattern: Tree, value: Any, item: Item, scope: Scope) -> Iterator[Scope]:
        """Yields scopes in which a pattern's variables are set."""
        if pattern[0] == "variable":
            yield scope._replace(variables={**scope.variables, pattern[1]: value})
            return
        if pattern[0] == "array":
            if value is not None and not isinstance(value, list):
                raise JqError(f"Cannot index {kind_of(value)} with number")
            yield from self._bind_all(
                [(part, (value or [])[at] if at < len(value or []) else None) for at, part in enumerate(pattern[1])],
                item,
                scope,
            )
            return
        yield from self._bind_object(pattern[1], value, item, scope)

    def _bind_all(self, pairs: list[tuple[Tree, Any]], item: Item, scope: Scope) -> Iterator[Scope]:
        if not pairs:
            yield scope
            return
        for inner in self.bind(pairs[0][0], pairs[0][1], item, scope):
            yield from self._bind_all(pairs[1:], item, inner)

    def _bind_object(self, pairs: list[Any], value: Any, item: Item, scope: Scope) -> Iterator[Scope]:
        if not pairs:
            yield scope
            return
        name, key, pattern = pairs[0]
        for text in self.values(key, item, scope):
            content = index(value, text, self.count)
            inner = scope
            if name is not None:
                inner = scope._replace(variables={**scope.variables, name: content})
            for bound in self.bind(pattern, content, item, inner) if pattern is not None else [inner]:
                yield from self._bind_object(pairs[1:], value, item, bound)

    def _def(self, tree: Tree, item: Item, scope: Scope) -> Iterator[Item]:
        yield from self.run(tree[2], item, self.define(tree[1], scope))

    def define(self, definition: Tree, scope: Scope) -> Scope:
        """Returns a scope with one more function."""
        name, parameters, body = definition
        key = (name, len(parameters))
        return scope._replace(functions={**scope.functions, key: Closure(body, scope, tuple(parameters), key)})

    def _call(self, tree: Tree, item: Item, scope: Scope) -> Iterator[Item]:
        _kind, name, arguments = tree
        key = (name, len(arguments))
        closure = scope.functions.get(key)
        if closure is None:
            native = self.natives.get(key)
            if native is None:
                raise JqFault(f"{name}/{len(arguments)} is not defined")
            yield from native(self, item, arguments, scope)
            return
        inner = closure.scope
        if closure.name is not None:
            inner = inner._replace(functions={**inner.functions, closure.name: closure})
        yield from self._with_arguments(
            closure, list(zip(closure.parameters, arguments, strict=True)), item, scope, inner
        )

    def _with_arguments(
        self, closure: Closure, pairs: list[tuple[str, Tree]], item: Item, scope: Scope, inner: Scope
    ) -> Iterator[Item]:
        if not pairs:
            yield from self.run(closure.tree, item, inner)
            return
        name, argument = pairs[0]
        plain = name.removeprefix("$")
        passed = Closure(argument, scope)
        with_function = inner._replace(functions={**inner.functions, (plain, 0): passed})
        if not name.startswith("$"):
            yield from self._with_arguments(closure, pairs[1:], item, scope, with_function)
            return
        for value in self.values(argument, item, scope):
            functions = {**inner.functions, (plain, 0): Closure(("literal", value), scope)}
            bound = Scope({**inner.variables, name: value}, functions)
            yield from self._with_arguments(closure, pairs[1:], item, scope, bound)


OPERATORS: dict[str, Callable[[Any, Any, values.Count], Any]] = {
    "+": values.add, "-": values.subtract, "*": values.multiply, "/": values.divide, "%": values.modulo,
}  # fmt: skip


def names_in(pattern: Tree) -> list[str]:
    """Returns the variables that a pattern sets."""
    if pattern[0] == "variable":
        return [pattern[1]]
    if pattern[0] == "array":
        return [name for part in pattern[1] for name in names_in(part)]
    found = []
    for name, _key, part in pattern[1]:
        found.extend([name] if name else [])
        found.extend(names_in(part) if part else [])
    return found
