"""Paths that lead nowhere, verbs that a kind has not, options that make no sense, and what the health endpoints tell.

Source: kubernetes.io, reference/using-api/api-concepts and health-checks; k8s.io/apiserver/pkg/endpoints/handlers.
"""

import json

import pytest

from kubelab.cluster.rest.calls import Call, answer
from kubelab.cluster.user import ADMIN
from tests.console import Console

CONFIGMAP = "/api/v1/namespaces/default/configmaps/kube-root-ca.crt"
NO_METHOD = "the server does not allow this method on the requested resource"


@pytest.fixture(scope="module")
def server():
    return Console().cluster.api


def asked(server, method, path, body="", **query):
    content_type = "application/merge-patch+json" if method == "PATCH" else "application/json"
    return answer(server, Call(method, path, query, {"content-type": content_type}, body.encode(), ADMIN, ""))


@pytest.mark.parametrize("path", ["/nope", "/apis/foo/v1/bars", "/readyz/nope"])
def test_a_path_of_no_api_is_not_found_in_plain_text(server, path):
    reply = asked(server, "GET", path)
    assert (reply.code, reply.content_type, reply.body) == (404, "text/plain; charset=utf-8", b"404 page not found\n")


def test_a_resource_that_a_version_lacks_is_not_found_with_a_status(server):
    reply = asked(server, "GET", "/api/v1/foos")
    assert (reply.code, json.loads(reply.body)["message"]) == (404, "the server could not find the requested resource")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("DELETE", "/api/v1/namespaces"),
        ("PUT", "/api/v1/pods"),
        ("PATCH", "/api/v1/pods"),
        ("POST", "/api/v1/nodes/worker-1"),
        ("DELETE", "/api/v1/componentstatuses"),
    ],
)
def test_what_a_kind_has_no_verb_for_is_not_allowed(server, method, path):
    reply = asked(server, method, path, "{}")
    assert (reply.code, json.loads(reply.body)["message"]) == (405, NO_METHOD)


@pytest.mark.parametrize(
    ("body", "query", "code", "said"),
    [
        ("", {"gracePeriodSeconds": "x"}, 400, 'strconv.ParseInt: parsing "x": invalid syntax'),
        (
            '{"gracePeriodSeconds":"x"}', {}, 500,
            "json: cannot unmarshal string into Go struct field DeleteOptions.gracePeriodSeconds of type int64",
        ),
        (
            '{"orphanDependents":true,"propagationPolicy":"Background"}', {}, 422,
            'DeleteOptions.meta.k8s.io "" is invalid: propagationPolicy: Invalid value: "Background": orphanDependents '
            "and deletionPropagation cannot be both set",
        ),
        (
            '{"preconditions":{"resourceVersion":"1"}}', {}, 409,
            'Operation cannot be fulfilled on configmaps "kube-root-ca.crt": Precondition failed: ResourceVersion in '
            "precondition: 1, ResourceVersion in object meta: VERSION",
        ),
        (
            '{"preconditions":{"uid":"x"}}', {}, 409,
            'Operation cannot be fulfilled on configmaps "kube-root-ca.crt": Precondition failed: UID in precondition: '
            "x, UID in object meta: UID",
        ),
    ],
)  # fmt: skip
def test_a_deletion_that_asks_for_nonsense_or_another_object_is_refused(server, body, query, code, said):
    standing = json.loads(asked(server, "GET", CONFIGMAP).body)["metadata"]
    reply = asked(server, "DELETE", CONFIGMAP, body, **query)
    said = said.replace("VERSION", standing["resourceVersion"]).replace("meta: UID", f"meta: {standing['uid']}")
    assert (reply.code, json.loads(reply.body)["message"]) == (code, said)
    assert asked(server, "GET", CONFIGMAP).code == 200


def test_readyz_tells_its_checks_where_it_is_asked_to(server):
    assert asked(server, "GET", "/readyz").body == b"ok"
    assert asked(server, "GET", "/livez/etcd").body == b"ok"
    told = asked(server, "GET", "/readyz", verbose="").body.decode().splitlines()
    assert told[:5] == ["[+]ping ok", "[+]log ok", "[+]etcd ok", "[+]etcd-readiness ok", "[+]informer-sync ok"]
    assert told[-2:] == ["[+]shutdown ok", "readyz check passed"]
    assert "[+]etcd excluded: ok" in asked(server, "GET", "/livez", verbose="", exclude="etcd").body.decode()


@pytest.mark.parametrize("name", ["limit", "timeoutSeconds"])
def test_a_number_of_a_list_that_is_none_is_refused_in_gos_words(server, name):
    reply = asked(server, "GET", "/api/v1/pods", **{name: "x"})
    assert (reply.code, json.loads(reply.body)["message"]) == (400, 'strconv.ParseInt: parsing "x": invalid syntax')
