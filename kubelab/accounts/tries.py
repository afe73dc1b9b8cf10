"""Counts wrong passwords, so that nobody can try them by the thousand.

Counted for a name from one address: a stranger's tries do not lock out the person the name belongs to.
"""

import hashlib

from django.core.cache import cache

ALLOWED = 10
MINUTES = 15


def too_many(name: str, address: str) -> bool:
    return cache.get(key(name, address), 0) >= ALLOWED


def count(name: str, address: str) -> None:
    cache.add(key(name, address), 0, MINUTES * 60)
    cache.incr(key(name, address))


def key(name: str, address: str) -> str:
    """Hashed: a cache's keys must be short and without spaces, and names are typed by anybody."""
    return "wrong-passwords:" + hashlib.sha256(f"{name.lower()}\n{address}".encode()).hexdigest()
