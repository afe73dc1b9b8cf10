"""What can be assigned: the lessons, exercises and quizzes that there are, and which one an assignment means."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from kubelab.classroom.models import Assignment, Kind
from kubelab.courses.format.lesson import ExerciseFile, Lesson
from kubelab.courses.format.reading import variant
from kubelab.courses.library import library

SEEDS, MOST_KEPT = 24, 500  # variants that are compared; exercises whose sentences are kept
_sentences: dict[tuple[str, str], list[str]] = {}


@dataclass(frozen=True)
class Item:
    """A lesson, an exercise or a quiz."""

    kind: str
    lesson: Lesson
    file: ExerciseFile | None = None

    @property
    def value(self) -> str:
        """What a form sends for it."""
        return f"{self.kind}:{self.lesson.slug}" + (f"/{self.file.slug}" if self.file else "")

    @property
    def title(self) -> str:
        if self.file is not None:
            return self.file.title or f"{self.lesson.title}: {self.file.slug.replace('-', ' ')}"
        if self.kind == Kind.QUIZ and self.lesson.quiz is not None:
            return f"{self.lesson.title}: {self.lesson.quiz.title.lower()}"
        return self.lesson.title

    @property
    def points(self) -> float:
        """What it gives by itself."""
        if self.file is not None:
            return self.file.sample.points
        if self.kind == Kind.QUIZ and self.lesson.quiz is not None:
            return sum(question.points for question in self.lesson.quiz.questions)
        return float(len(self.lesson.steps))

    @property
    def parts(self) -> list[tuple[str, str]]:
        """The checks, steps or questions that it is graded by: id, and what they are called."""
        if self.file is not None:
            return list(zip([check.id for check in self.file.sample.checks], sentences(self.file), strict=True))
        if self.kind == Kind.QUIZ and self.lesson.quiz is not None:
            return [(one.id, plain(one.text.split("\n")[0])) for one in self.lesson.quiz.questions]
        return [(step.slug, step.title) for step in self.lesson.steps]

    @property
    def has_cluster(self) -> bool:
        """Whether it is done in a cluster, at least in part."""
        quiz = self.lesson.quiz
        questions = quiz.questions if self.kind == Kind.QUIZ and quiz is not None else []
        return self.kind != Kind.QUIZ or any(one.kind == "cluster" for one in questions)


def plain(markdown: str) -> str:
    """Return a sentence of a lesson without its marks."""
    return re.sub(r"[`*]", "", markdown)


def sentences(file: ExerciseFile) -> list[str]:
    """Return what an exercise's checks say, with … for the words that differ from learner to learner."""
    if not file.sample.parameters:
        return [plain(check.sentence) for check in file.sample.checks]
    key = (file.name, file.source)
    if key not in _sentences:
        if len(_sentences) > MOST_KEPT:
            _sentences.clear()
        drawn = [[plain(check.sentence) for check in variant(file, seed)[0].checks] for seed in range(SEEDS)]
        _sentences[key] = [alike(one) for one in zip(*drawn, strict=True)]
    return _sentences[key]


def alike(said: tuple[str, ...]) -> str:
    """Return the words that are the same in all sentences, and … for the others."""
    words = [sentence.split() for sentence in said]
    if len({len(one) for one in words}) > 1:
        return said[0]
    return " ".join(column[0] if len(set(column)) == 1 else "…" for column in zip(*words, strict=True))


def items() -> Iterator[tuple[str, list[Item]]]:
    """Yield all that can be assigned, by the lesson that it belongs to."""
    for lesson in library().lessons():
        quiz = [Item(Kind.QUIZ, lesson)] if lesson.quiz is not None else []
        exercises = [Item(Kind.EXERCISE, lesson, file) for file in lesson.exercises.values()]
        yield lesson.title, [Item(Kind.LESSON, lesson), *exercises, *quiz]


def item_named(value: str) -> Item | None:
    """Return what a form has sent."""
    return next((one for _, group in items() for one in group if one.value == value), None)


def item_of(assignment: Assignment) -> Item | None:
    """Return what an assignment is about; None when it is gone, or has mistakes just now."""
    lesson = library().lesson(assignment.lesson)
    if lesson is None:
        return None
    if assignment.kind == Kind.EXERCISE:
        file = lesson.exercises.get(assignment.exercise)
        return Item(Kind.EXERCISE, lesson, file) if file is not None else None
    if assignment.kind == Kind.QUIZ and lesson.quiz is None:
        return None
    return Item(assignment.kind, lesson)
