"""A class, the people in it, and what they do; with the lessons of the courses' own tests."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from kubelab.accounts.models import User
from kubelab.classroom.models import Assignment, Attempt, Classroom, Membership, Standing, Teaching
from kubelab.courses.library import library
from kubelab.courses.models import Exercising
from kubelab.courses.starting import exercise_of
from kubelab.labs import simulation, templates
from kubelab.labs.awake import clusters
from kubelab.labs.keeping import acting
from tests.courses.conftest import LESSONS

HTMX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def our_lessons(settings):
    settings.LESSONS = LESSONS
    yield
    templates.forget()
    clusters.clear()


class Person:
    """Somebody with an account and a browser."""

    def __init__(self, user):
        self.user, self.browser = user, Client()
        self.browser.force_login(user)

    def get(self, path, **more):
        return self.browser.get(path, **more)

    def reads(self, path):
        answer = self.browser.get(path)
        assert answer.status_code == 200, (path, answer.status_code, getattr(answer, "url", ""))
        return answer.content.decode()

    def post(self, path, data=None, **more):
        return self.browser.post(path, data or {}, **more)


def somebody(name, **more):
    return Person(User.objects.create_user(name, f"{name}@example.org", "x", **more))


@pytest.fixture
def teacher(db):
    return somebody("grace", is_instructor=True)


@pytest.fixture
def classroom(teacher):
    """A class that `teacher` teaches."""
    made = Classroom.objects.create(name="Spring", time_zone="Europe/Berlin")
    Teaching.objects.create(classroom=made, instructor=teacher.user)
    return made


class Learner(Person):
    """A learner of the class."""

    def __init__(self, user, classroom, name=""):
        super().__init__(user)
        self.classroom = classroom
        self.place = Membership.objects.create(
            classroom=classroom, learner=user, name=name or user.username.title(), joined=timezone.now()
        )

    def url(self, assignment, rest=""):
        return f"/classes/{self.classroom.public_id}/assignments/{assignment.pk}/{rest}"

    def begins(self, assignment, **data):
        return self.post(self.url(assignment, "begin/"), data)

    def work(self, assignment):
        return Exercising.objects.get(task=assignment.pk, learner=self.user)

    def variant(self, assignment):
        work = self.work(assignment)
        return exercise_of(work, library().lesson(work.lesson).exercises[work.exercise])

    def runs(self, assignment, *lines):
        with acting(self.work(assignment).lab.pk) as cluster:
            shell = simulation.line_shell(cluster)
            for line in lines:
                assert shell.run(line).exit == 0

    def solves(self, assignment, upto=None):
        actions = self.variant(assignment).solutions[0].actions
        lines = [action.text for action in actions if hasattr(action, "text")]
        self.runs(assignment, *lines, *([] if upto else ["advance 60"]))

    def hands_in(self, assignment, **data):
        return self.post(self.url(assignment, "submit/"), data)

    def standing(self, assignment):
        return Standing.objects.get(assignment=assignment, membership=self.place)

    def attempts(self, assignment):
        return list(Attempt.objects.filter(assignment=assignment, membership=self.place).order_by("number"))


@pytest.fixture
def ada(classroom):
    return Learner(somebody("ada").user, classroom, "Ada Lovelace")


@pytest.fixture
def alan(classroom):
    return Learner(somebody("alan").user, classroom, "Alan Turing")


def assigned(classroom, kind="exercise", **more):
    """Assign one of the tests' items to a class."""
    values = {"lesson": "first-light", "title": f"The {kind}", "points": 30}
    values |= {"exercise": "scale"} if kind == "exercise" else {}
    return Assignment.objects.create(classroom=classroom, kind=kind, **(values | more))


@pytest.fixture
def exercise(classroom):
    return assigned(classroom)


def ago(**more):
    return timezone.now() - timedelta(**more)


def ahead(**more):
    return timezone.now() + timedelta(**more)


def text_of(html):
    """Return what a page says, without its markup."""
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())
