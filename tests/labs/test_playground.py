"""The playground's page: a cluster of one's own, of the kind and version that one likes."""

import pytest
from django.test import Client

from kubelab.labs.keeping import reading
from kubelab.labs.models import Lab

pytestmark = pytest.mark.django_db(transaction=True)
PAGE = "/playground/"


@pytest.fixture
def visitor():
    return Client()


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


@pytest.mark.parametrize("choice", [{"preset": "five-thousand-nodes"}, {"preset": "nope"}, {"version": "1.2"}])
def test_what_is_not_offered_is_refused_beside_its_field(visitor, choice):
    answer = visitor.post(PAGE, choice)
    assert answer.status_code == 200
    assert b"is not one of the available choices" in answer.content
    assert not Lab.objects.exists()
