"""kubectl create service clusterip (kubectl/pkg/cmd/create/create_service.go)."""

from __future__ import annotations

from kubelab.terminal.kubectl.call import Call
from kubelab.terminal.kubectl.command import Command
from kubelab.terminal.kubectl.creating import CREATION
from kubelab.terminal.kubectl.flags import Flag
from kubelab.terminal.kubectl.service_creation import TCP, create_service


def run(call: Call) -> None:
    """Creates a ClusterIP Service, headless with --clusterip=None."""
    address = call.flags.text("clusterip")
    create_service(call, "ClusterIP", clusterIP=address, portless=address == "None")


COMMAND = Command(
    path="create service clusterip",
    usage="create service clusterip NAME [--tcp=<port>:<targetPort>] [--dry-run=server|client|none]",
    short="Create a ClusterIP service",
    run=run,
    long="Create a ClusterIP service with the given name.",
    examples="""
# A ClusterIP Service named my-cs
kubectl create service clusterip my-cs --tcp=5678:8080

# A headless one
kubectl create service clusterip my-cs --clusterip="None"
""",
    flags=(
        *CREATION,
        Flag("clusterip", "string", "", "The address to have, or 'None' for a headless service (no load balancing)."),
        TCP,
    ),
)
