"""The gradebook sorts, opens in spreadsheets without running anything, in a fixed number of queries."""

import csv
import io

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from kubelab.classroom.gradebook import plain
from kubelab.classroom.models import Membership, Standing
from tests.classroom.conftest import Learner, ago, assigned, somebody, text_of

pytestmark = pytest.mark.django_db


def grade(assignment, learner, points, **more):
    return Standing.objects.create(
        assignment=assignment, membership=learner.place, points=points, began=ago(days=1), **more
    )


@pytest.fixture
def book(classroom):
    return f"/classes/{classroom.public_id}/gradebook/"


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\r=x", "  =1", "＝1"])
def test_no_text_is_a_formula(text):
    assert plain(text) == f"'{text}"


def test_ordinary_names_stay_as_they_are():
    assert [plain(name) for name in ("Ada", "O'Neil", "", "7")] == ["Ada", "O'Neil", "", "7"]


def test_it_shows_what_stands(teacher, classroom, ada, alan, book):
    past, coming = assigned(classroom, title="Past", due=ago(days=1)), assigned(classroom, "quiz", title="<Coming>")
    grade(past, ada, 12.5, late=True)
    grade(coming, ada, None)
    grade(coming, alan, 7, override=9)
    page = teacher.reads(book)
    said = text_of(page)
    assert "Ada Lovelace 12.5 12.5 , late …" in said and "Alan Turing 9 missed 9 , given by hand" in said
    assert "&lt;Coming&gt;" in page and "Average" in said


@pytest.mark.parametrize(
    ("asked", "order"),
    [
        ("", ["Ada", "Bob", "Eve"]),
        ("?sort=name&down=1", ["Eve", "Bob", "Ada"]),
        ("?sort=total&down=1", ["Bob", "Eve", "Ada"]),
        ("?sort={task}", ["Ada", "Eve", "Bob"]),
        ("?sort=number", ["Eve", "Bob", "Ada"]),
        ("?sort=<b>", ["Ada", "Bob", "Eve"]),
    ],
)
def test_it_is_sorted_as_asked(teacher, classroom, book, asked, order):
    task = assigned(classroom)
    for number, (name, points) in enumerate((("Eve", 5), ("Bob", 9), ("Ada", None))):
        learner = Learner(somebody(name.lower()).user, classroom, name)
        Membership.objects.filter(pk=learner.place.pk).update(number=str(number))
        grade(task, learner, points)
    page = teacher.reads(book + asked.format(task=task.pk)).split("<tbody>")[1]
    assert sorted(order, key=page.index) == order


def test_its_csv_has_everybody_and_no_formula(teacher, classroom, ada, book):
    task = assigned(classroom, title="=cmd|' /C calc'!A0")
    Membership.objects.create(classroom=classroom, name="Waiting, with comma", email="w@example.org", number="+49")
    Membership.objects.filter(pk=ada.place.pk).update(name='=HYPERLINK("http://evil","x")')
    grade(task, ada, 2.5)
    answer = teacher.get(f"/classes/{classroom.public_id}/gradebook.csv")
    assert answer.headers["Content-Type"].startswith("text/csv") and ".csv" in answer.headers["Content-Disposition"]
    assert answer.content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert rows[0][4] == "'=cmd|' /C calc'!A0 (30)"
    assert rows[1] == ['\'=HYPERLINK("http://evil","x")', "", "ada@example.org", "ada", "2.5", "2.5"]
    semicolons = teacher.get(f"/classes/{classroom.public_id}/gradebook.csv?semicolons=1").content.decode("utf-8-sig")
    assert ";ada@example.org;ada;2,5;2,5\r\n" in semicolons
    assert rows[2] == ["Waiting, with comma", "'+49", "w@example.org", "", "", "0"]


def test_it_asks_as_often_for_many_as_for_few(teacher, classroom, book):
    def queries():
        with CaptureQueriesContext(connection) as captured:
            teacher.reads(book)
        return len(captured)

    first = [assigned(classroom)]
    learners = [Learner(somebody("a").user, classroom)]
    grade(first[0], learners[0], 1)
    queries()  # the first visit keeps the session
    few = queries()
    tasks = first + [assigned(classroom, title=str(n)) for n in range(5)]
    learners += [Learner(somebody(f"l{n}").user, classroom) for n in range(8)]
    for learner in learners:
        for task in tasks:
            Standing.objects.get_or_create(assignment=task, membership=learner.place, defaults={"points": 1})
    assert queries() == few
