"""Judges a cluster as it is now: questions that are answered by it, exercises that are handed in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kubelab.cluster.cluster import Cluster
from kubelab.courses.checks.expressions import compiled
from kubelab.courses.checks.sight import Command, Sight
from kubelab.courses.checks.watching import Outcome, Watch, outcome_of, value_of
from kubelab.courses.format.lesson import Exercise, Lesson
from kubelab.courses.format.questions import Question
from kubelab.courses.models import Exercising, Progress, Submission
from kubelab.labs.keeping import Act
from kubelab.labs.models import Moment
from kubelab.labs.moments import brought_back, set_aside
from kubelab.labs.shell import kept_commands
from kubelab.labs.visits import visit


def judge_question(progress: Progress, lesson: Lesson, question: Question) -> Outcome:
    """Tell whether the cluster of a lesson is as a question wants it."""
    if progress.lab is None:
        return Outcome(False, "Start the lesson first: this question is answered by its cluster.")
    _, commands = kept_commands(progress.lab.pk)
    remembered = {**dict.fromkeys(lesson.remembered_names), **progress.remembered}
    outcomes: list[Outcome] = []

    def judge(act: Act) -> None:
        sight = Sight(act.cluster, commands, remembered)
        outcomes.append(outcome_of(value_of(compiled(question.expression, act.cluster.version), sight)))

    visit(progress.lab.pk, judge)
    return outcomes[0]


def judge_question_then(moment: Moment, remembered: Mapping[str, Any], lesson: Lesson, question: Question) -> Outcome:
    """Tell whether the cluster of a lesson was as a question wants it."""
    cluster = brought_back(moment)
    typed = [(line, status) for line, status in moment.commands]
    sight = Sight(cluster, typed, {**dict.fromkeys(lesson.remembered_names), **remembered})
    return outcome_of(value_of(compiled(question.expression, cluster.version), sight))


@dataclass(frozen=True)
class Judged:
    """How an exercise was at one moment.

    Args:
        outcomes: by check, in the exercise's order: {"passed": bool, "why": str, "points": number}.
        revision: the cluster's; `now` its time.
        moment: the cluster, set aside but not saved; None when that was not asked for.
    """

    outcomes: dict[str, dict[str, Any]]
    revision: int
    now: float
    moment: Moment | None = None

    @property
    def points(self) -> float:
        return sum(outcome["points"] for outcome in self.outcomes.values() if outcome["passed"])


def judge_exercise(work: Exercising, exercise: Exercise, *, keep: bool = False) -> Judged:
    """Grade an exercise by its cluster as it is now.

    Args:
        keep: set the cluster aside, so that it can be judged again.
    """
    if work.lab is None:
        raise ValueError("the exercise has no cluster")
    typed = typed_at(work)
    judged: list[Judged] = []

    def judge(act: Act) -> None:
        outcomes = outcomes_in(act.cluster, exercise, typed, work.remembered)
        moment = set_aside(act, typed) if keep else None
        judged.append(Judged(outcomes, act.cluster.store.revision, act.cluster.clock.now, moment))

    visit(work.lab.pk, judge)
    return judged[0]


def typed_at(work: Exercising) -> list[Command]:
    """Return what was typed since a learner began an exercise anew, of what is kept of it."""
    count, commands = kept_commands(work.lab_id) if work.lab_id is not None else (0, [])
    since = min(max(0, count - work.commands), len(commands))
    return commands[len(commands) - since :]


def judge_moment(moment: Moment, exercise: Exercise, remembered: Mapping[str, Any]) -> Judged:
    """Grade an exercise by a cluster as it was."""
    cluster = brought_back(moment)
    typed = [(line, status) for line, status in moment.commands]
    outcomes = outcomes_in(cluster, exercise, typed, remembered)
    return Judged(outcomes, cluster.store.revision, cluster.clock.now, moment)


def outcomes_in(
    cluster: Cluster, exercise: Exercise, typed: Sequence[Command], remembered: Mapping[str, Any]
) -> dict[str, dict[str, Any]]:
    """Return what each check of an exercise says of a cluster."""
    checks, remembers = exercise.checks, exercise.remembers
    watch = Watch(checks, remembers, cluster.version, remembered=dict(remembered), latching=False, sparing=False)
    watch.look(cluster, typed, None)
    return {
        check.id: {
            "passed": watch.outcomes[check.id].passed,
            "why": watch.outcomes[check.id].why,
            "points": check.points,
        }
        for check in checks
    }


def hand_in(work: Exercising, exercise: Exercise) -> Submission:
    """Grade an exercise by its cluster as it is now, and keep that."""
    judged = judge_exercise(work, exercise)
    submission = Submission(
        exercising=work,
        points=judged.points,
        possible=exercise.points,
        outcomes=judged.outcomes,
        hints=work.hints,
        revision=judged.revision,
        now=judged.now,
        seconds=0.0,
    )
    submission.seconds = (submission.submitted - work.attempt).total_seconds()
    submission.late = exercise.time_limit is not None and submission.seconds > exercise.time_limit * 60
    submission.save()
    return submission
