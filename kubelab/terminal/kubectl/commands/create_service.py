"""kubectl create service: only has others below it (kubectl/pkg/cmd/create/create_service.go)."""

from __future__ import annotations

from kubelab.terminal.kubectl.command import Command

COMMAND = Command(
    path="create service",
    usage="create service [flags]",
    short="Create a service by one of the subcommands",
    aliases=("svc",),
    help_stream=2,
)
