"""`--sort-by` (kubectl/pkg/cmd/get/sorter.go): numbers by value, quantities by size, text by natural order."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, TypeVar

from kubelab.cluster.quantity import parse as parse_quantity
from kubelab.terminal.kubectl.errors import CommandError
from kubelab.terminal.kubectl.golang import quote
from kubelab.terminal.kubectl.gosort import go_sorted
from kubelab.terminal.kubectl.printers.jsonpath import JSONPath
from kubelab.terminal.kubectl.printers.jsonpath_parser import JSONPathError

T = TypeVar("T")
_CHUNK = re.compile(r"\d+|\D+")


def sort_by(path: str, items: Sequence[T], objects: Sequence[Any], minor: int) -> list[T]:
    """Returns the items in the order of what `path` (a JSONPath template) finds in their objects.

    `minor` is kubectl's minor version, by which the order of equals differs.

    Raises:
        CommandError: the path is wrong, or no object has such a field, or it cannot be sorted by.
    """
    try:
        template = JSONPath(path, allow_missing=True)
        values = [_first(template, obj) for obj in objects]
    except JSONPathError as error:
        raise CommandError(str(error)) from None
    if items and all(value is None for value in values):
        raise CommandError(f"couldn't find any field with path {quote(path)} in the list of objects")
    order = go_sorted(range(len(items)), lambda a, b: _is_before(values[a], values[b]), minor)
    return [items[index] for index in order]


def _first(template: JSONPath, obj: Any) -> tuple[Any] | None:
    found = template.find(obj)
    return (found[0][0],) if found and found[0] else None


def _is_before(first: tuple[Any] | None, second: tuple[Any] | None) -> bool:
    """Those without the field come first."""
    if first is None or second is None:
        return first is None
    return _less(first[0], second[0])


def _less(first: Any, second: Any) -> bool:
    if first is None or second is None:
        return first is None and second is not None
    if isinstance(first, str) and isinstance(second, str):
        try:
            return parse_quantity(first) < parse_quantity(second)
        except ValueError:
            return natural_less(first, second)
    if isinstance(first, list | dict) or type(first) is not type(second):
        raise CommandError("unsortable type: interface")
    return bool(first < second)


def natural_less(first: str, second: str) -> bool:
    """Compares text with the numbers in it taken as numbers (fvbommel/sortorder)."""
    ours, theirs = _CHUNK.findall(first), _CHUNK.findall(second)
    for a, b in zip(ours, theirs, strict=False):
        if a == b:
            continue
        if a[0].isdigit() and b[0].isdigit():
            if int(a) != int(b):
                return int(a) < int(b)
            if len(a) != len(b):
                return len(a) < len(b)
            continue
        return first[_common(first, second) :] < second[_common(first, second) :]
    return len(ours) < len(theirs)


def _common(first: str, second: str) -> int:
    at = 0
    while at < min(len(first), len(second)) and first[at] == second[at]:
        at += 1
    return at
