"""The help of the commands that change objects: usage, aliases, commands below and flags are those of real kubectl."""

import os
import re
import subprocess

import pytest

from kubelab.terminal.kubectl.help import command_help
from kubelab.terminal.kubectl.tree import tree
from tests.judge import UNCOLLECTED, kubectl_binary

NEWEST = "1.33"
COMMANDS = (
    "annotate", "apply", "apply edit-last-applied", "apply set-last-applied", "apply view-last-applied", "autoscale",
    "create", "create clusterrole", "create clusterrolebinding", "create configmap", "create cronjob",
    "create deployment", "create ingress", "create job", "create namespace", "create poddisruptionbudget",
    "create priorityclass", "create quota", "create role", "create rolebinding", "create secret",
    "create secret docker-registry", "create secret generic", "create secret tls", "create service",
    "create service clusterip", "create service externalname", "create service loadbalancer",
    "create service nodeport", "create serviceaccount", "create token", "delete", "diff", "edit", "expose", "kustomize",
    "label", "patch", "replace", "run", "scale", "set", "set env", "set image", "set resources", "set selector",
    "set serviceaccount", "set subject",
)  # fmt: skip
FLAG = re.compile(r"^    (-\w, )?(--[\w-]+=.*:)$", re.MULTILINE)
BELOW = re.compile(r"^  ([\w-]+)   ", re.MULTILINE)


def structure(text: str) -> dict[str, object]:
    """What a help text says beside its words."""
    sections = re.split(r"^(Aliases|Examples|Available Commands|Options|Usage):\n", text, flags=re.MULTILINE)
    parts = dict(zip(sections[1::2], sections[2::2], strict=True))
    return {
        "sections": list(parts),
        "aliases": parts.get("Aliases", "").strip(),
        "commands": BELOW.findall(parts.get("Available Commands", "")),
        "flags": FLAG.findall(parts.get("Options", "")),
        "usage": parts.get("Usage", ""),
    }


@pytest.mark.parametrize("path", COMMANDS)
def test_its_structure_is_that_of_real_kubectl(path):
    binary = kubectl_binary(NEWEST)
    if binary is None:
        pytest.skip(f"no kubectl.{NEWEST} on this machine")
    command = tree().get(path)
    command_line, surroundings = [binary, *path.split(), "--help"], {**os.environ, **UNCOLLECTED}
    real = subprocess.run(command_line, capture_output=True, text=True, env=surroundings).stdout
    real = real.replace("kubectl.1.33", "kubectl")
    assert structure(command_help(command, tree().below(path))) == structure(real)
