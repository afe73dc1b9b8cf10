"""Preferences of kuberc: other defaults, and aliases; against real kubectl, without a cluster."""

import os
import subprocess
from pathlib import Path

import pytest

from tests.console import Console
from tests.judge import kubectl_binary

KUBECTL = kubectl_binary("1.33")
HEAD = "apiVersion: kubectl.config.k8s.io/v1alpha1\nkind: Preference\n"
KUBERC = f"""{HEAD}
overrides:
- {{command: create namespace, flags: [{{name: dry-run, default: client}}]}}
- {{command: create deployment, flags: [{{name: output, default: yaml}}, {{name: dry-run, default: client}}]}}
aliases:
- {{name: mkns, command: create namespace, prependArgs: [pre], flags: [{{name: dry-run, default: client}}]}}
- name: mkd
  command: create deployment
  prependArgs: [web]
  appendArgs: ["--", sleep, "5"]
  flags: [{{name: image, default: nginx}}, {{name: dry-run, default: client}}, {{name: output, default: name}}]
"""
FILES = {
    "none": "foo: bar\n",
    "builtin": f"{HEAD}aliases: [{{name: get, command: create}}]\n",
    "letters": f"{HEAD}aliases: [{{name: 'a b', command: create}}]\n",
    "twice": f"{HEAD}aliases: [{{name: a, command: create}}, {{name: a, command: get}}]\n",
    "flag": f"{HEAD}overrides: [{{command: create namespace, flags: [{{name: nope, default: x}}]}}]\n",
    "dashes": f"{HEAD}overrides: [{{command: create namespace, flags: [{{name: --output, default: x}}]}}]\n",
    "beta": "apiVersion: kubectl.config.k8s.io/v1beta1\nkind: Preference\n",
    "unknown": f"{HEAD}foo: x\n",
    "broken": "a: [b\n",
    "value": f"{HEAD}overrides: [{{command: create namespace, flags: [{{name: save-config, default: x}}]}}]\n",
    "command": f"{HEAD}overrides: [{{command: nope, flags: [{{name: x, default: x}}]}}]\n",
}
LINES = [
    "create ns x",
    "create ns x -o name",
    "create ns x --dry-run=client -o yaml",
    "create deployment d --image=x -oname",
    "mkns",
    "mkns y",
    "mkd",
    "mkd -o jsonpath={.spec.template.spec.containers}",
    "mkd --image=busybox -o jsonpath={.spec.template.spec.containers}",
    "nope",
    "create ns x --kuberc=gone",
    "create ns x --kuberc",
    *(f"create ns x --dry-run=client --kuberc={name}" for name in FILES),
]


@pytest.mark.skipif(KUBECTL is None, reason="no kubectl.1.33 on this machine")
def test_defaults_and_aliases_are_those_of_real_kubectl(tmp_path):
    ours = Console(version="1.33")
    ours.ok("export KUBECTL_KUBERC=true")
    for name, text in {".kube/kuberc": KUBERC, **FILES}.items():
        Path(tmp_path, name).parent.mkdir(exist_ok=True)
        Path(tmp_path, name).write_text(text)
        ours.write(name, text)
    env = {"PATH": "/usr/bin:/bin", "HOME": os.fspath(tmp_path), "KUBECTL_KUBERC": "true"}
    for line in LINES:
        real = subprocess.run([KUBECTL, *line.split()], env=env, cwd=tmp_path, capture_output=True, text=True)
        found = ours.run(f"kubectl {line}")
        assert [found.stdout, found.stderr, found.exit] == [real.stdout, real.stderr, real.returncode], line


def test_later_ones_heed_them_unless_told_not_to(console):
    console.write(
        ".kube/kuberc",
        "apiVersion: kubectl.config.k8s.io/v1beta1\nkind: Preference\n"
        "defaults: [{command: get, options: [{name: output, default: name}]}]\n"
        "aliases: [{name: nodes, command: get, prependArgs: [nodes]}]\n",
    )
    assert console.ok("kubectl get ns default") == "namespace/default\n"
    assert "node/worker-1\n" not in console.ok("kubectl nodes")
    assert "NAME" in console.ok("KUBERC=off kubectl get ns default")
    assert "NAME" in console.ok("KUBECTL_KUBERC=false kubectl get ns default")
