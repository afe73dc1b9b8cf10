"""Topic looking: the lines that people type to see what there is.

Source: kubernetes.io, reference/kubectl and reference/kubectl/quick-reference.
"""

import json

import pytest

from tests.console import Console


@pytest.fixture(scope="module")
def busy():
    console = Console()
    console.ok("kubectl create namespace nsxi-platform")
    console.ok("kubectl create deployment web --image=nginx --replicas=2 -n nsxi-platform")
    console.ok("kubectl expose deployment web --port=80 -n nsxi-platform")
    console.advance(30)
    return console


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("k get nodes -o wide", "containerd://"),
        ("k get all -n nsxi-platform", "deployment.apps/web   2/2"),
        ("k get svc", "kubernetes   ClusterIP"),
        ("k api-resources | grep -w deployments", "deploy"),
        ("k get pods -A | grep coredns | wc -l", "2"),
        ("k get cm -A | grep kube-proxy", "kube-system"),
        ("k get rs,deploy -n nsxi-platform", "replicaset.apps/web-"),
        ("k describe nodes | grep -i -e 'Name: ' -e 'Taints'", "node-role.kubernetes.io/control-plane:NoSchedule"),
        ("k get pods -A --sort-by=.metadata.name --no-headers | awk '{print $2}' | head -1", "coredns-"),
        ("k get nodes -o custom-columns=NAME:.metadata.name,CPU:.status.capacity.cpu", "worker-2"),
        ("k get nodes -o jsonpath='{.items[*].metadata.name}'", "worker-1 worker-2"),
        ("k get pods -n nsxi-platform -o json | jq -r '.items[].spec.nodeName' | sort", "worker-1"),
        ("k get deploy web -n nsxi-platform -o yaml | grep replicas:", "  replicas: 2"),
    ],
)
def test_a_line_shows_what_it_is_typed_for(busy, line, shown):
    assert shown in busy.ok(line)


@pytest.mark.parametrize("line", ["k get pv", "k get sc"])
def test_there_may_be_nothing(busy, line):
    assert busy.run(line).stderr in ("No resources found\n", "")


def test_json_is_json(busy):
    assert json.loads(busy.ok("k get nodes -o json"))["kind"] == "List"
