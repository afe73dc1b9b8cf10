"""Bodies that are no objects are refused in the real server's words: encoding/json's own, with how the body begins.

Source: k8s.io/apiserver/pkg/endpoints/handlers (transformDecodeError, summarizeData); Go, encoding/json/scanner.go.
"""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kubelab.cluster.gojson import syntax_error
from kubelab.cluster.rest.calls import Call, answer
from kubelab.cluster.user import ADMIN
from tests.console import Console

CONFIGMAPS = "/api/v1/namespaces/default/configmaps"
OBJECT = '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"}'
UNRECOGNIZED = "the object provided is unrecognized (must be of type ConfigMap): "
PARSE = f"{UNRECOGNIZED}couldn't get version/kind; json parse error: "


@pytest.fixture(scope="module")
def server():
    return Console().cluster.api


def asked(server, method, path, body, content_type="application/json", **query):
    headers = {"content-type": content_type}
    reply = answer(server, Call(method, path, query, headers, body.encode(), ADMIN, ""))
    return reply, json.loads(reply.body)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("{", "unexpected end of JSON input ({)"),
        ("", "unexpected end of JSON input (<empty>)"),
        (
            f"{OBJECT},}}",
            'invalid character \'}\' looking for beginning of object key string ({"apiVersion":"v1","kind":"Con ...)',
        ),
        ("kind: ConfigMap", "invalid character 'k' looking for beginning of value (6b696e643a20436f6e6669674d6170)"),
        ('{"kind":7}', 'json: cannot unmarshal number into Go struct field .kind of type string ({"kind":7})'),
        (
            "[]",
            "json: cannot unmarshal array into Go value of type struct { APIVersion string "
            '"json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" } (5b5d)',
        ),
    ],
)
def test_what_is_no_json_object_is_unrecognized(server, body, said):
    reply, status = asked(server, "POST", CONFIGMAPS, body)
    assert (reply.code, status["reason"], status["message"]) == (400, "BadRequest", PARSE + said)


def test_yaml_is_refused_in_go_yamls_words(server):
    _, status = asked(server, "POST", CONFIGMAPS, "a: [1\n", "application/yaml")
    assert status["message"].startswith(f"{UNRECOGNIZED}yaml: line 1: did not find expected ',' or ']' (613a")


def test_options_of_a_deletion_are_refused_without_a_reason(server):
    reply, status = asked(server, "DELETE", f"{CONFIGMAPS}/kube-root-ca.crt", "{")
    said = "couldn't get version/kind; json parse error: unexpected end of JSON input"
    assert (reply.code, status.get("reason"), status["message"]) == (500, None, said)


def test_who_may_not_ask_is_told_so_first(server):
    assert asked(server, "POST", CONFIGMAPS, "{")[0].code == 400
    call = Call("POST", CONFIGMAPS, {}, {"impersonate-user": "jane"}, b"{", ADMIN, "")
    assert answer(server, call).code == 403


def test_a_field_that_stands_twice_is_warned_of_or_refused(server):
    body = OBJECT + ',"data":{"a":"1","a":"2"},"colour":1}'
    reply, stored = asked(server, "POST", CONFIGMAPS, body, dryRun="All")
    assert reply.code == 201
    assert stored["data"] == {"a": "2"}
    assert reply.warnings == ['duplicate field "data.a"', 'unknown field "colour"']
    _, status = asked(server, "POST", CONFIGMAPS, body, fieldValidation="Strict")
    assert status["message"] == (
        'ConfigMap in version "v1" cannot be handled as a ConfigMap: strict decoding error: duplicate field "data.a", '
        'unknown field "colour"'
    )
    reply, _ = asked(server, "POST", CONFIGMAPS, body, dryRun="All", fieldValidation="Ignore")
    assert reply.warnings == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"a":1 "b":2}', "invalid character '\"' after object key:value pair"),
        ("[1 2]", "invalid character '2' after array element"),
        ("[1,]", "invalid character ']' looking for beginning of value"),
        ('{"a" 1}', "invalid character '1' after object key"),
        ("nope", "invalid character 'o' in literal null (expecting 'u')"),
        ('"\\q"', "invalid character 'q' in string escape code"),
        ('"\\u12g4"', "invalid character 'g' in \\u hexadecimal character escape"),
        ('"\x01"', "invalid character '\\x01' in string literal"),
        ("-x", "invalid character 'x' in numeric literal"),
        ("1.x", "invalid character 'x' after decimal point in numeric literal"),
        ("1ex", "invalid character 'x' in exponent of numeric literal"),
        ("{} x", "invalid character 'x' after top-level value"),
        ("'a'", "invalid character '\\'' looking for beginning of value"),
        ("[" * 10_001, "exceeded max depth"),
    ],
)
def test_each_error_of_json_has_encoding_jsons_words(text, said):
    assert syntax_error(text) == said


