"""The playground's page: a cluster of one's own, of the kind and version that one likes."""

import time

import pytest
from django.core.management import call_command
from django.test import Client

from kubelab.labs import bootstrapping, preparing
from kubelab.labs.keeping import reading
from kubelab.labs.models import Lab

pytestmark = pytest.mark.django_db(transaction=True)
PAGE = "/playground/"


@pytest.fixture
def visitor():
    return Client()


class Making:
    """Stands for the process that makes a template."""

    def __init__(self, preset, version):
        self.made_of, self.returncode = (preset, version), None

    def poll(self):
        return self.returncode

    def end(self, code=0):
        self.returncode = code
        if not code:
            bootstrapping.template_for(*self.made_of, time.time())

    def terminate(self):
        pass


@pytest.fixture
def made(monkeypatch):
    """The templates that are being made; a hundred nodes count as many, so that it takes no minute."""
    processes = []

    def start(*made_of):
        processes.append(Making(*made_of))
        return processes[-1]

    monkeypatch.setattr(preparing, "LARGE", 100)
    monkeypatch.setattr(preparing, "start", start)
    monkeypatch.setattr(preparing, "_processes", {})
    return processes


def nodes(lab):
    with reading(lab.pk) as cluster:
        return [key.rpartition("/")[2] for key, _ in cluster.store.items("/registry/minions/")]


def test_a_mere_visit_makes_nothing(visitor):
    assert b"Start my cluster" in visitor.get(PAGE).content
    assert not Lab.objects.exists()


def test_one_click_makes_three_nodes_of_the_newest_version_but_one(visitor):
    assert visitor.post(PAGE).status_code == 302
    lab = Lab.objects.get()
    assert (lab.preset, lab.version) == ("three-nodes", "1.36")
    assert b"v1.36" in visitor.get(PAGE).content


def test_another_cluster_and_version_may_be_chosen(visitor):
    visitor.post(PAGE, {"preset": "one-node", "version": "1.32"})
    lab = Lab.objects.get()
    assert (lab.preset, lab.version, len(nodes(lab))) == ("one-node", "1.32", 1)


def test_a_reset_may_bring_another_cluster(visitor):
    visitor.post(PAGE, {"preset": "one-node", "version": "1.36"})
    visitor.post(PAGE, {"preset": "three-nodes", "version": "1.37", "reset": "reset"})
    lab = Lab.objects.get()
    assert (lab.preset, lab.version, len(nodes(lab))) == ("three-nodes", "1.37", 3)
    page = visitor.get(PAGE).content.decode()
    assert '<option value="1.37" selected>' in page


def test_a_second_click_keeps_the_cluster(visitor):
    visitor.post(PAGE, {"preset": "one-node"})
    made = Lab.objects.get()
    visitor.post(PAGE, {"preset": "three-nodes"})
    assert Lab.objects.get().template_id == made.template_id


@pytest.mark.parametrize("choice", [{"preset": "nope"}, {"version": "1.2"}])
def test_what_is_not_offered_is_refused_beside_its_field(visitor, choice):
    answer = visitor.post(PAGE, choice)
    assert answer.status_code == 200
    assert b"is not one of the available choices" in answer.content
    assert not Lab.objects.exists()


LARGE = {"preset": "hundred-nodes", "version": "1.36"}
AGAIN = {"HTTP_HX_REQUEST": "true"}


def test_a_large_cluster_is_waited_for_on_a_page_that_looks_again_and_then_opens_it(visitor, made):
    waiting = visitor.post(PAGE, LARGE).content.decode()
    assert "One hundred nodes" in waiting
    assert 'hx-trigger="every 2s"' in waiting
    assert visitor.post(PAGE, LARGE, **AGAIN).status_code == 204
    assert not Lab.objects.exists()
    assert [each.made_of for each in made] == [("hundred-nodes", "1.36")]
    made[0].end()
    assert visitor.post(PAGE, LARGE, **AGAIN)["HX-Redirect"] == PAGE
    assert len(nodes(Lab.objects.get())) == 100


def test_a_reset_that_has_to_be_waited_for_keeps_the_old_cluster_until_then(visitor, made):
    visitor.post(PAGE, {"preset": "one-node"})
    waiting = visitor.post(PAGE, {**LARGE, "reset": "reset"}).content.decode()
    assert '<input type="hidden" name="reset" value="reset">' in waiting
    assert Lab.objects.get().preset == "one-node"
    made[0].end()
    visitor.post(PAGE, {**LARGE, "reset": "reset"}, **AGAIN)
    assert Lab.objects.get().preset == "hundred-nodes"


def test_a_large_cluster_that_cannot_be_made_says_so_and_may_be_tried_again(visitor, made):
    visitor.post(PAGE, LARGE)
    made[0].end(1)
    failed = visitor.post(PAGE, LARGE, **AGAIN).content.decode()
    assert "could not be made" in failed
    assert "hx-trigger" not in failed
    visitor.post(PAGE, LARGE)
    assert len(made) == 2


def test_what_is_to_be_ready_beforehand_is_made_once_the_server_has_started(db, made, settings, monkeypatch):
    settings.PREPARE = ["hundred-nodes"]
    monkeypatch.setattr(preparing, "_started", time.time())
    assert preparing.prepare_beforehand() == pytest.approx(time.time() + preparing.AFTER_START, abs=5)
    assert made == []
    monkeypatch.setattr(preparing, "_started", time.time() - preparing.AFTER_START)
    preparing.prepare_beforehand()
    assert [each.made_of for each in made] == [("hundred-nodes", "1.36")]


def test_an_operator_prepares_a_preset_with_a_command(db, monkeypatch):
    monkeypatch.setattr("os.nice", lambda more: more)  # it would be the tests' own
    call_command("prepare", "one-node", "1.35")
    assert bootstrapping.has_template("one-node", "1.35", time.time())


def test_a_cluster_of_an_old_preset_needs_no_other_template_for_a_month(db):
    month = 30 * 24 * 3600.0
    first = bootstrapping.template_for("hundred-nodes", "1.36", 60 * month)
    assert bootstrapping.template_for("hundred-nodes", "1.36", 61 * month - 1).id == first.id
    assert not bootstrapping.has_template("hundred-nodes", "1.36", 61 * month)
