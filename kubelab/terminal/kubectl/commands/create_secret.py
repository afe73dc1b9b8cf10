"""kubectl create secret: only has others below it (kubectl/pkg/cmd/create/create_secret.go)."""

from __future__ import annotations

from kubelab.terminal.kubectl.command import Command

COMMAND = Command(
    path="create secret",
    usage="create secret (docker-registry | generic | tls)",
    short="Create a secret by one of the subcommands",
    help_stream=2,
    long="""
Create a secret with the subcommand for its type.

A docker-registry secret holds credentials for an image registry.

A generic secret holds whatever it is given, as an Opaque secret unless another type is asked for.

A tls secret holds a certificate and its private key.
""",
)
