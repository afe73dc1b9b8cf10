"""kubectl create serviceaccount (kubectl/pkg/cmd/create/create_serviceaccount.go)."""

from __future__ import annotations

from kubelab.terminal.kubectl.call import Call
from kubelab.terminal.kubectl.command import Command
from kubelab.terminal.kubectl.creating import CREATION, Creation


def run(call: Call) -> None:
    """Creates a ServiceAccount."""
    creation = Creation(call)
    account = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": creation.metadata()}
    creation.create(account, "failed to create serviceaccount")


COMMAND = Command(
    path="create serviceaccount",
    usage="create serviceaccount NAME [--dry-run=server|client|none]",
    short="Create a service account with the given name",
    run=run,
    aliases=("sa",),
    examples="""
# A service account named my-service-account
kubectl create serviceaccount my-service-account
""",
    flags=CREATION,
)
