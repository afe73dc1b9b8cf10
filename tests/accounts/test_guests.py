"""A learner works without signing up, and keeps everything when they do."""

import pytest

from kubelab.accounts.models import User

pytestmark = pytest.mark.django_db

SIGN_UP = {"username": "ada", "email": "ada@example.org", "password1": "analytical-engine", "password2": "analytical-engine"}


def test_a_mere_visit_makes_no_account(client):
    client.get("/")
    client.get("/account/sign-up/")
    assert not User.objects.exists()
    assert "sessionid" not in client.cookies


def test_the_site_is_served(page):
    page.goto("/")
    page.wait_for_load_state("networkidle")
    assert page.title()
