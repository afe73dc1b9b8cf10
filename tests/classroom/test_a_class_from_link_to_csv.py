"""The whole way, without a browser: a class is made, joined, given an exercise; it is graded and exported."""

import csv
import io

import pytest

from kubelab.classroom.models import Assignment, Classroom, Standing
from tests.classroom.conftest import Learner, somebody, text_of

pytestmark = pytest.mark.django_db


def test_from_the_join_link_to_the_grades_as_csv(teacher):
    made = teacher.post("/classes/new/", {"name": "Spring <b>", "time_zone": "Europe/Berlin"})
    classroom = Classroom.objects.get()
    home = made.url
    link = f"/join/{classroom.join_code}/"
    assert link in teacher.reads(home) and "Spring &lt;b&gt;" in teacher.reads(home)

    ada = somebody("ada")
    assert "Spring &lt;b&gt;" in ada.reads(link)
    assert ada.post(link, {"name": "=Ada"}).url == home
    assert "Nothing is assigned yet" in ada.reads(home)

    new = f"{home}assignments/new/"
    answer = teacher.post(
        new, {"item": "exercise:first-light/scale", "late": "refused", "explained": "at-once", "hints": "on"}
    )
    assert answer.status_code == 302, answer.context["form"].errors
    task = Assignment.objects.get()
    assert (task.title, task.points) == ("First light: scale", 3)
    assert task.title in ada.reads("/classes/")

    learner = Learner.__new__(Learner)
    learner.user, learner.browser, learner.classroom = ada.user, ada.browser, classroom
    work = f"{home}assignments/{task.pk}/work/"
    assert learner.begins(task).url == work
    assert "Hand in" in learner.reads(work) and 'data-step="exercises/scale"' in learner.reads(work)
    learner.solves(task)
    assert learner.hands_in(task).url == f"{work}#handin"
    assert "Attempt 1: 3 of 3." in text_of(learner.reads(work))

    assert Standing.objects.get().points == 3
    assert "=Ada" in teacher.reads(f"{home}gradebook/")
    answer = teacher.get(f"{home}gradebook.csv")
    head, line = csv.reader(io.StringIO(answer.content.decode("utf-8-sig")))
    assert head[0] == "Name" and head[-1] == "Total (3)"
    assert line == ["'=Ada", "", "ada@example.org", "ada", "3", "3"]
