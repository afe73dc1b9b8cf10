"""kubectl create secret generic (kubectl/pkg/cmd/create/create_secret.go)."""

from __future__ import annotations

from kubelab.terminal.kubectl.call import Call
from kubelab.terminal.kubectl.command import Command
from kubelab.terminal.kubectl.creating import CREATION, Creation
from kubelab.terminal.kubectl.data_sources import (
    FROM_LITERAL,
    from_env_files,
    from_files,
    from_literals,
)
from kubelab.terminal.kubectl.errors import CommandError
from kubelab.terminal.kubectl.flags import Flag
from kubelab.terminal.kubectl.secret_data import APPEND_HASH, SecretData


def run(call: Call) -> None:
    """Creates a Secret of files and literals."""
    creation = Creation(call)
    flags = call.flags
    env_files = flags.items("from-env-file")
    if env_files and (flags.items("from-file") or flags.items("from-literal")):
        raise CommandError("from-env-file cannot be combined with from-file or from-literal")
    content = SecretData()
    from_literals(flags.items("from-literal"), content.add)
    from_files(call, flags.items("from-file"), content.add)
    from_env_files(call, env_files, content.add, "secret")
    creation.create(content.secret(creation, flags.text("type")), failing="failed to create secret", joint=" ")


COMMAND = Command(
    path="create secret generic",
    usage=(
        "create secret generic NAME [--type=string] [--from-file=[key=]source] [--from-literal=key1=value1] "
        "[--dry-run=server|client|none]"
    ),
    short="Create a secret from files, directories or literal values",
    run=run,
    long="""
Create a secret from files, directories or literal values.

A file becomes one key of the secret, named like the file unless another key is given. Of a directory each file
whose name can be a key is taken; what else is in it (directories below, links, devices, pipes) is left out.
""",
    examples="""
# A secret with a key for each file in folder bar
kubectl create secret generic my-secret --from-file=path/to/bar

# Keys of your own instead of the files' names
kubectl create secret generic my-secret --from-file=private=path/to/id_rsa --from-file=public=path/to/id_rsa.pub

# Two keys with their values
kubectl create secret generic my-secret --from-literal=key1=supersecret --from-literal=key2=topsecret

# Files and literals together
kubectl create secret generic my-secret --from-file=ssh-privatekey=path/to/id_rsa --from-literal=passphrase=topsecret

# Env files
kubectl create secret generic my-secret --from-env-file=path/to/foo.env --from-env-file=path/to/bar.env
""",
    flags=(
        *CREATION,
        APPEND_HASH,
        Flag(
            "from-env-file", "strings", [], "File with lines of KEY=VALUE, each of which becomes a key of the secret."
        ),
        Flag(
            "from-file",
            "strings",
            [],
            "File that becomes a key, written FILE or KEY=FILE, or a directory of such files.",
        ),
        FROM_LITERAL,
        Flag("type", "string", "", "The type of the secret"),
    ),
)
