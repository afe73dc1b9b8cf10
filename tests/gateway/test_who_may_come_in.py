"""A token opens one cluster, its own; without one nothing is learnt, not even whether a cluster exists."""

import http.client
import json
import ssl

import pytest
from django.core.management import call_command

from kubelab.accounts.models import User
from kubelab.labs import creation
from kubelab.labs.gateway import tokens
from kubelab.labs.gateway.certificates import authority_certificate
from kubelab.labs.gateway.kubeconfig import kubeconfig

UNAUTHORIZED = {
    "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
    "message": "Unauthorized", "reason": "Unauthorized", "code": 401,
}  # fmt: skip


@pytest.fixture
def ask(api, data):
    """A function that makes a request with a token; returns code and answer."""
    trust = ssl.create_default_context(cadata=authority_certificate(data))

    def request(path, token="", method="GET", body=None, content_type="application/json"):
        connection = http.client.HTTPSConnection("127.0.0.1", api.port, context=trust, timeout=20)
        headers = {"Content-Type": content_type} | ({"Authorization": f"Bearer {token}"} if token else {})
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        text = answer.read()
        connection.close()
        return answer.status, json.loads(text) if text.startswith(b"{") else text

    return request


@pytest.fixture
def other_lab(db):
    return creation.create(User.objects.create_guest(), "playground")


def test_without_the_right_token_nothing_is_said(ask, lab, other_lab):
    pods = "api/v1/pods"
    for path, token in (
        (f"/clusters/{lab.public_id}/{pods}", ""),
        (f"/clusters/{lab.public_id}/{pods}", "wrong"),
        (f"/clusters/{lab.public_id}/{pods}", "e30.e30.e30"),
        (f"/clusters/{lab.public_id}/version", tokens.admin_token(other_lab)),
        (f"/clusters/no-such-one/{pods}", tokens.admin_token(lab)),
        (f"/clusters/no-such-one/{pods}", ""),
        (f"/{pods}", f"{lab.public_id}.wrong"),
        (f"/{pods}", ""),
    ):
        assert ask(path, token) == (401, UNAUTHORIZED)
    assert ask(f"/clusters/{lab.public_id}/{pods}", tokens.admin_token(lab))[0] == 200


def test_kubectl_is_told_that_it_is_nobody(kubectl, lab):
    kubectl.configure(kubeconfig(lab).replace(tokens.admin_token(lab), "wrong"))
    assert "You must be logged in to the server" in kubectl("get pods", code=1)


def test_a_new_token_ends_the_old_one(ask, lab, client, learner):
    client.force_login(learner)
    path, old = f"/clusters/{lab.public_id}/version", tokens.admin_token(lab)
    assert ask(path, old)[0] == 200
    client.post(f"/labs/{lab.public_id}/kubectl/")
    lab.refresh_from_db()
    assert (ask(path, old)[0], ask(path, tokens.admin_token(lab))[0]) == (401, 200)


def test_a_service_accounts_token_is_its_accounts(kubectl, lab):
    kubectl("create serviceaccount bot")
    token = kubectl("create token bot").strip()
    mine = kubeconfig(lab)
    kubectl.configure(mine.replace(tokens.admin_token(lab), token))
    assert "system:serviceaccount:default:bot" in kubectl("get pods", code=1)
    kubectl.configure(mine)
    kubectl("create rolebinding viewer --clusterrole=view --serviceaccount=default:bot")
    kubectl.configure(mine.replace(tokens.admin_token(lab), token))
    assert "No resources found" in kubectl("get pods")
    head, claims, signature = token.split(".")
    kubectl.configure(mine.replace(tokens.admin_token(lab), f"{head}.{claims}.{signature[:-6]}AAAAAA"))
    assert "Unauthorized" in kubectl("get pods", code=1)
    kubectl.configure(mine)
    kubectl("delete serviceaccount bot")
    kubectl.configure(mine.replace(tokens.admin_token(lab), token))
    assert "Unauthorized" in kubectl("get pods", code=1)


def test_a_token_for_somebody_else_does_not_open_the_api(kubectl, lab):
    kubectl("create serviceaccount bot")
    token = kubectl("create token bot --audience=vault").strip()
    kubectl.configure(kubeconfig(lab).replace(tokens.admin_token(lab), token))
    assert "You must be logged in to the server" in kubectl("get pods", code=1)


def test_a_body_that_is_too_large_is_refused(ask, lab):
    path, token = f"/clusters/{lab.public_id}/api/v1/namespaces/default/configmaps", tokens.admin_token(lab)
    code, answer = ask(path, token, "POST", b'{"data": "' + b"x" * (3 << 20) + b'"}')
    assert (code, answer["reason"]) == (413, "RequestEntityTooLarge")


def test_only_the_owner_is_given_the_kubeconfig(client, lab, learner, settings):
    settings.API_PORT = 8443
    for address in (f"/labs/{lab.public_id}/kubectl/", f"/labs/{lab.public_id}/kubeconfig/"):
        assert client.get(address).status_code == 302  # to the log-in
    client.force_login(User.objects.create_guest())
    for address in (f"/labs/{lab.public_id}/kubectl/", f"/labs/{lab.public_id}/kubeconfig/"):
        assert client.get(address).status_code == 404
    client.force_login(learner)
    page = client.get(f"/labs/{lab.public_id}/kubectl/", headers={"host": "localhost:8000"})
    assert f"https://localhost:8443/clusters/{lab.public_id}" in page.text
    assert tokens.admin_token(lab) not in page.text
    handed = client.get(f"/labs/{lab.public_id}/kubeconfig/", headers={"host": "localhost:8000"})
    assert handed.text == kubeconfig(lab, "localhost")
    assert handed.headers["Cache-Control"].count("no-store") and "kubelab-playground.yaml" in str(handed.headers)


def test_the_operator_prints_a_kubeconfig(lab, capsys):
    call_command("cluster", "kubeconfig", lab.public_id)
    assert capsys.readouterr().out == kubeconfig(lab)


def test_a_site_without_the_port_offers_nothing(client, lab, learner, settings):
    settings.API_PORT = 0
    client.force_login(learner)
    assert "does not offer that" in client.get(f"/labs/{lab.public_id}/kubectl/").text
    assert client.get(f"/labs/{lab.public_id}/kubeconfig/").status_code == 404
