"""What an API server says of its health without etcd, and what its kubelet makes of it.

Source: kubernetes.io, reference/using-api/health-checks; the probes of kubeadm's manifests.
"""

import pytest

from tests.console import Console

MANIFESTS = "/etc/kubernetes/manifests"


def move(console, node, name, to):
    there, back = f"{MANIFESTS}/{name}.yaml", f"/root/{name}.yaml"
    console.ok(f"ssh {node} sudo mv {there} {back}" if to == "away" else f"ssh {node} sudo mv {back} {there}")


def test_an_api_server_without_etcd_is_not_healthy_and_is_restarted(console):
    move(console, "control-plane", "etcd", "away")
    console.advance(5)
    said = console.run("ssh control-plane curl -sk https://localhost:6443/livez").stdout
    assert "[-]etcd failed: reason withheld" in said and said.endswith("livez check failed\n")
    console.advance(100)
    assert "Exited" in console.ok("ssh control-plane crictl ps -a --name kube-apiserver")
    move(console, "control-plane", "etcd", "back")
    console.advance(30)
    assert console.ok("kubectl -n kube-system get pod kube-apiserver-control-plane --no-headers").split()[1:4] == [
        "1/1", "Running", "1",
    ]  # fmt: skip
    assert console.run("ssh control-plane curl -sk https://localhost:6443/livez").stdout.startswith("ok")


@pytest.fixture(scope="module")
def several():
    return Console("three-control-planes")


def ready(console, node):
    rows = console.ok(
        f"kubectl -n kube-system get pods --no-headers --field-selector spec.nodeName={node}"
    ).splitlines()
    return {row.split()[0].removesuffix(f"-{node}"): row.split()[1] for row in rows if row.split()[0].endswith(node)}


def test_one_of_three_without_its_member_is_not_ready_and_the_others_serve(several):
    move(several, "control-plane-3", "etcd", "away")
    several.advance(20)
    assert ready(several, "control-plane-3")["kube-apiserver"] == "0/1"
    assert ready(several, "control-plane-2") == {
        "etcd": "1/1", "kube-apiserver": "1/1", "kube-controller-manager": "1/1", "kube-scheduler": "1/1",
    }  # fmt: skip
    move(several, "control-plane-3", "etcd", "back")
    several.advance(30)
    assert ready(several, "control-plane-3")["kube-apiserver"] == "1/1"
