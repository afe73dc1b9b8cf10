"""What an expression may cost at the most, before it ever runs: from the types and the most that values hold.

Source: cel-go, checker/cost.go; k8s.io/apiserver/pkg/cel/library/cost.go.
"""

from __future__ import annotations

from math import ceil
from typing import NamedTuple

from kubelab.cluster.expressions import costs
from kubelab.cluster.expressions.checking import Checker
from kubelab.cluster.expressions.declared import Declared
from kubelab.cluster.expressions.signatures import Overload
from kubelab.cluster.expressions.syntax import Call, Fold, ListOf, Literal, MapOf, Name, Node, Select, qualified_name
from kubelab.cluster.expressions.types import BYTES, STRING, Type

MOST = 2**64 - 1


class Range(NamedTuple):
    """The least and the most that something can come to."""

    least: int
    most: int

    def plus(self, other: Range) -> Range:
        """Returns the sum."""
        return Range(min(self.least + other.least, MOST), min(self.most + other.most, MOST))

    def times(self, other: Range) -> Range:
        """Returns the product."""
        return Range(min(self.least * other.least, MOST), min(self.most * other.most, MOST))

    def by(self, factor: float) -> Range:
        """Returns what it comes to with a factor, rounded up."""
        return Range(min(ceil(self.least * factor), MOST), min(ceil(self.most * factor), MOST))

    def or_(self, other: Range) -> Range:
        """Returns the range that holds both."""
        return Range(min(self.least, other.least), max(self.most, other.most))


NOTHING, ONE, UNKNOWN = Range(0, 0), Range(1, 1), Range(0, MOST)


def estimate(tree: Node, checker: Checker, root: Declared) -> Range:
    """Returns what an expression may cost.

    Args:
        checker: the one that has checked it.
        root: what its variables are declared as; the server takes types' names for variables, too.
    """
    return _Estimator(checker, root).cost(tree)


