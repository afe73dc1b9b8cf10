"""Regular expressions that users give, in RE2's language, bounded: theirs never take longer than a moment.

RE2 needs time in proportion to the text; the module used here may need more, so it is stopped then, and the pattern
counts as one that does not match. Source: github.com/google/re2/wiki/Syntax.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

import regex

LONGEST = 0.1  # seconds; virtual time has no part in this


@lru_cache(maxsize=512)
def _compiled(pattern: str) -> regex.Pattern[str]:
    return regex.compile(pattern.replace(r"\z", r"\Z"), regex.VERSION0)


def wrong_in(pattern: str) -> str:
    """Returns what is wrong with a pattern, "" for nothing."""
    try:
        _compiled(pattern)
    except regex.error as error:
        return str(error)
    return ""


def is_found(pattern: str, text: str) -> bool:
    """Tells whether a pattern matches anywhere in a text."""
    try:
        return _compiled(pattern).search(text, timeout=LONGEST) is not None
    except (TimeoutError, regex.error):
        return False


def found(pattern: str, text: str) -> Iterator[str]:
    """Yields what a pattern matches, from left to right.

    Raises:
        ValueError: the pattern is none.
    """
    try:
        for match in _compiled(pattern).finditer(text, timeout=LONGEST):
            yield match[0]
    except TimeoutError:
        return
    except regex.error as error:
        raise ValueError(f"error parsing regexp: {error}") from None
