"""Semantic versions in CEL. Source: kubernetes.io, reference/using-api/cel, "Kubernetes Semver library"; semver.org."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from kubelab.cluster.expressions.signatures import SEMVER as KIND
from kubelab.cluster.expressions.values import NO_OVERLOAD, Failure, Opaque

_VERSION = re.compile(r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(?:-([0-9A-Za-z.-]+))?(?:\+[0-9A-Za-z.-]+)?")


def semver(text: str, normalize: bool = False) -> Opaque:
    """Returns a version as a value that can be compared.

    Raises:
        Failure: it is none.
    """
    if normalize:
        numbers, *rest = re.split(r"(?=[-+])", text.removeprefix("v"), maxsplit=1)
        plain = [part.lstrip("0") or "0" for part in (*numbers.split("."), "0", "0")[:3]]
        text = ".".join(plain) + "".join(rest)
    found = _VERSION.fullmatch(text)
    if found is None:
        raise Failure("invalid semantic version")
    numbers_ = tuple(int(number) for number in found.groups()[:3])
    parts = [(0, int(part), "") if part.isdigit() else (1, 0, part) for part in (found[4] or "").split(".") if part]
    return Opaque(KIND, text, (*numbers_, not parts, parts))


def is_semver(text: str, normalize: bool = False) -> bool:
    """Tells whether a text is a version."""
    try:
        semver(text, normalize)
    except Failure:
        return False
    return True


def _part(place: int) -> Callable[[Any], int]:
    def read(one: Any) -> int:
        if not isinstance(one, Opaque) or one.kind != KIND:
            raise Failure(NO_OVERLOAD)
        return int(one.value[place])

    return read


SEMVER = {"major": _part(0), "minor": _part(1), "patch": _part(2)}
