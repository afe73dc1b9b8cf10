"""A three-node cluster from its preset, ready to use and committed: time and database."""

import time
from collections.abc import Iterator
from statistics import median

from django.db import connection

from kubelab.labs import creation
from kubelab.labs.bench import Figure

COUNT = 100


def run(size: float) -> Iterator[Figure]:
    creation.create(None, "first")  # makes the template, as the first learner of an hour does
    before, times = used_bytes(), []
    count = max(10, int(COUNT * size))
    for number in range(count):
        started = time.perf_counter()
        creation.create(None, f"bench-{number}")
        times.append(time.perf_counter() - started)
    yield Figure("birth.ms", median(times) * 1000, "ms")
    yield Figure("birth.kb", (used_bytes() - before) / count / 1000, "kB")


def used_bytes() -> int:
    """Return how much of the database file is in use."""
    with connection.cursor() as cursor:
        pages, free, size = (
            cursor.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_count", "freelist_count", "page_size")
        )
    return int((pages - free) * size)
