"""kubectl create service nodeport (kubectl/pkg/cmd/create/create_service.go)."""

from __future__ import annotations

from kubelab.terminal.kubectl.call import Call
from kubelab.terminal.kubectl.command import Command
from kubelab.terminal.kubectl.creating import CREATION
from kubelab.terminal.kubectl.flags import Flag
from kubelab.terminal.kubectl.service_creation import TCP, create_service


def run(call: Call) -> None:
    """Creates a NodePort Service."""
    create_service(call, "NodePort", nodePort=call.flags.number("node-port"))


COMMAND = Command(
    path="create service nodeport",
    usage="create service nodeport NAME [--tcp=port:targetPort] [--dry-run=server|client|none]",
    short="Create a NodePort service",
    run=run,
    long="Create a NodePort service with the given name.",
    examples="""
# A NodePort Service named my-ns
kubectl create service nodeport my-ns --tcp=5678:8080
""",
    flags=(*CREATION, Flag("node-port", "int", 0, "The port to open on each node of the cluster."), TCP),
)
