"""kubectl create secret docker-registry (kubectl/pkg/cmd/create/create_secret_docker.go)."""

from __future__ import annotations

import base64

from kubelab.terminal.kubectl.call import Call
from kubelab.terminal.kubectl.command import Command
from kubelab.terminal.kubectl.creating import CREATION, Creation
from kubelab.terminal.kubectl.data_sources import from_files
from kubelab.terminal.kubectl.errors import CommandError
from kubelab.terminal.kubectl.flags import Flag
from kubelab.terminal.kubectl.printers.json import compact_json
from kubelab.terminal.kubectl.secret_data import APPEND_HASH, SecretData

_KEY = ".dockerconfigjson"


def run(call: Call) -> None:
    """Creates a Secret with credentials for a registry."""
    creation = Creation(call)
    flags = call.flags
    files = flags.items("from-file")
    user, password, server = (flags.text(f"docker-{name}") for name in ("username", "password", "server"))
    if not files and not (user and password and server):
        raise CommandError(
            "either --from-file or the combination of --docker-username, --docker-password and --docker-server "
            "is required"
        )
    content = SecretData()
    from_files(call, [source if "=" in source else f"{_KEY}={source}" for source in files], content.add)
    if not files:
        content.add(_KEY, _docker_config(server, user, password, flags.text("docker-email")).encode())
    creation.create(
        content.secret(creation, "kubernetes.io/dockerconfigjson"), failing="failed to create secret", joint=" "
    )


def _docker_config(server: str, user: str, password: str, email: str) -> str:
    entry = {"username": user, "password": password}
    if email:
        entry["email"] = email
    entry["auth"] = base64.b64encode(f"{user}:{password}".encode()).decode()
    return compact_json({"auths": {server: entry}}, as_is=True)


COMMAND = Command(
    path="create secret docker-registry",
    usage=(
        "create secret docker-registry NAME --docker-username=user --docker-password=password --docker-email=email "
        "[--docker-server=string] [--from-file=[key=]source] [--dry-run=server|client|none]"
    ),
    short="Create a secret with credentials for an image registry",
    run=run,
    long="""
Create a secret with credentials for an image registry.

Docker itself keeps such credentials in ~/.docker/config.json after 'docker login'. Nodes that pull images from a
private registry need them too: a Pod names the secret in imagePullSecrets, or its service account does.
""",
    examples="""
# Without a Docker configuration file
kubectl create secret docker-registry my-secret --docker-server=SERVER --docker-username=USER --docker-password=PASSWORD

# From ~/.docker/config.json
kubectl create secret docker-registry my-secret --from-file=path/to/.docker/config.json
""",
    flags=(
        *CREATION,
        APPEND_HASH,
        Flag("docker-email", "string", "", "Email address at the registry"),
        Flag("docker-password", "string", "", "Password at the registry"),
        Flag("docker-server", "string", "https://index.docker.io/v1/", "Address of the registry"),
        Flag("docker-username", "string", "", "User name at the registry"),
        Flag(
            "from-file",
            "strings",
            [],
            "File that becomes a key, written FILE or KEY=FILE, or a directory of such files.",
        ),
    ),
)
