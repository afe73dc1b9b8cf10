"""Who forgot the password gets a link by mail."""

import re

import pytest
from django.core import mail

from kubelab.accounts.models import User
from tests.accounts.conftest import PASSWORD

pytestmark = pytest.mark.django_db
NEW = {"new_password1": "difference-engine", "new_password2": "difference-engine"}


def link_for(client, address: str) -> str:
    client.post("/account/password/reset/", {"email": address})
    return re.search(r"http://testserver(/\S+)", mail.outbox[-1].body)[1]


def open_link(client, link: str) -> str:
    """Follow the link; return the address of its form."""
    return client.get(link).url


def test_the_link_in_the_mail_sets_a_new_password_and_logs_in(client, ada):
    form = open_link(client, link_for(client, "ada@example.org"))
    client.post(form, NEW)
    ada.refresh_from_db()
    assert ada.check_password("difference-engine")
    assert client.get("/").context["user"] == ada


def test_a_link_works_once(client, ada):
    link = link_for(client, "ada@example.org")
    client.post(open_link(client, link), NEW)
    assert "used already" in client.get(link).content.decode()


def test_an_unknown_address_gets_the_same_answer_and_no_mail(client, ada):
    known = client.post("/account/password/reset/", {"email": "ada@example.org"})
    unknown = client.post("/account/password/reset/", {"email": "nobody@example.org"})
    assert known.url == unknown.url
    assert len(mail.outbox) == 1


def test_a_guest_who_remembers_an_account_takes_the_work_along(client, ada, guest):
    form = open_link(client, link_for(client, "ada@example.org"))
    client.post(form, NEW)
    assert client.get("/").context["user"] == ada
    assert list(User.objects.all()) == [ada]


def test_the_mail_says_who_it_is_for(client, ada):
    link_for(client, "ada@example.org")
    assert mail.outbox[0].subject == "A new password for KubeLab"
    assert "Hello ada" in mail.outbox[0].body


def test_the_old_password_is_needed_to_change_it_by_hand(client, ada):
    client.force_login(ada)
    client.post("/account/password/", {"old_password": "wrong", **NEW})
    ada.refresh_from_db()
    assert ada.check_password(PASSWORD)
    client.post("/account/password/", {"old_password": PASSWORD, **NEW})
    ada.refresh_from_db()
    assert ada.check_password("difference-engine")
    assert client.get("/").context["user"] == ada
