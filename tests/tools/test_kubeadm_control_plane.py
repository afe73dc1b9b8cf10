"""A control plane leaves a cluster of three and joins again: kubeadm reset, upload-certs, join --control-plane.

Source: kubernetes.io, setup/production-environment/tools/kubeadm/high-availability.
"""

import re

import pytest

from tests.console import Console

PKI = "/etc/kubernetes/pki/etcd"
ETCD_KEYS = f"--cacert={PKI}/ca.crt --cert={PKI}/server.crt --key={PKI}/server.key"


@pytest.fixture
def console():
    return Console("three-control-planes")


@pytest.fixture
def names(console):
    rows = console.ok("kubectl get nodes --no-headers -l node-role.kubernetes.io/control-plane").splitlines()
    return [row.split()[0] for row in rows]


def members(console, node):
    return console.ok(f"ssh {node} sudo etcdctl {ETCD_KEYS} member list")


def test_it_leaves_and_comes_back(console, names):
    first, last = names[0], names[-1]
    assert "[reset] Deleted contents of the etcd data directory" in console.ok(f"ssh {last} sudo kubeadm reset -f")
    assert last not in members(console, first)
    console.ok(f"kubectl delete node {last}")
    assert console.ok(f"ssh {last} sudo ls /etc/kubernetes/manifests") == ""
    key = console.ok(f"ssh {first} sudo kubeadm init phase upload-certs --upload-certs").splitlines()[-1]
    line = console.ok(f"ssh {first} sudo kubeadm token create --print-join-command").strip()
    refused = console.run(f"ssh {last} sudo {line} --control-plane --certificate-key {'0' * 64}")
    assert "cipher: message authentication failed" in refused.stderr
    said = console.ok(f"ssh {last} sudo {line} --control-plane --certificate-key {key}")
    assert "a new control plane instance was created" in said
    assert last in members(console, first)
    console.advance(60)
    row = console.ok(f"kubectl get node {last} --no-headers").split()
    assert row[1:3] == ["Ready", "control-plane"]
    assert f"kube-apiserver-{last}" in console.ok("kubectl -n kube-system get pods --no-headers -o name")


def test_the_certificates_key_holds_for_two_hours(console, names):
    key = console.ok(f"ssh {names[0]} sudo kubeadm init phase upload-certs --upload-certs").splitlines()[-1]
    assert re.fullmatch("[0-9a-f]{64}", key)
    line = console.ok(f"ssh {names[0]} sudo kubeadm token create --print-join-command").strip()
    console.ok(f"ssh {names[2]} sudo kubeadm reset -f")
    console.advance(7300)
    said = console.run(f"ssh {names[2]} sudo {line} --control-plane --certificate-key {key}")
    assert "This Secret might have expired" in said.stderr


def test_a_control_plane_is_not_reset_under_its_nodes():
    said = Console().run("ssh control-plane sudo kubeadm reset -f")
    assert said.exit == 1 and "run kubeadm reset on worker-1, worker-2 first" in said.stderr
