"""kubeadm certs: until when certificates hold, and their renewal. Source: cmd/kubeadm/app/cmd/certs.go; v1.36."""

from __future__ import annotations

import base64
import re
from datetime import UTC, datetime

from kubelab.cluster.credentials import expiry
from kubelab.cluster.file_errors import FileError
from kubelab.cluster.kubeadm import upgrade
from kubelab.cluster.node import disk, pki
from kubelab.terminal.tool import Steps
from kubelab.terminal.tools.kubeadm_call import Call

YEAR = 365 * 86_400
# kubeadm's name of a certificate -> its file below the PKI's directory, or the kubeconfig; and its authority.
CERTIFICATES = {
    "admin.conf": ("admin.conf", "ca"),
    "apiserver": ("apiserver", "ca"),
    "apiserver-etcd-client": ("apiserver-etcd-client", "etcd-ca"),
    "apiserver-kubelet-client": ("apiserver-kubelet-client", "ca"),
    "controller-manager.conf": ("controller-manager.conf", "ca"),
    "etcd-healthcheck-client": ("etcd/healthcheck-client", "etcd-ca"),
    "etcd-peer": ("etcd/peer", "etcd-ca"),
    "etcd-server": ("etcd/server", "etcd-ca"),
    "front-proxy-client": ("front-proxy-client", "front-proxy-ca"),
    "scheduler.conf": ("scheduler.conf", "ca"),
    "super-admin.conf": ("super-admin.conf", "ca"),
}
HEADS = "CERTIFICATE                EXPIRES                  RESIDUAL TIME   CERTIFICATE AUTHORITY   EXTERNALLY MANAGED"
AUTHORITIES = ("ca", "etcd-ca", "front-proxy-ca")
KINDS = {
    "admin.conf": "embedded in the kubeconfig file for the admin to use and for kubeadm itself",
    "apiserver": "for serving the Kubernetes API",
    "apiserver-etcd-client": "the apiserver uses to access etcd",
    "apiserver-kubelet-client": "for the API server to connect to kubelet",
    "controller-manager.conf": "embedded in the kubeconfig file for the controller manager to use",
    "etcd-healthcheck-client": "for liveness probes to healthcheck etcd",
    "etcd-peer": "for etcd nodes to communicate with each other",
    "etcd-server": "for serving etcd",
    "front-proxy-client": "for the front proxy client",
    "scheduler.conf": "embedded in the kubeconfig file for the scheduler manager to use",
    "super-admin.conf": "embedded in the kubeconfig file for the super-admin",
}
DATA = re.compile(r"client-certificate-data: (\S+)")


def _read(call: Call, what: str) -> None:
    call.say(f'[{what}] Reading configuration from the "kubeadm-config" ConfigMap in namespace "kube-system"...')
    call.say(f"[{what}] Use 'kubeadm init phase upload-config kubeadm --config your-config-file' to re-upload it.")
    if not call.cluster.processes.serve_api:
        call.say(f"[{what}] Error reading configuration from the Cluster. Falling back to default configuration")
    call.say("")


def check_expiration(call: Call) -> Steps:
    """certs check-expiration"""
    yield from ()
    _read(call, "check-expiration")
    call.say(
        "CERTIFICATE                EXPIRES                  RESIDUAL TIME   CERTIFICATE AUTHORITY   EXTERNALLY MANAGED"
    )
    for name, (path, authority) in CERTIFICATES.items():
        until = _expiry(call, path)
        if until is None:
            call.say(f"!MISSING! {name}")
        else:
            call.say(f"{name:<26} {_date(until)}   {_left(until - call.ctx.now):<15} {authority:<23} no")
    call.say("\nCERTIFICATE AUTHORITY   EXPIRES                  RESIDUAL TIME   EXTERNALLY MANAGED")
    born = disk_born(call)
    for name in AUTHORITIES:
        until = born + 10 * YEAR
        call.say(f"{name:<23} {_date(until)}   {_left(until - call.ctx.now):<15} no")
    return 0


def disk_born(call: Call) -> float:
    """Returns when the cluster's authorities were made."""
    return float((call.cluster.store.get("/machine/authority/ca.crt") or {}).get("born", 0.0))


def _expiry(call: Call, path: str) -> float | None:
    try:
        if path.endswith(".conf"):
            match = DATA.search(call.ctx.files.read(f"/etc/kubernetes/{path}"))
            return expiry(base64.b64decode(match[1]).decode(errors="replace")) if match else None
        return expiry(call.ctx.files.read(f"{pki.PKI}/{path}.crt"))
    except (FileError, ValueError):
        return None


def _date(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).strftime("%b %d, %Y %H:%M UTC")


def _left(seconds: float) -> str:
    """Writes a duration as duration.ShortHumanDuration does."""
    if seconds < 0:
        return "<invalid>"
    for size, unit in ((YEAR, "y"), (86_400, "d"), (3600, "h"), (60, "m")):
        if seconds >= size and not (unit == "y" and seconds < YEAR):
            return f"{int(seconds // size)}{unit}"
    return f"{int(seconds)}s"


def renew(call: Call) -> Steps:
    """certs renew all | NAME"""
    yield from ()
    if call.ctx.user != "root":
        call.preflight([("IsPrivilegedUser", "user is not running as root")])
    if not disk.is_control_plane(call.record):
        raise call.fail("failed to load admin kubeconfig: open /etc/kubernetes/admin.conf: no such file or directory")
    name = call.words[0] if call.words else ""
    if name != "all" and name not in CERTIFICATES:
        raise call.fail(f'unknown command "{name}" for "kubeadm certs renew"')
    _read(call, "renew")
    for each in CERTIFICATES if name == "all" else (name,):
        upgrade.renew(call.cluster, call.node, CERTIFICATES[each][0])
        call.say(f"certificate {KINDS[each]} renewed")
    if name == "all":
        call.say(
            "\nDone renewing certificates. You must restart the kube-apiserver, kube-controller-manager, "
            "kube-scheduler and etcd, so that they can use the new certificates."
        )
    return 0


def certificate_key(call: Call) -> Steps:
    """certs certificate-key"""
    yield from ()
    call.say(call.cluster.random.hex(64, "certificate key", call.ctx.now))
    return 0
