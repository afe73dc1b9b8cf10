"""A quiz that was assigned: answers are kept as they are given, graded together, explained when that is wanted."""

from datetime import timedelta

import pytest

from kubelab.classroom import attempts, duties
from kubelab.classroom.models import Assignment, Attempt, By, Explained
from kubelab.courses.library import library
from kubelab.courses.models import Answer
from kubelab.courses.starting import start_lesson
from kubelab.labs import simulation
from kubelab.labs.keeping import acting
from tests.classroom.conftest import HTMX, ago, ahead, assigned, text_of

pytestmark = pytest.mark.django_db
RIGHT = {
    "kinds:answer": ["0", "1"],
    "order:place-0": "1",
    "order:place-1": "2",
    "order:place-2": "3",
    "match:match-0": "0",
    "match:match-1": "1",
    "number:answer": "110",
    "command:answer": "kubectl get pods -A",
}


@pytest.fixture
def quiz(classroom):
    return assigned(classroom, "quiz", points=70)


def test_it_is_graded_at_once_with_explanations(ada, quiz):
    ada.begins(quiz)
    page = ada.reads(ada.url(quiz, "work/"))
    assert page.count("<fieldset") == 6 and "Right." not in text_of(page)
    answer = ada.hands_in(quiz, **(RIGHT | {"command:answer": "kubectl get pods"}))
    shown = text_of(ada.reads(answer.url))
    assert "That is one namespace." in shown and "5 of 7 reached" in shown
    assert ada.standing(quiz).points == 50, "2 of the 7 points are missing: a command, and what the cluster should be"
    assert not Answer.objects.exists(), "the learner's own practice is another thing"


def test_answers_are_kept_as_they_are_given_and_taken_when_due(ada, quiz):
    ada.begins(quiz)
    kept = ada.post(ada.url(quiz, "save/"), {"number:answer": "110", "order:place-0": "2"}, headers=HTMX)
    assert "2 of 6 answered, kept" in kept.content.decode()
    page = ada.reads(ada.url(quiz, "work/"))
    assert 'value="110"' in page and '<option value="2" selected>' in page
    Assignment.objects.update(due=ago(seconds=1))
    Attempt.objects.update(began=ago(hours=1))
    quiz.refresh_from_db()
    attempts.reschedule(quiz)
    duties.do_what_is_due()
    taken, _ = ada.attempts(quiz)
    assert (taken.by, taken.reached) == (By.DUE, 2) and ada.standing(quiz).points == 20


@pytest.mark.parametrize("path", ["save/", "submit/"])
def test_when_the_time_is_over_nothing_more_comes_into_it_however_late_that_is_noticed(ada, classroom, path):
    quiz = assigned(classroom, "quiz", points=70, time_limit=30)
    ada.begins(quiz)
    ada.post(ada.url(quiz, "save/"), {"number:answer": "110"}, headers=HTMX)
    began = ago(minutes=31)
    Attempt.objects.update(began=began)
    ada.post(ada.url(quiz, path), RIGHT)
    duties.do_what_is_due()
    [attempt] = ada.attempts(quiz)
    assert set(attempt.answers) - {"so"} == {"number"}, "`so` asks the cluster, when it is graded"
    if path == "submit/":
        assert (attempt.by, attempt.submitted) == (By.TIME, began + timedelta(minutes=30))


@pytest.mark.parametrize(
    ("explained", "due", "shows"),
    [
        (Explained.NEVER, ahead(hours=1), False),
        (Explained.AFTER_DUE, ahead(hours=1), False),
        (Explained.AFTER_DUE, None, False),
    ],
)
def test_explanations_wait_where_the_assignment_says_so(teacher, classroom, ada, explained, due, shows):
    quiz = assigned(classroom, "quiz", explained=explained, due=due)
    ada.begins(quiz)
    url = ada.hands_in(quiz, **{"command:answer": "kubectl get pods", "kinds:answer": "2"}).url
    page = ada.reads(url)
    assert ("That is one namespace." in page) == shows and "is-right" not in page.split("verdict")[0]
    assert "That is one namespace." in teacher.reads(url), "the instructor sees all"
    if explained == Explained.AFTER_DUE and due:
        Assignment.objects.update(due=ago(seconds=1))
        assert "That is one namespace." in ada.reads(url)


def test_what_the_cluster_should_be_is_looked_at_in_the_lessons_cluster(ada, quiz):
    lab = start_lesson(ada.user, library().lesson("first-light")).lab
    with acting(lab.pk) as cluster:
        assert simulation.line_shell(cluster).run("kubectl create configmap quiz").exit == 0
    ada.begins(quiz)
    ada.hands_in(quiz, **RIGHT)
    assert ada.standing(quiz).points == 70
    assert ada.attempts(quiz)[0].moment is not None


def test_nonsense_in_a_form_is_no_answer(ada, quiz):
    ada.begins(quiz)
    nonsense = {
        "kinds:answer": ["99", "x"], "order:place-0": "-1", "match:match-0": "999", "number:answer": "nan",
        "command:answer": "<script>alert(1)</script>" + "x" * 900, "nothing:answer": "1",
    }  # fmt: skip
    page = ada.reads(ada.hands_in(quiz, **nonsense).url)
    assert "<script>alert(1)" not in page and ada.standing(quiz).points == 0


def test_difficulty_and_common_wrong_answers_are_told(teacher, classroom, ada, alan, quiz):
    for learner, wrong in ((ada, "kubectl get pods"), (alan, "get <pods>")):
        learner.begins(quiz)
        learner.hands_in(quiz, **(RIGHT | {"command:answer": wrong, "kinds:answer": ["0", "2"]}))
    page = teacher.reads(f"/classes/{classroom.public_id}/assignments/{quiz.pk}/")
    said = text_of(page)
    assert "2× Service" in said and "2× without: Job" in said and "1× kubectl get pods" in said
    assert "get &lt;pods&gt;" in page and "How many Pods fit on a node?" in said and "100 % right" in said


def test_a_question_that_was_changed_since_breaks_nothing(ada, quiz):
    ada.begins(quiz)
    url = ada.hands_in(quiz, **RIGHT).url
    attempt = ada.attempts(quiz)[0]
    attempt.answers = {"kinds": {"text": "?"}, "order": {"places": ["x"]}, "match": [], "number": "1", "gone": {}}
    attempt.regrade, attempt.look_at = True, ago(seconds=1)
    attempt.save()
    duties.do_what_is_due()
    assert ada.standing(quiz).points == 0
    ada.reads(url)
