"""Which tags of the official images exist: their releases, with the variants that they come in."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

Version = Callable[[str], "str | None"]


def releases(
    patches: Mapping[str, int], *, latest: str, names: Mapping[str, str] | None = None, variants: Sequence[str] = ()
) -> Version:
    """Makes a function that maps a tag to a version, None where there is no such tag.

    Args:
        patches: "1.27" -> its last patch release, or "15" -> the last of the second number.
        latest: the version of `latest`, and of a tag that is a variant alone.
        names: further names of versions: "stable" -> "1.28.0".
        variants: what may follow a version: "alpine", "slim", "bookworm"; each may have digits and dots behind it.
    """
    known = {"latest": latest, **(names or {})}
    variant = re.compile("|".join(rf"{re.escape(each)}[\d.]*" for each in variants) or "(?!)")

    def version(tag: str) -> str | None:
        parts = tag.split("-")
        while parts and variant.fullmatch(parts[-1]):
            parts.pop()
        if not parts:
            return latest
        name = "-".join(parts)
        return known.get(name) or _release(name, patches, latest)

    return version


def _release(name: str, patches: Mapping[str, int], latest: str) -> str | None:
    if not re.fullmatch(r"\d+(\.\d+)*", name):
        return None
    if name in patches:
        return f"{name}.{patches[name]}"
    series, _, patch = name.rpartition(".")
    if series in patches:
        return name if int(patch) <= patches[series] else None
    if any(key.startswith(f"{name}.") for key in patches):
        newest = max((key for key in patches if key.startswith(f"{name}.")), key=_numbers)
        return latest if latest.startswith(f"{newest}.") else f"{newest}.{patches[newest]}"
    return None


def _numbers(text: str) -> list[int]:
    return [int(part) for part in text.split(".")]
