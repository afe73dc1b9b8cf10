"""Virtual time follows the real one by the rate, while somebody watches."""

import time

import pytest

from kubelab.labs.keeping import act_on, reading
from kubelab.labs.models import Lab
from kubelab.labs.timekeeping import LINGER, real_moment, virtual
from kubelab.labs.visits import visit, wake
from tests.labs.conftest import NOON


def row(**fields):
    return Lab(**{"now": 100.0, "at": 1000.0, "rate": 1, "watched_until": 1060.0, **fields})


def test_time_passes_at_the_rate_while_somebody_watches():
    assert virtual(row(), 1010) == 110
    assert virtual(row(rate=60), 1010) == 700


def test_time_stands_still_when_nobody_has_watched_for_a_while():
    assert virtual(row(), 1060) == virtual(row(), 99_999) == 160


def test_time_stands_still_while_it_is_paused():
    assert virtual(row(paused=True), 1010) == 100


def test_what_is_due_has_a_real_moment_only_while_time_passes():
    assert real_moment(row(), 130) == 1030
    assert real_moment(row(rate=10), 130) == 1003
    assert real_moment(row(), 90) == 1000
    assert real_moment(row(), None) is real_moment(row(paused=True), 130) is real_moment(row(at=1061.0), 130) is None


@pytest.mark.django_db
class TestALab:
    def age(self, lab, seconds):
        """Let the real time pass, as far as the lab can tell."""
        Lab.objects.filter(pk=lab.pk).update(at=time.time() - seconds, watched_until=time.time() - seconds + LINGER)

    def now(self, lab):
        with act_on(lab.pk) as act:
            return act.cluster.clock.now - NOON

    def test_a_cluster_nobody_watches_stands_still(self, lab):
        with act_on(lab.pk) as act:
            act.touch("now")
        assert self.now(lab) == 0 and Lab.objects.get().next_due is None

    def test_a_watched_cluster_is_due_when_something_is_due(self, lab):
        visit(lab.pk, lambda act: (wake(act), act.cluster.agenda.add("none", "x", act.cluster.clock.now + 5)))
        assert 4 < Lab.objects.get().next_due - time.time() <= 5

    def test_a_cluster_that_slept_a_night_goes_on_where_it_was(self, lab):
        visit(lab.pk, wake)
        self.age(lab, 8 * 3600)
        assert self.now(lab) == pytest.approx(LINGER)
        visit(lab.pk, wake)
        with reading(lab.pk) as cluster:
            assert cluster.clock.now - NOON == pytest.approx(LINGER, abs=1)
