"""Paths to fields as replacements write them: `spec.containers.[name=web].image`, `rules.*.host`, `a\\.b`."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

_PART = re.compile(r"\[[^\]]*\]|(?:\\.|[^.\\])+")
_KEYED = re.compile(r"\[(\w[^=\]]*)=([^\]]*)\]")


class Missing(Exception):
    """There is no such field."""


def split(path: str) -> list[str]:
    """Returns the parts of a path; a dot after a backslash belongs to a name."""
    return [part.replace("\\.", ".") for part in _PART.findall(path)]


def get(value: Any, path: list[str]) -> Any:
    """Returns the field at a path without a `*`.

    Raises:
        Missing: there is none.
    """
    found: list[Any] = []
    try:
        changed(value, path, lambda old, _: found.append(old), create=False)
    except Missing:
        pass
    if not found:
        raise Missing
    return found[0]


def changed(value: Any, path: list[str], change: Callable[[Any, bool], Any], *, create: bool) -> Any:
    """Returns a value with the fields at a path changed.

    Args:
        change: is given what stands there, and whether it was only just made.
        create: fields that are not there are made.

    Raises:
        Missing: there is no such field.
    """
    if not path:
        return change(value, False)
    part, rest = path[0], path[1:]
    if isinstance(value, list):
        return _in_list(value, part, rest, change, create)
    if not isinstance(value, dict):
        raise Missing
    if part == "*":
        return {key: changed(item, rest, change, create=create) for key, item in value.items()}
    if value.get(part) is None:
        if not create:
            raise Missing
        return {**value, part: _made(rest, change)}
    return {**value, part: changed(value[part], rest, change, create=create)}


def _in_list(
    items: list[Any], part: str, rest: list[str], change: Callable[[Any, bool], Any], create: bool
) -> list[Any]:
    keyed = _KEYED.fullmatch(part)
    if part == "*":
        places = list(range(len(items)))
    elif part == "-":
        return [*items, _made(rest, change)]
    elif keyed is not None:
        places = [at for at, item in enumerate(items) if isinstance(item, dict) and _text(item, keyed[1]) == keyed[2]]
        if not places and create:
            return [*items, _keyed(_made(rest, change), keyed[1], keyed[2])]
    else:
        places = [int(part)] if part.isdigit() and int(part) < len(items) else []
    if not places:
        raise Missing
    return [changed(item, rest, change, create=create) if at in places else item for at, item in enumerate(items)]


def _text(item: dict[str, Any], key: str) -> str:
    value = item.get(key)
    return ("true" if value else "false") if isinstance(value, bool) else str(value)


def _keyed(item: Any, key: str, value: str) -> Any:
    return {key: value, **item} if isinstance(item, dict) else item


def _made(path: list[str], change: Callable[[Any, bool], Any]) -> Any:
    if not path:
        return change(None, True)
    keyed = _KEYED.fullmatch(path[0])
    inner = _made(path[1:], change)
    if keyed is not None:
        return [_keyed(inner, keyed[1], keyed[2])]
    return [inner] if path[0] in ("-", "0") else {path[0]: inner}
