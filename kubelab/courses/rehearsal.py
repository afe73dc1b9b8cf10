"""Plays a lesson on a fresh cluster in memory: before a step not all checks have passed, after its solution all have.

Exercises are played with several seeds.
"""

from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any

from kubelab.cluster.cluster import Cluster
from kubelab.cluster.folded import Kept
from kubelab.courses.checks.expressions import compiled
from kubelab.courses.checks.sight import Sight
from kubelab.courses.checks.watching import Watch, outcome_of, value_of
from kubelab.courses.format.lesson import Check, Exercise, Lesson, Page
from kubelab.courses.format.mistakes import Mistake
from kubelab.courses.format.reading import variant
from kubelab.courses.linting import SEEDS
from kubelab.courses.playing import Player
from kubelab.labs import simulation


@lru_cache(maxsize=4)
def booted(preset: str, version: str) -> tuple[dict[str, Any], list[tuple[str, Kept]]]:
    """Return a cluster that has just become ready, to load as often as it is played on."""
    cluster = Cluster.create("rehearsal", preset, version, interpreter=simulation.interpreter())
    rows = {key: obj for key, _, obj in cluster.take_changes() if obj is not None}
    return cluster.header(), list(rows.items())


class Rehearsal:
    """One cluster on which one page after another is played.

    Args:
        file: the one that mistakes are in.
    """

    def __init__(self, file: str, preset: str, version: str, names: Iterable[str]) -> None:
        self.file = file
        self.names = list(names)
        self.remembered: dict[str, object] = {}
        header, rows = booted(preset, version)
        self.cluster = Cluster.load(header, rows, interpreter=simulation.interpreter())
        self.player = Player(self.cluster)

    def mistake(self, line: int, message: str) -> Mistake:
        return Mistake(self.file, line, message)

    def start(self, page: Page) -> Iterator[Mistake]:
        """Do what is done before the learner comes."""
        for start in page.starts:
            failure = self.player.play(start.actions)
            if failure is not None:
                yield self.mistake(failure.line, failure.message)

    def play(self, page: Page, watch: Watch, line: int) -> Iterator[Mistake]:
        """Play a page's solution.

        Args:
            line: of the page's beginning.
        """
        begun = len(self.player.commands)
        version = self.cluster.version
        questions = [(one, compiled(one.expression, version)) for one in page.questions if one.kind == "cluster"]

        def look() -> None:
            watch.look(self.cluster, self.player.commands[begun:], None)

        look()
        if page.checks and watch.is_complete:
            yield self.mistake(line, "all checks have passed before anything was done")
        for question, expression in questions:
            if outcome_of(value_of(expression, Sight(self.cluster, [], watch.remembered))).passed:
                yield self.mistake(question.line, "the cluster is so already, before anything was done")
        for solution in page.solutions:
            failure = self.player.play(solution.actions, look)
            if failure is not None:
                yield self.mistake(failure.line, failure.message)
        self.player.advance(1.0, look)
        self.remembered = dict(watch.remembered)
        yield from self._not_passed(page.checks, watch)
        for question, expression in questions:
            if not outcome_of(value_of(expression, Sight(self.cluster, [], watch.remembered))).passed:
                yield self.mistake(question.line, "after the solution the cluster is not as the question wants it")

    def _not_passed(self, checks: Iterable[Check], watch: Watch) -> Iterator[Mistake]:
        for check in checks:
            outcome = watch.outcomes[check.id]
            if not outcome.passed:
                why = f" ({outcome.why})" if outcome.why else ""
                yield self.mistake(check.line - 1, f"not passed after the solution: {check.sentence}{why}")


def rehearse(lesson: Lesson) -> Iterator[Mistake]:
    """Yield what goes wrong when a lesson is played, with its quiz and its exercises."""
    names = lesson.remembered_names
    rehearsal = Rehearsal(f"lessons/{lesson.slug}/lesson.md", lesson.preset, lesson.version, names)
    rehearsal.player.write(lesson.files)
    yield from rehearsal.start(lesson.introduction)
    for step in lesson.steps:
        watch = Watch(
            step.checks,
            lesson.remembers_until(step),
            lesson.version,
            remembered=rehearsal.remembered,
            names=names,
            sparing=False,
        )
        yield from rehearsal.play(step, watch, step.line)
    if lesson.quiz is not None and lesson.quiz.solutions:
        rehearsal.file = f"lessons/{lesson.slug}/quiz.md"
        watch = Watch([], [], lesson.version, remembered=rehearsal.remembered, names=names)
        yield from rehearsal.play(lesson.quiz, watch, 1)
    for file in lesson.exercises.values():
        for seed in SEEDS:
            exercise, _ = variant(file, seed)
            found = list(_rehearse(lesson, exercise))
            yield from (Mistake(one.file, one.line, f"{one.message} (seed {seed})") for one in found)
            if found or not exercise.parameters:
                break


def _rehearse(lesson: Lesson, exercise: Exercise) -> Iterator[Mistake]:
    rehearsal = Rehearsal(exercise.file, exercise.preset, exercise.version, [one.name for one in exercise.remembers])
    rehearsal.player.write(lesson.files)
    yield from rehearsal.start(exercise)
    watch = Watch(exercise.checks, exercise.remembers, exercise.version, latching=False, sparing=False)
    yield from rehearsal.play(exercise, watch, 1)
