"""kubectl create secret tls (kubectl/pkg/cmd/create/create_secret_tls.go)."""

from __future__ import annotations

import re

from kubelab.terminal.kubectl.call import Call
from kubelab.terminal.kubectl.command import Command
from kubelab.terminal.kubectl.creating import CREATION, Creation
from kubelab.terminal.kubectl.data_sources import read_bytes
from kubelab.terminal.kubectl.errors import CommandError
from kubelab.terminal.kubectl.flags import Flag
from kubelab.terminal.kubectl.secret_data import APPEND_HASH, SecretData

_BLOCK = re.compile(rb"-----BEGIN ([A-Z0-9 ]+)-----\s.*?-----END \1-----", re.DOTALL)


def run(call: Call) -> None:
    """Creates a Secret with a certificate and its key."""
    creation = Creation(call)
    key_path, certificate_path = call.flags.text("key"), call.flags.text("cert")
    if not key_path or not certificate_path:
        raise CommandError("key and cert must be specified")
    certificate = _read(call, certificate_path)
    key = _read(call, key_path)
    _check_certificate(certificate)
    _check_key(key)
    content = SecretData()
    content.add("tls.crt", certificate)
    content.add("tls.key", key)
    creation.create(content.secret(creation, "kubernetes.io/tls"), failing="failed to create secret", joint=" ")


def _read(call: Call, path: str) -> bytes:
    try:
        return read_bytes(call, path)
    except CommandError as error:
        raise CommandError(f"Cannot read file {path}, {error}") from None


# What Go's tls.X509KeyPair says. Whether key and certificate match is not looked at.


def _check_certificate(content: bytes) -> None:
    found = _blocks(content)
    if "CERTIFICATE" in found:
        return
    if not found:
        raise CommandError("tls: failed to find any PEM data in certificate input")
    if len(found) == 1 and found[0].endswith("PRIVATE KEY"):
        raise CommandError(
            "tls: failed to find certificate PEM data in certificate input, but did find a private key; "
            "PEM inputs may have been switched"
        )
    raise CommandError(
        'tls: failed to find "CERTIFICATE" PEM block in certificate input after skipping PEM blocks of the following '
        f"types: [{' '.join(found)}]"
    )


def _check_key(content: bytes) -> None:
    found = _blocks(content)
    if any(name.endswith("PRIVATE KEY") for name in found):
        return
    if not found:
        raise CommandError("tls: failed to find any PEM data in key input")
    if found == ["CERTIFICATE"]:
        raise CommandError("tls: found a certificate rather than a key in the PEM for the private key")
    raise CommandError(
        'tls: failed to find PEM block with type ending in "PRIVATE KEY" in key input after skipping PEM blocks of the '
        f"following types: [{' '.join(found)}]"
    )


def _blocks(content: bytes) -> list[str]:
    return [match[1].decode() for match in _BLOCK.finditer(content)]


COMMAND = Command(
    path="create secret tls",
    usage="create secret tls NAME --cert=path/to/cert/file --key=path/to/key/file [--dry-run=server|client|none]",
    short="Create a secret with a certificate and its key",
    run=run,
    long="""
Create a secret with a certificate and its private key.

Both must exist beforehand. The certificate is PEM text and belongs to the key.
""",
    examples="""
# A TLS secret named tls-secret
kubectl create secret tls tls-secret --cert=path/to/tls.crt --key=path/to/tls.key
""",
    flags=(
        *CREATION,
        APPEND_HASH,
        Flag("cert", "string", "", "Path of the certificate, PEM encoded."),
        Flag("key", "string", "", "Path of the private key that belongs to the certificate."),
    ),
)
