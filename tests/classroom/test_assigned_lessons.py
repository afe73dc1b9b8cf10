"""A lesson that was assigned is worth what is done of it, each step by the time at which it was done."""

import pytest

from kubelab.classroom import attempts, duties, standings
from kubelab.classroom.models import Attempt, By, Late, Standing
from kubelab.courses.library import library
from kubelab.courses.live import worked
from kubelab.courses.models import Progress, Work
from kubelab.courses.progress import finish_step, keep_passed, open_step
from tests.classroom.conftest import ago, ahead, assigned, text_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def lesson():
    return library().lesson("first-light")


class Reader:
    """A learner in the lesson."""

    def __init__(self, learner, lesson):
        self.learner, self.lesson = learner, lesson
        self.progress = Progress.objects.create(learner=learner.user, lesson=lesson.slug)

    def opens(self, slug):
        self.step = open_step(self.progress, self.lesson.step(slug), 0)
        worked.send(sender=Work, work=self.progress)

    def does(self, slug, when=None):
        self.opens(slug)
        finish_step(self.step)
        if when is not None:
            self.progress.steps.filter(step=slug).update(done=when)
        worked.send(sender=Work, work=self.progress)


@pytest.fixture
def reader(ada, lesson):
    return Reader(ada, lesson)


def test_steps_count_and_checks_in_part(classroom, ada, reader, lesson):
    task = assigned(classroom, "lesson", points=12)
    reader.opens("make")
    assert (ada.standing(task).points, ada.standing(task).place) == (0, "make")
    keep_passed(reader.progress, lesson.step("make"), ["exists"], 5, 0.0)
    worked.send(sender=Work, work=reader.progress)
    assert ada.standing(task).points == 2, "half of one of three steps"
    reader.does("make")
    assert ada.standing(task).points == 4 and ada.standing(task).passed == ["make"]


def test_the_instructor_sees_how_far_they_are(teacher, classroom, reader):
    task = assigned(classroom, "lesson")
    reader.does("make")
    page = text_of(teacher.reads(f"/classes/{classroom.public_id}/assignments/{task.pk}/"))
    assert "Make a Deployment 100 % 100 % done Delete it 0 % 0 % done" in page


def test_what_is_done_late_is_weighed_step_by_step(classroom, ada, reader):
    task = assigned(classroom, "lesson", points=30, due=ago(hours=1), late=Late.PENALTY, penalty=50)
    reader.does("make", ago(hours=2))
    reader.does("delete")
    standing = ada.standing(task)
    assert (standing.points, standing.late) == (15, True)


def test_it_is_taken_when_due_and_closed_when_all_is_done(classroom, ada, reader):
    task = assigned(classroom, "lesson", points=30, due=ahead(hours=1))
    reader.does("make")
    task.due = ago(seconds=1)
    task.save()
    Attempt.objects.update(began=ago(hours=1))
    attempts.reschedule(task)
    duties.do_what_is_due()
    assert [(one.by, one.reached) for one in ada.attempts(task) if one.submitted] == [(By.DUE, 1)]
    reader.does("delete")
    reader.does("read")
    Progress.objects.update(finished=ago(seconds=0))
    worked.send(sender=Work, work=reader.progress)
    assert [one.by for one in ada.attempts(task)] == [By.DUE, By.DONE]
    reader.opens("make")
    assert len(ada.attempts(task)) == 2, "what is done stays done"


def test_it_does_not_touch_those_who_are_not_in_the_class(classroom, alan, lesson):
    assigned(classroom, "lesson")
    alan.place.delete()
    Reader(alan, lesson).does("make")
    assert not Standing.objects.exists()


def test_a_learner_begins_it_from_the_class(classroom, ada):
    task = assigned(classroom, "lesson")
    assert ada.begins(task).url == "/lessons/first-light/"
    assert ada.standing(task).began and "Go on with the lesson" in ada.reads(ada.url(task))
    assert standings.terms_of(task, ada.place).due is None
