"""Questions of every kind are graded at once, wrong choices explained, and what was answered is kept."""

import pytest
from django.http import QueryDict

from kubelab.courses.grading import NoAnswer, given_in, grade, shuffled
from kubelab.courses.library import library
from kubelab.courses.models import Answer, Progress
from kubelab.labs import simulation
from kubelab.labs.keeping import acting

QUIZ = "/lessons/first-light/quiz/"
HTMX = {"HX-Request": "true"}


@pytest.fixture
def questions(lesson):
    return {question.kind: question for _, page in lesson.pages() for question in page.questions}


def graded(question, text):
    return grade(question, given_in(question, QueryDict(text)))


@pytest.mark.parametrize(
    ("kind", "text", "score", "notes"),
    [
        ("single", "answer=0", 1, []),
        ("single", "answer=1", 0, ["The scheduler chooses nodes."]),
        ("multiple", "answer=0&answer=1", 1, ["It keeps their number."]),
        ("multiple", "answer=0", 2 / 3, ["It keeps their number."]),
        ("multiple", "answer=2&answer=1", 1 / 3, ["A Service only finds Pods."]),
        ("ordering", "place-0=1&place-1=2&place-2=3", 1, []),
        ("ordering", "place-0=2&place-1=1&place-2=3", 1 / 3, ["Not before it is stored."]),
        ("matching", "match-0=0&match-1=1", 1, []),
        ("matching", "match-0=2&match-1=0", 0, ["It knows one version only."]),
        ("numeric", "answer=110.0", 1, []),
        ("numeric", "answer=5,000", 0, ["That is nodes."]),
        ("numeric", "answer=7", 0, ["Look it up."]),
        ("fill-in", "answer=+Kubectl++get pods+-A", 1, []),
        ("fill-in", "answer=kubectl+get+pods", 0, ["That is one namespace."]),
        ("fill-in", "answer=what", 0, []),
    ],
)
def test_an_answer_gets_its_score_and_its_explanations(questions, kind, text, score, notes):
    result = graded(questions[kind], text)
    assert result.score == pytest.approx(score) and [explanation for _, explanation in result.notes] == notes
    assert result.is_right == (score == 1)


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("single", ""), ("single", "answer=9"), ("single", "answer=x"), ("multiple", "answer=-1"),
        ("ordering", "place-0=1"), ("ordering", "place-0=1&place-1=1&place-2=2"),
        ("ordering", "place-0=0&place-1=1&place-2=2"),
        ("matching", "match-0=0"), ("numeric", "answer=many"), ("numeric", "answer=nan"), ("fill-in", "answer=++"),
    ],
)  # fmt: skip
def test_what_is_no_answer_is_said_and_not_counted(questions, kind, text):
    with pytest.raises(NoAnswer):
        graded(questions[kind], text)


def test_tolerances_and_ranges_of_numbers(author):
    body = "## A\n:::question numeric\nq\n\n- [x] 40 ± 10\n- [x] 90..100\n:::\n"
    [question] = author.lesson(body).steps[0].questions
    assert [graded(question, f"answer={number}").score for number in (30, 50, 51, 95, 100.5)] == [1, 1, 0, 1, 0]


def test_choices_are_shuffled_alike_for_the_same_learner_unless_they_are_fixed(author, questions):
    ordering = questions["ordering"]
    orders = {tuple(shuffled(ordering, str(learner))) for learner in range(30)}
    assert len(orders) > 2 and (0, 1, 2) not in orders
    assert shuffled(ordering, "7") == shuffled(ordering, "7")
    body = "## A\n:::question single {fixed}\nq\n\n- [x] a\n- [ ] b\n  > no\n- [ ] c\n  > no\n:::\n"
    [fixed] = author.lesson(body).steps[0].questions
    assert shuffled(fixed, "7") == [0, 1, 2]


def answer(client, question, page="quiz", **given):
    return client.post(f"/lessons/first-light/answer/{page}/{question}/", given, headers=HTMX)


