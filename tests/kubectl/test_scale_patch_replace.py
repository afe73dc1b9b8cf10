"""kubectl scale, autoscale, patch and replace, against real kubectl, and what needs time to pass."""

import pytest

from tests.kubectl.changing_files import FILES, TWO, WEB
from tests.kubectl.filed_duel import FiledDuel

SCALE = """
create -f web.yaml
scale
scale deploy web
scale deploy web --replicas=-1
scale --replicas=3 deploy/web
scale --replicas=3 deploy/nope
scale --replicas=2 deploy/web deploy/nope
scale --replicas=3 --current-replicas=5 deploy/web
scale --replicas=3 --current-replicas=2 deploy/web
scale --replicas=1 deploy web --dry-run=client -o yaml
scale --replicas=1 deploy web --dry-run=server
scale --replicas=1 -f web.yaml
scale --replicas=1 ns default
scale --replicas=0 deploy -l a=b
scale --replicas=0 deploy -l a=c
autoscale deploy web
autoscale deploy web --max=2 --min=3
autoscale deploy web --max=5 --min=2 --cpu-percent=80 --dry-run=client -o yaml
autoscale deploy web --max=5
autoscale deploy web --max=5
autoscale cm a --max=5
"""
PATCH = """
patch
patch deploy web
patch deploy web -p '{"spec":{"replicas":2}}'
patch deploy web -p '{"spec":{"replicas":2}}'
patch deploy web -p 'spec: {replicas: 3}' --dry-run=client -o yaml
patch deploy web --type=json -p '[{"op":"replace","path":"/spec/replicas","value":4}]'
patch deploy web --type=json -p '[{"op":"replace","path":"/spec/nope/x","value":4}]'
patch deploy web --type=merge -p '{"metadata":{"labels":{"q":"r"}}}'
patch deploy web --type=x -p '{}'
patch deploy web -p '{}' --patch-file=x
patch deploy web --patch-file=x
patch -f web.yaml --local -p '{"spec":{"replicas":9}}' -o yaml
patch deploy nope -p '{}'
patch deploy web -p '{"spec":{"selector":{"matchLabels":{"x":"y"}}}}'
patch deploy web -p '{"spec":{"template":{"spec":{"containers":[{"name":"c","image":"nginx:2"}]}}}}'
patch deploy web --subresource=scale --type=merge -p '{"spec":{"replicas":2}}'
patch deploy web --subresource=foo -p '{}'
patch deploy web -p '{"spec":{"replicas":"x"}}'
get deploy web -o yaml
"""
REPLACE = """
replace
replace -f web.yaml
replace -f changed.yaml --dry-run=server
replace -f other.yaml
replace -f two.yaml
replace -f web.yaml --grace-period=0
replace -f web.yaml --timeout=1s
create -f two.yaml
replace -f two-changed.yaml --save-config
replace --force -f two.yaml
get cm a -o jsonpath={.data}
"""


@pytest.fixture(scope="module")
def duel():
    duel = FiledDuel(FILES)
    yield duel
    duel.close()


@pytest.mark.parametrize("lines", [SCALE, PATCH, REPLACE], ids=["scale", "patch", "replace"])
def test_lines_answer_as_real_kubectl_does(duel, lines):
    duel.all_same(lines)


def test_scale_waits_until_there_are_so_many(console):
    console.apply(WEB)
    console.advance(30)
    began = console.now
    assert console.ok("kubectl scale deploy/web --replicas=3 --timeout=1m") == "deployment.apps/web scaled\n"
    assert console.get("deployment", "web")["status"]["replicas"] == 3
    assert console.now - began < 60


def test_replace_by_force_waits_until_the_old_object_is_gone(console):
    console.write("two.yaml", TWO)
    console.ok("kubectl create -f two.yaml")
    before = console.get("configmap", "a")["metadata"]["uid"]
    assert console.ok("kubectl replace --force -f two.yaml").endswith("configmap/a replaced\nsecret/s replaced\n")
    assert console.get("configmap", "a")["metadata"]["uid"] != before


def test_a_patch_that_is_no_json_is_the_servers_to_refuse(console):
    console.apply(WEB)
    assert console.fails("kubectl patch deploy web -p '{'") == (
        "Error from server (BadRequest): error decoding patch: unexpected end of JSON input\n"
    )


BROKEN = r"""
patch cm a -p '{"data":'
patch cm a -p '{"data":{"a":}}'
patch cm a -p '{data: 5'
patch cm a -p '[1]'
patch cm a -p '"text"'
patch cm a -p 'null'
patch cm nope -p '{"data":'
patch cm a --type=merge -p '{"a":1,}'
patch cm a --type=merge -p '{"a":1} x'
patch cm a --type=merge -p '[1]'
patch cm a --type=merge -p 'null'
patch cm a --type=json -p '{"a":'
patch cm a --type=json -p '{"a":1}'
patch cm a --type=json -p '[1]'
patch cm a --type=json -p '[["a"]]'
patch cm a --type=json -p '[{"op":"nope","path":"/data"}]'
patch --local -f two.yaml --type=json -p '{"a":' -o name
patch --local -f two.yaml --type=json -p '[1]' -o name
patch --local -f two.yaml --type=merge -p '{"a":' -o name
patch --local -f two.yaml --type=strategic -p '{"a":' -o name
"""


def test_a_broken_patch_is_refused_over_rest_as_in_the_terminal(duel):
    duel.all_same("create -f two.yaml\n" + BROKEN)


def test_the_server_says_what_a_patch_should_have_been(console):
    """The words of k8s.io/apiserver/pkg/endpoints/handlers/patch.go, which the judge above only repeats."""
    console.ok("kubectl create configmap a")
    told = "Error from server (BadRequest): error decoding patch: json: cannot unmarshal {} into Go value of type {}\n"
    for how, patch, found, wanted in (
        ("json", "{}", "object", "[]handlers.jsonPatchOp"),
        ("json", "[1]", "number", "handlers.jsonPatchOp"),
        ("merge", "[1]", "array", "map[string]interface {}"),
        ("strategic", '"a"', "string", "map[string]interface {}"),
    ):
        assert console.fails(f"kubectl patch cm a --type={how} -p '{patch}'") == told.format(found, wanted)
