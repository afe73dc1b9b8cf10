"""Finds out the types of an expression before it ever runs, and says what is wrong in the compiler's words.

Source: cel-go, checker/checker.go, checker/errors.go, cel/validator.go.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime

from kubelab.cluster.expressions.durations import duration
from kubelab.cluster.expressions.environments import Environment
from kubelab.cluster.expressions.patterns import wrong_in
from kubelab.cluster.expressions.signatures import Overload
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
from kubelab.cluster.expressions.types import (
    BOOL,
    DYN,
    ERROR,
    PLAIN,
    Type,
    Unification,
    is_dyn,
    is_optional,
    list_of,
    map_of,
    more_general,
    object_of,
    optional_of,
    parameter,
    parameters_in,
    with_parameters,
)  # fmt: skip


class Checker:
    """Goes through an expression once.

    Args:
        environment: what it may speak of.

    `errors` are the letters and words of what is wrong, `types` the nodes' types, `overloads` how calls are meant.
    """

    def __init__(self, environment: Environment) -> None:
        self.environment = environment
        self.errors: list[tuple[int, str]] = []
        self.types: dict[int, Type] = {}
        self.overloads: dict[int, list[Overload]] = {}
        self._found = Unification()
        self._scopes: list[Mapping[str, Type]] = []
        self._unknown = 0

    def check(self, node: Node) -> Type:
        """Returns the type of a whole expression."""
        found = self._check(node)
        self.types = {place: self._found.resolved(one, finally_=True) for place, one in self.types.items()}
        return self._found.resolved(found, finally_=True)

    def _wrong(self, node: Node, why: str) -> Type:
        self.errors.append((node.at, why))
        return ERROR

    def _check(self, node: Node) -> Type:
        if isinstance(node, Literal):
            found = PLAIN[node.type]
        elif isinstance(node, Name):
            found = self._name(node)
        elif isinstance(node, Select):
            found = self._select(node)
        elif isinstance(node, Call):
            found = self._call(node)
        elif isinstance(node, ListOf):
            found = self._list(node)
        elif isinstance(node, MapOf):
            found = self._object(node) if node.type else self._map(node)
        else:
            assert isinstance(node, Fold)
            found = self._fold(node)
        self.types[id(node)] = found
        return found

    def _declared(self, name: str) -> Type | None:
        for scope in reversed(self._scopes):
            if name in scope:
                return scope[name]
        return self.environment.type_of_name(name)

    def _name(self, node: Name) -> Type:
        found = self._declared(node.name)
        return found if found is not None else self._undeclared(node, node.name)

    def _undeclared(self, node: Node, name: str) -> Type:
        return self._wrong(node, f"undeclared reference to '{name}' (in container '')")

    # fields

    def _select(self, node: Select) -> Type:
        name = None if node.test else qualified_name(node)
        found = self._declared(name) if name is not None else None
        if found is not None:
            return found
        found = self._field(node, self._found.resolved(self._check(node.operand)), node.field, optional=False)
        return BOOL if node.test else found

    def _field(self, node: Node, target: Type, field: str, *, optional: bool) -> Type:
        within = is_optional(target)
        inner = target.parameters[0] if within else target
        found = DYN
        if inner.kind == "map":
            found = inner.parameters[1]
        elif inner.kind == "object":
            known = self.environment.field(inner, field)
            found = known if known is not None else self._wrong(node, f"undefined field '{field}'")
        elif inner.kind == "parameter":
            self._found.fits(DYN, inner)
        elif not is_dyn(inner):
            self._wrong(node, f"type '{inner}' does not support field selection")
            found = ERROR
        return optional_of(found) if within or optional else found

    # calls

    def _call(self, node: Call) -> Type:
        if node.function == "_?._":
            operand, field = node.arguments
            assert isinstance(field, Literal)
            self.types[id(field)] = PLAIN["string"]
            return self._field(node, self._found.resolved(self._check(operand)), field.value, optional=True)
        arguments = [self._check(argument) for argument in node.arguments]
        if node.target is None:
            ways = self.environment.overloads(node.function)
            return self._resolve(node, ways, arguments) if ways else self._undeclared(node, node.function)
        space = qualified_name(node.target)
        if space is not None:
            ways = self.environment.overloads(f"{space}.{node.function}")
            if ways:
                return self._resolve(node, ways, arguments, name=f"{space}.{node.function}")
        target = self._check(node.target)
        ways = self.environment.overloads(node.function)
        if not ways:
            return self._undeclared(node, node.function)
        return self._resolve(node, ways, [target, *arguments], member=True)

    def _resolve(
        self, node: Call, ways: tuple[Overload, ...], arguments: list[Type], *, member: bool = False, name: str = ""
    ) -> Type:
        found: Type | None = None
        for way in ways:
            if way.member != member:
                continue
            expected, result = self._instance(way)
            if not self._found.fit(arguments, expected):
                continue
            self.overloads.setdefault(id(node), []).append(way)
            result = self._found.resolved(result)
            found = result if found is None or is_dyn(found) or found == result else DYN
        if found is None:
            shown = [str(self._found.resolved(one, finally_=True)) for one in arguments]
            signature = f"{shown[0]}.({', '.join(shown[1:])})" if member else f"({', '.join(shown)})"
            return self._wrong(
                node, f"found no matching overload for '{name or node.function}' applied to '{signature}'"
            )
        self._literals(node)
        return found

    def _instance(self, way: Overload) -> tuple[list[Type], Type]:
        letters = set().union(*map(parameters_in, (*way.arguments, way.result)))
        if not letters:
            return list(way.arguments), way.result
        names = {letter: self._new() for letter in sorted(letters)}
        return [with_parameters(one, names) for one in way.arguments], with_parameters(way.result, names)

    def _new(self) -> Type:
        self._unknown += 1
        return parameter(f"_var{self._unknown}")

    def _literals(self, node: Call) -> None:
        """Looks at texts that must be a regular expression, a time or a duration."""
        last = node.arguments[-1] if node.arguments else None
        if not isinstance(last, Literal) or last.type != "string" or self.environment.minor <= 29:
            return
        if node.function == "matches" and wrong_in(last.value):
            self._wrong(last, "invalid matches argument")
        elif node.target is None and node.function == "duration" and duration(last.value) is None:
            self._wrong(last, "invalid duration argument")
        elif node.target is None and node.function == "timestamp" and not _is_time(last.value):
            self._wrong(last, "invalid timestamp argument")

    # lists, maps, objects

    def _list(self, node: ListOf) -> Type:
        found: Type | None = None
        for place, item in enumerate(node.items):
            one = self._check(item)
            if place in node.optional:
                one = self._without_optional(item, one)
            found = self._joined(item, found, one)
        return list_of(found if found is not None else self._new())

    def _without_optional(self, node: Node, one: Type) -> Type:
        inner = self._found.resolved(one)
        if is_optional(inner):
            return inner.parameters[0]
        if not is_dyn(inner):
            self._wrong(node, f"expected type 'optional_type({inner})' but found '{inner}'")
        return inner

    def _joined(self, node: Node, before: Type | None, one: Type) -> Type:
        if before is None:
            return one
        if not self._found.fits(before, one):
            expected, given = self._found.resolved(before), self._found.resolved(one)
            self._wrong(node, f"expected type '{expected}' but found '{given}'")
            return before
        return more_general(before, one)

    def _map(self, node: MapOf) -> Type:
        keys: Type | None = None
        values: Type | None = None
        for entry in node.entries:
            assert isinstance(entry.key, Node)
            keys = self._joined(entry.key, keys, self._check(entry.key))
            one = self._check(entry.value)
            values = self._joined(
                entry.value, values, self._without_optional(entry.value, one) if entry.optional else one
            )
        return map_of(keys or self._new(), values or self._new())

    def _object(self, node: MapOf) -> Type:
        kind = object_of(node.type)
        if not self.environment.constructs(node.type):
            return self._undeclared(node, node.type)
        for entry in node.entries:
            given = self._check(entry.value)
            given = self._without_optional(entry.value, given) if entry.optional else given
            expected = self.environment.field(kind, str(entry.key))
            if expected is None:
                self._wrong(entry, f"undefined field '{entry.key}'")
            elif not self._found.fits(expected, given):
                why = f"expected type of field '{entry.key}' is '{expected}' but provided type is '{given}'"
                self._wrong(entry, why)
        return kind

    # folds

    def _fold(self, node: Fold) -> Type:
        over = self._found.resolved(self._check(node.over))
        start = self._check(node.start)
        self._scopes.append({node.accumulator: start})
        self._scopes.append(dict(zip(node.names, self._item_types(node, over), strict=True)))
        self._expect(node.condition, BOOL)
        self._expect(node.step, start)
        self._scopes.pop()
        found = self._check(node.result)
        self._scopes.pop()
        return self._found.resolved(found)

    def _item_types(self, node: Fold, over: Type) -> list[Type]:
        pair = len(node.names) == 2
        if over.kind == "parameter":
            self._found.fits(DYN, over)
        if over.kind == "list":
            return [PLAIN["int"], over.parameters[0]] if pair else [over.parameters[0]]
        if over.kind == "map":
            return list(over.parameters) if pair else [over.parameters[0]]
        if not is_dyn(over) and over.kind != "parameter":
            why = f"expression of type '{over}' cannot be range of a comprehension (must be list, map, or dynamic)"
            return [self._wrong(node.over, why)] * len(node.names)
        return [DYN] * len(node.names)

    def _expect(self, node: Node, expected: Type) -> None:
        found = self._check(node)
        if not self._found.fits(expected, found):
            given = self._found.resolved(found)
            self._wrong(node, f"expected type '{self._found.resolved(expected)}' but found '{given}'")


_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)")


def _is_time(text: str) -> bool:
    if _TIME.fullmatch(text) is None:
        return False
    try:
        datetime.fromisoformat(re.sub(r"\.\d+", "", text))
    except ValueError:
        return False
    return True
