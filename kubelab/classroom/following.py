"""Follows learners at their work: what they do in what was assigned to them changes how they stand."""

from typing import Any

from django.db.models.signals import post_delete
from django.dispatch import receiver

from kubelab.classroom.attempts import follow_lesson
from kubelab.classroom.models import Assignment, Attempt, Kind, Membership, Standing
from kubelab.classroom.standings import note_passed
from kubelab.courses.live import worked
from kubelab.courses.models import Exercising, Progress, Work
from kubelab.labs.models import Moment


@receiver(worked)
def follow(work: Work, **_: Any) -> None:
    """Somebody opened a page, or something turned green."""
    if isinstance(work, Exercising) and work.task:
        _follow_exercise(work)
    elif isinstance(work, Progress):
        for assignment in lessons_of(work):
            place = Membership.objects.get(classroom=assignment.classroom_id, learner=work.learner_id)
            # The work's own row may be older: another page has opened another step since.
            step = Progress.objects.values_list("step", flat=True).get(pk=work.pk)
            follow_lesson(assignment, place, step)


@receiver(post_delete, sender=Attempt)
def let_go(instance: Attempt, **_: Any) -> None:
    """The cluster that was set aside for an attempt goes with it."""
    Moment.objects.filter(pk=instance.moment_id).delete()


def lessons_of(work: Progress) -> list[Assignment]:
    """Return the assignments for which a learner is at a lesson."""
    found = Assignment.objects.filter(
        kind=Kind.LESSON,
        lesson=work.lesson,
        classroom__archived=None,
        classroom__memberships__learner=work.learner_id,
        classroom__memberships__removed=None,
        classroom__memberships__joined__isnull=False,
    )
    return list(found.select_related("classroom"))


def _follow_exercise(work: Exercising) -> None:
    found = Standing.objects.select_related("assignment", "membership")
    standing = found.filter(
        assignment=work.task, membership__learner=work.learner_id, membership__classroom__archived=None
    ).first()
    if standing is None:
        return
    Standing.objects.filter(pk=standing.pk).update(hints=work.hints)
    note_passed(standing.assignment, standing.membership, work.passed)
