"""How a cluster's virtual time follows the real one: by its rate, while somebody watches, unless it is paused.

A lab's row holds one point (`now` at the real time `at`); all else follows from it, so that a cluster which nobody
watches needs nobody to stop its time: it stands still from `watched_until` on.
"""

from kubelab.labs.models import Lab

LINGER = 60.0  # seconds that a cluster goes on without its page: a reload, a train's tunnel
RATES = (1, 10, 60)
LONGEST_JUMP = 30 * 24 * 3600.0  # virtual seconds


def virtual(lab: Lab, real: float) -> float:
    """Return the virtual time at a real time."""
    if lab.paused:
        return lab.now
    return lab.now + max(0.0, min(real, lab.watched_until) - lab.at) * lab.rate


def is_awake(lab: Lab, real: float) -> bool:
    """Tell whether somebody watches, or did a moment ago."""
    return real < lab.watched_until


def set_point(lab: Lab, now: float, real: float) -> None:
    """Make virtual `now` belong to the real time `real`."""
    lab.now, lab.at = now, real


def real_moment(lab: Lab, due: float | None) -> float | None:
    """Return the real time at which the virtual time `due` comes; None while it does not come nearer."""
    if due is None or lab.paused or not is_awake(lab, lab.at):
        return None
    return lab.at + max(0.0, due - lab.now) / lab.rate
