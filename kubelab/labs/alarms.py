"""Wakes what waits for a moment in a lab that has pages open here: a `sleep` in its shell, a jump of its clock.

The cluster's own agenda is the reconciler's; this is for what lives in the process of the pages.
"""

import logging

from kubelab.labs import keeping
from kubelab.labs.keeping import Act, NotKept
from kubelab.labs.live import LiveLab, live
from kubelab.labs.models import Lab
from kubelab.labs.visits import visit
from kubelab.labs.workers import Urgency, workers

logger = logging.getLogger(__name__)


def plan(act: Act) -> None:
    """After an act: see when its shell, or a jump, wants to go on."""
    lab = live(act.lab.pk)
    if lab is not None:
        # Whoever only looks does not let a cluster's time pass: its moments do not come nearer.
        seconds = lab.patience(act) if lab.own_pages else None
        lab.loop.call_soon_threadsafe(set_alarm, lab, seconds)


def set_alarm(lab: LiveLab, seconds: float | None) -> None:
    if lab.alarm is not None:
        lab.alarm.cancel()
    lab.alarm = None if seconds is None else lab.loop.call_later(seconds, ring, lab)


def ring(lab: LiveLab) -> None:
    if lab.pages:
        workers.submit(Urgency.TIME, go_on, lab)


def go_on(lab: LiveLab) -> None:
    try:
        visit(lab.lab_id)
    except NotKept as error:
        lab.say(str(error))
    except Lab.DoesNotExist:
        return
    except Exception:
        logger.exception("lab %s could not go on", lab.lab_id)


def listen() -> None:
    """See to alarms after each act of this process."""
    if plan not in keeping.after_act:
        keeping.after_act.append(plan)
