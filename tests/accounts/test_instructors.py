"""Instructors are made by `manage.py instructor` and in Django's admin, by administrators alone."""

import pytest
from django.core.management import CommandError, call_command

from kubelab.accounts.models import User

pytestmark = pytest.mark.django_db


@pytest.fixture
def root(client):
    root = User.objects.create_superuser("root", "root@example.org", "x")
    client.force_login(root)
    return root


@pytest.mark.parametrize("typed", ["ada", "ADA", "Ada@example.org"])
def test_somebody_is_made_an_instructor_and_may_make_classes(client, ada, typed, capsys):
    client.force_login(ada)
    assert client.get("/classes/new/").status_code == 404
    call_command("instructor", "add", typed)
    call_command("instructor", "add", typed)
    call_command("instructor", "list")
    said = capsys.readouterr().out
    assert said == "ada is now an instructor\nada is already an instructor\nada\n"
    assert client.get("/classes/new/").status_code == 200
    call_command("instructor", "remove", typed)
    assert client.get("/classes/new/").status_code == 404


def test_guests_and_nobodies_cannot_be(guest):
    with pytest.raises(CommandError, match="is a guest"):
        call_command("instructor", "add", guest.username)
    with pytest.raises(CommandError, match='no account "nobody"'):
        call_command("instructor", "add", "nobody")


def test_the_admin_is_there_for_administrators_alone(client, ada):
    assert client.get("/admin/", follow=True).redirect_chain[-1][0] == "/account/log-in/?next=/admin/"
    client.force_login(ada)
    assert client.get("/admin/accounts/user/").status_code == 302
    assert client.get("/admin/", follow=True).status_code == 404


def test_an_administrator_makes_an_instructor_there(client, root, ada):
    page = client.get("/admin/accounts/user/")
    assert page.status_code == 200 and "ada" in page.content.decode()
    rows = {f"form-{n}-id": pk for n, pk in enumerate((ada.pk, root.pk))}
    form = {"form-TOTAL_FORMS": 2, "form-INITIAL_FORMS": 2, "form-0-is_instructor": "on", "_save": "Save", **rows}
    assert client.post("/admin/accounts/user/", form).status_code == 302
    ada.refresh_from_db()
    assert ada.is_instructor


@pytest.mark.parametrize("model", ["classroom", "membership", "assignment", "gradechange"])
def test_classes_are_listed_there(client, root, model):
    assert client.get(f"/admin/classroom/{model}/").status_code == 200
