"""Where paths of jq lead: reading, setting and deleting."""

from __future__ import annotations

from typing import Any

from kubelab.terminal.jq.values import Count, JqError, JqStopped, compare, kind_of

LONGEST = 1_000_000  # elements of an array that is filled up


def index(value: Any, key: Any, count: Count) -> Any:
    """Returns value[key]."""
    if isinstance(value, dict) and isinstance(key, str):
        return value.get(key)
    if isinstance(value, list) and kind_of(key) == "number":
        at = int(key // 1) if key == key else len(value)
        at = at + len(value) if at < 0 else at
        return value[at] if 0 <= at < len(value) else None
    if value is None and (key is None or isinstance(key, str | int | float | dict)):
        return None
    if isinstance(key, dict) and isinstance(value, list):
        return slice_of(value, key.get("start"), key.get("end"), count)
    if isinstance(value, list) and isinstance(key, list):
        return indices(value, key, count)
    if isinstance(key, str):
        raise JqError(f'Cannot index {kind_of(value)} with string "{key}"')
    raise JqError(f"Cannot index {kind_of(value)} with {kind_of(key)}")


def indices(value: list[Any], key: list[Any], count: Count) -> list[int]:
    """Returns where a list lies in another."""
    found = []
    for at in range(len(value) - len(key) + 1):
        if key and all(not compare(value[at + step], other, count) for step, other in enumerate(key)):
            found.append(at)
    return found


def bounds(length: int, start: Any, end: Any) -> tuple[int, int]:
    """Returns where a slice begins and ends."""
    for limit in (start, end):
        if limit is not None and kind_of(limit) != "number":
            raise JqError("Start and end indices of an array slice must be numbers")
    first = 0 if start is None else int(start // 1)
    last = length if end is None else -int(-end // 1)
    first = max(0, first + length) if first < 0 else min(first, length)
    last = max(0, last + length) if last < 0 else min(last, length)
    return first, max(first, last)


def slice_of(value: Any, start: Any, end: Any, count: Count) -> Any:
    """Returns value[start:end]."""
    if value is None:
        return None
    if not isinstance(value, str | list):
        raise JqError(f"Cannot index {kind_of(value)} with object")
    first, last = bounds(len(value), start, end)
    return value[first:last]


def get_path(value: Any, path: list[Any], count: Count) -> Any:
    """Returns what a path leads to; null where it leads nowhere."""
    for key in path:
        count(1)
        if value is None:
            return None
        value = index(value, key, count)
    return value


def set_path(value: Any, path: list[Any], new: Any, count: Count) -> Any:
    """Returns a value in which a path leads to another one."""
    count(1)
    if not path:
        return new
    key, rest = path[0], path[1:]
    if isinstance(key, str):
        if value is not None and not isinstance(value, dict):
            raise JqError(f'Cannot index {kind_of(value)} with "{key}"')
        held = value or {}
        count(len(held) // 16)
        return {**held, key: set_path(held.get(key), rest, new, count)}
    if kind_of(key) == "number":
        return _set_number(value, int(key), rest, new, count)
    if isinstance(key, dict):
        return _set_slice(value, key, rest, new, count)
    raise JqError(f"Invalid path component {kind_of(key)}")


def _set_number(value: Any, at: int, rest: list[Any], new: Any, count: Count) -> Any:
    if value is not None and not isinstance(value, list):
        raise JqError(f"Cannot index {kind_of(value)} with number")
    items = list(value or [])
    count(len(items) // 16)
    if at < 0:
        at += len(items)
        if at < 0:
            raise JqError("Out of bounds negative array index")
    if at > LONGEST:
        raise JqStopped("an array of more than a million elements")
    items.extend([None] * (at + 1 - len(items)))
    items[at] = set_path(items[at], rest, new, count)
    return items


def _set_slice(value: Any, key: dict[str, Any], rest: list[Any], new: Any, count: Count) -> Any:
    if value is not None and not isinstance(value, list):
        raise JqError(f"Cannot update field at object index of {kind_of(value)}")
    items = list(value or [])
    first, last = bounds(len(items), key.get("start"), key.get("end"))
    replaced = set_path(items[first:last], rest, new, count)
    if not isinstance(replaced, list):
        raise JqError("A slice of an array can only be assigned another array")
    return [*items[:first], *replaced, *items[last:]]


def delete_paths(value: Any, paths: list[list[Any]], count: Count) -> Any:
    """Returns a value without what some paths lead to."""
    from functools import cmp_to_key

    for path in sorted(paths, key=cmp_to_key(lambda one, two: compare(one, two, count)), reverse=True):
        value = _delete(value, path, count)
    return value


def _delete(value: Any, path: list[Any], count: Count) -> Any:
    count(1)
    if not path:
        return None
    if value is None:
        return None
    key = path[0]
    if len(path) > 1:
        inner = index(value, key, count)
        return value if inner is None else set_path(value, [key], _delete(inner, path[1:], count), count)
    if isinstance(value, dict) and isinstance(key, str):
        count(len(value) // 16)
        return {name: content for name, content in value.items() if name != key}
    if isinstance(value, list) and kind_of(key) == "number":
        at = int(key) + len(value) if key < 0 else int(key)
        return [*value[:at], *value[at + 1 :]] if 0 <= at < len(value) else value
    if isinstance(value, list) and isinstance(key, dict):
        first, last = bounds(len(value), key.get("start"), key.get("end"))
        return [*value[:first], *value[last:]]
    if isinstance(value, dict):
        raise JqError(f"Cannot delete field at object index of {kind_of(key)}")
    raise JqError(f"Cannot delete field at {'object' if isinstance(key, str) else 'array'} index of {kind_of(value)}")
