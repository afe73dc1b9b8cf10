"""The account's own page."""

import pytest

from kubelab.accounts.models import User

pytestmark = pytest.mark.django_db


def test_it_asks_who_you_are(client):
    assert client.get("/account/").url == "/account/log-in/?next=/account/"


def test_name_and_address_can_be_changed(client, ada):
    client.force_login(ada)
    client.post("/account/", {"username": "countess", "email": "countess@example.org"})
    ada.refresh_from_db()
    assert (ada.username, ada.email) == ("countess", "countess@example.org")


def test_a_taken_name_is_refused(client, ada):
    User.objects.create_user("grace")
    client.force_login(ada)
    assert "That name is taken." in client.post("/account/", {"username": "Grace"}).content.decode()
    ada.refresh_from_db()
    assert ada.username == "ada"


def test_it_is_deleted_only_when_the_learner_is_sure(client, ada):
    client.force_login(ada)
    client.post("/account/delete/")
    assert User.objects.exists()
    client.post("/account/delete/", {"sure": "yes"})
    assert not User.objects.exists()
    assert client.get("/").context["user"].is_anonymous


def test_forms_from_elsewhere_are_refused(ada):
    from django.test import Client

    stranger = Client(enforce_csrf_checks=True)
    stranger.force_login(ada)
    assert stranger.post("/account/delete/", {"sure": "yes"}).status_code == 403
    assert User.objects.exists()
