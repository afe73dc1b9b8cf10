"""The page that breaks something: in one's own cluster, and in no other."""

import pytest
from django.test import Client
from django.urls import reverse

from kubelab.accounts.models import User
from kubelab.labs import creation
from kubelab.labs.keeping import reading
from tests.labs.conftest import NOON

pytestmark = pytest.mark.django_db


@pytest.fixture
def lab(learner):
    return creation.create(learner, "lab", seed=7, now=NOON)


@pytest.fixture
def owner(learner):
    client = Client(headers={"HX-Request": "true"})
    client.force_login(learner)
    return client


def page(lab):
    return reverse("faults", args=[lab.public_id])


def is_on(lab, node):
    with reading(lab.pk) as cluster:
        return cluster.store.get(f"/machine/node/{node}")["powered"]


def test_what_is_chosen_happens(lab, owner):
    assert "Cut a machine&#x27;s power" in owner.get(page(lab)).content.decode()
    said = owner.post(page(lab), {"fault": "power-off", "target": "worker-1"}).content.decode()
    assert "Done: <code>power-off worker-1</code>" in said
    assert not is_on(lab, "worker-1")


def test_the_targets_are_those_of_the_fault(lab, owner):
    assert '<option value="control-plane/apiserver">' in owner.get(page(lab), {"fault": "expire"}).content.decode()


@pytest.mark.parametrize(
    ("fault", "target", "why"),
    [
        ("power-off", "worker-9", "no &#x27;worker-9&#x27; here; there is control-plane"),
        ("power-off", "", "This field is required"),
        ("explode", "worker-1", "explode is not one of the available choices"),
        ("power-off", "<b>", "no &#x27;&lt;b&gt;&#x27; here"),
    ],
)
def test_what_cannot_happen_is_told_beside_its_field(lab, owner, fault, target, why):
    said = owner.post(page(lab), {"fault": fault, "target": target}).content.decode()
    assert why in said and "Done:" not in said


def test_nobody_else_breaks_it(lab):
    stranger = Client()
    stranger.force_login(User.objects.create_guest())
    assert stranger.post(page(lab), {"fault": "power-off", "target": "worker-1"}).status_code == 404
    assert is_on(lab, "worker-1")