TEXTS = st.text('aé"\\\n', max_size=3)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(-9, 9) | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=8,
)


@given(VALUES, st.integers(0, 200), st.sampled_from('{}[],:"\\ tf1e-.x'))
def test_what_pythons_parser_takes_is_right_and_what_it_refuses_is_not(value, place, letter):
    text = json.dumps(value)
    assert syntax_error(text) == ""
    spoilt = text[:place] + letter + text[place + 1 :]
    try:
        json.loads(spoilt)
    except json.JSONDecodeError:
        assert syntax_error(spoilt) != ""
    else:
        assert syntax_error(spoilt) == ""


PATCHED = f"{CONFIGMAPS}/kube-root-ca.crt"
JSON_PATCH, APPLY = "application/json-patch+json", "application/apply-patch+yaml"
MISPUT = "error decoding patch: json: cannot unmarshal"
FAILED = "the server rejected our request due to an error in our request"
TYPED = "failed to create typed patch object (default/kube-root-ca.crt; /v1, Kind=ConfigMap): "


@pytest.mark.parametrize(
    ("patch", "code", "said"),
    [
        ('[{"op": 7, "path": "/a"}]', 400, f"{MISPUT} number into Go struct field jsonPatchOp.op of type string"),
        ('[{"op": "add", "path": {}}]', 400, f"{MISPUT} object into Go struct field jsonPatchOp.path of type string"),
        ('[{"op": "bad", "path": "/a"}]', 422, FAILED),
        ('[{"op": "copy", "path": "/data/a"}]', 422, FAILED),
        ('[{"op": "replace", "value": 1}]', 422, FAILED),
        ('[{"op": "replace", "path": "", "value": {}}]', 422, FAILED),
        (f"[{','.join(['{}'] * 10_001)}]", 413, "The allowed maximum operations in a JSON patch is 10000, got 10001"),
    ],
)  # fmt: skip
def test_a_json_patch_that_cannot_be_done_is_refused_as_the_server_does(server, patch, code, said):
    reply, status = asked(server, "PATCH", PATCHED, patch, JSON_PATCH)
    assert (reply.code, status["message"]) == (code, said)


@pytest.mark.parametrize(
    ("body", "options", "code", "said"),
    [
        (
            "apiVersion: v1\nkind: ConfigMap", {}, 422,
            'PatchOptions.meta.k8s.io "" is invalid: fieldManager: Required value: is required for apply patch',
        ),
        (
            "apiVersion: v1\nkind: ConfigMap", {"fieldManager": "m" * 129}, 422,
            'PatchOptions.meta.k8s.io "" is invalid: fieldManager: Too long: may not be more than 128 bytes',
        ),
        ("kind: ConfigMap", {"fieldManager": "m"}, 400, "invalid object type: /, Kind=ConfigMap"),
        (
            "apiVersion: apps/v1\nkind: Deployment", {"fieldManager": "m"}, 400,
            "invalid object type: apps/v1, Kind=Deployment",
        ),
        (
            "{apiVersion: v1, kind: ConfigMap, metadata: {name: other}}", {"fieldManager": "m"}, 400,
            "the name of the object (other) does not match the name on the URL (kube-root-ca.crt)",
        ),
        (
            "{apiVersion: v1, kind: ConfigMap, metadata: {name: kube-root-ca.crt, namespace: default}, colour: 1}",
            {"fieldManager": "m"}, 500, f"{TYPED}.colour: field not declared in schema",
        ),
        (
            "{apiVersion: v1, kind: ConfigMap, metadata: {name: kube-root-ca.crt, namespace: default, a: 1}, b: 1}",
            {"fieldManager": "m"}, 500,
            f"{TYPED}errors:\n  .metadata.a: field not declared in schema\n  .b: field not declared in schema",
        ),
    ],
)  # fmt: skip
def test_what_cannot_be_applied_is_refused_as_field_management_does(server, body, options, code, said):
    reply, status = asked(server, "PATCH", PATCHED, body, APPLY, **options)
    assert (reply.code, status["message"]) == (code, said)


def test_options_that_make_no_sense_are_refused(server):
    _, status = asked(server, "PATCH", PATCHED, "{}", "application/merge-patch+json", force="true")
    assert status["message"] == (
        'PatchOptions.meta.k8s.io "" is invalid: force: Forbidden: may not be specified for non-apply patch'
    )
    _, status = asked(server, "POST", CONFIGMAPS, OBJECT + "}", fieldValidation="Loose")
    assert status["message"] == (
        'CreateOptions.meta.k8s.io "" is invalid: fieldValidation: Unsupported value: "Loose": supported values: "", '
        '"Ignore", "Strict", "Warn"'
    )
