"""What an author writes is understood, or named with file and line."""

import pytest

from kubelab.courses.format.lesson import Advance, Apply, RunLine, WriteFile
from kubelab.courses.format.reading import variant
from tests.courses.conftest import HEAD

LINES = HEAD.count("\n") + 2  # the body begins after them


def first_mistake(author, body, head=HEAD):
    """The only mistake of a lesson, its line counted from the beginning of the body."""
    author.lesson(body, head)
    [mistake, *more] = author.mistakes()
    assert not more, more
    place, _, message = mistake.partition(": ")
    file, _, line = place.rpartition(":")
    assert file == "lessons/mine/lesson.md"
    return int(line) - LINES, message


def test_a_lesson_is_read_with_all_that_is_in_it(lesson):
    assert lesson.title == "First light" and lesson.preset == "three-nodes" and lesson.open == ("web.yaml",)
    assert [step.slug for step in lesson.steps] == ["make", "delete", "read"]
    make, delete, _ = lesson.steps
    assert [check.id for check in make.checks] == ["exists", "ready"]
    assert [hint.title for hint in make.hints] == ["", "Last hint"]
    assert [type(action) for action in make.solutions[0].actions] == [RunLine, Advance]
    assert [one.name for one in delete.remembers] == ["first_uid"]
    assert [question.kind for question in lesson.quiz.questions] == [
        "multiple", "ordering", "matching", "numeric", "fill-in", "cluster",
    ]  # fmt: skip
    assert isinstance(lesson.introduction.starts[0].actions[0], Apply)
    assert set(lesson.files) == {"web.yaml"} and lesson.images == {"dot.svg"}


def test_a_solution_may_hold_files_and_commands_of_several_lines(author):
    body = """## A
:::check c
true
:::
:::solution
```yaml dir/a.yaml
a: 1
```
```sh may-fail
for i in 1 2; do
  echo $i
done
cat <<END
:::
END
advance 30
```
:::
"""
    file, loop, here, wait = author.lesson(body).steps[0].solutions[0].actions
    assert file == WriteFile("dir/a.yaml", "a: 1\n", LINES + 6)
    assert loop.text == "for i in 1 2; do\n  echo $i\ndone" and loop.line == LINES + 10 and loop.may_fail
    assert here.text == "cat <<END\n:::\nEND" and wait == Advance(30, LINES + 16)


def test_fences_hide_what_looks_like_steps_and_blocks(author):
    body = "## A\n```text\n## no step\n:::check no\n```\n~~~\n:::\n~~~\n"
    assert [step.title for step in author.lesson(body).steps] == ["A"]


@pytest.mark.parametrize(
    ("body", "line", "words"),
    [
        ("no step\n", 1, "no steps"),
        ("## A\n:::chekc x\ntrue\n:::\n", 2, "unknown block :::chekc"),
        ("## A\n:::hint\nnever ends\n", 2, "no end"),
        ("## A\n:::\n", 2, "none is open"),
        ("## A\n:::hint\nx\n:::hint\n:::\n", 4, "block within the block of line"),
        ("## A\n:::check c\ntrue\n:::\n", 1, "need a :::solution"),
        ("## A\n:::start\n```sh\nls\n```\n:::\n", 2, "cannot stand here"),
        ("## A {#quiz}\n", 1, "cannot be one of"),
        ("## A\n## A\n", 2, "taken by the step of line"),
        ("## A {#B!}\n", 1, "neither #id"),
        ("## A\n```sh\nls\n", 2, "a code block has no end"),
        ("## A\n:::solution\nwords\n:::\n", 2, "does nothing"),
        ("## A\n:::remember no-name\n1\n:::\n", 2, "needs a name"),
        ("## A\n[x](lessons/other)\n", 2, "a link leads to"),
        ("## A\n![x](images/no.png)\n", 2, "no picture images/no.png"),
        ("## A\n![x](https://example.org/x.png)\n", 2, "pictures lie in the lesson's folder"),
        (":::start\n```yaml\na: [\n```\n:::\n## A\n", 4, "no YAML"),
        (":::start\n```fault\npower-off worker-1\nexplode\n```\n:::\n## A\n", 4, "there is no fault 'explode'"),
        ("## A\n:::question which\nq\n- [x] a\n:::\n", 2, "kind is one of"),
        ("## A\n:::question single\nq\n\n- [x] a\n- [ ] b\n:::\n", 6, "needs its explanation"),
        ("## A\n:::question single\nq\n\n- [x] a\n- [x] b\n:::\n", 2, "exactly one right answer"),
        ("## A\n:::question multiple\nq\n\n- [ ] a\n  > no\n- [ ] b\n  > no\n:::\n", 2, "at least one right"),
        ("## A\n:::question numeric\nq\n\n- [x] many\n:::\n", 5, "'many' is no number"),
        ("## A\n:::question matching\nq\n\n- [x] a = b\n- [x] c\n:::\n", 6, "left = right"),
        ("## A\n:::question ordering\nq\n\n1. a\n:::\n", 2, "from 2 to 10"),
        ("## A\n:::question fill-in\n- [x] a\n:::\n", 2, "question itself is missing"),
    ],
)
def test_a_mistake_is_named_with_its_line(author, body, line, words):
    at, message = first_mistake(author, body)
    assert words in message and at == line


