"""Reads a lesson's folder: lesson.md, quiz.md, exercises/, files/, images/."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from kubelab.courses.format.blocks import Heading, Piece, split
from kubelab.courses.format.heads import EXERCISE, LESSON, QUIZ, SLUG, Head, read_head
from kubelab.courses.format.lesson import Check, Exercise, ExerciseFile, Lesson, Page, Quiz, Reading, Step
from kubelab.courses.format.mistakes import Mistake, Source
from kubelab.courses.format.pages import ASIDES, read_parts
from kubelab.courses.format.questions import slug_of
from kubelab.courses.format.variants import PLACE, draw, substitute

LONGEST_FILE = 200_000  # bytes
MOST_FILES = 200
PICTURES = (".png", ".jpg", ".jpeg", ".webp", ".gif", ".svg")
TAKEN = ("quiz", "exercises", "images", "end", "answer")  # addresses below a lesson's
IN_INTRODUCTION = (*ASIDES, "remember", "start")
IN_STEP = (*ASIDES, "check", "remember", "hint", "solution", "question")
IN_QUIZ = (*ASIDES, "question", "solution")
IN_EXERCISE = (*ASIDES, "check", "remember", "hint", "solution", "start")


class Folder:
    """A lesson's folder while it is read.

    Args:
        path: where it lies.
        name: as its author knows it: "lessons/pod-single".
    """

    def __init__(self, path: Path, name: str) -> None:
        self.path, self.name = path, name
        self.mistakes: list[Mistake] = []

    def source(self, relative: str) -> Source | None:
        """Read a file; None when there is none, or it is no text."""
        path, name = self.path / relative, f"{self.name}/{relative}"
        try:
            if not path.is_file():
                return None
            data = path.read_bytes()
            if len(data) > LONGEST_FILE:
                raise ValueError(f"the file is longer than {LONGEST_FILE} bytes")
            text = data.decode().replace("\r\n", "\n")
        except (OSError, ValueError) as error:
            message = "the file is no UTF-8 text" if isinstance(error, UnicodeDecodeError) else str(error)
            self.mistakes.append(Mistake(name, 1, message))
            return None
        return Source(name, text, self.mistakes)

    def files(self, directory: str) -> list[str]:
        """Return the paths of all files below one of its directories, relative to that."""
        root = self.path / directory
        found = [path for path in sorted(root.rglob("*")) if path.is_file() and not path.is_symlink()]
        if len(found) > MOST_FILES:
            self.mistakes.append(Mistake(f"{self.name}/{directory}", 1, f"more than {MOST_FILES} files"))
        return [path.relative_to(root).as_posix() for path in found[:MOST_FILES]]


def read_lesson(path: Path, topics: Iterable[str] | None = None) -> Reading:
    """Read a lesson's folder.

    Args:
        topics: the ids that there are; None: any.
    """
    folder = Folder(path, f"lessons/{path.name}")
    source = folder.source("lesson.md")
    if source is None:
        if not folder.mistakes:
            folder.mistakes.append(Mistake(f"{folder.name}/lesson.md", 1, "the file is missing"))
        return Reading(path.name, None, tuple(folder.mistakes))
    if not SLUG.match(path.name):
        source.wrong(1, "a folder's name is small letters, digits and hyphens")
    lesson = _lesson(folder, source, topics)
    mistakes = tuple(sorted(folder.mistakes))
    return Reading(path.name, None if mistakes else lesson, mistakes)


def _lesson(folder: Folder, source: Source, topics: Iterable[str] | None) -> Lesson:
    head = read_head(source, LESSON)
    known = None if topics is None else set(topics)
    for topic in head.values["topics"] or ():
        if known is not None and topic not in known:
            source.wrong(head.lines["topics"], f"there is no topic {topic!r} in lessons/topics.yaml")
    introduction, steps = _steps(source, split(source, head.body, head.body_line))
    if not steps and head.body:
        source.wrong(head.body_line, "the lesson has no steps: headings that begin with ##")
    values = {name: tuple(value) if isinstance(value, list) else value for name, value in head.values.items()}
    return Lesson(
        slug=folder.path.name,
        **values,
        introduction=introduction,
        steps=steps,
        quiz=_quiz(folder),
        exercises=_exercises(folder, head),
        files=_home(folder),
        images=_images(folder),
    )


def _steps(source: Source, pieces: list[Piece]) -> tuple[Page, tuple[Step, ...]]:
    """Divide the pieces at their headings."""
    first = next((index for index, piece in enumerate(pieces) if isinstance(piece, Heading)), len(pieces))
    introduction = Page(read_parts(source, pieces[:first], IN_INTRODUCTION))
    sections: list[tuple[Heading, list[Piece]]] = []
    for piece in pieces[first:]:
        if isinstance(piece, Heading):
            sections.append((piece, []))
        else:
            sections[-1][1].append(piece)
    steps = [_step(source, heading, section) for heading, section in sections]
    _note_slugs(source, steps)
    _note_remembers(source, introduction, steps)
    return introduction, tuple(steps)


def _step(source: Source, heading: Heading, pieces: list[Piece]) -> Step:
    parts = read_parts(source, pieces, IN_STEP)
    slug = heading.attributes.get("id") or slug_of(heading.title)
    step = Step(parts, slug, heading.title, heading.line)
    _note_solution(source, step, heading.line)
    return step


def _note_solution(source: Source, page: Page, line: int) -> None:
    if len(page.solutions) > 1:
        source.wrong(page.solutions[1].line, "a second solution; put all code blocks into one")
    needs = page.checks or [one for one in page.questions if one.kind == "cluster"]
    if needs and not page.solutions:
        source.wrong(line, "checks need a :::solution, so that it is known that they can be passed")


def _note_slugs(source: Source, steps: list[Step]) -> None:
    seen: dict[str, int] = {}
    for step in steps:
        if not SLUG.match(step.slug):
            source.wrong(step.line, f"{step.slug!r} cannot be a step's id: small letters, digits and hyphens")
        elif step.slug in TAKEN:
            source.wrong(step.line, f"a step's id cannot be one of {', '.join(TAKEN)}; give another with {{#id}}")
        elif seen.setdefault(step.slug, step.line) != step.line:
            source.wrong(step.line, f"the id {step.slug!r} is taken by the step of line {seen[step.slug]}")


def _note_remembers(source: Source, introduction: Page, steps: list[Step]) -> None:
    seen: dict[str, int] = {}
    for page in (introduction, *steps):
        for one in page.remembers:
            if seen.setdefault(one.name, one.line) != one.line:
                source.wrong(one.line - 1, f"{one.name!r} is remembered in line {seen[one.name] - 1} already")


def _quiz(folder: Folder) -> Quiz | None:
    source = folder.source("quiz.md")
    if source is None:
        return None
    head = read_head(source, QUIZ)
    quiz = Quiz(read_parts(source, split(source, head.body, head.body_line), IN_QUIZ), head.values["title"])
    if not quiz.questions:
        source.wrong(head.body_line, "the quiz has no questions")
    _note_solution(source, quiz, head.body_line)
    return quiz


def _exercises(folder: Folder, lesson: Head) -> Mapping[str, ExerciseFile]:
    found: dict[str, ExerciseFile] = {}
    defaults = {name: lesson.values[name] for name in ("preset", "version", "open")}
    for name in folder.files("exercises"):
        slug = name.removesuffix(".md")
        source = folder.source(f"exercises/{name}")
        if name.startswith((".", "_")) or source is None:
            continue
        if not name.endswith(".md") or not SLUG.match(slug):
            source.wrong(1, "an exercise is a file name.md, its name small letters, digits and hyphens")
            continue
        sample = _exercise(source, slug, defaults, seed=0)
        words = read_head(Source(source.name, source.text), EXERCISE).values
        title, summary = ("" if PLACE.search(words[one] or "") else words[one] for one in ("title", "summary"))
        found[slug] = ExerciseFile(source.text, source.name, slug, title, summary, defaults, sample)
    return dict(sorted(found.items(), key=lambda item: (item[1].sample.order, item[0])))


def _exercise(
    source: Source, slug: str, defaults: Mapping[str, Any], seed: int, kept: Mapping[str, Any] | None = None
) -> Exercise:
    head = read_head(source, EXERCISE, defaults)
    parameters = head.values["parameters"]
    drawn = draw(parameters, seed) | {name: value for name, value in (kept or {}).items() if name in parameters}
    body = substitute(source, head.body, head.body_line, drawn)
    page = Page(read_parts(source, split(source, body, head.body_line), IN_EXERCISE))
    if not page.checks:
        source.wrong(head.body_line, "an exercise needs at least one :::check")
    _note_solution(source, page, head.body_line)
    values = {**head.values, "open": tuple(head.values["open"])}
    for name in ("title", "summary"):
        values[name] = substitute(source, values[name] or "", head.lines.get(name, 1), drawn)
    return Exercise(page.parts, slug, file=source.name, **values)


def variant(exercise: ExerciseFile, seed: int, kept: Mapping[str, Any] | None = None) -> tuple[Exercise, list[Mistake]]:
    """Return an exercise as a seed draws it, and what is wrong with that.

    Its checks have the ids of the sample's, also where an id is made of words that were drawn: a check is the same
    one for all learners.

    Args:
        kept: what was drawn before, which stays although the file may have got other values to draw since.
    """
    source = Source(exercise.name, exercise.source)
    drawn = _exercise(source, exercise.slug, exercise.defaults, seed, kept)
    ids = iter([check.id for check in exercise.sample.checks])
    parts = tuple(replace(part, id=next(ids, part.id)) if isinstance(part, Check) else part for part in drawn.parts)
    return replace(drawn, parts=parts), source.mistakes


def _home(folder: Folder) -> Mapping[str, str]:
    found = {}
    for name in folder.files("files"):
        source = folder.source(f"files/{name}")
        if source is not None:
            found[name] = source.text
    return found


def _images(folder: Folder) -> frozenset[str]:
    return frozenset(name for name in folder.files("images") if name.lower().endswith(PICTURES))
