"""The cluster at an attempt's end is what counts, however late somebody looks and whatever was done to it meanwhile.

Each lab's row says when it is to be set aside next (`Lab.set_aside_at`); whoever is first to act on it after that
moment, be it the learner, lets it be set aside as it was then, before anything else happens.
"""

from datetime import datetime

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from kubelab.classroom.models import Attempt, By, Kind
from kubelab.classroom.standings import terms_of
from kubelab.classroom.terms import Terms, was_taken
from kubelab.courses.judging import typed_at
from kubelab.courses.models import Exercising, Progress
from kubelab.labs import keeping
from kubelab.labs.keeping import Act
from kubelab.labs.models import Lab, Moment
from kubelab.labs.moments import set_aside
from kubelab.labs.shell import kept_commands


def work_of(attempt: Attempt) -> Exercising | Progress | None:
    """Return the work by which an attempt is graded; None where there is none with a cluster."""
    assignment, learner = attempt.assignment, attempt.membership.learner_id
    if assignment.kind == Kind.QUIZ:
        lessons = Progress.objects.filter(learner=learner, lesson=assignment.lesson)
        return lessons.select_related("lab").first()
    mine = Exercising.objects.filter(learner=learner, lesson=assignment.lesson, exercise=assignment.exercise)
    return mine.filter(task=assignment.pk).select_related("lab").first() if assignment.kind == Kind.EXERCISE else None


def plan(attempt: Attempt) -> None:
    """Have the attempt's cluster set aside when its time is over; call it whenever that changes."""
    work = work_of(attempt)
    if work is not None and work.lab_id is not None:
        moments = [moment.timestamp() for _, moment, _ in _wanted(work.lab_id)]
        Lab.objects.filter(pk=work.lab_id).update(set_aside_at=min(moments, default=None))


def see(attempt: Attempt) -> None:
    """Have the attempt's cluster set aside if its time is over, and take note of what was kept of it."""
    work = work_of(attempt)
    if work is not None and work.lab_id is not None:
        keeping.keep_appointment(work.lab_id)
    attempt.refresh_from_db(fields=["moment", "revision", "remembered"])


def take_as_it_is(attempt: Attempt, terms: Terms, due: datetime, look_at: datetime) -> None:
    """Keep an open attempt as it is when due, as one of its own that is still to be graded; the learner may go on.

    Args:
        attempt: with what was kept of its cluster.
        look_at: when it is to be graded, should nobody do it before.
    """
    with transaction.atomic():
        same = Attempt.objects.filter(pk=attempt.pk, submitted=None, look_at=attempt.look_at)
        if not same.update(number=F("number") + 1, look_at=terms.ends(attempt.began), moment=None, revision=None):
            return  # another process does it
        Attempt.objects.create(
            assignment=attempt.assignment,
            membership=attempt.membership,
            number=attempt.number,
            began=attempt.began,
            submitted=due,
            by=By.DUE,
            answers=attempt.answers,
            moment=attempt.moment,
            revision=attempt.revision,
            remembered=attempt.remembered,
            look_at=look_at,
        )


def forget(attempt: Attempt) -> None:
    """The attempt goes on after all: what was set aside does not count."""
    if attempt.moment_id is not None:
        Moment.objects.filter(pk=attempt.moment_id).delete()
        attempt.moment = attempt.revision = None


def _wanted(lab_id: int) -> list[tuple[Attempt, datetime, Exercising | Progress]]:
    """Return the attempts whose cluster a lab is and which it is not set aside for yet, and when it shall be."""
    ungraded = Attempt.objects.filter(graded=None, moment=None).select_related("assignment", "membership")
    exercising = Exercising.objects.filter(lab=lab_id).exclude(task=0).first()
    progress = Progress.objects.filter(lab=lab_id).first() if exercising is None else None
    work: Exercising | Progress
    if exercising is not None:
        work = exercising
        found = ungraded.filter(assignment=exercising.task, membership__learner=exercising.learner_id)
    elif progress is not None:
        work, quizzes = progress, ungraded.filter(assignment__kind=Kind.QUIZ)
        found = quizzes.filter(assignment__lesson=progress.lesson, membership__learner=progress.learner_id)
    else:
        return []
    wanted = []
    for attempt in found:
        terms = terms_of(attempt.assignment, attempt.membership)
        moment = terms.next_look(attempt, was_taken(attempt, terms))
        if moment is not None:
            wanted.append((attempt, moment, work))
    return wanted


def keep(act: Act) -> float | None:
    """Set the cluster aside for the attempts that end now; returns when the next one does."""
    now, later = act.lab.set_aside_at or act.real, list[float]()
    for attempt, moment, work in _wanted(act.lab.pk):
        if moment.timestamp() > now:
            later.append(moment.timestamp())
            continue
        typed = typed_at(work) if isinstance(work, Exercising) else kept_commands(act.lab.pk)[1]
        kept = set_aside(act, typed)
        kept.save()
        attempt.moment, attempt.revision, attempt.remembered = kept, act.cluster.store.revision, work.remembered
        Attempt.objects.filter(pk=attempt.pk).update(
            moment=kept, revision=attempt.revision, remembered=attempt.remembered
        )
        terms = terms_of(attempt.assignment, attempt.membership)
        ends = terms.ends(attempt.began)
        if moment == terms.due and ends is not None and ends > moment:  # its own end may have passed as well
            take_as_it_is(attempt, terms, moment, timezone.now())
            later.append(ends.timestamp())
    return min(later, default=None)


keeping.set_aside.append(keep)
