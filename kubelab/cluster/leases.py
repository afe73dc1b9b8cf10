"""Leases of those who lead: whose they are, and when they were renewed last, which is told when they are read."""

from __future__ import annotations

from kubelab.cluster.clock import micro, parse_time
from kubelab.cluster.kinds import Lease
from kubelab.cluster.objects import Key, Object
from kubelab.cluster.processes import ELECTED, Processes
from kubelab.cluster.store import Store

NAMESPACE = "kube-system"
AUTOSCALER = "cluster-autoscaler"
SECONDS = 15  # that a Lease holds
PERIOD = 2.0  # seconds between two renewals


def holder_of(lease: Object) -> str:
    """Returns the machine of a Lease's holder."""
    return str((lease.get("spec") or {}).get("holderIdentity", "")).rpartition("_")[0]


def leads_since(store: Store, process: str, node: str) -> float | None:
    """Returns since when a machine's instance of a process leads, None where another one does."""
    lease = store.get(Lease.path(Key(NAMESPACE, process)))
    return parse_time(lease["spec"]["acquireTime"]) if lease is not None and holder_of(lease) == node else None


def renewed_at(lease: Object, now: float) -> Object:
    """Returns a Lease as its holder has renewed it by then."""
    acquired = parse_time(lease["spec"]["acquireTime"])
    return {**lease, "spec": {**lease["spec"], "renewTime": micro(acquired + (now - acquired) // PERIOD * PERIOD)}}


def fresh(processes: Processes, lease: Object, now: float) -> Object:
    """Returns a Lease of one that leads as of now; any other one as it is."""
    process, node = lease["metadata"]["name"], holder_of(lease)
    leads = process in ELECTED and processes.serve_api and node in processes.nodes(process)
    if process == AUTOSCALER:  # of which the holder is its Pod
        leads = processes.serve_api and bool(processes.nodes(process))
    return renewed_at(lease, now) if leads else lease
