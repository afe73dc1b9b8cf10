"""Members log in by name or address; guests take along what they have."""

import pytest

from kubelab.accounts import tries
from kubelab.accounts.guests import guest_joins
from kubelab.accounts.models import User
from tests.accounts.conftest import PASSWORD

pytestmark = pytest.mark.django_db


def log_in(client, username="ada", password=PASSWORD, **more):
    return client.post("/account/log-in/", {"username": username, "password": password, **more})


def who(client) -> str:
    return client.get("/").context["user"].get_username()


@pytest.mark.parametrize("name", ["ada", "Ada", "ada@example.org", "ADA@example.org"])
def test_by_name_or_address_in_whatever_case(client, ada, name):
    log_in(client, name)
    assert who(client) == "ada"


@pytest.mark.parametrize("name, password", [("ada", "wrong"), ("nobody", PASSWORD), ("nobody@example.org", PASSWORD)])
def test_a_wrong_name_and_a_wrong_password_look_alike(client, ada, name, password):
    assert "Please enter a correct name and password." in log_in(client, name, password).content.decode()
    assert who(client) == ""


def test_it_goes_back_to_where_the_learner_was(client, ada):
    assert log_in(client, next="/playground/").url == "/playground/"


def test_log_out(client, ada):
    client.force_login(ada)
    client.post("/account/log-out/")
    assert who(client) == ""


def test_too_many_wrong_passwords_are_refused_for_a_while(client, ada):
    for _ in range(tries.ALLOWED):
        log_in(client, password="wrong")
    assert "Too many wrong passwords." in log_in(client).content.decode()
    assert who(client) == ""


def test_a_stranger_elsewhere_cannot_lock_the_member_out(client, ada):
    for _ in range(tries.ALLOWED):
        client.post("/account/log-in/", {"username": "ada", "password": "wrong"}, REMOTE_ADDR="192.0.2.7")
    log_in(client)
    assert who(client) == "ada"


def test_a_guest_who_logs_in_is_gone_as_a_guest(client, ada, guest):
    log_in(client)
    assert who(client) == "ada"
    assert list(User.objects.all()) == [ada]


def test_other_parts_are_told_before_the_guest_goes(client, ada, guest):
    told = []
    receiver = lambda guest, account, **_: told.append((guest.username, account.username))  # noqa: E731
    guest_joins.connect(receiver)
    log_in(client)
    guest_joins.disconnect(receiver)
    assert told == [(guest.username, "ada")]


def test_a_failed_log_in_leaves_the_guest_alone(client, ada, guest):
    log_in(client, password="wrong")
    assert who(client) == guest.username
