"""Somebody takes home all that is kept of them."""

import io
import json
import zipfile

import pytest

from kubelab.labs import creation, simulation, templates
from kubelab.labs.awake import clusters
from kubelab.labs.keeping import acting

pytestmark = pytest.mark.django_db


@pytest.fixture
def lab(ada):
    lab = creation.create(ada, "playground")
    with acting(lab.pk) as cluster:
        simulation.line_shell(cluster).run("echo mine > note.txt; kubectl create configmap kept")
    yield lab
    clusters.clear()
    templates.forget()


def test_the_export_holds_the_rows_and_the_files(client, ada, lab):
    client.force_login(ada)
    answer = client.post("/account/export/")
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="kubelab-ada-')
    archive = zipfile.ZipFile(io.BytesIO(answer.content))
    account = json.loads(archive.read("account.json"))
    assert account["email"] == "ada@example.org" and account["lab"][0]["name"] == "playground"
    assert archive.read("clusters/playground/home/note.txt") == b"mine\n"
    assert b"name: kept" in archive.read("clusters/playground/objects.yaml")


def test_no_key_is_in_it(client, ada, lab):
    client.force_login(ada)
    text = zipfile.ZipFile(io.BytesIO(client.post("/account/export/").content)).read("account.json").decode()
    assert ada.password not in text and "token_number" not in text


def test_it_is_given_to_nobody_else(client, ada):
    assert client.post("/account/export/").url == "/account/log-in/?next=/account/export/"
    client.force_login(ada)
    assert client.get("/account/export/").status_code == 405
