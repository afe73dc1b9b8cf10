"""kubectl create namespace (kubectl/pkg/cmd/create/create_namespace.go)."""

from __future__ import annotations

from kubelab.terminal.kubectl.call import Call
from kubelab.terminal.kubectl.command import Command
from kubelab.terminal.kubectl.creating import CREATION, Creation


def run(call: Call) -> None:
    """Creates a namespace."""
    creation = Creation(call)
    creation.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": creation.name}})


COMMAND = Command(
    path="create namespace",
    usage="create namespace NAME [--dry-run=server|client|none]",
    short="Create a namespace with the given name",
    run=run,
    aliases=("ns",),
    examples="""
# A namespace named my-namespace
kubectl create namespace my-namespace
""",
    flags=CREATION,
)
