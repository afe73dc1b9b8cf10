"""Attempts at an exercise: handed in once, kept with their cluster, graded in part, late, when due, and again."""

import io
import json
import zipfile
from datetime import timedelta

import pytest

from kubelab.classroom import attempts, duties
from kubelab.classroom.models import Assignment, Attempt, By, Extension, GradeChange, Late
from kubelab.courses.library import Library
from kubelab.courses.models import Exercising
from kubelab.labs import creation
from kubelab.labs.keeping import NotKept
from kubelab.labs.models import Lab, Moment
from tests.classroom.conftest import HTMX, ago, ahead, assigned, text_of
from tests.courses.conftest import LESSONS

pytestmark = pytest.mark.django_db


@pytest.fixture
def at_work(ada, exercise):
    """Ada has begun the exercise."""
    ada.begins(exercise)
    return exercise


def make_due(assignment, **more):
    """Let the due time have come, and do what is due."""
    Assignment.objects.filter(pk=assignment.pk).update(due=ago(**(more or {"seconds": 1})))
    assignment.refresh_from_db()
    Attempt.objects.filter(submitted=None).update(began=ago(days=2))
    attempts.reschedule(assignment)
    duties.do_what_is_due()


def test_partial_credit_is_in_proportion_and_the_best_counts(ada, at_work):
    ada.hands_in(at_work)
    assert ada.standing(at_work).points == 0
    ada.begins(at_work)
    ada.solves(at_work, upto="wanted")
    ada.hands_in(at_work)
    assert ada.standing(at_work).points == 10, "1 of 3, of 30 points"
    ada.begins(at_work)
    ada.runs(at_work, "advance 60")
    page = text_of(ada.post(ada.url(at_work, "submit/"), {}, headers=HTMX).content.decode())
    assert "Attempt 3: 3 of 3." in page and ada.standing(at_work).points == 30
    ada.begins(at_work, anew="yes")
    ada.hands_in(at_work)
    assert ada.standing(at_work).points == 30 and ada.attempts(at_work)[3].reached == 0
    assert "counts" in text_of(ada.reads(ada.url(at_work)))


def test_pressing_twice_hands_in_once(ada, at_work):
    [attempt] = ada.attempts(at_work)
    assert attempts.hand_in(attempt) and not attempts.hand_in(attempt)
    ada.hands_in(at_work, attempt=attempt.pk)
    assert [one.submitted is not None for one in ada.attempts(at_work)] == [True]
    ada.begins(at_work)
    ada.hands_in(at_work, attempt=attempt.pk)
    assert ada.attempts(at_work)[1].submitted is None, "the old page meant the attempt before"


def test_attempts_are_counted(ada, classroom):
    task = assigned(classroom, attempts=1)
    ada.begins(task)
    assert "1 attempt left" in text_of(ada.reads(ada.url(task, "work/")))
    ada.hands_in(task)
    answer = ada.post(ada.url(task, "begin/"), follow=True)
    assert "You have used all of your attempts." in answer.content.decode() and len(ada.attempts(task)) == 1
    Assignment.objects.update(due=ago(minutes=1))
    assert "What you hand in now" not in text_of(ada.reads(ada.url(task))), "nothing can be handed in any more"
    Assignment.objects.update(due=None)
    Extension.objects.create(assignment=task, membership=ada.place, attempts=1)
    ada.begins(task)
    assert len(ada.attempts(task)) == 2


@pytest.mark.parametrize(("late", "points", "said"), [
    (Late.REFUSED, 0, "does not count"), (Late.PENALTY, 24, "counts 24 of 30"), (Late.ACCEPTED, 30, "counts 30 of 30"),
])  # fmt: skip
def test_what_comes_late_is_kept_and_marked(ada, classroom, late, points, said):
    task = assigned(classroom, late=late, penalty=20, due=ago(minutes=5))
    ada.begins(task)
    ada.solves(task)
    ada.hands_in(task)
    standing, [attempt] = ada.standing(task), ada.attempts(task)
    assert (standing.points, standing.late, attempt.score) == (points, True, 1)
    page = text_of(ada.reads(ada.url(task, "work/")))
    assert "It came late" in page and said in page


