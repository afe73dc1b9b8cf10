"""Objects that are kept folded: what is particular to each, and made into an object whenever somebody reads it.

Of each Pod a cluster keeps half a dozen Events that hardly anybody reads: as objects they would be most of its memory,
and most of what is worked out, written to the database and read back. What tells one of them from all others of its
sort is a handful of values. A table that holds such is asked as any other, and answers with whole objects.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, ClassVar, cast

from kubelab.cluster.objects import Object


class Folded(tuple[Any, ...]):
    """A few values that make an object: its key, a tuple of what it shares with many, and what is particular to it.

    All of them are JSON, so that rows of one sort are written as a table, and read as one.

    Attributes:
        sort: what it is called there.
    """

    __slots__ = ()
    sort: ClassVar[str] = ""

    def unfolded(self) -> Object:
        """Returns the object."""
        raise NotImplementedError


Kept = Object | Folded


def unfolded(kept: Kept) -> Object:
    """Returns what is kept as an object."""
    return kept.unfolded() if isinstance(kept, Folded) else kept


class Rows(dict[str, Object]):
    """The rows of a table some of which may be folded. Whoever reads one gets it unfolded."""

    def __getitem__(self, key: str) -> Object:
        return unfolded(super().__getitem__(key))

    def get(self, key: str, default: Any = None) -> Any:
        found = super().get(key)
        return default if found is None else unfolded(found)

    def pop(self, key: str, default: Any = None) -> Any:
        found = super().pop(key, None)
        return default if found is None else unfolded(found)

    def values(self) -> Iterator[Object]:  # type: ignore[override]
        return map(unfolded, super().values())

    def items(self) -> Iterator[tuple[str, Object]]:  # type: ignore[override]
        return ((key, unfolded(kept)) for key, kept in super().items())

    # The rows as they are kept: what a dict has, without a detour.
    kept = cast("Callable[[Rows, str], Kept]", dict.__getitem__)
    all_kept = cast("Callable[[Rows], Iterable[Kept]]", dict.values)
    keep = cast("Callable[[Rows, str, Kept], None]", dict.__setitem__)
