"""kubectl top, and the metrics API behind it, in a cluster with metrics-server."""

import pytest

from tests.console import Console
from tests.judge import Judge
from tests.kubectl.duel import plain

PRESET = "three-nodes-metrics"
LINES = """
top node
top node worker-1
top node nope
top node worker-1 -l a=b
top node --no-headers --sort-by=memory
top node --sort-by=disk
top node --show-capacity
top node -l kubernetes.io/hostname=worker-2
top pod
top pod two
top pod two --containers
top pod -A --sum
top pod --sum --containers
top pod nope
top pod new
top pod -n empty
top pod -l x=y
top pod -l a=b
top pod -A --sort-by=cpu
top pod --field-selector=metadata.name=two
top pods -n kube-system --no-headers --sort-by=memory
api-resources --api-group=metrics.k8s.io
get --raw /apis/metrics.k8s.io/v1beta1/nodes
"""


def living(version):
    """Return a cluster in which some Pods have run for a while and one has just started."""
    console = Console(PRESET, version)
    console.ok("kubectl create deployment web --image=nginx --replicas=2; kubectl run two --image=nginx --labels=a=b")
    console.ok("kubectl create namespace empty")
    console.advance(90)
    console.ok("kubectl run new --image=nginx")
    console.advance(6)
    return console


@pytest.mark.parametrize(("version", "lines"), [("1.33", LINES), ("1.31", "top node worker-1")])
def test_lines_answer_as_real_kubectl_does(version, lines):
    ours = living(version)
    with Judge(version, ours.cluster, follow=False) as judge:
        for line in lines.strip().split("\n"):
            real, answer = judge.kubectl(line), ours.run(f"kubectl {line}")
            assert (answer.exit, plain(answer.stderr), plain(answer.stdout)) == (
                real.returncode,
                plain(real.stderr),
                plain(real.stdout),
            ), line


def test_without_metrics_server_there_is_no_metrics_api(console):
    assert console.run("kubectl top node").stderr == "error: Metrics API not available\n"


def test_metrics_server_does_not_trust_kubelets_of_a_kubeadm_cluster_until_it_is_told_to(console):
    console.ok(
        "kubectl apply -f https://github.com/kubernetes-sigs/metrics-server/releases/latest/download/components.yaml"
    )
    console.advance(60)
    assert "0/1" in console.ok("kubectl get deployment -n kube-system metrics-server")
    assert "doesn't contain any IP SANs" in console.ok("kubectl logs -n kube-system deploy/metrics-server")
    assert "False (MissingEndpoints)" in console.ok("kubectl get apiservice v1beta1.metrics.k8s.io")
    console.ok(
        "kubectl patch deployment metrics-server -n kube-system --type=json -p "
        """'[{"op": "add", "path": "/spec/template/spec/containers/0/args/-", "value": "--kubelet-insecure-tls"}]'"""
    )
    console.advance(60)
    assert "True" in console.ok("kubectl get apiservice v1beta1.metrics.k8s.io")
    assert console.ok("kubectl top node --no-headers").count("%") == 6


@pytest.mark.parametrize(
    ("command", "limits", "least", "most"),
    [
        ("while true; do :; done", "", 950, 1050),
        ("while true; do :; done", "--limits=cpu=300m", 300, 300),
        ("sleep 1000", "", 0, 1),
    ],
)
def test_a_busy_loop_takes_a_core_or_what_it_may(command, limits, least, most):
    console = Console(PRESET)
    container = {"name": "b", "image": "busybox", "command": ["sh", "-c", command]}
    if limits:
        container["resources"] = {"limits": {"cpu": "300m"}}
    console.apply({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "b"}, "spec": {"containers": [container]}})
    console.advance(120)
    used = int(console.ok("kubectl top pod b --no-headers").split()[1].removesuffix("m"))
    assert least <= used <= most


def test_a_reloaded_cluster_serves_metrics_too():
    console = living("1.36")
    before = console.ok("kubectl top node")
    store = console.cluster.store
    console.cluster.api.resources.define("metrics.k8s.io", "nodes", [])
    console.cluster.api.restored()
    assert console.ok("kubectl top node") == before
    assert store is console.cluster.store


def test_metrics_are_none_of_the_kinds_that_are_stored():
    """Whoever goes through those (garbage collection, a namespace's end) has nothing to do with metrics."""
    resources = living("1.36").cluster.resources
    assert resources.by_resource("metrics.k8s.io", "v1beta1", "pods") in resources.served()
    assert "metrics.k8s.io" not in {kind.group for kind in resources}
