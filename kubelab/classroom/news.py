"""Something about a learner at an assignment has changed: whoever shows it is told, and looks it up.

Listeners of this process hear of it at once. Those of other processes find it by the time that a standing keeps
(`Standing.changed`), which is indexed; see `board`.
"""

import time
from collections.abc import Callable

from kubelab.classroom.models import Assignment, Standing

# Called, in whatever thread it happened, with the ids of an assignment and of a membership.
listeners: list[Callable[[int, int], None]] = []


def tell_of_place(classroom: int, membership: int) -> None:
    """A learner has come into a class, or gone: its boards show them, or no longer."""
    for assignment in Assignment.objects.filter(classroom=classroom).values_list("pk", flat=True):
        for listener in list(listeners):
            listener(assignment, membership)


def tell(standing: Standing) -> None:
    """Take note that a standing has changed, and say so; call it after the change was saved."""
    standing.changed = time.time()
    Standing.objects.filter(pk=standing.pk).update(changed=standing.changed)
    for listener in list(listeners):
        listener(standing.assignment_id, standing.membership_id)
