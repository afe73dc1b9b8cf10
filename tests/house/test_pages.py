"""Pages that belong to no app, and what every page has in common."""

import pytest
from django.test import Client

pytestmark = pytest.mark.django_db


def test_the_front_page_leads_to_lessons_and_playground(client):
    page = client.get("/").content.decode()
    assert "/lessons/" in page and "/playground/" in page


def test_there_is_a_favicon(client):
    assert client.get("/favicon.ico").url.endswith("img/favicon.svg")


def test_a_missing_page_looks_like_ours(client):
    answer = client.get("/no/such/page/")
    assert answer.status_code == 404
    assert "There is no such page" in answer.content.decode()


def test_an_error_of_ours_is_told_plainly(settings, monkeypatch):
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError

    monkeypatch.setattr("kubelab.pages.render", broken)
    answer = Client(raise_request_exception=False).get("/")
    assert answer.status_code == 500
    assert "Something broke on our side" in answer.content.decode()


def test_a_stale_form_is_refused_with_advice():
    answer = Client(enforce_csrf_checks=True).post("/account/log-in/", {"username": "x", "password": "y"})
    assert answer.status_code == 403
    assert "load the page again" in answer.content.decode()


def test_a_foreign_host_name_is_refused(client):
    answer = client.get("/", headers={"host": "evil.example"})
    assert answer.status_code == 400
    assert "ALLOWED_HOSTS" in answer.content.decode()


@pytest.mark.parametrize("address", ["/", "/account/log-in/", "/no/such/page/", "/favicon.ico"])
def test_no_page_may_run_inline_script(client, address):
    policy = client.get(address).headers["Content-Security-Policy"]
    assert "script-src 'self';" in policy
    assert "default-src 'none'" in policy
