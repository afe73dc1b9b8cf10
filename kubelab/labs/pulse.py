"""What happens once a second in a process where clusters are looked at: they stay awake, and what other processes
did to them is noticed."""

import asyncio
import logging
import time
from collections.abc import Callable

from kubelab.labs import live, looking
from kubelab.labs.awake import clusters
from kubelab.labs.models import Lab
from kubelab.labs.timekeeping import LINGER
from kubelab.labs.visits import visit, wake
from kubelab.labs.workers import Urgency, workers
from kubelab.labs.writes import Writes

BEAT = 1.0  # seconds
AWAKE_EVERY = 30  # beats, half of what a cluster goes on for

logger = logging.getLogger(__name__)
# Who looks at clusters here: each gives the labs, with the commit that was told last.
sources: list[Callable[[], dict[int, int]]] = [live.watched]
_pulses: dict[asyncio.AbstractEventLoop, "_Pulse"] = {}


def keep_beating() -> None:
    """Start the pulse of this event loop if it does not beat; it stops by itself when nobody looks any more."""
    loop = asyncio.get_running_loop()
    for other in [other for other in _pulses if other.is_closed()]:
        del _pulses[other]
    if loop not in _pulses:
        _pulses[loop] = _Pulse(loop)


class _Pulse:
    """Beats on one event loop: a timer, and no more than that while nobody writes to the database."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop, self._count, self._writes = loop, 0, Writes()
        loop.call_soon(self._beat)

    def _beat(self) -> None:
        keep_awake = self._count % AWAKE_EVERY == 0
        self._count += 1
        if not (self._writes.may_have_come() or keep_awake):
            self._rest()
        elif watched := _watched():
            job = workers.submit(Urgency.PAGE, self._look, watched, keep_awake)
            asyncio.wrap_future(job).add_done_callback(self._rest)
        else:
            del _pulses[self._loop]

    def _rest(self, looked: "asyncio.Future[None] | None" = None) -> None:
        if looked is not None and not looked.cancelled() and (error := looked.exception()) is not None:
            logger.error("watched clusters could not be looked after", exc_info=error)
        self._loop.call_later(BEAT, self._beat)

    def _look(self, watched: dict[int, int], keep_awake: bool) -> None:
        if self._writes.have_come() or keep_awake:
            look_after(watched, keep_awake)


def _watched() -> dict[int, int]:
    found: dict[int, int] = {}
    for source in sources:
        for lab_id, commits in source().items():
            found[lab_id] = min(commits, found.get(lab_id, commits))
    return found


def look_after(watched: dict[int, int], keep_awake: bool) -> None:
    """Catch up with clusters that another process acted on; keep those awake that somebody looks at."""
    now = time.time()
    asleep = []
    rows = Lab.objects.filter(pk__in=watched).values_list("pk", "commits", "watched_until", "looked_by", "looked_until")
    for lab_id, commits, watched_until, looked_by, looked_until in rows:
        if watched_until <= now:
            asleep.append(lab_id)
        if commits != watched[lab_id] >= 0:
            workers.submit(Urgency.PAGE, visit, lab_id)
        if (lab := live.live(lab_id)) is not None:
            looking.see(lab, looked_by if looked_until > now else "")
    if keep_awake:
        looking.go_on()
        watched = {lab_id: commits for lab_id, commits in watched.items() if not looking.is_only_looked_at(lab_id)}
        Lab.objects.filter(pk__in=watched, watched_until__gt=now).update(watched_until=now + LINGER)
        for lab_id in asleep:
            if lab_id in watched:
                workers.submit(Urgency.PAGE, visit, lab_id, wake)  # this machine itself slept
        for lab_id in watched:
            clusters.get(lab_id)  # counts as used
