"""Works out how a learner stands with an assignment, and keeps it: the only place that writes `Standing.points`."""

from collections.abc import Iterable
from typing import Any

from django.utils import timezone

from kubelab.accounts.models import User
from kubelab.classroom import news
from kubelab.classroom.items import item_of
from kubelab.classroom.models import Assignment, Attempt, By, Extension, GradeChange, Kind, Membership, Standing
from kubelab.classroom.terms import Terms
from kubelab.courses.models import Progress, StepProgress

RECKONED = ("attempts", "best", "points", "late", "finished")  # the rest of a standing is others' to write


def terms_of(assignment: Assignment, membership: Membership) -> Terms:
    """Return what holds for a learner at an assignment."""
    return Terms(assignment, Extension.objects.filter(assignment=assignment, membership=membership).first())


def standing_of(assignment: Assignment, membership: Membership) -> Standing:
    """Return how a learner stands, made now if there is no row yet."""
    standing, _ = Standing.objects.get_or_create(assignment=assignment, membership=membership)
    standing.assignment, standing.membership = assignment, membership
    return standing


def reckon(assignment: Assignment, membership: Membership, terms: Terms | None = None) -> Standing:
    """Work out a learner's points anew from what was handed in (of a lesson: from what is done), and keep them."""
    terms = terms or terms_of(assignment, membership)
    standing = standing_of(assignment, membership)
    graded = list(Attempt.objects.filter(assignment=assignment, membership=membership, graded__isnull=False))
    standing.attempts = sum(attempt.by != By.DUE for attempt in graded)
    if assignment.kind == Kind.LESSON:
        _reckon_lesson(standing, terms)
    standing.best = max(graded, key=lambda one: (terms.worth(one), one.score, -one.number), default=None)
    if standing.best is not None and assignment.kind != Kind.LESSON:
        standing.points = terms.worth(standing.best)
        standing.late = terms.is_late(standing.best.submitted)
        standing.finished = standing.best.submitted
    standing.save(update_fields=[*RECKONED, *(["passed"] if assignment.kind == Kind.LESSON else [])])
    news.tell(standing)
    return standing


def _reckon_lesson(standing: Standing, terms: Terms) -> None:
    """A lesson is worth what is done of it, each step by the time at which it was done; checks count in part."""
    progress = Progress.objects.filter(
        learner=standing.membership.learner_id, lesson=standing.assignment.lesson
    ).first()
    item = item_of(standing.assignment)
    if progress is None or item is None:
        return
    shares = lesson_shares(progress, item.lesson)
    reached, late = 0.0, False
    for share, when in shares.values():
        reached += share * (terms.weight(when) if when is not None else 1.0)
        late = late or (when is not None and terms.is_late(when))
    standing.points = reached / max(1, len(shares)) * standing.assignment.points
    standing.late, standing.finished = late, progress.finished
    standing.passed = [step for step, (share, _) in shares.items() if share == 1]


def lesson_shares(progress: Progress, lesson: Any) -> dict[str, tuple[float, Any]]:
    """Return, by step of a lesson, how much of it is done, from 0 to 1, and when that was."""
    rows = {row.step: row for row in StepProgress.objects.filter(progress=progress)}
    passed: dict[str, dict[str, Any]] = {}
    for step, check, when in progress.passed.values_list("step", "check_id", "passed"):
        passed.setdefault(step, {})[check] = when
    shares: dict[str, tuple[float, Any]] = {}
    for step in lesson.steps:
        row, green = rows.get(step.slug), passed.get(step.slug, {})
        ids = {check.id for check in step.checks}
        if row is not None and row.done is not None:
            shares[step.slug] = (1.0, row.done)
        elif ids and green:
            done = [when for check, when in green.items() if check in ids]
            shares[step.slug] = (len(done) / len(ids), max(done, default=None))
        else:
            shares[step.slug] = (0.0, None)
    return shares


def note_passed(assignment: Assignment, membership: Membership, passed: list[str]) -> None:
    """Take note of what a learner has got done so far of an attempt that is still open."""
    standing = standing_of(assignment, membership)
    if set(passed) - set(standing.passed):
        standing.since = timezone.now()
    standing.passed = passed
    standing.save(update_fields=["passed", "since"])
    news.tell(standing)


def reckon_all(assignment: Assignment) -> None:
    """Work out everybody's points: the terms of an assignment, or its points, have changed."""
    extensions = {one.membership_id: one for one in Extension.objects.filter(assignment=assignment)}
    begun = Membership.objects.filter(standings__assignment=assignment)
    for membership in begun:
        reckon(assignment, membership, Terms(assignment, extensions.get(membership.pk)))


def override(standing: Standing, by: User, points: float | None, reason: str) -> None:
    """Give a learner other points than were worked out, or (None) those again; the reason is kept."""
    was, standing.override = standing.grade, points
    standing.save(update_fields=["override"])
    GradeChange.objects.create(standing=standing, by=by, was=was, became=standing.grade, reason=reason)
    news.tell(standing)


def of_class(assignments: Iterable[Assignment], membership: Membership) -> dict[int, Standing]:
    """Return a learner's standings by assignment; one query."""
    rows = Standing.objects.filter(assignment__in=assignments, membership=membership)
    return {row.assignment_id: row for row in rows}
