"""A machine's own clock, which may be wrong: what it writes bears other times, what it checks it takes for expired.

A kubelet whose clock says that the API server's certificate holds no more, or not yet, does not speak with it. Small
differences only show: nothing in the control plane compares a kubelet's time with its own.
Source: kubernetes.io, concepts/architecture/leases; Go, crypto/x509 (Certificate.isValid).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kubelab.cluster.clock import rfc3339
from kubelab.cluster.credentials import expiry
from kubelab.cluster.node import disk, host, machinefiles, pki
from kubelab.cluster.objects import Object

if TYPE_CHECKING:
    from kubelab.cluster.cluster import Cluster

CERTIFICATE = f"{pki.PKI}/apiserver.crt"
FIELDS = ("clock", host.DISTRUSTS, "cut")


class NotSimulatedError(Exception):
    """On a control plane another time would concern everybody."""


def offset_of(record: Object | None) -> float:
    """Returns by how many seconds a machine's clock is ahead."""
    return float((record or {}).get("clock", 0.0))


def set_right(cluster: Cluster, node: str) -> None:
    """Lets a machine have the right time again, as time synchronization does."""
    _keep(cluster, node, 0.0, "")


def is_kept(record: Object | None) -> bool:
    """Tells whether time synchronization looks after a machine's clock."""
    return bool((record or {}).get("ntp", True))


def keep(cluster: Cluster, node: str, *, on: bool) -> None:
    """Switches time synchronization on, which sets the clock right, or off."""
    if on:
        set_right(cluster, node)
    record = {name: value for name, value in (cluster.store.get(host.HOSTS + node) or {}).items() if name != "ntp"}
    cluster.store.put(host.HOSTS + node, record if on else {**record, "ntp": False})


def put(cluster: Cluster, node: str, offset: float) -> None:
    """Puts a machine's clock ahead of the right time, or back.

    Args:
        offset: in seconds.

    Raises:
        NotSimulatedError: it is a control plane.
    """
    if disk.is_control_plane(cluster.store.get(host.HOSTS + node) or {}):
        raise NotSimulatedError(node)
    _keep(cluster, node, offset, _complaint(cluster, cluster.clock.now + offset))


def _complaint(cluster: Cluster, moment: float) -> str:
    """Returns what is wrong with the API server's certificate at a time, "" for nothing."""
    for key, record in cluster.store.items(host.HOSTS):
        if not disk.is_control_plane(record):
            continue
        files = machinefiles.of(cluster, key.removeprefix(host.HOSTS))
        until = expiry(files.read(CERTIFICATE)) if files.is_file(CERTIFICATE) else None
        if until is None:
            continue
        if moment > until:
            return f"is after {rfc3339(until)}"
        if moment < until - pki.YEAR:
            return f"is before {rfc3339(until - pki.YEAR)}"
    return ""


def _keep(cluster: Cluster, node: str, offset: float, complaint: str) -> None:
    record = cluster.store.get(host.HOSTS + node) or {}
    kept = {name: value for name, value in record.items() if name not in FIELDS or not record.get("network", True)}
    kept.pop("clock", None)
    if offset:
        kept["clock"] = offset
    if complaint:
        kept |= {host.DISTRUSTS: complaint, "cut": cluster.clock.now}
    if kept != record:
        cluster.store.put(host.HOSTS + node, kept)


def told(record: Object, moment: float) -> str:
    """Returns why a kubelet does not speak with the API server, as TLS says it; `moment` is the right time."""
    own = rfc3339(moment + offset_of(record))
    return (
        "tls: failed to verify certificate: x509: certificate has expired or is not yet valid: current time "
        f"{own} {record[host.DISTRUSTS]}"
    )
