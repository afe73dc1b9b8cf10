"""apply --prune, with allowlists, selectors and ApplySets, and diff --prune; against real kubectl."""

import re

import pytest

from tests.kubectl.changing_files import FILES
from tests.kubectl.filed_duel import FiledDuel

ONE = '{apiVersion: v1, kind: ConfigMap, metadata: {name: a, labels: {a: b}}, data: {x: "1"}}'
PRUNING = """
apply -f two.yaml
apply -f web.yaml
apply -f ns.yaml
diff -f one.yaml --prune --all
diff -f one.yaml --prune --prune-allowlist=core/v1
apply -f one.yaml --prune
apply -f one.yaml --prune --all --force
apply -f one.yaml --prune --all --server-side
apply -f one.yaml --prune --all -l a=b
apply -f one.yaml --prune --all --prune-allowlist=x
apply -f one.yaml --prune --all --prune-allowlist=core/v1/Foo
apply -f one.yaml --prune --all --dry-run=client
apply -f one.yaml --prune --all --dry-run=server
apply -f one.yaml --prune -l a=b
apply -f one.yaml --prune --all --prune-allowlist=core/v1/Secret
apply -f one.yaml --prune --all -n default
apply -f two.yaml
apply -f one.yaml --prune --all -o name
apply -f one.yaml --applyset=x
get secrets,deployments,cm -o name
"""
APPLYSETS = """
apply -f one.yaml --applyset=x
apply -f one.yaml --prune --applyset=x
apply -f one.yaml --prune --applyset=x -n default --all
apply -f one.yaml --prune --applyset=x -n default -l a=b
apply -f one.yaml --prune --applyset=x -n default --prune-allowlist=core/v1/Secret
apply -f one.yaml --prune --applyset=foo/x -n default
apply -f one.yaml --prune --applyset=configmap/ -n default
apply -f one.yaml --prune --applyset=deployments.apps/x -n default
apply -f two.yaml --prune --applyset=set -n default --dry-run=client
apply -f two.yaml --prune --applyset=set -n default
get secret set -o jsonpath={.metadata.labels}
get cm a -o jsonpath={.metadata.labels}
apply -f one.yaml --prune --applyset=set -n default --dry-run=server
apply -f one.yaml --prune --applyset=set -n default --server-side
apply -f one.yaml --prune --applyset=configmaps/cset -n default
create secret generic plain
apply -f one.yaml --prune --applyset=plain -n default
annotate secret plain applyset.kubernetes.io/tooling=helm/v3
apply -f one.yaml --prune --applyset=plain -n default
annotate secret plain applyset.kubernetes.io/tooling=kubectl/v1 --overwrite
apply -f one.yaml --prune --applyset=plain -n default
label secret plain applyset.kubernetes.io/id=x
apply -f one.yaml --prune --applyset=plain -n default
"""


@pytest.fixture
def duel():
    files = {**FILES, "one.yaml": ONE, "ns.yaml": "{apiVersion: v1, kind: Namespace, metadata: {name: team}}"}
    duel = FiledDuel(files, version="1.33")
    yield duel
    duel.close()


def test_what_is_not_in_the_files_any_more_is_pruned_as_by_real_kubectl(duel):
    duel.all_same(PRUNING)


def test_applysets_keep_what_belongs_together_as_real_kubectl_does(duel):
    duel.judge.env["KUBECTL_APPLYSET"] = "true"
    duel.ours.ok("export KUBECTL_APPLYSET=true")
    duel.all_same(APPLYSETS)


def test_diff_shows_what_would_be_pruned_as_something_that_goes(duel):
    duel.all_same("apply -f two.yaml")
    real, ours = (
        duel.judge.kubectl("diff -f one.yaml --prune -l x!=y").stdout,
        duel.ours.run("kubectl diff -f one.yaml --prune -l x!=y").stdout,
    )
    assert lines_of(ours) == lines_of(real)
    assert "+++ /tmp/MERGED-0/v1.Secret.default.s" in lines_of(ours)


def lines_of(diff: str) -> list[str]:
    """Returns a diff's lines without times and numbers that are drawn."""
    text = re.sub(r"(LIVE|MERGED)-\d+", r"\1-0", re.sub(r"\t\d{4}-.*", "", diff))
    return [re.sub(r"(resourceVersion: |uid: ).*", r"\1", line) for line in text.splitlines()]