def test_an_extension_makes_what_was_late_count(teacher, classroom, ada):
    task = assigned(classroom, late=Late.REFUSED, due=ago(hours=1))
    ada.begins(task)
    ada.solves(task)
    ada.hands_in(task)
    assert ada.standing(task).points == 0
    url = f"/classes/{classroom.public_id}/assignments/{task.pk}/learners/{ada.place.pk}/"
    wrong = teacher.post(url, {"what": "extension", "due": "some day", "reason": "ill"}).content.decode()
    assert "Enter a valid date/time" in wrong and 'value="ill"' in wrong and not Extension.objects.exists()
    teacher.post(url, {"what": "extension", "due": "2099-01-01T12:00", "reason": "ill"})
    assert (ada.standing(task).points, ada.standing(task).late) == (30, False)
    assert "extended for you" in ada.reads(ada.url(task)) and "ill" not in text_of(ada.reads(ada.url(task)))
    teacher.post(f"{url}extension/forget/")
    assert ada.standing(task).points == 0


def test_what_is_open_when_it_is_due_is_graded_as_it_is(ada, at_work):
    ada.solves(at_work)
    make_due(at_work)
    [taken, open_still] = ada.attempts(at_work)
    assert (taken.by, taken.reached, taken.submitted) == (By.DUE, 3, at_work.due)
    assert (ada.standing(at_work).points, ada.standing(at_work).late) == (30, False)
    assert open_still.submitted is None and open_still.look_at is None
    duties.do_what_is_due()
    assert len(ada.attempts(at_work)) == 2, "it is taken once"
    assert attempts.used(at_work, ada.place) == 0, "and costs no attempt"
    assert "As it was when it was due." in text_of(ada.reads(ada.url(at_work, "work/")))
    ada.hands_in(at_work)
    assert [one.by for one in ada.attempts(at_work)] == [By.DUE, By.LEARNER]


def test_an_attempt_that_got_no_cluster_has_not_begun(ada, classroom, monkeypatch):
    def refuse(*_, **__):
        raise NotKept("The server's disk is full: nothing was changed.")

    task = assigned(classroom, time_limit=30, attempts=1)
    with monkeypatch.context() as broken:
        broken.setattr(attempts, "start_exercise", refuse)
        assert "disk is full" in ada.post(ada.url(task, "begin/"), follow=True).content.decode()
    assert ada.attempts(task) == []
    ada.begins(task)
    assert len(ada.attempts(task)) == 1


def test_an_attempt_ends_when_its_time_is_over(ada, classroom):
    task = assigned(classroom, time_limit=30)
    ada.begins(task)
    assert "data-countdown=" in ada.reads(ada.url(task, "work/"))
    ada.solves(task)
    began = ago(minutes=31)
    Attempt.objects.update(began=began)
    attempts.reschedule(task)
    assert duties.do_what_is_due() is None
    [attempt] = ada.attempts(task)
    assert (attempt.by, attempt.submitted, attempt.reached) == (By.TIME, began + timedelta(minutes=30), 3)
    ada.begins(task)
    fresh = ada.work(task)
    ada.hands_in(task)
    assert ada.attempts(task)[1].reached == 0 and fresh.lab is not None, "the next one begins from the start"


def test_a_cluster_that_was_deleted_comes_back_with_the_same_variant(ada, at_work):
    seed, title = ada.work(at_work).seed, ada.variant(at_work).title
    creation.delete(ada.work(at_work).lab.pk)
    assert "Get a fresh cluster" in ada.reads(ada.url(at_work))
    assert ada.get(ada.url(at_work, "work/")).url == ada.url(at_work)
    ada.begins(at_work)
    assert ada.work(at_work).seed == seed and title in ada.reads(ada.url(at_work, "work/"))
    assert len(ada.attempts(at_work)) == 1
    ada.solves(at_work)
    ada.hands_in(at_work)
    assert ada.standing(at_work).points == 30


def test_a_submission_without_a_cluster_is_kept_and_says_why(ada, at_work):
    creation.delete(ada.work(at_work).lab.pk)
    ada.hands_in(at_work)
    [attempt] = ada.attempts(at_work)
    assert attempt.submitted and "had been deleted" in attempt.problem and ada.standing(at_work).points == 0


