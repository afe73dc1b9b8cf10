"""A learner works without signing up."""

import pytest
from django.contrib.auth import get_user
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.backends.db import SessionStore

from kubelab.accounts.guests import guest_of, learner_of
from kubelab.accounts.models import User

pytestmark = pytest.mark.django_db


@pytest.fixture
def somebody(rf):
    """A request by a browser that was never here."""
    request = rf.post("/")
    request.session, request.user = SessionStore(), AnonymousUser()
    return request


def test_a_mere_visit_makes_no_account_and_no_session(client):
    client.get("/")
    client.get("/account/sign-up/")
    assert not User.objects.exists()
    assert "sessionid" not in client.cookies


def test_one_who_does_something_becomes_a_guest_and_stays_the_same(somebody):
    guest = learner_of(somebody)
    assert guest.is_guest
    assert learner_of(somebody) == guest == guest_of(somebody) == get_user(somebody)
    assert User.objects.count() == 1


def test_two_guests_are_two_people(rf):
    guests = {User.objects.create_guest().username for _ in range(20)}
    assert len(guests) == 20


def test_nobody_can_log_in_as_a_guest(client, guest):
    client.logout()
    for password in ("", "!", guest.password):
        assert not client.login(username=guest.username, password=password)


def test_a_member_is_no_guest(rf, ada):
    request = rf.post("/")
    request.user = ada
    assert learner_of(request) == ada
    assert guest_of(request) is None


def test_a_guests_page_offers_to_keep_the_work(client, guest):
    page = client.get("/account/").content.decode()
    assert "You are a guest" in page
    assert "/account/sign-up/" in page


def test_the_cookie_of_one_who_comes_back_is_renewed_once_a_week(client, guest):
    assert "sessionid" in client.get("/account/").cookies
    assert "sessionid" not in client.get("/account/").cookies
    session = client.session
    session["renewed"] -= 8 * 24 * 3600
    session.save()
    assert client.get("/account/").cookies["sessionid"]["max-age"] == 400 * 24 * 3600
