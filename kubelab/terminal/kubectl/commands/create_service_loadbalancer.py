"""kubectl create service loadbalancer (kubectl/pkg/cmd/create/create_service.go)."""

from __future__ import annotations

from kubelab.terminal.kubectl.call import Call
from kubelab.terminal.kubectl.command import Command
from kubelab.terminal.kubectl.creating import CREATION
from kubelab.terminal.kubectl.service_creation import TCP, create_service


def run(call: Call) -> None:
    """Creates a LoadBalancer Service."""
    create_service(call, "LoadBalancer")


COMMAND = Command(
    path="create service loadbalancer",
    usage="create service loadbalancer NAME [--tcp=port:targetPort] [--dry-run=server|client|none]",
    short="Create a LoadBalancer service",
    run=run,
    long="Create a LoadBalancer service with the given name.",
    examples="""
# A LoadBalancer Service named my-lbs
kubectl create service loadbalancer my-lbs --tcp=5678:8080
""",
    flags=(*CREATION, TCP),
)
