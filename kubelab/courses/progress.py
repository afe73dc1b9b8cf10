"""Reads and writes how far learners are: the only place that does, beside the models."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.utils import timezone

from kubelab.accounts.models import User
from kubelab.courses.format.lesson import Lesson, Page, Step
from kubelab.courses.models import Answer, PassedCheck, Progress, StepProgress
from kubelab.labs.models import Lab


def progress_of(learner: Any, lesson: Lesson) -> Progress | None:
    """Return a visitor's progress in a lesson; None when they have not begun."""
    if not learner.is_authenticated:
        return None
    return Progress.objects.select_related("lab").filter(learner=learner, lesson=lesson.slug).first()


def begun(learner: User, lesson: Lesson) -> Progress:
    """Return a learner's progress in a lesson, made now if they have not begun. Call it on POST only."""
    progress, _ = Progress.objects.select_related("lab").get_or_create(learner=learner, lesson=lesson.slug)
    return progress


def progress_in(lab: Lab, lesson: str) -> Progress | None:
    """Return the progress of a lab's owner in a lesson, when the lab is the one of that lesson."""
    return Progress.objects.filter(lab=lab, lesson=lesson, learner=lab.owner_id).first()


def open_step(progress: Progress, step: Step, commands: int) -> StepProgress:
    """Take note that a step is open.

    Args:
        commands: how many have been typed in the terminal.
    """
    opened, _ = StepProgress.objects.get_or_create(progress=progress, step=step.slug, defaults={"commands": commands})
    if not step.checks and opened.done is None:
        finish_step(opened)
    if progress.step != step.slug:
        progress.step = step.slug
    progress.seen = timezone.now()
    progress.save(update_fields=["step", "seen"])
    return opened


def finish_step(opened: StepProgress) -> None:
    """Take note that a step is done."""
    StepProgress.objects.filter(pk=opened.pk, done=None).update(done=timezone.now())


def finish_lesson(progress: Progress, lesson: Lesson) -> bool:
    """Take note that a lesson is done, if all of its steps are; tell whether it is."""
    if progress.finished is None and len(steps_done(progress) & {step.slug for step in lesson.steps}) == len(
        lesson.steps
    ):
        progress.finished = timezone.now()
        progress.save(update_fields=["finished"])
    return progress.finished is not None


def passed_checks(progress: Progress, step: Step) -> set[str]:
    """Return the ids of a step's checks that have passed."""
    return set(PassedCheck.objects.filter(progress=progress, step=step.slug).values_list("check_id", flat=True))


def keep_passed(progress: Progress, step: Step, checks: Iterable[str], revision: int, now: float) -> None:
    """Take note of checks that have passed, at a revision and time of the cluster."""
    rows = [PassedCheck(progress=progress, step=step.slug, check_id=one, revision=revision, now=now) for one in checks]
    PassedCheck.objects.bulk_create(rows, ignore_conflicts=True)


def keep_remembered(work: Any, remembered: dict[str, Any]) -> None:
    """Take note of values for later checks."""
    work.remembered = {**remembered, **work.remembered}
    type(work).objects.filter(pk=work.pk).update(remembered=work.remembered)


def steps_done(progress: Progress | None) -> set[str]:
    """Return the slugs of the steps that are done."""
    if progress is None:
        return set()
    return set(StepProgress.objects.filter(progress=progress, done__isnull=False).values_list("step", flat=True))


def current_step(progress: Progress, lesson: Lesson) -> Step:
    """Return where the learner goes on: where they were, else the first step that is not done."""
    where = lesson.step(progress.step)
    if where is not None:
        return where
    done = steps_done(progress)
    return next((step for step in lesson.steps if step.slug not in done), lesson.steps[0])


# answers


def answers_of(progress: Progress | None, page: str) -> dict[str, Answer]:
    """Return the answer that counts, by question, of a page."""
    if progress is None:
        return {}
    rows = Answer.objects.filter(progress=progress, page=page).order_by("pk")
    found: dict[str, Answer] = {}
    for row in rows:
        if row.withdrawn:
            found.pop(row.question, None)
        else:
            found[row.question] = row
    return found


@dataclass
class Standing:
    """How far a learner is in a lesson, for the list of lessons."""

    progress: Progress
    done: set[str] = field(default_factory=set)

    def steps_done(self, lesson: Lesson) -> int:
        return len(self.done & {step.slug for step in lesson.steps})


def standings(learner: Any) -> dict[str, Standing]:
    """Return how far a visitor is, by lesson; two queries, however many there are."""
    if not learner.is_authenticated:
        return {}
    found = {row.pk: Standing(row) for row in Progress.objects.filter(learner=learner)}
    for progress, step in StepProgress.objects.filter(progress__in=found, done__isnull=False).values_list(
        "progress", "step"
    ):
        found[progress].done.add(step)
    return {standing.progress.lesson: standing for standing in found.values()}


def score_of(answers: dict[str, Answer], page: Page) -> tuple[float, float]:
    """Return the points reached and those that can be reached in a page's questions."""
    questions = page.questions
    reached = sum(answers[one.id].score * one.points for one in questions if one.id in answers)
    return reached, sum(one.points for one in questions)
