"""What the reconciler does for classes: takes attempts as they are when due, ends them, grades them again.

The database says what is due (an indexed column); between two duties nothing is asked but when the next one comes.
"""

import logging
from datetime import timedelta

from django.utils import timezone

from kubelab.classroom.attempts import look_at
from kubelab.classroom.models import Attempt
from kubelab.labs import reconciler

AT_ONCE = 5  # attempts of one round, about 40 ms each: clusters go on in between
AGAIN_SECONDS = 60  # after which one that failed is tried again

logger = logging.getLogger(__name__)


def do_what_is_due() -> float | None:
    """Do a few of the duties that are due; returns the real time of the next one, None when there is none."""
    now = timezone.now()
    waiting = Attempt.objects.filter(look_at__isnull=False).order_by("look_at")
    moments = waiting.values_list("look_at", flat=True)
    first = moments.first()
    if first is None or first > now:
        return first.timestamp() if first is not None else None
    due = waiting.filter(look_at__lte=now).select_related("assignment__classroom", "membership__learner")
    for attempt in list(due[:AT_ONCE]):
        if take(attempt):
            try:
                look_at(attempt, now)
            except Exception:
                logger.exception("attempt %s could not be looked at", attempt.pk)
    first = moments.first()
    return first.timestamp() if first is not None else None


def take(attempt: Attempt) -> bool:
    """Take an attempt, so that no other process looks at it as well; should this one fail, it is tried again later."""
    seen, attempt.look_at = attempt.look_at, timezone.now() + timedelta(seconds=AGAIN_SECONDS)
    return bool(Attempt.objects.filter(pk=attempt.pk, look_at=seen).update(look_at=attempt.look_at))


reconciler.also_due.append(do_what_is_due)