def test_neighbours_differ_and_practice_is_another_thing(ada, alan, at_work):
    ada.post("/lessons/first-light/exercises/scale/")
    alan.begins(at_work)
    assert {work.task for work in Exercising.objects.filter(learner=ada.user)} == {0, at_work.pk}
    assert ada.variant(at_work) != alan.variant(at_work)
    assert Lab.objects.count() == 3


def test_hints_are_given_where_the_assignment_has_them(ada, classroom, at_work):
    assert "kubectl scale" in ada.post(ada.url(at_work, "help/"), headers=HTMX).content.decode()
    ada.hands_in(at_work)
    assert ada.attempts(at_work)[0].hints == 1
    without = assigned(classroom, hints=False)
    ada.begins(without)
    assert "Show a hint" not in ada.reads(ada.url(without, "work/"))
    assert ada.post(ada.url(without, "help/")).status_code == 404


def test_the_solution_is_not_shown_while_it_can_be_handed_in(ada, at_work):
    ada.hands_in(at_work)
    assert 'class="solution"' not in ada.reads(ada.url(at_work, "work/"))


def test_an_attempt_is_looked_into_with_the_cluster_as_it_was(teacher, classroom, ada, alan, at_work):
    ada.runs(at_work, "echo hello > note.txt")
    ada.solves(at_work)
    ada.hands_in(at_work)
    [attempt] = ada.attempts(at_work)
    creation.delete(ada.work(at_work).lab.pk)
    url = f"/classes/{classroom.public_id}/attempts/{attempt.pk}/"
    for reader in (teacher, ada):
        page = reader.reads(url)
        assert "note.txt" in page and "hello" in page and f"{url}map/" in page
        assert b'"full":true' in reader.get(f"{url}map/").content
    assert alan.get(url).status_code == alan.get(f"{url}map/").status_code == 404
    attempt.delete()
    assert not Moment.objects.exists()


def test_grades_are_worked_out_again_when_an_exercise_was_mended(teacher, classroom, ada, at_work, tmp_path, settings):
    ada.solves(at_work)
    ada.hands_in(at_work)
    creation.delete(ada.work(at_work).lab.pk)
    mended = tmp_path / "first-light"
    for path in LESSONS.rglob("*"):
        if path.is_file():
            target = tmp_path / path.relative_to(LESSONS)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(path.read_bytes())
    file = mended / "exercises/scale.md"
    text = file.read_text().replace("{#ready points=2}\n", "{#ready points=2}\nfalse && ")
    file.write_text(text.replace("name: [shop, blog]", "name: [other, names, now]").replace("[3, 4]", "[7]"))
    settings.LESSONS = tmp_path
    assert Library(tmp_path).lesson("first-light") is not None
    url = f"/classes/{classroom.public_id}/assignments/{at_work.pk}/"
    teacher.post(f"{url}regrade/")
    assert "1 attempt to go" in text_of(teacher.reads(url))
    duties.do_what_is_due()
    assert ada.standing(at_work).points == 10, "judged as the variant that she had"
    change = GradeChange.objects.get()
    assert (change.was, change.became) == (30, 10) and "graded again: 1 of 3" in change.reason
    assert "30 → 10" in text_of(teacher.reads(f"{url}learners/{ada.place.pk}/"))


def test_a_grade_is_given_by_hand_with_its_reason_and_history(teacher, classroom, ada, at_work):
    ada.hands_in(at_work)
    url = f"/classes/{classroom.public_id}/assignments/{at_work.pk}/learners/{ada.place.pk}/"
    page = teacher.post(url, {"what": "override", "override-points": "12.5", "override-reason": ""}).content.decode()
    assert "This field is required" in page and 'value="12.5"' in page and not GradeChange.objects.exists()
    teacher.post(url, {"what": "override", "override-points": "12.5", "override-reason": "<b>nice</b>"})
    assert ada.standing(at_work).grade == 12.5
    page = teacher.reads(url)
    assert "&lt;b&gt;nice" in page and "0 → 12.5" in text_of(page) and "grace" in page
    assert "given by your instructor" in ada.reads(ada.url(at_work)) and "nice" not in ada.reads(ada.url(at_work))
    teacher.post(url, {"what": "override", "override-points": "", "override-reason": "no"})
    assert ada.standing(at_work).grade == 0 and GradeChange.objects.count() == 2


