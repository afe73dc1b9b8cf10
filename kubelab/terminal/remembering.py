"""Remembers what was worked out of texts, of short ones only: what learners write may be large, memory is shared."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, update_wrapper
from typing import Any, TypeVar

LONGEST = 4000  # letters of a text whose result is remembered
Function = TypeVar("Function", bound=Callable[..., Any])


def remembered(size: int) -> Callable[[Function], Function]:
    """Remembers the results of a function whose first argument is a text.

    Args:
        size: how many.
    """

    def remember(function: Function) -> Function:
        short = lru_cache(maxsize=size)(function)

        def call(text: str, *arguments: Any, **options: Any) -> Any:
            return (short if len(text) <= LONGEST else function)(text, *arguments, **options)

        return update_wrapper(call, function)  # type: ignore[return-value]

    return remember
