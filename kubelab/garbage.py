"""Python's garbage collector, kept from stopping the server in the middle of somebody's key.

What clusters are made of is freed by reference counts; only what refers to itself waits for a collection. A full
one walks every object of every cluster that is awake, half a second with 200 of them: so it is not left to chance,
but done when nobody has just asked for something, or at the latest after some minutes.
Source: https://docs.python.org/3.11/library/gc.html (set_threshold, freeze).
"""

import asyncio
import gc
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

YOUNG = 20_000  # allocations between two collections of what has just been made
NEVER = 1_000_000
MANY = 1_000_000  # objects that a large cluster has; one of three nodes has some thousands
LOOK = 5.0  # seconds between two looks whether it is quiet
OFTENEST = 60.0  # seconds
LONGEST = 600.0


def hold_back() -> None:
    """Leave out what is there for good (modules, schemas), and have all but the youngest collected only on request.

    A large cluster's rollout makes millions of objects that stay: the middle generation would stop the server for half
    a second after each million, and find nothing.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG, NEVER, NEVER)


@contextmanager
def no_collection() -> Iterator[None]:
    """Collect nothing while much is made that stays: looking through it again and again would find nothing."""
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        if gc.get_count()[0] > MANY:
            # Declared old without a look, which would take seconds. It undoes `hold_back`, whose part is small then.
            gc.freeze()
            gc.unfreeze()
        gc.enable()


def much_was_made() -> bool:
    """Tell whether the young were looked through since the last full collection: else nothing worth it has come."""
    return gc.get_count()[1] > 0


async def collect_now_and_then(quiet: Callable[[], bool]) -> None:
    """Collect old garbage when it is quiet, and from time to time even if it never is.

    Args:
        quiet: tells whether nobody waits for an answer.
    """
    last = time.monotonic()
    while True:
        await asyncio.sleep(LOOK)
        since = time.monotonic() - last
        if since > OFTENEST and much_was_made() and (since > LONGEST or quiet()):
            gc.collect()
            last = time.monotonic()
