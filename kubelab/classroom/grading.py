"""Grades one attempt: an exercise by its cluster, a quiz by its answers, a lesson by its steps.

Every graded attempt keeps what it was graded by (the cluster as it was, the lines that were typed, the answers), so
that it can be looked into, and graded again when a check or a question was mended.
"""

import logging
from collections.abc import Callable
from typing import Any

from django.utils import timezone

from kubelab.classroom import standings
from kubelab.classroom.endings import work_of
from kubelab.classroom.items import Item, item_of
from kubelab.classroom.models import Attempt, GradeChange, Kind, as_number
from kubelab.courses import progress as progresses
from kubelab.courses.format.questions import Question
from kubelab.courses.format.reading import variant
from kubelab.courses.grading import grade
from kubelab.courses.judging import judge_exercise, judge_moment, judge_question, judge_question_then
from kubelab.courses.models import Exercising, Progress
from kubelab.courses.starting import exercise_of
from kubelab.labs.models import Moment
from kubelab.labs.moments import set_aside
from kubelab.labs.shell import kept_commands
from kubelab.labs.visits import visit

GONE = "What was assigned is no longer among the lessons, or has mistakes. It will be graded when it is back."
NO_CLUSTER = "The cluster had been deleted, so there was nothing to grade."

logger = logging.getLogger(__name__)


def grade_attempt(attempt: Attempt) -> None:
    """Grade an attempt that was handed in, by what there is now, and keep by what."""
    item = item_of(attempt.assignment)
    if item is None:
        attempt.problem = GONE
    else:
        attempt.problem = ""
        GRADERS[item.kind](attempt, item)
    attempt.graded, attempt.look_at = timezone.now(), None
    attempt.save()
    standings.reckon(attempt.assignment, attempt.membership)


def _grade_exercise(attempt: Attempt, item: Item) -> None:
    work = work_of(attempt)
    attempt.possible = item.points
    if not isinstance(work, Exercising) or item.file is None or (work.lab is None and attempt.moment is None):
        attempt.problem = NO_CLUSTER
        return
    exercise = exercise_of(work, item.file)
    if attempt.moment is not None:  # set aside at its end: whatever was done since is none of it
        judged = judge_moment(attempt.moment, exercise, attempt.remembered)
    else:
        judged = judge_exercise(work, exercise, keep=True)
        if judged.moment is not None:
            judged.moment.save()
        attempt.moment, attempt.revision, attempt.remembered = judged.moment, judged.revision, work.remembered
    attempt.seed, attempt.drawn, attempt.hints = work.seed, work.drawn, work.hints
    attempt.outcomes, attempt.reached, attempt.possible = scored(judged.outcomes), judged.points, exercise.points


def scored(outcomes: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Return the outcomes of checks as attempts keep them."""
    return {
        check: {"score": float(one["passed"]), "points": one["points"], "why": one["why"]}
        for check, one in outcomes.items()
    }


def _grade_quiz(attempt: Attempt, item: Item) -> None:
    questions = item.lesson.quiz.questions if item.lesson.quiz is not None else []
    for question in questions:
        if question.kind == "cluster":
            attempt.answers[question.id] = _judged_by_cluster(attempt, item, question)
    if item.has_cluster and attempt.moment is None:
        _keep_lessons_cluster(attempt, item)
    _mark(attempt, questions)


def _judged_by_cluster(attempt: Attempt, item: Item, question: Question) -> dict[str, Any]:
    progress = progresses.progress_of(attempt.membership.learner, item.lesson)
    if progress is None:
        return {"passed": False, "why": "The lesson, in whose cluster this is done, was not begun."}
    if attempt.moment is not None:
        outcome = judge_question_then(attempt.moment, attempt.remembered, item.lesson, question)
    else:
        outcome = judge_question(progress, item.lesson, question)
    return {"passed": outcome.passed, "why": outcome.why}


def _keep_lessons_cluster(attempt: Attempt, item: Item) -> None:
    progress = Progress.objects.filter(learner=attempt.membership.learner_id, lesson=item.lesson.slug).first()
    if progress is None or progress.lab_id is None:
        return
    _, commands = kept_commands(progress.lab_id)
    moments: list[Moment] = []
    visit(progress.lab_id, lambda act: moments.append(set_aside(act, commands)))
    [attempt.moment] = moments
    attempt.moment.save()
    attempt.revision, attempt.remembered = attempt.moment.header["revision"], progress.remembered


def _mark(attempt: Attempt, questions: list[Question]) -> None:
    """Mark a quiz by the answers that are kept."""
    attempt.outcomes = {}
    for question in questions:
        score = score_of(question, attempt.answers.get(question.id))
        attempt.outcomes[question.id] = {"score": score, "points": question.points, "why": ""}
    attempt.reached = sum(one["score"] * one["points"] for one in attempt.outcomes.values())
    attempt.possible = sum(question.points for question in questions)


def score_of(question: Question, given: Any) -> float:
    """Return what an answer is worth, from 0 to 1; nothing, where the question is another one by now."""
    if not given:
        return 0.0
    try:
        return grade(question, given).score
    except (KeyError, TypeError, ValueError, IndexError, AttributeError):
        return 0.0


def _grade_lesson(attempt: Attempt, item: Item) -> None:
    progress = Progress.objects.filter(learner=attempt.membership.learner_id, lesson=item.lesson.slug).first()
    attempt.possible = float(len(item.lesson.steps))
    if progress is None:
        return
    shares = standings.lesson_shares(progress, item.lesson)
    attempt.outcomes = {step: {"score": share, "points": 1, "why": ""} for step, (share, _) in shares.items()}
    attempt.reached = sum(share for share, _ in shares.values())
    _keep_lessons_cluster(attempt, item)


GRADERS: dict[str, Callable[[Attempt, Item], None]] = {
    Kind.EXERCISE: _grade_exercise,
    Kind.QUIZ: _grade_quiz,
    Kind.LESSON: _grade_lesson,
}

# again


def grade_again(attempt: Attempt) -> None:
    """Grade an attempt by what it kept, with the exercise or the quiz as it is written today."""
    item, attempt.regrade, attempt.look_at = item_of(attempt.assignment), False, None
    before = standings.standing_of(attempt.assignment, attempt.membership).grade
    if item is not None and item.kind == Kind.QUIZ and item.lesson.quiz is not None:
        _mark(attempt, item.lesson.quiz.questions)
    elif item is not None and item.file is not None and attempt.moment is not None:
        exercise, _ = variant(item.file, attempt.seed or 0, attempt.drawn)
        judged = judge_moment(attempt.moment, exercise, attempt.remembered)
        attempt.outcomes, attempt.reached, attempt.possible = scored(judged.outcomes), judged.points, exercise.points
    attempt.problem = GONE if item is None else ""
    attempt.graded = timezone.now()
    attempt.save()
    standing = standings.reckon(attempt.assignment, attempt.membership)
    if standing.grade != before:
        reason = (
            f"Attempt {attempt.number} was graded again: {as_number(attempt.reached)} of {as_number(attempt.possible)}"
        )
        GradeChange.objects.create(standing=standing, was=before, became=standing.grade, reason=reason)
