"""What counts is the cluster at an attempt's end: nothing that is done later, however late somebody looks at it."""

import time

import pytest

from kubelab.classroom import attempts, duties
from kubelab.classroom.models import Attempt, By, Extension
from kubelab.labs import creation
from kubelab.labs.keeping import act_on
from kubelab.labs.models import Lab, Moment
from kubelab.labs.visits import visit
from tests.classroom.conftest import ago, ahead, assigned

pytestmark = pytest.mark.django_db


def lasts(learner, task, **ended):
    """Let the time of a learner's open attempt have ended a while ago, with nobody having looked yet."""
    [attempt] = Attempt.objects.filter(assignment=task, membership=learner.place, submitted=None)
    began = ago(minutes=task.time_limit, **ended) if task.time_limit else ago(days=1)
    Attempt.objects.filter(pk=attempt.pk).update(began=began)
    attempts.reschedule(task)


def test_what_is_done_after_the_time_is_over_does_not_count(ada, classroom):
    task = assigned(classroom, time_limit=10)
    ada.begins(task)
    lasts(ada, task, seconds=5)
    ada.solves(task)
    duties.do_what_is_due()
    [attempt] = ada.attempts(task)
    assert (attempt.by, attempt.reached, ada.standing(task).points) == (By.TIME, 0, 0)
    assert attempt.moment is not None and Moment.objects.count() == 1


def test_what_was_done_before_it_counts_whoever_undoes_it(ada, classroom):
    task = assigned(classroom, time_limit=10)
    ada.begins(task)
    ada.solves(task)
    lasts(ada, task, seconds=5)
    lab = ada.work(task).lab
    creation.reset(lab.pk)
    creation.delete(lab.pk)
    duties.do_what_is_due()
    [attempt] = ada.attempts(task)
    assert (attempt.reached, attempt.problem) == (3, "")


def test_a_click_that_comes_within_the_grace_is_graded_by_the_end(ada, classroom):
    task = assigned(classroom, time_limit=10)
    ada.begins(task)
    lasts(ada, task, seconds=3)
    ada.solves(task)
    ada.hands_in(task)
    [attempt] = ada.attempts(task)
    assert (attempt.by, attempt.reached) == (By.LEARNER, 0)


def test_what_is_done_between_the_due_time_and_the_look_is_late(ada, classroom):
    task = assigned(classroom, due=ahead(hours=1), penalty=50)
    ada.begins(task)
    task.due = ago(seconds=5)
    task.save()
    lasts(ada, task)
    ada.solves(task)
    ada.hands_in(task)
    [taken, late] = ada.attempts(task)
    assert [(one.by, one.reached) for one in (taken, late)] == [(By.DUE, 0), (By.LEARNER, 3)]
    assert (ada.standing(task).points, ada.standing(task).late) == (15, True)
    duties.do_what_is_due()
    assert len(ada.attempts(task)) == 2 and Moment.objects.count() == 2


@pytest.mark.parametrize("looks", [False, True])
def test_when_due_and_then_the_time_was_over_each_counts_by_its_own_end(ada, classroom, looks):
    """Nobody has looked since before both, but perhaps the learner, who then did the work: too late for either."""
    task = assigned(classroom, time_limit=10, due=ahead(hours=1))
    ada.begins(task)
    ada.solves(task, upto="wanted")
    task.due = ago(minutes=2)
    task.save()
    lasts(ada, task, seconds=5)
    if looks:
        visit(ada.work(task).lab.pk)
    ada.solves(task)
    for _ in range(3):
        duties.do_what_is_due()
    assert [(one.by, one.reached) for one in ada.attempts(task)] == [(By.DUE, 1), (By.TIME, 1)]
    assert all(one.graded for one in ada.attempts(task)) and Moment.objects.count() == 2


def test_who_is_granted_more_time_goes_on(ada, classroom):
    task = assigned(classroom, time_limit=10)
    ada.begins(task)
    lasts(ada, task, seconds=5)
    visit(ada.work(task).lab.pk)
    assert ada.attempts(task)[0].moment is not None
    Extension.objects.create(assignment=task, membership=ada.place, minutes=5)
    attempts.reschedule(task)
    assert ada.attempts(task)[0].moment is None and Moment.objects.count() == 0
    ada.solves(task)
    ada.hands_in(task)
    assert ada.attempts(task)[0].reached == 3


def test_a_clusters_time_stops_at_the_end_for_what_is_set_aside(ada, classroom):
    task = assigned(classroom, time_limit=10)
    ada.begins(task)
    ada.solves(task, upto="wanted")
    labs = Lab.objects.filter(pk=ada.work(task).lab.pk)
    labs.update(at=time.time() - 60, watched_until=time.time())  # its page was open, its time ran
    lasts(ada, task, seconds=59)
    duties.do_what_is_due()
    assert ada.attempts(task)[0].reached == 1, "the Pods come later than the end"


def test_a_quizs_question_about_the_cluster_is_judged_by_its_end_too(ada, classroom):
    from kubelab.courses.library import library
    from kubelab.courses.starting import start_lesson
    from kubelab.labs import simulation

    task = assigned(classroom, "quiz", time_limit=10)
    lab = start_lesson(ada.user, library().lesson("first-light")).lab
    ada.begins(task)
    lasts(ada, task, seconds=5)
    with act_on(lab.pk) as act:
        assert simulation.line_shell(act.cluster).run("kubectl create configmap quiz").exit == 0
    duties.do_what_is_due()
    [attempt] = ada.attempts(task)
    assert attempt.moment is not None and not any(one["score"] for one in attempt.outcomes.values())
