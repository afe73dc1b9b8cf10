"""kubectl config set-cluster (kubectl/pkg/cmd/config/set_cluster.go)."""

from __future__ import annotations

import base64
import posixpath

from kubelab.cluster.file_errors import FileError
from kubelab.cluster.objects import Object
from kubelab.terminal.kubectl.call import Call
from kubelab.terminal.kubectl.command import Command
from kubelab.terminal.kubectl.errors import CommandError
from kubelab.terminal.kubectl.flags import Flag
from kubelab.terminal.kubectl.kubeconfig_editing import put, starting


def run(call: Call) -> None:
    """Changes a cluster's entry or makes one."""
    flags = call.flags
    if len(call.args) != 1:
        call.help()
        raise CommandError(f"Unexpected args: [{' '.join(call.args)}]")
    name = call.args[0]
    authority = flags.text("certificate-authority")
    if not name:
        raise CommandError("you must specify a non-empty cluster name")
    if flags.on("insecure-skip-tls-verify") and authority:
        raise CommandError("you cannot specify a certificate authority and insecure mode at the same time")
    if flags.on("embed-certs"):
        if not authority:
            raise CommandError("you must specify a --certificate-authority to embed")
        checked_file(call, "certificate-authority", authority)
    config = starting(call)
    put(call, config, "clusters", name, _changed(call, config.clusters.get(name, {})))
    call.say(f'Cluster "{name}" set.')


def checked_file(call: Call, flag: str, path: str) -> None:
    """Refuses a file that is not there.

    Raises:
        CommandError: it cannot be looked at.
    """
    try:
        call.ctx.files.stat(call.ctx.path(path))
    except FileError as error:
        raise CommandError(f"could not stat {flag} file {path}: stat {path}: {error.reason.lower()}") from None


def embedded(call: Call, path: str) -> str:
    """Returns a file's content in base64."""
    try:
        return base64.b64encode(call.ctx.files.read_bytes(call.ctx.path(path))).decode()
    except FileError as error:
        raise CommandError(f"could not read file {path}: open {path}: {error.reason.lower()}") from None


def absolute(call: Call, path: str) -> str:
    """Returns a file's absolute path, "" for none."""
    return posixpath.normpath(call.ctx.path(path)) if path else ""


def _changed(call: Call, entry: Object) -> Object:
    flags = call.flags
    entry = dict(entry)
    for field in ("server", "tls-server-name", "proxy-url"):
        if flags.changed(field):
            entry[field] = flags.text(field)
    if flags.changed("insecure-skip-tls-verify"):
        entry["insecure-skip-tls-verify"] = flags.on("insecure-skip-tls-verify")
        if flags.on("insecure-skip-tls-verify"):  # a certificate would contradict it
            entry["certificate-authority"] = entry["certificate-authority-data"] = ""
    if flags.changed("certificate-authority"):
        path = flags.text("certificate-authority")
        if flags.on("embed-certs"):
            entry |= {"certificate-authority-data": embedded(call, path), "certificate-authority": ""}
            entry["insecure-skip-tls-verify"] = False
        else:
            entry["certificate-authority"] = absolute(call, path)
            if path:
                entry |= {"certificate-authority-data": "", "insecure-skip-tls-verify": False}
    return entry


COMMAND = Command(
    path="config set-cluster",
    usage="config set-cluster NAME [--server=server] [--certificate-authority=path/to/certificate/authority] "
    "[--insecure-skip-tls-verify=true] [--tls-server-name=example.com]",
    short="Change a cluster's entry, or make one",
    run=run,
    long="""
Change a cluster's entry in the kubeconfig, or make one.

What is not given stays as it is in an entry that exists.
""",
    examples="""
# Change the server of the cluster e2e and nothing else
kubectl config set-cluster e2e --server=https://1.2.3.4

# Put the certificate of its authority into the entry
kubectl config set-cluster e2e --embed-certs --certificate-authority=~/.kube/e2e/kubernetes.ca.crt

# Do not check the server's certificate
kubectl config set-cluster e2e --insecure-skip-tls-verify=true

# Expect another name in the server's certificate
kubectl config set-cluster e2e --tls-server-name=my-cluster-name

# Reach the server by way of a proxy
kubectl config set-cluster e2e --proxy-url=https://1.2.3.4
""",
    flags=(
        Flag("certificate-authority", "string", "", "Path of the file with the authority's certificate"),
        Flag("embed-certs", "bool", False, "Put the certificate itself into the entry"),
        Flag("insecure-skip-tls-verify", "bool", False, "Accept any certificate from the server"),
        Flag("proxy-url", "string", "", "URL of a proxy"),
        Flag("server", "string", "", "URL of the server"),
        Flag("tls-server-name", "string", "", "Name that the server's certificate must have"),
    ),
)
