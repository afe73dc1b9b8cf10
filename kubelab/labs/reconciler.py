"""Runs the time of clusters that are due: a task of the server, or of any number of `manage.py reconcile` processes.

The database says who is due (an indexed column, in real time); a cluster that sleeps has nothing there and costs
nothing. Each is run for one bounded slice, then the next has its turn.
"""

import asyncio
import logging
import math
import time
from collections.abc import Callable

from kubelab.labs import keeping
from kubelab.labs.awake import clusters
from kubelab.labs.chores import compact_if_worth_while
from kubelab.labs.keeping import Act
from kubelab.labs.locks import Busy
from kubelab.labs.models import Lab
from kubelab.labs.visits import visit
from kubelab.labs.workers import Urgency, workers
from kubelab.labs.writes import Writes

AT_ONCE = 50  # clusters of one round
BREATH = 0.04  # seconds between two rounds: what falls due in between is done, and shown, in one go
LONGEST_NAP = 5.0  # seconds; acts of this process end it, so only other processes' acts are ever noticed late

logger = logging.getLogger(__name__)
Duty = Callable[[], float | None]
# What is due besides clusters' time. Each does a bounded part of it, in a worker's thread, and returns the real time of
# the next that it knows of, None for none. It is asked when that has come, and LONGEST_NAP after it was asked last if
# anybody may have written to the database since.
also_due: list[Duty] = []
_next_of: dict[Duty, float] = {}
_asked: dict[Duty, tuple[float, Writes]] = {}  # when, and what had been written then


class Alarm:
    """Ends a nap early, from any thread."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._rings = asyncio.Event()

    def ring(self) -> None:
        self._loop.call_soon_threadsafe(self._rings.set)

    async def nap(self, seconds: float, stop: asyncio.Event) -> bool:
        """Sleep until the time has passed, the alarm rings or `stop` is set; tell whether it was not the time."""
        waits = [asyncio.ensure_future(event.wait()) for event in (self._rings, stop)]
        await asyncio.wait(waits, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        for wait in waits:
            wait.cancel()
        rang = self._rings.is_set() or stop.is_set()
        self._rings.clear()
        return rang


async def reconcile_forever(stop: asyncio.Event, longest_nap: float = LONGEST_NAP) -> None:
    """Run clusters that are due until `stop` is set.

    Args:
        longest_nap: seconds after which it looks again, whatever it heard, if the database may have changed.
    """
    alarm, writes = Alarm(), Writes()

    def made_due(act: Act) -> None:
        if act.lab.next_due is not None or act.wrote:
            alarm.ring()

    keeping.after_act.append(made_due)
    try:
        while not stop.is_set():
            started = time.monotonic()
            writes.may_have_come()  # what comes from now on may be missed by this round
            end = time.time() + await one_round(writes)
            while not await alarm.nap(min(max(0.0, end - time.time()), longest_nap), stop):
                if time.time() >= end or (writes.may_have_come() and await others_wrote(writes)):
                    break
            await asyncio.sleep(max(0.0, BREATH - (time.monotonic() - started)))
    finally:
        keeping.after_act.remove(made_due)


async def others_wrote(writes: Writes) -> bool:
    """Tell whether it was somebody else who has written to the database: what is done here is heard of anyway."""
    return await asyncio.wrap_future(workers.submit(Urgency.TIME, writes.have_come))


async def one_round(writes: Writes) -> float:
    """Run each cluster that is due for one slice; returns for how many seconds there is nothing to do then."""
    try:
        due, first = await asyncio.wrap_future(workers.submit(Urgency.TIME, who_is_due, writes))
        slices = [asyncio.wrap_future(workers.submit(Urgency.TIME, run_slice, lab_id)) for lab_id in due]
        await asyncio.gather(*slices)
        others = await asyncio.wrap_future(workers.submit(Urgency.TIME, do_what_else_is_due))
    except Exception:
        logger.exception("a round of clusters failed")
        return 1.0
    moments = [others] if first is None else [others, first]
    return 0.0 if due else max(0.0, min(moments) - time.time())


def do_what_else_is_due() -> float:
    """Do a part of what is due besides clusters; returns the real time of the next."""
    for duty in also_due:
        asked, writes = _asked.get(duty) or (0.0, Writes())
        if writes.may_have_come():
            _next_of[duty] = min(_next_of.get(duty, 0.0), asked + LONGEST_NAP)
        if _next_of.get(duty, 0.0) <= time.time():
            writes.may_have_come()
            _asked[duty] = time.time(), writes
            moment = duty()
            _next_of[duty] = math.inf if moment is None else moment
    return min(_next_of.values(), default=math.inf)


def who_is_due(writes: Writes) -> tuple[list[int], float | None]:
    """Return the labs that are due, and when the first one is if there is none; notes what is written by now."""
    writes.have_come()
    waiting = Lab.objects.filter(next_due__isnull=False).order_by("next_due").values_list("pk", "next_due")
    first = list(waiting[:AT_ONCE])
    now = time.time()
    due = [lab_id for lab_id, moment in first if moment <= now]
    if not due:
        clusters.trim()
    return due, first[0][1] if first else None


def run_slice(lab_id: int) -> None:
    """Let a cluster's time pass up to now, as far as one slice gets."""
    try:
        visit(lab_id, wait=False)
        compact_if_worth_while(lab_id)
    except (Busy, Lab.DoesNotExist):
        return  # another process is at it; or it was deleted meanwhile
    except Exception:
        logger.exception("lab %s could not be run", lab_id)
        Lab.objects.filter(pk=lab_id).update(next_due=time.time() + 1)  # the others go on meanwhile
