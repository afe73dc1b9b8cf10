"""kubectl apply, against real kubectl, and what needs time to pass."""

import json

import pytest

from kubelab.terminal.session import Terminal
from tests.kubectl.changing_files import FILES, OTHER_SELECTOR, WEB
from tests.kubectl.filed_duel import FiledDuel

LATE = "{apiVersion: v1, kind: ConfigMap, metadata: {name: late}, data: {c: d}}"
MINE = "{apiVersion: v1, kind: ConfigMap, metadata: {name: m}, data: {%s}}"
CLIENT_SIDE = """
apply
apply x -f web.yaml
apply -f nope.yaml
apply -f label.yaml
apply -f flow.yaml
apply -f broken.json
apply -f cut.json
apply -f web.yaml --dry-run=client -o yaml
apply -f web.yaml --dry-run=server
apply -f web.yaml
apply -f web.yaml
get deploy web -o yaml
apply -f changed.yaml --dry-run=client
apply -f changed.yaml --dry-run=server -o yaml
apply -f changed.yaml
get deploy web -o yaml
apply -f other.yaml
apply -f typo.yaml
apply -f typo.yaml --validate=warn
apply -f typo.yaml --validate=x
apply -f two.yaml
apply -f two-changed.yaml
get cm a -o yaml
apply -f two.yaml -o json
apply -f nameless.yaml
apply -f two.yaml -l a=b
apply -f web.yaml -n kube-system
apply -f web.yaml -n nope
create cm late --from-literal=a=b
"""
SERVER_SIDE = """
apply -f two.yaml --server-side
apply -f two.yaml --server-side
apply -f web.yaml --force-conflicts
apply -f web.yaml --server-side --dry-run=client
apply -f web.yaml --server-side
apply -f changed.yaml --server-side
apply -f web.yaml --server-side --field-manager=other
apply -f web.yaml --server-side --field-manager=other --force-conflicts
apply -f changed.yaml --server-side
get deploy web -o yaml --show-managed-fields
"""
LAST_APPLIED = """
apply view-last-applied cm a
apply view-last-applied cm a -o json
apply view-last-applied cm a -o wide
apply view-last-applied cm nope
apply set-last-applied -f two.yaml
apply set-last-applied -f two-changed.yaml
apply set-last-applied -f nameless.yaml
apply set-last-applied -f two.yaml --create-annotation -o name
"""


@pytest.fixture(scope="module")
def duel():
    duel = FiledDuel(FILES)
    yield duel
    duel.close()


@pytest.mark.parametrize("lines", [CLIENT_SIDE, SERVER_SIDE, LAST_APPLIED], ids=["client", "server", "last applied"])
def test_lines_answer_as_real_kubectl_does(duel, lines):
    duel.all_same(lines)


def test_an_object_that_was_created_otherwise_is_taken_over_with_a_warning(console):
    console.ok("kubectl create configmap late --from-literal=a=b")
    result = console.run(
        "kubectl apply -f -", "{apiVersion: v1, kind: ConfigMap, metadata: {name: late}, data: {c: d}}"
    )
    assert result.stdout == "configmap/late configured\n"
    assert result.stderr == (
        "Warning: resource configmaps/late is missing the kubectl.kubernetes.io/last-applied-configuration annotation "
        "which is required by kubectl apply. kubectl apply should only be used on resources created declaratively by "
        "either kubectl create --save-config or kubectl apply. The missing annotation will be patched automatically.\n"
    )
    assert console.get("configmap", "late")["data"] == {"a": "b", "c": "d"}


def test_what_is_no_longer_in_the_file_goes_and_what_others_put_stays(console):
    console.run(
        "kubectl apply -f -", "{apiVersion: v1, kind: ConfigMap, metadata: {name: m}, data: {mine: a, both: b}}"
    )
    console.ok('kubectl patch cm m --type=merge -p \'{"data": {"theirs": "x"}}\'')
    console.run("kubectl apply -f -", MINE % "both: b")
    assert console.get("configmap", "m")["data"] == {"both": "b", "theirs": "x"}


def test_force_makes_an_object_anew_that_cannot_be_patched(console):
    console.write("web.yaml", WEB)
    console.write("other.yaml", OTHER_SELECTOR)
    console.ok("kubectl apply -f web.yaml")
    console.advance(10)
    before = console.get("deployment", "web")["metadata"]["uid"]
    assert "field is immutable" in console.fails("kubectl apply -f other.yaml")
    assert console.ok("kubectl apply --force -f other.yaml") == "deployment.apps/web configured\n"
    after = console.get("deployment", "web")
    assert after["metadata"]["uid"] != before
    assert after["spec"]["selector"] == {"matchLabels": {"app": "x"}}


def test_a_change_to_an_object_that_is_being_deleted_is_told(console):
    manifest = "{apiVersion: v1, kind: ConfigMap, metadata: {name: m, finalizers: [example.com/wait]}, data: {a: %s}}"
    console.run("kubectl apply -f -", manifest % "b")
    console.ok("kubectl delete cm m --wait=false")
    result = console.run("kubectl apply -f -", manifest % "c")
    assert "Warning: Detected changes to resource m which is currently being deleted." in result.stderr


def test_standard_input_directories_and_several_files_are_read(console):
    console.files.mkdir(console.path("d/e"), parents=True)
    for path, name in (("d/a.yaml", "a"), ("d/b.yaml", "b"), ("d/e/c.yml", "c"), ("d/ignored.txt", "no")):
        console.write(path, MINE.replace("m}", f"{name}}}") % "a: b")
    assert console.ok("kubectl apply -f d") == "configmap/a created\nconfigmap/b created\n"
    assert console.ok("kubectl apply -R -f d").endswith("configmap/c created\n")
    assert (
        console.ok("cat d/a.yaml | kubectl apply -f - -f d/b.yaml") == "configmap/a unchanged\nconfigmap/b unchanged\n"
    )


def test_force_goes_on_after_a_restart(console):
    console.write("first.yaml", "kind: ConfigMap\napiVersion: v1\nmetadata: {name: first}\n---" + WEB)
    console.write("other.yaml", "kind: ConfigMap\napiVersion: v1\nmetadata: {name: first}\n---" + OTHER_SELECTOR)
    console.ok("kubectl apply -f first.yaml")
    console.ok('kubectl patch deploy web --type=merge -p \'{"metadata": {"finalizers": ["example.com/wait"]}}\'')
    terminal = console.terminal()
    terminal.feed("kubectl apply --force -f other.yaml\r")
    assert terminal.running
    restarted = Terminal(console.cluster, json.loads(json.dumps(terminal.state())), 80, 24)
    console.ok('kubectl patch deploy web --type=merge -p \'{"metadata": {"finalizers": null}}\'')
    restarted.poll()
    assert not restarted.running
    assert console.get("deployment", "web")["spec"]["selector"] == {"matchLabels": {"app": "x"}}


def test_what_a_command_prints_may_stand_for_a_file(console):
    made = "kubectl create configmap {} --from-literal=a=b --dry-run=client -o yaml"
    assert console.ok(f"kubectl apply -f <({made.format('x')}) -f <({made.format('y')})") == (
        "configmap/x created\nconfigmap/y created\n"
    )
    assert (
        console.ok(f"{made.format('x')} | kubectl delete -f /dev/stdin")
        == 'configmap "x" deleted from default namespace\n'
    )