def test_changed_terms_change_what_was_handed_in(teacher, classroom, ada, at_work):
    ada.solves(at_work)
    ada.hands_in(at_work)
    url = f"/classes/{classroom.public_id}/assignments/{at_work.pk}/edit/"
    teacher.post(url, {"title": "T", "points": "6", "late": "penalty", "penalty": "50", "explained": "never"})
    assert ada.standing(at_work).points == 6
    due = "2020-01-01T12:00"
    teacher.post(
        url, {"title": "T", "points": "6", "late": "penalty", "penalty": "50", "explained": "never", "due": due}
    )
    assert ada.standing(at_work).points == 3


def test_the_solution_is_shown_when_nothing_counts_any_more(ada, classroom):
    task = assigned(classroom, late=Late.REFUSED, due=ahead(hours=1))
    ada.begins(task)
    assert 'class="solution"' not in ada.reads(ada.url(task, "work/"))
    Assignment.objects.update(due=ago(seconds=1))
    assert 'class="solution"' in ada.reads(ada.url(task, "work/"))


def test_who_deletes_their_account_takes_what_was_kept_along(ada, at_work):
    ada.hands_in(at_work)
    assert Moment.objects.count() == 1
    archive = zipfile.ZipFile(io.BytesIO(ada.post("/account/export/").content))
    [place] = json.loads(archive.read("account.json"))["membership"]
    assert place["attempt"][0]["possible"] == 3 and place["standing"][0]["points"] == 0 and "code" not in place
    ada.post("/account/delete/", {"sure": "yes"})
    assert not Moment.objects.exists() and not Attempt.objects.exists() and not Lab.objects.exists()


def test_a_grading_that_died_with_its_process_is_done_again(ada, at_work, monkeypatch):
    ada.solves(at_work)
    [attempt] = ada.attempts(at_work)
    Attempt.objects.update(submitted=ago(minutes=2), by=By.LEARNER, look_at=ago(minutes=1))
    duties.do_what_is_due()
    attempt.refresh_from_db()
    assert attempt.graded and ada.standing(at_work).points == 30
    assert duties.do_what_is_due() is None


def test_one_that_cannot_be_graded_does_not_hold_up_the_others(ada, alan, at_work, monkeypatch):
    alan.begins(at_work)
    Attempt.objects.update(submitted=ago(minutes=2), by=By.LEARNER, look_at=ago(minutes=1))
    from kubelab.classroom import grading

    judge = grading.judge_exercise

    def broken(work, *args, **more):
        if work.learner == ada.user:
            raise RuntimeError("broken")
        return judge(work, *args, **more)

    monkeypatch.setattr(grading, "judge_exercise", broken)
    duties.do_what_is_due()
    assert ada.attempts(at_work)[0].graded is None and alan.attempts(at_work)[0].graded
    assert ada.attempts(at_work)[0].look_at > ahead(seconds=30)


def test_who_was_taken_off_or_whose_class_is_over_is_not_left_pressing(teacher, classroom, ada, at_work):
    home = f"/classes/{classroom.public_id}/"
    teacher.post(f"{home}archive/", {"away": "yes"})
    answer = ada.post(ada.url(at_work, "submit/"), {}, headers=HTMX)
    assert answer["HX-Redirect"] == ada.url(at_work) and ada.attempts(at_work)[0].submitted is None
    assert "The class is over: nothing is handed in any more." in ada.reads(ada.url(at_work))
    assert ada.get(ada.url(at_work, "work/")).url == ada.url(at_work)
    teacher.post(f"{home}archive/", {"away": "no"})
    teacher.post(f"{home}people/{ada.place.pk}/remove/")
    assert ada.post(ada.url(at_work, "submit/"), {}, headers=HTMX)["HX-Refresh"] == "true"
    assert ada.post(ada.url(at_work, "submit/")).status_code == 404
