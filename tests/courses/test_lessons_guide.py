"""The examples in docs/lessons.md are sound, and it names all that there is."""

import re
from pathlib import Path

from kubelab.courses.checks.expressions import FUNCTIONS, compiled
from kubelab.courses.format.heads import EXERCISE, LESSON
from kubelab.courses.format.pages import READERS
from kubelab.courses.format.questions import KINDS
from kubelab.courses.rehearsal import rehearse

GUIDE = (Path(__file__).parents[2] / "docs" / "lessons.md").read_text()
LONG = re.findall(r"^````markdown\n(.*?)^````$", GUIDE, re.M | re.S)
QUESTIONS = re.search(r"^```markdown\n(:::question multiple.*?)^```$", GUIDE, re.M | re.S)[1]


def test_its_lesson_its_questions_and_its_exercise_are_sound(author):
    lesson, exercise = LONG
    solution = "\n:::solution\n```sh\nkubectl create deployment web --image=nginx --replicas=4\nadvance 60\n```\n:::\n"
    author.write(lesson)
    author.write(QUESTIONS + solution, "quiz.md")
    author.write(exercise, "exercises/mend-the-image.md")
    read = author.library.lesson("mine")
    assert read is not None, author.mistakes()
    assert {question.kind for question in read.quiz.questions} | {"single"} == set(KINDS)
    assert list(map(str, rehearse(read))) == []


def test_its_expressions_can_be_read():
    [block] = re.findall(r"^```\n(pods\.filter.*?)^```$", GUIDE, re.M | re.S)
    for line in block.splitlines():
        assert not compiled(line, "1.36").problems, line


def test_it_names_every_block_field_and_function():
    for name in (*READERS, *LESSON, *EXERCISE, *FUNCTIONS, *KINDS):
        assert name in GUIDE, name
