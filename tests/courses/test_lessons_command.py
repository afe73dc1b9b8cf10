"""manage.py lessons check: mistakes with file and line, solutions played, exit code 1 when something is wrong."""

from io import StringIO

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from tests.courses.conftest import HEAD, LESSONS, Author

CHECK = ":::check There is a ConfigMap a\nconfigmap('a') != null\n:::\n"
QUESTION = ":::question cluster\nMake it so\n\n- [x] `configmap('a') != null`\n:::\n"


def check(folder, *slugs):
    """Return the exit code and what was printed."""
    out, code = StringIO(), 0
    try:
        call_command("lessons", "--folder", str(folder), "check", *slugs, stdout=out)
    except SystemExit as end:
        code = end.code
    return code, out.getvalue()


def solution(*lines):
    text = "\n".join(lines)
    return f":::solution\n```sh\n{text}\n```\n:::\n"


def test_a_sound_lesson_passes_with_its_quiz_and_its_exercises():
    code, out = check(LESSONS)
    assert code == 0 and out.startswith("first-light: sound")


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (f"## A\n{CHECK}{solution('echo a')}", "lesson.md:9: not passed after the solution: There is a ConfigMap a"),
        (f"## A\n{CHECK}{solution('kubectl create cm a', 'false')}", "lesson.md:15: 'false' failed with exit code 1"),
        ("## A\n:::check Yes\ntrue\n:::\n" + solution("ls"), "lesson.md:8: all checks have passed before"),
        (":::start\n```yaml\nkind: Nope\n```\n:::\n## A\n", "lesson.md:9: 'kubectl apply -f -' failed"),
        (f"## A\n{QUESTION}{solution('echo a')}", "lesson.md:9: after the solution the cluster is not"),
        ("## A\n[x](lesson:nope)\n", "lesson.md:9: there is no lesson 'nope'"),
    ],
)  # fmt: skip
def test_what_goes_wrong_is_told_with_its_line(author: Author, body, said):
    author.lesson(body)
    code, out = check(author.folder)
    assert code == 1 and f"lessons/mine/{said}" in out and "sound" not in out


def test_a_lesson_whose_solution_needs_what_comes_and_goes_is_sound(author):
    seen = ":::check There was a Pod being created\npods.exists(p, p.state() == 'ContainerCreating')\n:::\n"
    author.lesson("## A\n" + seen + solution("kubectl create deployment a --image=nginx", "advance 300"))
    assert check(author.folder)[0] == 0


@pytest.mark.parametrize(
    ("line", "code"),
    [("false", 0), ("kubectl get pod nope", 0), ("curl -sS 192.168.100.11", 0), ("grep", 1), ("nosuchprogram", 1)],
)
def test_a_command_may_fail_where_the_author_says_so_but_must_be_there(author, line, code):
    fails = f":::solution\n```sh may-fail\n{line}\n```\n```sh\nkubectl create configmap a\n```\n:::\n"
    author.lesson(f"## A\n{CHECK}{fails}")
    assert check(author.folder)[0] == code


def test_an_exercise_that_works_for_some_parameters_only_is_found_out(author):
    author.lesson("## A\n")
    head = "---\ntitle: E\nsummary: S\nminutes: 3\nparameters: {name: [a, b, c, d]}\n---\n"
    author.write(head + CHECK + solution("kubectl create configmap {{ name }}"), "exercises/e.md")
    code, out = check(author.folder)
    assert code == 1 and "exercises/e.md:7: not passed after the solution" in out and "(seed " in out


def test_only_the_lessons_that_are_named_are_checked(author):
    author.lesson("## A\n", slug="good")
    author.lesson("## A\n", HEAD + "nope: 1\n", slug="bad")
    assert check(author.folder, "good")[0] == 0 and check(author.folder, "bad")[0] == 1
    with pytest.raises(CommandError, match="there is no lesson other; there are bad, good"):
        call_command("lessons", "--folder", str(author.folder), "check", "other")


def test_the_list_has_what_learners_see():
    out = StringIO()
    call_command("lessons", "--folder", str(LESSONS), "list", stdout=out)
    assert out.getvalue() == "first-light\tPods\tFirst light\tbeginner, 5 minutes\n"
