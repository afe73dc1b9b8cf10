"""10,000 sleeping clusters: what they cost the processor, and how quickly one of them wakes."""

import asyncio
import time
from collections.abc import Iterator
from statistics import median

from kubelab.labs import creation
from kubelab.labs.awake import clusters
from kubelab.labs.bench import Figure
from kubelab.labs.models import Lab, Segment, new_public_id
from kubelab.labs.reconciler import reconcile_forever
from kubelab.labs.visits import visit, wake

COUNT = 10_000
SECONDS = 20.0
WAKES = 50


def run(size: float) -> Iterator[Figure]:
    first = creation.create(None, "sleeper-0")
    multiply(first, max(100, int(COUNT * size)))
    clusters.clear()
    yield Figure("sleep.cpu_ms", asyncio.run(idle(SECONDS)) / SECONDS * 1000, "ms a second")
    yield Figure("sleep.wake_ms", median(waking(first.pk, WAKES)) * 1000, "ms")


def multiply(lab: Lab, count: int) -> None:
    """Put as many sleeping labs into the database as if each had been made for itself."""
    segments = list(Segment.objects.filter(lab=lab))
    template = {field.name: getattr(lab, field.name) for field in Lab._meta.concrete_fields if field.name != "id"}
    others = [Lab(**{**template, "name": f"sleeper-{n}", "public_id": new_public_id()}) for n in range(1, count)]
    Lab.objects.bulk_create(others, batch_size=500)
    kept = [{name: getattr(one, name) for name in ("commit", "revision", "now", "header", "data")} for one in segments]
    copies = [Segment(lab_id=other.pk, **one) for other in others for one in kept]
    Segment.objects.bulk_create(copies, batch_size=500)


async def idle(seconds: float) -> float:
    """Return the processor's seconds that the reconciler takes in that time."""
    stop = asyncio.Event()
    task = asyncio.create_task(reconcile_forever(stop))
    await asyncio.sleep(1.0)
    before = time.process_time()
    await asyncio.sleep(seconds)
    used = time.process_time() - before
    stop.set()
    await task
    return used


def waking(first: int, count: int) -> Iterator[float]:
    """Wake some of them, each for the first time; yield the seconds."""
    for lab_id in range(first + 1, first + 1 + count):
        started = time.perf_counter()
        visit(lab_id, wake)
        yield time.perf_counter() - started
