"""The memory of an awake three-node cluster."""

import gc
from collections.abc import Iterator
from pathlib import Path

from kubelab.labs import creation
from kubelab.labs.bench import Figure
from kubelab.labs.visits import visit, wake

COUNT = 200
WARM = 5


def run(size: float) -> Iterator[Figure]:
    count = max(20, int(COUNT * size))
    labs = [creation.create(None, f"awake-{number}") for number in range(WARM)]
    before = resident()
    labs += [creation.create(None, f"more-{number}") for number in range(count)]
    for lab in labs[WARM:]:
        visit(lab.pk, wake)
    yield Figure("awake.mb", (resident() - before) / count / 1_000_000, "MB")


def resident() -> int:
    """Return the process's memory in bytes, after a collection."""
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096
