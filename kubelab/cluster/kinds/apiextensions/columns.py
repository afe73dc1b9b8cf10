"""The columns of custom resources in tables, read off objects by simple JSON paths.

Source: kubernetes.io, tasks/extend-kubernetes/custom-resources/custom-resource-definitions, "Additional printer
columns"; k8s.io/apiextensions-apiserver/pkg/registry/customresource/tableconvertor.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any

from kubelab.cluster.ages import ago
from kubelab.cluster.clock import parse_time
from kubelab.cluster.kinds.kind import Column, Row
from kubelab.cluster.objects import Object

AGE = {"name": "Age", "type": "date", "jsonPath": ".metadata.creationTimestamp", "description": ""}
_STEP = re.compile(
    r"""\.(?P<name>(?:\\.|[^.\[\]\\])+)|\[(?P<quote>['"])(?P<quoted>(?:\\.|(?!(?P=quote)).)*)(?P=quote)\]"""
    r"""|\[(?P<index>-?\d+)\]|(?P<all>\[\*\]|\.\*)"""
    r"""|\[\?\(\s*@(?P<path>[^=!<>)]+?)\s*(?P<op>==|!=|>=|<=|>|<)\s*(?P<value>"[^"]*"|'[^']*'|[^)]+?)\s*\)\]"""
)

Step = Callable[[Any], Iterable[Any]]


class PathError(ValueError):
    """A JSON path that cannot be read."""


@lru_cache(maxsize=512)
def steps_of(path: str) -> tuple[Step, ...]:
    """Reads a JSON path such as `.status.conditions[?(@.type=="Ready")].status`.

    Raises:
        PathError: it is none, or none of the simple ones.
    """
    steps: list[Step] = []
    place = 0
    while place < len(path):
        found = _STEP.match(path, place)
        if found is None:
            raise PathError(path)
        steps.append(_step(found))
        place = found.end()
    return tuple(steps)


def _step(found: re.Match[str]) -> Step:
    if found["all"]:
        return _every
    if found["index"]:
        return _at(int(found["index"]))
    if found["op"]:
        return _filter(steps_of(found["path"]), found["op"], found["value"])
    name = re.sub(r"\\(.)", r"\1", found["name"] if found["name"] is not None else found["quoted"])
    return lambda value: (value[name],) if isinstance(value, dict) and name in value else ()


def _every(value: Any) -> Iterable[Any]:
    if isinstance(value, dict):
        return [value[name] for name in sorted(value)]
    return value if isinstance(value, list) else ()


def _at(place: int) -> Step:
    def step(value: Any) -> Iterable[Any]:
        return (value[place],) if isinstance(value, list) and -len(value) <= place < len(value) else ()

    return step


def _filter(steps: tuple[Step, ...], operator: str, text: str) -> Step:
    wanted: Any = text[1:-1] if text[0] in "\"'" else json.loads(text) if _is_json(text) else text
    compare: dict[str, Callable[[Any, Any], bool]] = {
        "==": lambda one, other: one == other,
        "!=": lambda one, other: one != other,
        ">": lambda one, other: one > other,
        "<": lambda one, other: one < other,
        ">=": lambda one, other: one >= other,
        "<=": lambda one, other: one <= other,
    }

    def step(value: Any) -> Iterable[Any]:
        items = value if isinstance(value, list) else ()
        return [one for one in items for found in _walk(one, steps)[:1] if _holds(compare[operator], found, wanted)]

    return step


def _holds(compare: Callable[[Any, Any], bool], one: Any, other: Any) -> bool:
    try:
        return compare(one, other)
    except TypeError:
        return False


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


def _walk(value: Any, steps: tuple[Step, ...]) -> list[Any]:
    found = [value]
    for step in steps:
        found = [inner for one in found for inner in step(one)]
    return found


def first_at(obj: Any, path: str) -> Any:
    """Returns the first value at a JSON path, None where there is none."""
    return next(iter(_walk(obj, steps_of(path))), None)


def columns_of(definitions: list[Object] | None) -> tuple[Column, ...]:
    """Returns the columns of a version of a custom resource; its age where it names none."""
    columns = [Column("Name", format="name")]
    for one in definitions or [AGE]:
        description = (
            one.get("description") or f"Custom resource definition column (in JSONPath format): {one['jsonPath']}"
        )
        columns.append(Column(one["name"], one["type"], one.get("priority", 0), one.get("format", ""), description))
    return tuple(columns)


def row_of(definitions: list[Object] | None) -> Row:
    """Returns what makes a custom resource's row."""
    wanted = [(one["type"], one["jsonPath"]) for one in definitions or [AGE]]

    def row(obj: Object, now: float) -> list[Any]:
        return [obj["metadata"]["name"], *(_cell(kind, first_at(obj, path), now) for kind, path in wanted)]

    return row


def _cell(kind: str, value: Any, now: float) -> Any:
    if value is None:
        return None
    if kind == "string":
        return _text(value)
    if kind == "date":
        return _age(value, now) if isinstance(value, str) else None
    if kind == "boolean":
        return value if isinstance(value, bool) else None
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    return int(value) if kind == "integer" else float(value)


def _age(text: str, now: float) -> str:
    try:
        parse_time(text)
    except ValueError:
        return "<invalid>"
    return ago(text, now)


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    return json.dumps(value, separators=(",", ":"), sort_keys=True, ensure_ascii=False)
