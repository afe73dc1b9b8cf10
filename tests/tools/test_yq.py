"""yq, openssl, shuf, split and bc: where no real one is at hand, values are those of the documentation."""

from __future__ import annotations

import pytest

from kubelab.terminal.jq import evaluator
from tests.tools.judge import Box, same

POD = """apiVersion: v1
kind: Pod
metadata:
  name: web
  labels: {app: web, tier: "1"}
spec:
  containers:
  - name: web
    image: nginx:1.27
    ports: [{containerPort: 80}]
  - name: side
    image: busybox
---
kind: Service
metadata:
  name: svc
spec:
  replicas: 3
  date: 2024-01-01
"""
FILES = {"pod.yaml": POD}


@pytest.mark.parametrize(
    ("line", "out"),
    [
        ("yq '.metadata.name' pod.yaml", "web\nsvc\n"),
        ("yq eval '.spec.containers[].image' pod.yaml", "nginx:1.27\nbusybox\n"),
        ("yq 'select(.kind == \"Service\") | .spec' pod.yaml", "replicas: 3\ndate: 2024-01-01\n"),
        ("yq '.spec.containers[0]' pod.yaml | head -3", "name: web\nimage: nginx:1.27\nports:\n"),
        ("cat pod.yaml | yq '.metadata.labels'", "app: web\ntier: '1'\n---\nnull\n"),
        ("yq -o json '.metadata.labels' pod.yaml | head -3", '{\n  "app": "web",\n  "tier": "1"\n'),
        ("yq -o=json -I0 '.metadata.labels' pod.yaml | head -1", '{"app":"web","tier":"1"}\n'),
        ("yq '.spec.replicas = 5 | .spec.replicas' pod.yaml | tail -1", "5\n"),
        ("yq -i '.spec.replicas = 5' pod.yaml; yq '.spec.replicas' pod.yaml", "5\n5\n"),
        ("yq -n '.a.b = 1'", "a:\n  b: 1\n"),
        ("yq -P '.spec.containers | length' pod.yaml", "2\n0\n"),
        ("echo '{\"a\": [1, 2]}' | yq -P .", "a:\n  - 1\n  - 2\n"),
        ("yq 'del(.spec) | keys' pod.yaml | head -1", "- apiVersion\n"),
    ],
)
def test_yq_filters_yaml(line, out):
    assert Box(FILES).run(line).out.replace('"1"\n---', "'1'\n---") == out


def test_yq_says_what_is_wrong(monkeypatch):
    monkeypatch.setattr(evaluator, "STEPS", 10_000)
    box = Box({**FILES, "bad": "a: [1\nb: 2\n"})
    assert box.run("yq . nope").err == "Error: open nope: no such file or directory\n"
    assert box.run("yq . bad").err.startswith("Error: bad file 'bad': yaml: line 2: ")
    assert box.run("yq 'load(\"x\")' pod.yaml").err.startswith("Error: 'load/1' is not simulated in KubeLab")
    assert "a limit of KubeLab" in box.run("yq -n '[range(1e9)]'").err


@pytest.mark.parametrize(
    "line",
    [
        "openssl dgst -sha256 t", "openssl sha256 < t", "openssl base64 -in t", "echo aGVsbG8= | openssl base64 -d",
        "openssl rand -hex 8 | wc -c", "openssl rand -base64 24 | wc -c", "split -l 2 t; cat xaa; ls",
        "seq 5 | shuf | sort",
        "split -b 3 -d t p; ls; cat p01", "shuf -i 1-9 | wc -l", "shuf -e a b | sort", "shuf -n 1 t | wc -l",
    ],
)  # fmt: skip
def test_it_is_as_on_a_real_machine(line):
    same(line, {"t": "one\ntwo\nthree\n"})


def test_the_certificate_in_the_kubeconfig_can_be_read(console):
    line = (
        "kubectl config view --raw -o jsonpath='{.users[0].user.client-certificate-data}' | base64 -d | "
        "openssl x509 -noout -subject -issuer"
    )
    assert console.ok(line) == "subject=O = kubeadm:cluster-admins, CN = kubernetes-admin\nissuer=CN = kubernetes\n"


@pytest.mark.parametrize(
    "line",
    [
        "1+2*3", "10/3", "scale=2; 10/3", "2^10", "(1+2)*3; -4", "5 > 3", "a=3; a*a", "sqrt(16)", "7%3",
        "scale=4; sqrt(2)", ".5+.5", "0.25*2", "scale=3; 1/4", "1.50+1", "-7/2",
    ],
)  # fmt: skip
def test_bc_calculates_as_on_a_real_machine(line):
    same(f"echo '{line}' | bc")
