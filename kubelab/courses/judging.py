"""Judges a cluster as it is now: questions that are answered by it, exercises that are handed in."""

from kubelab.courses.checks.expressions import compiled
from kubelab.courses.checks.sight import Sight
from kubelab.courses.checks.watching import Outcome, Watch, outcome_of, value_of
from kubelab.courses.format.lesson import Exercise, Lesson
from kubelab.courses.format.questions import Question
from kubelab.courses.models import Exercising, Progress, Submission
from kubelab.labs.keeping import Act
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


def hand_in(work: Exercising, exercise: Exercise) -> Submission:
    """Grade an exercise by its cluster as it is now, and keep that."""
    if work.lab is None:
        raise ValueError("the exercise has no cluster")
    count, commands = kept_commands(work.lab.pk)
    since = min(max(0, count - work.commands), len(commands))
    watch = Watch(exercise.checks, exercise.remembers, work.lab.version, remembered=work.remembered, latching=False)
    moment: list[tuple[int, float]] = []

    def judge(act: Act) -> None:
        watch.look(act.cluster, commands[len(commands) - since :], None)
        moment.append((act.cluster.store.revision, act.cluster.clock.now))

    visit(work.lab.pk, judge)
    [(revision, now)] = moment
    outcomes = {check.id: watch.outcomes[check.id] for check in exercise.checks}
    submission = Submission(
        exercising=work,
        points=sum(check.points for check in exercise.checks if outcomes[check.id].passed),
        possible=exercise.points,
        outcomes={
            check.id: {"passed": outcomes[check.id].passed, "why": outcomes[check.id].why, "points": check.points}
            for check in exercise.checks
        },
        hints=work.hints,
        revision=revision,
        now=now,
        seconds=0.0,
    )
    submission.seconds = (submission.submitted - work.attempt).total_seconds()
    submission.late = exercise.time_limit is not None and submission.seconds > exercise.time_limit * 60
    submission.save()
    return submission
