"""A guest's account is turned into a real one, and keeps its row."""

import pytest

from kubelab.accounts.models import User
from tests.accounts.conftest import PASSWORD

pytestmark = pytest.mark.django_db

FORM = {"username": "grace", "email": "grace@example.org", "password1": PASSWORD, "password2": PASSWORD}


def test_a_guests_own_row_becomes_the_account(client, guest):
    client.post("/account/sign-up/", FORM)
    member = User.objects.get()
    assert member.pk == guest.pk
    assert (member.username, member.email, member.is_guest) == ("grace", "grace@example.org", False)
    assert member.check_password(PASSWORD)


def test_one_who_signed_up_is_still_logged_in(client, guest):
    client.post("/account/sign-up/", FORM)
    assert client.get("/account/").context["user"].username == "grace"


def test_one_who_was_nobody_gets_a_new_account(client):
    client.post("/account/sign-up/", FORM)
    assert User.objects.get().username == "grace"
    assert client.get("/account/").context["user"].username == "grace"


def test_it_goes_back_to_where_the_learner_was(client, guest):
    assert client.post("/account/sign-up/", {**FORM, "next": "/playground/"}).url == "/playground/"


def test_it_goes_nowhere_else(client, guest):
    assert client.post("/account/sign-up/", {**FORM, "next": "https://evil.example/"}).url == "/account/"


@pytest.mark.parametrize("name", ["ADA", "ada"])
def test_a_name_is_taken_in_whatever_case(client, ada, name):
    answer = client.post("/account/sign-up/", {**FORM, "username": name})
    assert "That name is taken." in answer.content.decode()


def test_an_address_is_taken_in_whatever_case(client, ada):
    answer = client.post("/account/sign-up/", {**FORM, "email": "Ada@Example.org"})
    assert "There is an account with that e-mail address already." in answer.content.decode()


def test_an_address_is_not_needed(client, ada):
    for name in ("grace", "joan"):
        client.logout()
        client.post("/account/sign-up/", {**FORM, "username": name, "email": ""})
    assert User.objects.filter(email="").count() == 2


def test_a_name_cannot_look_like_an_address(client):
    answer = client.post("/account/sign-up/", {**FORM, "username": "ada@example.org"})
    assert "Letters, digits and . + - _ only, please." in answer.content.decode()


def test_a_mistake_in_the_form_changes_nothing(client, guest):
    page = client.post("/account/sign-up/", {**FORM, "password2": "something-else"}).content.decode()
    guest.refresh_from_db()
    assert guest.is_guest
    assert "The two password fields didn’t match." in page
    assert "Keep my work" in page, "the page's head still knows the guest"


def test_a_weak_password_is_refused(client, guest):
    client.post("/account/sign-up/", {**FORM, "password1": "12345678", "password2": "12345678"})
    guest.refresh_from_db()
    assert guest.is_guest


def test_a_member_has_nothing_to_sign_up_for(client, ada):
    client.force_login(ada)
    assert client.get("/account/sign-up/").url == "/account/"
