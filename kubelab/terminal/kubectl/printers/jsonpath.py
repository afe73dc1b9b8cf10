"""Kubernetes' JSONPath templates applied to JSON data (client-go/util/jsonpath).

A JSON map has no order in Go; where all its values are asked for, they come in the order of keys here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from kubelab.terminal.kubectl.golang import go_syntax, go_text
from kubelab.terminal.kubectl.printers.json import compact_json, to_json
from kubelab.terminal.kubectl.printers.jsonpath_parser import (
    Action,
    FieldOf,
    Filter,
    Identifier,
    JSONPathError,
    Literal,
    Node,
    Recursive,
    Slice,
    Step,
    Text,
    Union,
    Wildcard,
    parse,
)

Values = list[Any]


@dataclass
class _Range:
    """`{range ...}` with what stands before its `{end}`."""

    over: Action
    body: list[Node | _Range] = field(default_factory=list)


_Nodes = list["Node | _Range"]


class JSONPath:
    """A template, ready to be applied.

    Raises:
        JSONPathError: its syntax is wrong.
    """

    def __init__(self, template: str, *, allow_missing: bool = False, as_json: bool = False) -> None:
        self.template = template
        self._allow_missing = allow_missing
        self._as_json = as_json
        self._nodes, unmatched = _blocks(parse(template), 0, False)
        self._stray_end = unmatched

    def find(self, data: Any) -> list[Values]:
        """Returns what each part of the template finds in `data`.

        Raises:
            JSONPathError: a field is missing, a list was expected, or so.
        """
        results = self._run(self._nodes, data)
        if self._stray_end:
            raise JSONPathError("not in range, nothing to end")
        return results

    def apply(self, data: Any) -> str:
        """Returns the text that the template makes of `data`."""
        return "".join(self._written(values) for values in self.find(data))

    def _written(self, values: Values) -> str:
        if self._as_json:
            return to_json(values) + "\n"
        return " ".join(_text(value) for value in values)

    def _run(self, nodes: Sequence[Node | _Range], data: Any) -> list[Values]:
        results: list[Values] = []
        for node in nodes:
            if isinstance(node, _Range):
                for value in self._walk([data], node.over.steps):
                    results += self._run(node.body, value)
            elif isinstance(node, Text):
                results.append([node.text])
            else:
                results.append(self._walk([data], node.steps))
        return results

    def _walk(self, values: Values, steps: Sequence[Step]) -> Values:
        for step in steps:
            values = self._step(values, step)
        return values

    def _step(self, values: Values, step: Step) -> Values:
        match step:
            case Text():
                return [step.text]
            case FieldOf():
                return self._field(values, step.name)
            case Slice():
                return [found for value in values if value is not None for found in _sliced(value, step)]
            case Filter():
                return [found for value in values for found in self._filtered(value, step)]
            case Literal():
                return [step.value] * len(values)
            case Wildcard():
                return [found for value in values for found in _children(value)]
            case Recursive():
                return [found for value in values for found in _descendants(value)]
            case Union():
                return [found for part in step.parts for found in self._walk(values, part.steps)]
            case Identifier(name="range"):
                return values
            case Identifier(name="end"):
                return []
            case _:
                raise JSONPathError(f"unrecognized identifier {step.name}")

    def _field(self, values: Values, name: str) -> Values:
        if not values:
            return []
        if not name:
            found = list(values)
        else:
            found = [value[name] for value in values if isinstance(value, dict) and name in value]
        if not found and not self._allow_missing:
            raise JSONPathError(f"{name} is not found")
        return found

    def _filtered(self, value: Any, step: Filter) -> Values:
        if not isinstance(value, list):
            raise JSONPathError(f"{go_text(value)} is not array or slice and cannot be filtered")
        found = []
        for item in value:
            if step.operator == "exists":
                if self._exists(item, step.left):
                    found.append(item)
                continue
            lefts = self._walk([item], step.left.steps)
            if not lefts:
                continue
            rights = self._walk([item], step.right.steps) if len(lefts) == 1 else []
            if len(lefts) != 1 or len(rights) != 1:
                raise JSONPathError("can only compare one element at a time")
            if _compare(lefts[0], rights[0], step.operator):
                found.append(item)
        return found

    def _exists(self, item: Any, path: Action) -> bool:
        try:
            return bool(self._walk([item], path.steps))
        except JSONPathError:
            return False


def _blocks(nodes: Sequence[Node], at: int, inside: bool) -> tuple[_Nodes, bool]:
    stack: list[_Nodes] = [[]]
    for node in nodes[at:]:
        name = _keyword(node)
        if name == "range" and isinstance(node, Action):
            block = _Range(node)
            stack[-1].append(block)
            stack.append(block.body)
        elif name == "end":
            if len(stack) == 1:
                return stack[0], True
            stack.pop()
        else:
            stack[-1].append(node)
    return stack[0], False


def _keyword(node: Node) -> str:
    if isinstance(node, Action):
        for step in node.steps:
            if isinstance(step, Identifier) and step.name in ("range", "end"):
                return step.name
    return ""


def _sliced(value: Any, step: Slice) -> Values:
    if not isinstance(value, list):
        raise JSONPathError(f"{_go_type(value)} is not array or slice")
    length = len(value)
    start = step.start or 0
    start += length if start < 0 else 0
    end = length if step.end is None else step.end
    # [-1] is [-1:0] as written, and means the last one
    end += length if end < 0 or (end == 0 and step.derived) else 0
    if end != start:
        if start >= length or start < 0:
            raise JSONPathError(f"array index out of bounds: index {start}, length {length}")
        if end > length:
            raise JSONPathError(f"array index out of bounds: index {end - 1}, length {length}")
        if start > end:
            raise JSONPathError(f"starting index {start} is greater than ending index {end}")
    else:
        return []
    found = value[start:end]
    return found[:: step.step] if step.step else found


def _children(value: Any) -> Values:
    if isinstance(value, dict):
        return [value[key] for key in sorted(value)]
    if isinstance(value, list):
        return list(value)
    # Go ranges over a string's bytes
    return list(value.encode()) if isinstance(value, str) else []


def _descendants(value: Any) -> Values:
    if isinstance(value, str):
        return [value] if value else []
    children = _children(value)
    if not children:
        return []
    found = [value]
    for child in children:
        found += _descendants(child)
    return found


def _compare(left: Any, right: Any, operator: str) -> bool:
    kinds = _basic_kind(left), _basic_kind(right)
    if operator not in ("<", ">", "==", "!=", "<=", ">="):
        raise JSONPathError(f"unrecognized filter operator {operator}")
    if kinds[0] != kinds[1]:
        raise JSONPathError("incompatible types for comparison")
    if operator == "==":
        return bool(left == right)
    if operator == "!=":
        return bool(left != right)
    if kinds[0] == "bool":
        raise JSONPathError("invalid type for comparison")
    if operator == "<":
        return bool(left < right)
    if operator == ">":
        return bool(left > right)
    return bool(left <= right) if operator == "<=" else bool(left >= right)


def _basic_kind(value: Any) -> str:
    for kind, name in ((bool, "bool"), (int, "int"), (float, "float"), (str, "string")):
        if isinstance(value, kind):
            return name
    raise JSONPathError("invalid type for comparison")


def _text(value: Any) -> str:
    if isinstance(value, dict | list):
        return compact_json(value)
    return "null" if value is None else go_text(value)


def _go_type(value: Any) -> str:
    if isinstance(value, dict):
        return "map[string]interface {}"
    for kind, name in ((bool, "bool"), (int, "int64"), (float, "float64")):
        if isinstance(value, kind):
            return name
    return "string"


def debugging(template: str, error: JSONPathError, data: Any) -> str:
    """Returns what kubectl tells of a template that could not be applied to `data`."""
    return (
        f"error executing jsonpath {go_syntax(template)}: Error executing template: {error}. "
        "Printing more information for debugging the template:\n"
        f"\ttemplate was:\n\t\t{template}\n"
        f"\tobject given to jsonpath engine was:\n\t\t{go_syntax(data)}\n\n\n"
    )