@pytest.mark.parametrize(
    ("expression", "line", "words"),
    [
        ("pods.exists(p,\n  p.metadata.name = 'x')", 2, "cannot be read, at letter"),
        ("true &&\npodds.size() == 1", 2, "podds is nothing that a check knows"),
        ("pods('web') == null", 1, "pods() is nothing"),
        ("system.podds.size() == 1", 1, "system.podds is nothing"),
        ("true &&\n\nremembered.uid == 1", 3, "nothing is remembered as 'uid'"),
    ],
)
def test_a_mistake_in_an_expression_is_named_with_its_line(author, expression, line, words):
    body = f"## A\n:::check c\n{expression}\n:::\n:::solution\n```sh\nls\n```\n:::\n"
    at, message = first_mistake(author, body)
    assert words in message and at == line + 2


@pytest.mark.parametrize(
    ("head", "line", "words"),
    [
        (HEAD.replace("title: T\n", ""), 1, "title is missing"),
        (HEAD + "titel: T\n", 7, "unknown field 'titel'"),
        (HEAD.replace("5", "many"), 6, "minutes must be a whole number"),
        (HEAD.replace("pod-single", "no-topic"), 4, "no topic 'no-topic'"),
        (HEAD + "preset: ten-nodes\n", 7, "preset must be one of"),
        (HEAD + 'version: "1.2"\n', 7, "version must be one of"),
        (HEAD + "open: [../x]\n", 7, "open must be a list of file names"),
        ("title: [\n", 2, "the head is no YAML"),
        ("- a\n", 2, "must be fields"),
    ],
)
def test_a_mistake_in_the_head_is_named_with_its_line(author, head, line, words):
    author.lesson("## A\n", head)
    assert any(f"lesson.md:{line}: " in mistake and words in mistake for mistake in author.mistakes())


def test_files_that_are_no_text_and_heads_without_an_end_are_named(author):
    path = author.write("x")
    path.write_bytes(b"\xff\xfe")
    author.write("---\ntitle: T\n", slug="other")
    author.write("x", "files/a.txt", slug="empty")
    assert [one.partition(": ")[2] for one in author.mistakes() if "missing in the head" not in one] == [
        "the file is missing",
        "the file is no UTF-8 text",
        "the head that begins with --- has no end: a second line ---",
    ]


def test_an_exercise_draws_its_parameters_by_seed_and_gives_the_same_again(lesson):
    file = lesson.exercises["scale"]
    drawn = {seed: variant(file, seed)[0] for seed in range(20)}
    assert {one.title for one in drawn.values()} == {"Scale shop", "Scale blog"}
    assert {one.summary for one in drawn.values()} == {"Give it 3 Pods.", "Give it 4 Pods."}
    assert variant(file, 7)[0] == drawn[7]
    for exercise in drawn.values():
        name = exercise.title.removeprefix("Scale ")
        assert f"deployment('{name}')" in exercise.checks[0].expression and "{{" not in str(exercise.parts)


def test_a_parameter_that_there_is_not_is_named(author):
    author.lesson("## A\n")
    head = "---\ntitle: E\nsummary: S\nminutes: 3\nparameters: {a: [1], b: [{c: 2}]}\n---\n"
    line = "ls {{ nope }} {{ b }} {{ b.d }} {{end}}"
    body = ":::check {{ a }} and {{ b.c }}\ntrue\n:::\n:::solution\n```sh\n" + line + "\n```\n:::\n"
    author.write(head + body, "exercises/e.md")
    assert [one.removeprefix("lessons/mine/exercises/e.md:12: ") for one in author.mistakes()] == [
        "there is no parameter 'nope'",
        "{{ b }}: the parameter 'b' has c",
        "{{ b.d }}: the parameter 'b' has c",
    ]
