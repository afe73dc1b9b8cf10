"""Semantic versions in CEL. Source: kubernetes.io, reference/using-api/cel, "Kubernetes Semver library"; semver.org."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

_VERSION = re.compile(r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(?:-([0-9A-Za-z.-]+))?(?:\+[0-9A-Za-z.-]+)?")


def semver(text: str, normalize: bool = False) -> Any:
    """Returns a version as a value that can be compared.

    Raises:
        ValueError: it is none.
    """
    if normalize:
        numbers, *rest = re.split(r"(?=[-+])", text.removeprefix("v"), maxsplit=1)
        numbers = ".".join(str(int(part)) for part in (*numbers.split("."), "0", "0")[:3])
        text = numbers + "".join(rest)
    found = _VERSION.fullmatch(text)
    if found is None:
        raise ValueError("invalid semantic version")
    major, minor, patch = (int(number) for number in found.groups()[:3])
    released = found[4] is None
    value = [major, minor, patch, released, found[4] or ""]
    return {"@kind": "semver", "text": text, "value": value}


def is_semver(text: str, normalize: bool = False) -> bool:
    """Tells whether a text is a version."""
    try:
        semver(text, normalize)
    except ValueError:
        return False
    return True


def _part(place: int) -> Callable[[Any], int]:
    return lambda one: int(one["value"][place])


SEMVER = {"major": _part(0), "minor": _part(1), "patch": _part(2)}
