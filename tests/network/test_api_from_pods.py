"""The API as a program in a Pod reaches it. Source: kubernetes.io, tasks/run-application/access-api-from-pod."""

import json

import pytest

from tests.node.lab import Lab

THERE = "/var/run/secrets/kubernetes.io/serviceaccount"


@pytest.fixture
def lab() -> Lab:
    lab = Lab()
    lab.run("client", "nicolaka/netshoot", "sleep", "99999")
    lab.started("client")
    return lab


def ask(lab: Lab, path: str, *, token: bool = True) -> dict:
    header = f'-H "Authorization: Bearer $(cat {THERE}/token)"' if token else ""
    return json.loads(
        lab.sh("client", f"curl -s --cacert {THERE}/ca.crt {header} https://kubernetes.default.svc{path}")
    )


def test_everybody_may_ask_for_health(lab):
    assert lab.sh("client", "curl -sk https://kubernetes.default.svc/healthz") == "ok"


def test_without_a_certificate_authority_the_server_is_not_trusted(lab):
    assert "curl: (60)" in lab.sh("client", "curl -s -S https://kubernetes.default.svc/api")


def test_whoever_has_no_token_is_anonymous(lab):
    found = ask(lab, "/api", token=False)
    assert (found["code"], found["reason"]) == (403, "Forbidden")
    assert found["message"] == 'forbidden: User "system:anonymous" cannot get path "/api"'


def test_a_pods_token_opens_the_list_of_apis(lab):
    assert ask(lab, "/api")["versions"] == ["v1"]


def test_the_default_account_may_not_list_pods(lab):
    found = ask(lab, "/api/v1/namespaces/default/pods")
    assert found["message"] == (
        'pods is forbidden: User "system:serviceaccount:default:default" cannot list resource "pods" in API group "" '
        'in the namespace "default"'
    )


def test_a_wrong_token_is_nobodys(lab):
    said = lab.sh("client", "curl -sk -H 'Authorization: Bearer wrong' https://kubernetes.default.svc/api")
    assert json.loads(said)["code"] == 401


def test_a_nodes_own_services_answer(lab):
    assert lab.sh("client", "curl -sk -o /dev/null -w '%{http_code}' https://192.168.100.12:10250/healthz") == "401"
    assert lab.sh("client", "echo hello | nc -w 1 192.168.100.12 22").startswith("SSH-2.0-OpenSSH")
    assert lab.sh("client", "nc -zv 192.168.100.12 10248 2>&1; echo $?").endswith("1\n")  # on the node itself only
