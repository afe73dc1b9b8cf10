"""Heartbeats that are told when they are read instead of written every ten seconds.

While a kubelet runs, its Lease was renewed at its last beat, and its Node's conditions were reported every five
minutes. When it stops, its last words are written down as they were. Source: kubernetes.io,
concepts/architecture/nodes (node heartbeats); pkg/kubelet/nodelease.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from zlib import crc32

from kubelab.cluster import leases
from kubelab.cluster.clock import micro, rfc3339
from kubelab.cluster.kinds import Lease, Node
from kubelab.cluster.node.host import HOSTS, speaks
from kubelab.cluster.objects import Object

if TYPE_CHECKING:
    from kubelab.cluster.cluster import Cluster

LEASE_PERIOD = 10.0  # a quarter of the 40 s that a Lease lasts
STATUS_PERIOD = 300.0  # nodeStatusReportFrequency
LEASES = "kube-node-lease"


def phase_of(node: str) -> float:
    """Returns at what fraction of a period a node beats."""
    return crc32(node.encode()) % 1000 / 1000


def last_beat(node: str, now: float, period: float = LEASE_PERIOD) -> float:
    """Returns the time of a node's last heartbeat."""
    offset = phase_of(node) * period
    return (now - offset) // period * period + offset


def next_beat(node: str, now: float, period: float = LEASE_PERIOD) -> float:
    """Returns the time of a node's next heartbeat."""
    return last_beat(node, now, period) + period


def renewed(cluster: Cluster, node: str) -> float | None:
    """Returns when a node's kubelet last renewed its Lease; None where there is no such machine.

    The node lifecycle controller asks this instead of being told every ten seconds.
    """
    record = cluster.store.get(HOSTS + node)
    if record is None:
        return None
    kubelet = record["kubelet"]
    since: float = kubelet.get("since", 0.0)
    if speaks(record):
        return max(last_beat(node, cluster.clock.now), since)
    cut: float = since if not kubelet["running"] else record["cut"]
    return last_beat(node, cut)


def fresh(cluster: Cluster, kind: str, obj: Object) -> Object:
    """Returns a Node or a node's Lease with its heartbeats as of now; any other object as it is."""
    if kind == "Lease" and obj["metadata"].get("namespace") == LEASES:
        record = cluster.store.get(HOSTS + obj["metadata"]["name"])
        beat = renewed(cluster, obj["metadata"]["name"])
        if record is None or beat is None or not speaks(record):
            return obj  # the last words of one that is silent are written down
        return {**obj, "spec": {**obj["spec"], "renewTime": micro(beat + record.get("clock", 0.0))}}
    if kind == "Lease" and obj["metadata"].get("namespace") == leases.NAMESPACE:
        return leases.fresh(cluster.processes, obj, cluster.clock.now)
    if kind == "Node" and obj.get("status", {}).get("conditions"):
        return _reported(cluster, obj)
    return obj


OWNED = ("MemoryPressure", "DiskPressure", "PIDPressure", "Ready")


def _reported(cluster: Cluster, node: Object) -> Object:
    name = node["metadata"]["name"]
    record = cluster.store.get(HOSTS + name)
    if record is None or not speaks(record):
        return node
    beat = rfc3339(max(last_beat(name, cluster.clock.now, STATUS_PERIOD), record["kubelet"].get("since", 0.0)))
    conditions = [
        {**condition, "lastHeartbeatTime": max(beat, condition["lastHeartbeatTime"])}
        if condition["type"] in OWNED
        else condition
        for condition in node["status"]["conditions"]
    ]
    return {**node, "status": {**node["status"], "conditions": conditions}}


def stop(cluster: Cluster, node: str, before: Object) -> None:
    """Writes down the last heartbeats of a kubelet that stops; `before` is the machine as it was."""
    now = cluster.clock.now
    since: float = before["kubelet"].get("since", 0.0)
    store = cluster.store
    path = f"{Lease.prefix}{LEASES}/{node}"
    lease = store.get(path)
    if lease is not None:
        beat = max(last_beat(node, now), since) + before.get("clock", 0.0)  # by the machine's own clock
        store.put(path, {**lease, "spec": {**lease["spec"], "renewTime": micro(beat)}})
    path = f"{Node.prefix}{node}"
    obj = store.get(path)
    if obj is None or not (obj.get("status") or {}).get("conditions"):
        return
    reported = rfc3339(max(last_beat(node, now, STATUS_PERIOD), since))
    conditions = [
        {**each, "lastHeartbeatTime": max(reported, each["lastHeartbeatTime"])} if each["type"] in OWNED else each
        for each in obj["status"]["conditions"]
    ]
    store.put(path, {**obj, "status": {**obj["status"], "conditions": conditions}})
