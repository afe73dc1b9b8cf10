"""Every lesson of the site is sound: its text, its checks, its solutions, its exercises."""

from pathlib import Path

import pytest

from kubelab.courses.library import Library
from kubelab.courses.linting import mistakes_of
from kubelab.courses.rehearsal import rehearse

FOLDER = Path(__file__).parents[2] / "lessons"
LESSONS = Library(FOLDER, every=0)  # reads them when it is asked first


@pytest.mark.parametrize("slug", sorted(path.parent.name for path in FOLDER.glob("*/lesson.md")))
def test_the_lesson_is_sound(slug):
    lesson = LESSONS.lesson(slug)
    assert lesson is not None, "\n".join(map(str, LESSONS.all_mistakes()))
    mistakes = list(mistakes_of(lesson, lambda other: LESSONS.lesson(other) is not None)) or list(rehearse(lesson))
    assert not mistakes, "\n".join(map(str, mistakes))
