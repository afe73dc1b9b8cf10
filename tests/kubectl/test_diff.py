"""kubectl diff: what apply would change."""

import re

import pytest

from kubelab.terminal.tool import find_tool
from tests.kubectl.changing_files import CHANGED, TWO, TWO_CHANGED, WEB

needs_diff = pytest.mark.skipif(find_tool("diff") is None, reason="the workstation has no diff")


@needs_diff
def test_no_difference_is_nothing_and_status_0(console):
    console.write("web.yaml", WEB)
    console.ok("kubectl apply -f web.yaml")
    assert console.ok("kubectl diff -f web.yaml") == ""


@needs_diff
def test_differences_are_told_between_live_and_merged_with_status_1(console):
    console.write("web.yaml", WEB)
    console.write("changed.yaml", CHANGED)
    console.ok("kubectl apply -f web.yaml")
    result = console.run("kubectl diff -f changed.yaml")
    assert result.exit == 1
    head = r"diff -u -N /tmp/LIVE-\d+/apps.v1.Deployment.default.web /tmp/MERGED-\d+/apps.v1.Deployment.default.web\n"
    assert re.match(head, result.stdout)
    assert "-        image: nginx:1.25\n" in result.stdout
    assert "+        image: nginx:1.27\n" in result.stdout
    assert "-  replicas: 1\n+  replicas: 2\n" in result.stdout
    assert console.get("deployment", "web")["spec"]["replicas"] == 1
    assert not [name for name in console.files.listdir("/tmp") if name.startswith(("LIVE", "MERGED"))]


@needs_diff
def test_a_new_object_is_all_new(console):
    console.write("two.yaml", "{apiVersion: v1, kind: ConfigMap, metadata: {name: new}, data: {a: b}}")
    result = console.run("kubectl diff -f two.yaml")
    assert result.exit == 1
    assert "@@ -0,0 +1,9 @@\n+apiVersion: v1\n+data:\n+  a: b\n" in result.stdout


@needs_diff
def test_secrets_are_masked(console):
    console.write("two.yaml", TWO)
    console.write("changed.yaml", TWO_CHANGED)
    console.ok("kubectl apply -f two.yaml")
    shown = console.run("kubectl diff -f changed.yaml").stdout
    assert "-  x: '*** (before)'\n+  x: '*** (after)'\n" in shown


def test_errors_have_a_status_above_1(console):
    for line in ("diff", "diff -f nope.yaml", "diff x -f nope.yaml"):
        assert console.run(f"kubectl {line}").exit == 2, line
