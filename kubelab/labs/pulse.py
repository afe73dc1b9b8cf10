"""What happens once a second in a process that has pages open: their clusters stay awake, and what other processes
did to them is noticed."""

import asyncio
import logging
import time

from kubelab.labs import live
from kubelab.labs.awake import clusters
from kubelab.labs.models import Lab
from kubelab.labs.timekeeping import LINGER
from kubelab.labs.visits import visit, wake
from kubelab.labs.workers import Urgency, workers

BEAT = 1.0  # seconds
AWAKE_EVERY = 20  # beats

logger = logging.getLogger(__name__)
_tasks: dict[asyncio.AbstractEventLoop, "asyncio.Task[None]"] = {}


def keep_beating() -> None:
    """Start the pulse of this event loop if it does not beat; it stops by itself when no page is open."""
    loop = asyncio.get_running_loop()
    if loop not in _tasks:
        _tasks[loop] = loop.create_task(_beat())


async def _beat() -> None:
    count = 0
    try:
        while watched := live.watched():
            count += 1
            try:
                await asyncio.wrap_future(workers.submit(Urgency.PAGE, look_after, watched, count % AWAKE_EVERY == 0))
            except Exception:
                logger.exception("watched clusters could not be looked after")
            await asyncio.sleep(BEAT)
    finally:
        del _tasks[asyncio.get_running_loop()]


def look_after(watched: dict[int, int], keep_awake: bool) -> None:
    """Catch up with clusters that another process acted on; keep those awake that pages look at."""
    rows = Lab.objects.filter(pk__in=watched).values_list("pk", "commits")
    for lab_id, commits in rows:
        if commits != watched[lab_id] >= 0:
            workers.submit(Urgency.PAGE, visit, lab_id)
    if keep_awake:
        now = time.time()
        Lab.objects.filter(pk__in=watched, watched_until__gt=now).update(watched_until=now + LINGER)
        for lab_id in Lab.objects.filter(pk__in=watched, watched_until__lte=now).values_list("pk", flat=True):
            workers.submit(Urgency.PAGE, visit, lab_id, wake)  # this machine itself slept
        for lab_id in watched:
            clusters.get(lab_id)  # counts as used
