"""How long a Job waits after failures before it makes the next Pod: 10 s, doubled each time, at most 10 minutes.

Source: pkg/controller/job/backoff_utils.go.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from kubelab.cluster.clock import parse_time
from kubelab.cluster.controllers.pods import condition
from kubelab.cluster.objects import Object
from kubelab.cluster.store import Store

PREFIX = "/machine/job-backoff/"  # what kube-controller-manager remembers of each Job
FIRST = 10.0
LONGEST = 600.0


class Backoff(NamedTuple):
    """How many Pods failed since the last success, and when the last of them did."""

    failures: int = 0
    last: float = 0.0

    def remaining(self, now: float) -> float:
        """Returns the seconds until the next Pod may be made."""
        return waiting(self.failures, self.last, now)

    def after(self, succeeded: Iterable[Object], failed: Iterable[Object]) -> Backoff:
        """Returns what is remembered once further Pods have ended."""
        successes, failures = sorted(map(finished_at, succeeded)), sorted(map(finished_at, failed))
        if successes:
            failures = [time for time in failures if time > successes[-1]]
            return Backoff(len(failures), failures[-1] if failures else 0.0)
        return Backoff(self.failures + len(failures), failures[-1]) if failures else self


def waiting(failures: int, last: float, now: float) -> float:
    """Returns the seconds to wait after so many failures."""
    if not failures:
        return 0.0
    pause: float = min(FIRST * 2.0 ** min(failures - 1, 60), LONGEST)
    return max(0.0, pause - (now - last))


def remembered(store: Store, job: Object) -> Backoff:
    """Returns what is remembered of a Job."""
    kept = store.get(PREFIX + job["metadata"]["uid"])
    return Backoff(kept["failures"], kept["last"]) if kept else Backoff()


def remember(store: Store, job: Object, backoff: Backoff) -> None:
    """Keeps what is remembered of a Job."""
    if backoff != remembered(store, job):
        store.put(PREFIX + job["metadata"]["uid"], {"failures": backoff.failures, "last": backoff.last})


def forget(store: Store, uid: str) -> None:
    """Forgets a Job that has ended or is gone."""
    if store.get(PREFIX + uid) is not None:
        store.delete(PREFIX + uid)


def finished_at(pod: Object) -> float:
    """Returns when a Pod ended, as nearly as its status and metadata tell, in seconds since the epoch."""
    statuses = pod.get("status", {}).get("containerStatuses") or ()
    ends = [((status.get("state") or {}).get("terminated") or {}).get("finishedAt") for status in statuses]
    if ends and all(ends):
        return max(parse_time(str(end)) for end in ends)
    ready = condition(pod, "Ready")
    if ready is not None and ready["status"] == "False" and ready.get("lastTransitionTime"):
        return parse_time(ready["lastTransitionTime"])
    metadata = pod["metadata"]
    if "deletionTimestamp" in metadata:
        return parse_time(metadata["deletionTimestamp"]) - float(metadata.get("deletionGracePeriodSeconds", 0))
    return parse_time(metadata["creationTimestamp"])
