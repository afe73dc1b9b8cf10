"""A guest who logs in to an account of theirs brings along what they have learnt, also where both began a lesson."""

from typing import Any

from django.dispatch import receiver

from kubelab.accounts.guests import guest_joins
from kubelab.accounts.models import User
from kubelab.courses.models import Answer, Exercising, PassedCheck, Progress, StepProgress


@receiver(guest_joins)
def merge(guest: User, account: User, **_: Any) -> None:
    """Add the guest's progress to the account's; what both have stays the account's."""
    theirs = {progress.lesson: progress for progress in Progress.objects.filter(learner=account)}
    for progress in Progress.objects.filter(learner=guest, lesson__in=theirs):
        _move(progress, theirs[progress.lesson])
        progress.delete()
    for work in Exercising.objects.filter(learner=guest):
        same = Exercising.objects.filter(
            learner=account, lesson=work.lesson, exercise=work.exercise, task=work.task
        ).first()
        if same is not None:
            work.submissions.update(exercising=same)
            work.delete()


def _move(progress: Progress, to: Progress) -> None:
    steps = set(to.steps.values_list("step", flat=True))
    done = progress.steps.filter(done__isnull=False).values_list("step", "done")
    for step, when in done:
        to.steps.filter(step=step, done=None).update(done=when)
    StepProgress.objects.filter(progress=progress).exclude(step__in=steps).update(progress=to)
    passed = set(to.passed.values_list("step", "check_id"))
    fresh = [row.pk for row in progress.passed.all() if (row.step, row.check_id) not in passed]
    PassedCheck.objects.filter(pk__in=fresh).update(progress=to)
    Answer.objects.filter(progress=progress).update(progress=to)
    if to.finished is None and progress.finished is not None:
        to.finished = progress.finished
        to.save(update_fields=["finished"])
