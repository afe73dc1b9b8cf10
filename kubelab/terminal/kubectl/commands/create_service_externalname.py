"""kubectl create service externalname (kubectl/pkg/cmd/create/create_service.go)."""

from __future__ import annotations

from kubelab.cluster.kinds.names import dns_subdomain
from kubelab.terminal.kubectl.call import Call
from kubelab.terminal.kubectl.command import Command
from kubelab.terminal.kubectl.creating import CREATION
from kubelab.terminal.kubectl.errors import CommandError
from kubelab.terminal.kubectl.flags import Flag
from kubelab.terminal.kubectl.service_creation import TCP, create_service


def run(call: Call) -> None:
    """Creates an ExternalName Service."""
    name = call.flags.text("external-name")
    if dns_subdomain(name):
        raise CommandError(f"invalid service external name {name}")
    create_service(call, "ExternalName", externalName=name, portless=True)


COMMAND = Command(
    path="create service externalname",
    usage="create service externalname NAME --external-name external.name [--dry-run=server|client|none]",
    short="Create an ExternalName service",
    run=run,
    required=("external-name",),
    long="""
Create an ExternalName service with the given name.

It stands for a DNS name outside of the cluster instead of for Pods, so that what runs in the cluster can speak of
things elsewhere as if they were services of its own.
""",
    examples="""
# An ExternalName Service named my-ns
kubectl create service externalname my-ns --external-name bar.com
""",
    flags=(*CREATION, Flag("external-name", "string", "", "The DNS name that the service stands for"), TCP),
)
