"""Kinds without a describer of their own: every field, with a readable label."""

from __future__ import annotations

import re
from typing import Any

from kubelab.cluster.objects import Object
from kubelab.terminal.kubectl.describing.description import Description
from kubelab.terminal.kubectl.describing.events import tell_events
from kubelab.terminal.kubectl.describing.metadata import head, marks
from kubelab.terminal.kubectl.golang import go_text

_SKIPPED = (
    ".metadata.managedFields",
    ".metadata.name",
    ".metadata.namespace",
    ".metadata.labels",
    ".metadata.annotations",
)
_PLAIN = re.compile(r"[^\W\d_]*(?:-[^\W\d_]*)*")
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z][a-z]+|[a-z]+|[^A-Za-z]+")
_ACRONYMS = {"API", "URL", "UID", "GUID"}


def describe(out: Description, obj: Object) -> None:
    """Writes the description of any object."""
    head(out, obj)
    marks(out, obj)
    _content(out, 0, obj, "")
    tell_events(out, obj)


def _content(out: Description, level: int, content: Object, prefix: str) -> None:
    for field in sorted(content):
        path = f"{prefix}.{field}"
        if path in _SKIPPED:
            continue
        value, label = content[field], label_of(field, out.minor)
        if isinstance(value, dict):
            out.heading(label, level)
            _content(out, level + 1, value, path)
        elif isinstance(value, list):
            out.heading(label, level)
            for item in value:
                _item(out, level + 1, item, path)
        else:
            out.field(label, value, level)


def _item(out: Description, level: int, item: Any, path: str) -> None:
    if isinstance(item, dict):
        _content(out, level, item, path)
    else:
        out.put(f"{go_text(item)}\n", level)


def label_of(field: str, minor: int) -> str:
    """Returns a field's name as words: "apiVersion" is "API Version"."""
    if _PLAIN.fullmatch(field) is None:
        return field
    parts = _WORD.findall(field)
    if minor >= _MERGED_SINCE:
        parts = _merged(parts)
    return " ".join(_word(part) for part in parts)


# Since then names such as "podCIDRs" are not torn apart any more.
_MERGED_SINCE = 35


def _merged(parts: list[str]) -> list[str]:
    merged: list[str] = []
    at = 0
    while at < len(parts):
        part = parts[at]
        following = parts[at + 1] if at + 1 < len(parts) else ""
        if len(part) >= 2 and not any(letter.islower() for letter in part) and following[:1].isupper():
            part, at = part + following, at + 1
        merged.append(part)
        at += 1
    return merged


def _word(part: str) -> str:
    if part.upper() in _ACRONYMS:
        return part.upper()
    return part.title() if part == part.lower() else part