class _Estimator:
    def __init__(self, checker: Checker, root: Declared) -> None:
        self.checker, self.root = checker, root
        self.paths: dict[int, tuple[str, ...]] = {}
        self.sizes: dict[int, Range] = {}
        self.locals: dict[str, list[tuple[tuple[str, ...], Range | None]]] = {}

    def type(self, node: Node) -> Type:
        return self.checker.types[id(node)]

    def cost(self, node: Node) -> Range:
        if isinstance(node, Literal):
            return NOTHING
        if isinstance(node, Name):
            known = self.locals.get(node.name)
            self.paths[id(node)] = known[-1][0] if known else (node.name,)
            return ONE
        if isinstance(node, Select):
            return self._select(node)
        if isinstance(node, Call):
            return self._call(node)
        if isinstance(node, Fold):
            return self._bound(node) if node.binds else self._fold(node)
        if isinstance(node, ListOf):
            return self._sum(node.items).plus(Range(costs.LIST, costs.LIST))
        assert isinstance(node, MapOf)
        making = costs.OBJECT if node.type else costs.MAP
        parts = [part for entry in node.entries for part in entry.parts()]
        return self._sum(parts).plus(Range(making, making))

    def _sum(self, parts: list[Node]) -> Range:
        total = NOTHING
        for part in parts:
            total = total.plus(self.cost(part))
        return total

    def _select(self, node: Select) -> Range:
        total = self.cost(node.operand)
        if node.test:
            return total
        if self.type(node.operand).kind in ("map", "object", "parameter"):
            total = total.plus(ONE)
        path = self.paths.get(id(node.operand), ())
        self.paths[id(node)] = (*path, node.field) if path else ()
        return total

    # sizes

    def size(self, node: Node) -> Range:
        found = self._size(node)
        return found if found is not None else UNKNOWN

    def _size(self, node: Node) -> Range | None:
        if id(node) in self.sizes:
            return self.sizes[id(node)]
        if isinstance(node, Literal):
            length = len(node.value) if isinstance(node.value, (str, bytes)) else 1
            return Range(length, length)
        if isinstance(node, (ListOf, MapOf)):
            length = len(node.items if isinstance(node, ListOf) else node.entries)
            return Range(length, length)
        declared = self._declared(node)
        if declared is not None:
            return Range(0, declared.most)
        if isinstance(node, Name) and self.locals.get(node.name):
            known = self.locals[node.name][-1][1]
            if known is not None:
                return known
        if self.type(node).kind in ("plain", "known", "null") and self.type(node) not in (STRING, BYTES):
            return ONE
        return None

    def _declared(self, node: Node) -> Declared | None:
        path = self.paths.get(id(node), ())
        return self.root.at(path[1:]) if path else None

    def _item_size(self, node: Node) -> Range | None:
        """Returns the size of what is in a list."""
        if isinstance(node, ListOf) and node.items:
            found = self.size(node.items[0])
            for item in node.items[1:]:
                found = found.or_(self.size(item))
            return found
        declared = self._declared(node)
        inner = declared.item if declared is not None else None
        return Range(0, inner.most) if inner is not None else None

    # folds

    def _bound(self, node: Fold) -> Range:
        total = self.cost(node.over).plus(self.cost(node.start))
        path = self.paths.get(id(node.start), ())
        self.locals.setdefault(node.accumulator, []).append((path, self._size(node.start)))
        total = total.plus(self.cost(node.result))
        self.locals[node.accumulator].pop()
        found = self._size(node.result)
        if found is not None:
            self.sizes[id(node)] = found
        return total

    def _fold(self, node: Fold) -> Range:
        total = self.cost(node.over).plus(self.cost(node.start))
        self.locals.setdefault(node.accumulator, []).append(((), self._size(node.start)))
        pushed = self._push_items(node)
        each = self.cost(node.condition).plus(self.cost(node.step))
        for name in pushed:
            self.locals[name].pop()
        total = total.plus(self.cost(node.result))
        self.locals[node.accumulator].pop()
        count = self.size(node.over)
        if isinstance(node.start, (ListOf, MapOf)):
            self.sizes[id(node)] = count
        return total.plus(count.times(each))

    def _push_items(self, node: Fold) -> tuple[str, ...]:
        path, is_list = self.paths.get(id(node.over), ()), self.type(node.over).kind == "list"
        steps = ("@indices", "@items") if is_list else ("@keys", "@values")
        chosen = steps if len(node.names) == 2 else (steps[1] if is_list else steps[0],)
        for name, step in zip(node.names, chosen, strict=True):
            size = self._item_size(node.over) if step == "@items" else None
            self.locals.setdefault(name, []).append(((*path, step) if path else (), size))
        return node.names

    # calls

    def _call(self, node: Call) -> Range:
        arguments = node.arguments
        if node.function == "dyn" and arguments:
            total = self.cost(arguments[0]).plus(ONE)
            self.sizes[id(node)] = self.size(arguments[0])
            return total
        name, target = node.function, node.target
        space = qualified_name(target)
        if space is not None and self.checker.environment.overloads(f"{space}.{name}"):
            name, target = f"{space}.{name}", None
        spent = [self.cost(argument) for argument in arguments]
        if target is not None:
            spent.append(self.cost(target))
            arguments = [target, *arguments]
        if name == "_?._":
            path = self.paths.get(id(arguments[0]), ())
            self.paths[id(node)] = (*path, arguments[1].value) if path and isinstance(arguments[1], Literal) else ()
        total = NOTHING
        for one in spent:
            total = total.plus(one)
        return self._with_function(node, name, arguments, spent, total)

    def _with_function(self, node: Call, name: str, arguments: list[Node], spent: list[Range], total: Range) -> Range:
        if name in ("_&&_", "_||_"):
            return Range(spent[0].least, total.most)
        if name == "_?_:_":
            self.sizes[id(node)] = self.size(arguments[1]).or_(self.size(arguments[2]))
            return spent[0].plus(spent[1].or_(spent[2]))
        found: Range | None = None
        for way in self.checker.overloads.get(id(node), ()):
            one = self._overload(node, name, way, arguments)
            found = one if found is None else found.or_(one)
        if name in ("_[_]", "_[?_]"):
            path = self.paths.get(id(arguments[0]), ())
            step = "@items" if self.type(arguments[0]).kind == "list" else "@values"
            self.paths[id(node)] = (*path, step) if path else ()
        return total.plus(found if found is not None else ONE)

    def _overload(self, node: Call, name: str, way: Overload, arguments: list[Node]) -> Range:
        """Returns what a call costs beside its arguments; the result's size is kept."""
        sizes, first = [self.size(argument) for argument in arguments], way.arguments[0] if way.arguments else None
        if name in costs.ACCESSORS:
            return ONE
        if name == "check":
            return Range(costs.CHECK, costs.CHECK)
        if name in ("_==_", "_!=_") or (name in costs.COMPARISONS and first in (STRING, BYTES)):
            most = min(sizes[0].most, sizes[1].most)
            return Range(min(1, most), most).by(costs.LETTER)
        if name == "_+_" and first is not None and first.kind != "known":
            return self._added(node, first, sizes)
        if name == "@in":
            return sizes[1] if way.arguments[1].kind == "list" else ONE
        if name in costs.PATTERNS or name == "contains":
            return self._searched(node, name, sizes)
        if name in costs.WALKS and first is not None:
            return self._walked(first, arguments[0], sizes[0])
        return self._traversed(node, name, way, sizes, arguments)

    def _added(self, node: Call, first: Type, sizes: list[Range]) -> Range:
        if first.kind == "list" or first in (STRING, BYTES):
            self.sizes[id(node)] = sizes[0].plus(sizes[1])
        return sizes[0].plus(sizes[1]).by(costs.LETTER) if first in (STRING, BYTES) else ONE

    def _searched(self, node: Call, name: str, sizes: list[Range]) -> Range:
        if name == "contains":
            return sizes[0].by(costs.LETTER).times(sizes[1].by(costs.LETTER))
        if name != "matches":
            self.sizes[id(node)] = Range(0, sizes[0].most)
        return sizes[0].plus(ONE).by(costs.LETTER).times(sizes[1].by(costs.PATTERN_LETTER))

    def _walked(self, first: Type, target: Node, size: Range) -> Range:
        if first.kind != "list":
            return size.by(costs.LETTER)
        each = ONE
        if self.type(target).parameters[0] in (STRING, BYTES):
            inner = self._item_size(target)
            each = each.plus((inner if inner is not None else UNKNOWN).by(costs.LETTER))
        return size.times(each)

    def _traversed(self, node: Call, name: str, way: Overload, sizes: list[Range], arguments: list[Node]) -> Range:
        if name in ("startsWith", "endsWith"):
            return sizes[1].by(costs.LETTER)
        if name in costs.ONCE and way.arguments[0] == STRING:
            if name in ("lowerAscii", "upperAscii", "substring", "trim"):
                self.sizes[id(node)] = sizes[0]
            return sizes[0].by(costs.LETTER)
        if name in costs.TWICE:
            self.sizes[id(node)] = _replaced(sizes) if name == "replace" else Range(0, sizes[0].most)
            return sizes[0].by(2 * costs.LETTER)
        if name == "join":
            inner = self._item_size(arguments[0]) or UNKNOWN
            count = sizes[0]
            whole = count.times(inner)
            if len(sizes) > 1:
                gaps = Range(max(count.least - 1, 0), max(count.most - 1, 0))
                whole = whole.plus(sizes[1].times(gaps))
            self.sizes[id(node)] = whole
            return whole.by(costs.LETTER)
        if (name, way.arguments[0] if way.arguments else None) in (("bytes", STRING), ("string", BYTES)):
            self.sizes[id(node)] = Range(sizes[0].least, min(sizes[0].most * 4, MOST))
            return sizes[0].by(costs.LETTER)
        if name == "format":
            return sizes[0].by(costs.LETTER)
        if name.startswith("sets."):
            return sizes[0].times(sizes[1]).by(2 if name == "sets.equivalent" else 1)
        return Range(4, 7) if name in ("containsIP", "containsCIDR") else ONE


def _replaced(sizes: list[Range]) -> Range:
    """Returns how long a text may be after others have been put in the place of parts of it."""
    whole, old, new = sizes[:3]
    if old.least == 0:
        return Range(0, min((whole.most + 1) * new.most + whole.most, MOST))
    if new.most <= old.least:
        return Range(0, whole.most)
    return Range(0, min(ceil(whole.most / old.least) * new.most, MOST))