@pytest.mark.django_db
def test_anybody_may_take_the_quiz_and_what_they_answer_is_kept(client):
    first = answer(client, "number", answer="110")
    assert first["HX-Refresh"] == "true"  # the page's other forms have the token of a visitor who was nobody
    progress = Progress.objects.get()
    assert progress.learner.is_guest and progress.lab is None
    shown = answer(client, "number", answer="5000").content.decode()
    assert "Not right." in shown and "That is nodes." in shown and "1 of 6 answered, 0 of 7 points." in shown
    assert "Right." in answer(client, "number", answer="110").content.decode()
    page = client.get(QUIZ).content.decode()
    assert 'value="110"' in page and "1 of 6 answered, 2 of 7 points." in page
    assert Answer.objects.count() == 3


@pytest.mark.django_db
def test_a_quiz_can_be_taken_again_and_the_tries_before_are_kept(client):
    answer(client, "number", answer="110")
    answer(client, "command", answer="x")
    again = client.post("/lessons/first-light/answer/quiz/number/again/", headers=HTMX).content.decode()
    assert "Right." not in again and "1 of 6 answered, 0 of 7 points." in again
    assert client.post("/lessons/first-light/quiz/again/").url == QUIZ
    assert "0 of 6 answered" in client.get(QUIZ).content.decode()
    assert Answer.objects.filter(withdrawn=False).count() == 2


@pytest.mark.django_db
def test_no_answer_makes_no_guest(client):
    assert "Choose an answer first." in answer(client, "who", "make").content.decode()
    assert not Progress.objects.exists() and "sessionid" not in client.cookies


@pytest.mark.django_db
def test_without_scripts_an_answer_leads_back_to_the_page(client):
    response = client.post("/lessons/first-light/answer/quiz/number/", {"answer": "110"})
    assert response.url == f"{QUIZ}#question-number"


@pytest.mark.django_db
def test_a_question_in_a_step_is_answered_there_and_keeps_the_order_on_the_page(visitor):
    shown = answer(visitor, "who", "make", answer="1", order="1,0").content.decode()
    assert "The scheduler chooses nodes." in shown
    for text in (shown, visitor.get("/lessons/first-light/make/").content.decode()):
        assert text.index('value="1" checked') < text.index('type="radio" name="answer" value="0"')
    assert "Deployments make ReplicaSets." in shown and 'name="order" value="1,0"' in shown
    page = visitor.get("/lessons/first-light/make/").content.decode()
    assert "Not right." in page and "<fieldset>" in page and "<legend>Who makes Pods of a Deployment?</legend>" in page


@pytest.mark.django_db
def test_a_question_about_the_cluster_is_graded_by_the_cluster(visitor, progress):
    assert "Not right." in answer(visitor, "so").content.decode()
    with acting(progress.lab.pk) as cluster:
        simulation.line_shell(cluster).run("kubectl create configmap quiz")
    assert "Right." in answer(visitor, "so").content.decode()


@pytest.mark.django_db
def test_a_question_about_the_cluster_asks_to_start_the_lesson_first(client, learner):
    client.force_login(learner)
    assert "Start the lesson first" in answer(client, "so").content.decode()


@pytest.mark.django_db
def test_an_answer_to_a_question_that_was_changed_since_is_not_shown(visitor, progress):
    Answer.objects.create(progress=progress, page="quiz", question="order", given={"chosen": [0]}, score=1)
    page = visitor.get(QUIZ)
    assert page.status_code == 200 and "Right." not in page.content.decode()
    assert library().lesson("first-light").quiz


@pytest.mark.django_db
def test_tries_are_bounded(visitor, progress, monkeypatch):
    monkeypatch.setattr("kubelab.courses.quiz_views.MOST_TRIES", 2)
    for _ in range(2):
        answer(visitor, "number", answer="1")
    assert "2 times" in answer(visitor, "number", answer="110").content.decode()
    assert Answer.objects.count() == 2
