"""Counts the wrong codes that somebody tries, so that nobody finds a class, or another's place, by trying.

Counted for an account and for an address. A dead link that is opened again and again is one wrong code, and so many
learners behind one address do not lock each other out.
"""

import hashlib
from collections.abc import Iterator

from django.core.cache import cache
from django.http import HttpRequest

MINUTES = 15
OF_ACCOUNT, OF_ADDRESS = 10, 100  # wrong codes in that time


def too_many(request: HttpRequest) -> bool:
    """Tell whether whoever asks has tried too many: not even the right one is looked up then."""
    return any(cache.get(key, 0) >= most for key, most in _counts(request))


def count(request: HttpRequest, code: str) -> None:
    """Take note of a wrong code."""
    for key, _ in _counts(request):
        if cache.add(f"{key}:{_short(code)}", 1, MINUTES * 60):
            cache.add(key, 0, MINUTES * 60)
            cache.incr(key)


def _counts(request: HttpRequest) -> Iterator[tuple[str, int]]:
    if request.user.is_authenticated:
        yield f"wrong-codes:account:{request.user.pk}", OF_ACCOUNT
    yield f"wrong-codes:address:{_short(request.META.get('REMOTE_ADDR', ''))}", OF_ADDRESS


def _short(text: str) -> str:
    """Hashed: a cache's keys must be short and without spaces, and codes are typed by anybody."""
    return hashlib.sha256(text.encode()).hexdigest()[:24]
