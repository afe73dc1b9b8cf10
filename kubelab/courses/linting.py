"""Mistakes of a lesson that need more than reading it: expressions, links, names. `rehearsal` plays it as well."""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from kubelab.courses.checks.expressions import compiled
from kubelab.courses.format.lesson import Aside, Check, Exercise, Hint, Lesson, Page, Remember, Script, Text
from kubelab.courses.format.mistakes import Mistake
from kubelab.courses.format.questions import Question
from kubelab.courses.format.reading import variant
from kubelab.courses.text import FILE, IMAGES, LESSON, links_in, refused_links

REMEMBERED = re.compile(r"\bremembered\.(\w+)")
SEEDS = (0, 1, 2, 3)  # of exercises' variants


@dataclass
class Place:
    """A page of a lesson while it is looked through.

    Args:
        known: what is remembered by then.
    """

    lesson: Lesson
    file: str
    version: str
    known: set[str]

    def mistake(self, line: int, message: str) -> Mistake:
        return Mistake(self.file, line, message)


def mistakes_of(lesson: Lesson, exists: Callable[[str], bool] | None = None) -> Iterator[Mistake]:
    """Yield what is wrong with a lesson.

    Args:
        exists: tells whether there is a lesson of that name; None: names are not looked at.
    """
    place = Place(lesson, f"lessons/{lesson.slug}/lesson.md", lesson.version, set())
    for page in (lesson.introduction, *lesson.steps):
        yield from _in_page(place, page, exists)
    if exists is not None:
        yield from (place.mistake(1, f"after: there is no lesson {one!r}") for one in lesson.after if not exists(one))
    if lesson.quiz is not None:
        place.file = f"lessons/{lesson.slug}/quiz.md"
        yield from _in_page(place, lesson.quiz, exists)
    for file in lesson.exercises.values():
        for seed in SEEDS:
            exercise, problems = variant(file, seed)
            found = [*problems, *_in_exercise(lesson, exercise, exists)]
            yield from found
            if found:
                break


def _in_exercise(lesson: Lesson, exercise: Exercise, exists: Callable[[str], bool] | None) -> Iterator[Mistake]:
    yield from _in_page(Place(lesson, exercise.file, exercise.version, set()), exercise, exists)


def _in_page(place: Place, page: Page, exists: Callable[[str], bool] | None) -> Iterator[Mistake]:
    place.known |= {one.name for one in page.remembers}
    for part in page.parts:
        if isinstance(part, Check | Remember):
            yield from _in_expression(place, part.expression, part.line)
        elif isinstance(part, Question) and part.kind == "cluster":
            yield from _in_expression(place, part.expression, part.choices[0].line)
        for text, line in _texts(part):
            yield from _in_text(place, text, line, exists)


def _texts(part: object) -> Iterable[tuple[str, int]]:
    """Return the Markdown of a part, with the line at which it begins."""
    if isinstance(part, Text):
        return [(part.markdown, part.line)]
    if isinstance(part, Aside | Hint | Script):
        return [(part.text.markdown, part.text.line)]
    if isinstance(part, Check):
        return [(part.sentence, part.line - 1)]
    if isinstance(part, Question):
        answers = [(text, choice.line) for choice in part.choices for text in (choice.text, choice.explanation)]
        return [(part.text, part.line + 1), *answers, (part.explanation, part.line)]
    return []


def _in_expression(place: Place, text: str, line: int) -> Iterator[Mistake]:
    for offset, problem in compiled(text, place.version).problems:
        yield place.mistake(line + offset, problem)
    for found in REMEMBERED.finditer(text):
        if found[1] not in place.known:
            problem = f"nothing is remembered as {found[1]!r} here or before: a :::remember block does that"
            yield place.mistake(line + text.count("\n", 0, found.start()), problem)


def _in_text(place: Place, text: str, line: int, exists: Callable[[str], bool] | None) -> Iterator[Mistake]:
    for offset, target in refused_links(text):
        problem = f"{target}: a link leads to https://…, file:…, run:…, lesson:… or images/…"
        yield place.mistake(line + offset, problem)
    for offset, kind, target in links_in(text):
        if kind == "image" and not target.startswith(IMAGES):
            yield place.mistake(line + offset, f"{target}: pictures lie in the lesson's folder: images/…")
        elif target.startswith(IMAGES) and target.removeprefix(IMAGES) not in place.lesson.images:
            yield place.mistake(line + offset, f"there is no picture {target}")
        elif target.startswith(LESSON) and exists is not None and not exists(target.removeprefix(LESSON)):
            yield place.mistake(line + offset, f"there is no lesson {target.removeprefix(LESSON)!r}")
        elif target == FILE:
            yield place.mistake(line + offset, "file: needs the name of a file of the home")
