"""Acting on a cluster: what is committed, what is undone, who is caught up."""

import pytest
from django.db import OperationalError

from kubelab.labs import creation, log
from kubelab.labs.awake import clusters
from kubelab.labs.keeping import NotKept, act_on, acting, load, load_at, reading
from kubelab.labs.models import Lab, Segment
from tests.labs.conftest import NOON, found, put

pytestmark = pytest.mark.django_db


def test_what_an_act_did_is_there_for_the_next_one(lab):
    with acting(lab.pk) as cluster:
        put(cluster, "a", k="v")
    clusters.clear()
    with reading(lab.pk) as cluster:
        assert found(cluster, "a") == {"k": "v"}


def test_an_act_that_fails_leaves_nothing_neither_in_memory_nor_in_the_database(lab):
    with pytest.raises(ZeroDivisionError), acting(lab.pk) as cluster:
        put(cluster, "a", k="v")
        1 / 0  # noqa: B018  any error of the act
    with reading(lab.pk) as cluster:
        assert found(cluster, "a") is None


def test_a_database_that_refuses_makes_a_clear_error_and_undoes_the_act(lab, monkeypatch):
    def full(*_):
        raise OperationalError("database or disk is full")

    with monkeypatch.context() as broken:
        broken.setattr(log, "append", full)
        with pytest.raises(NotKept, match="disk is full: nothing was changed"), acting(lab.pk) as cluster:
            put(cluster, "a", k="v")
    with reading(lab.pk) as cluster:
        assert found(cluster, "a") is None


def test_an_act_that_only_looks_writes_nothing(lab):
    with act_on(lab.pk) as act:
        act.pass_time(None)
    before = Segment.objects.count()
    with acting(lab.pk) as cluster:
        list(cluster.store.items())
    assert Segment.objects.count() == before


def test_a_process_that_is_behind_catches_up(lab):
    with reading(lab.pk) as mine:
        pass
    entry = clusters.get(lab.pk)
    clusters.clear()
    with acting(lab.pk) as others:
        put(others, "a", k="v")
    clusters.put(lab.pk, entry)  # as it was: this process heard of nothing
    with reading(lab.pk) as cluster:
        assert cluster is not mine and found(cluster, "a") == {"k": "v"}


def test_an_act_within_an_act_is_an_error_instead_of_a_deadlock(lab):
    with pytest.raises(RuntimeError, match="an act within an act"), acting(lab.pk), acting(lab.pk):
        pass


def test_acting_on_a_deleted_lab_says_so(lab):
    creation.delete(lab.pk)
    with pytest.raises(Lab.DoesNotExist), acting(lab.pk):
        pass
    assert not Segment.objects.exists()


def test_a_lab_is_born_at_the_time_asked_for_although_its_template_is_older(db):
    late = creation.create(None, "late", now=NOON + 1800)
    with reading(late.pk) as cluster:
        assert cluster.clock.now == NOON + 1800


def test_labs_born_in_one_hour_share_a_template(db):
    first, second = (creation.create(None, name, now=NOON + 60 * n) for n, name in enumerate("ab"))
    assert first.template_id == second.template_id and first.seed != second.seed


def test_a_reset_lab_is_as_new_and_other_processes_notice(lab):
    with acting(lab.pk) as cluster:
        put(cluster, "a", k="v")
    entry = clusters.get(lab.pk)
    fresh = creation.reset(lab.pk, now=NOON)
    clusters.put(lab.pk, entry)
    with reading(lab.pk) as cluster:
        assert found(cluster, "a") is None
    assert fresh.seed != lab.seed and fresh.commits > lab.commits


def test_the_cluster_of_an_earlier_revision_is_a_copy(lab):
    with acting(lab.pk) as cluster:
        put(cluster, "a", k="1")
        first = cluster.store.revision
    with acting(lab.pk) as cluster:
        put(cluster, "b", k="2")
    past = load_at(Lab.objects.get(pk=lab.pk), first)
    assert found(past, "a") and found(past, "b") is None
    assert found(load(Lab.objects.get(pk=lab.pk)), "b")
