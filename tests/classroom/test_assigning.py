"""What an instructor assigns, with its terms; forms say what is wrong beside the field."""

import shutil
from datetime import UTC, datetime

import pytest

from kubelab.classroom.items import item_of
from kubelab.classroom.models import Assignment
from kubelab.courses.format.reading import variant
from kubelab.courses.library import library
from kubelab.courses.starting import start_lesson
from tests.classroom.conftest import ago, ahead, assigned, text_of
from tests.courses.conftest import LESSONS

pytestmark = pytest.mark.django_db
GOOD = {"item": "exercise:first-light/scale", "late": "penalty", "penalty": "25", "explained": "never"}


@pytest.fixture
def new(classroom):
    return f"/classes/{classroom.public_id}/assignments/new/"


def test_times_are_those_of_the_class(teacher, classroom, new):
    teacher.post(new, GOOD | {"opens": "2026-03-01T08:00", "due": "2026-07-01T18:00"})
    task = Assignment.objects.get()
    assert (task.opens, task.due) == (
        datetime(2026, 3, 1, 7, tzinfo=UTC),
        datetime(2026, 7, 1, 16, tzinfo=UTC),
    ), "Berlin, in winter and in summer"
    assert 'value="2026-07-01T18:00"' in teacher.reads(f"/classes/{classroom.public_id}/assignments/{task.pk}/edit/")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"item": ""}, "Choose what to assign"),
        ({"item": "quiz:nothing"}, "not one of the available choices"),
        ({"opens": "2026-07-02T18:00", "due": "2026-07-01T18:00"}, "due before it opens"),
        ({"due": "tomorrow"}, "Enter a valid date/time"),
        ({"due": "2026-03-29T02:30"}, "couldn’t be interpreted in time zone Europe/Berlin"),
        ({"penalty": ""}, "How much is taken off?"),
        ({"penalty": "120"}, "less than or equal to 100"),
        ({"attempts": "0"}, "greater than or equal to 1"),
        ({"time_limit": "0"}, "greater than or equal to 1"),
        ({"points": "many"}, "Enter a number"),
        ({"explained": "after-due"}, "no due time after which"),
        ({"item": "lesson:first-light", "attempts": "3"}, "Not for a lesson"),
        ({"late": "perhaps"}, "not one of the available choices"),
    ],
)
def test_what_is_wrong_is_said_beside_the_field_and_what_was_typed_stays(teacher, new, change, words):
    answer = teacher.post(new, GOOD | {"instructions": "read <this> first"} | change)
    page = answer.content.decode()
    assert answer.status_code == 200 and words in text_of(page).replace("&#x27;", "'"), text_of(page)
    assert "read &lt;this&gt; first" in page and not Assignment.objects.exists()
    assert 'aria-invalid="true"' in page


def test_what_was_done_of_a_lesson_before_it_was_assigned_counts(teacher, classroom, new, ada):
    progress = start_lesson(ada.user, library().lesson("first-light"))
    progress.steps.create(step="read", done=ago(days=1))
    teacher.post(new, GOOD | {"item": "lesson:first-light", "points": "9"})
    assert ada.standing(Assignment.objects.get()).points == 3


def test_it_can_be_begun_when_it_opens_and_not_before(classroom, ada):
    task = assigned(classroom, "quiz", opens=ahead(hours=1))
    assert "It opens" in ada.reads(ada.url(task))
    answer = ada.post(ada.url(task, "begin/"), follow=True)
    assert "It is not open yet." in answer.content.decode() and ada.attempts(task) == []


def test_pages_say_when_it_opens_and_what_the_instructor_has_written(teacher, classroom):
    task = assigned(classroom, opens=ahead(days=3), instructions="Read the lesson first.")
    assert "opens " in text_of(teacher.reads(f"/classes/{classroom.public_id}/"))
    page = text_of(teacher.reads(f"/classes/{classroom.public_id}/assignments/{task.pk}/"))
    assert "Read the lesson first." in page and "(in 2 days)" in page
    Assignment.objects.update(opens=ago(seconds=20))
    assert "opens " not in text_of(teacher.reads(f"/classes/{classroom.public_id}/"))
    assert "(just now)" in text_of(teacher.reads(f"/classes/{classroom.public_id}/assignments/{task.pk}/"))


def test_it_is_deleted_only_by_who_is_sure(teacher, classroom):
    task = assigned(classroom)
    url = f"/classes/{classroom.public_id}/assignments/{task.pk}/delete/"
    teacher.post(url)
    assert Assignment.objects.exists()
    teacher.post(url, {"sure": "yes"})
    assert not Assignment.objects.exists()


def test_an_exercise_that_is_gone_is_told_to_both_and_breaks_nothing(teacher, classroom, ada):
    task = assigned(classroom, exercise="gone")
    assert "is being worked on just now" in ada.reads(ada.url(task))
    assert "is gone or has mistakes" in teacher.reads(ada.url(task))
    assert ada.begins(task).status_code == 404
    for page in ("board/", "edit/", f"learners/{ada.place.pk}/"):
        teacher.reads(ada.url(task, page))


def test_the_front_page_says_what_is_due_and_what_is_done(classroom, ada):
    assigned(classroom, "quiz", title="Soon <b>", due=ahead(hours=3))
    assigned(classroom, title="Long past", due=ago(days=3))
    page = ada.reads("/")
    assert "Soon &lt;b&gt;" in page and "in 2 hours" in page and "Long past" not in page
    home = text_of(ada.reads("/classes/"))
    assert "Long past" in home and "missed" in home


def test_a_check_is_the_same_one_for_all_learners_whatever_words_were_drawn(tmp_path, settings, classroom):
    shutil.copytree(LESSONS, tmp_path, dirs_exist_ok=True)
    path = tmp_path / "first-light/exercises/scale.md"
    path.write_text(path.read_text().replace(" {#wants}", "").replace("It wants", "`{{ name }}` wants"))
    settings.LESSONS = tmp_path
    file = library().lesson("first-light").exercises["scale"]
    drawn = [variant(file, seed)[0].checks for seed in range(8)]
    assert len({checks[0].sentence for checks in drawn}) > 1 and len({checks[0].id for checks in drawn}) == 1
    assert item_of(assigned(classroom)).parts == [(drawn[0][0].id, "… wants …"), ("ready", "They are ready")]
