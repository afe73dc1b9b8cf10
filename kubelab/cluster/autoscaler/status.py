"""The ConfigMap in which the autoscaler says how the groups are.

Source: kubernetes/autoscaler, clusterstate/api/types.go, clusterstate/clusterstate.go (GetStatus), clusterstate/utils/
status.go.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import yaml

from kubelab.cluster.autoscaler import provisioning
from kubelab.cluster.clock import rfc3339
from kubelab.cluster.kinds import ConfigMap, Node
from kubelab.cluster.objects import Key, Object

if TYPE_CHECKING:
    from kubelab.cluster.autoscaler.scan import Scan

NAME = "cluster-autoscaler-status"
UPDATED = "cluster-autoscaler.kubernetes.io/last-updated"


def write(scan: Scan, namespace: str) -> Object:
    """Writes the ConfigMap; returns it as stored."""
    moment = datetime.fromtimestamp(scan.now, UTC).strftime("%Y-%m-%d %H:%M:%S.%f").rstrip("0").rstrip(".")
    stamp = f"{moment} +0000 UTC"
    text = yaml.safe_dump({"time": stamp, **_status(scan)}, sort_keys=False).replace("'", '"')
    metadata: Object = {"name": NAME, "namespace": namespace, "annotations": {UPDATED: stamp}}
    wanted: Object = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": {"status": text}}
    found = scan.api.get(ConfigMap, Key(namespace, NAME))
    if found is None:
        return scan.api.create(ConfigMap, wanted)
    annotations = {**(found["metadata"].get("annotations") or {}), UPDATED: stamp}
    metadata = {**found["metadata"], "annotations": annotations}
    return scan.api.update(ConfigMap, {**found, "metadata": metadata, "data": {"status": text}})


def _status(scan: Scan) -> Object:
    groups = [_of_group(scan, place) for place in range(len(scan.options.groups))]
    coming = provisioning.upcoming(scan)
    everywhere = {"status": _up(sum(coming.values())), **_since(scan, "up", _up(sum(coming.values())))}
    nodes = scan.api.list(Node)
    unregistered = sum(group["health"]["nodeCounts"]["unregistered"] for group in groups)
    health = {
        "status": "Healthy",
        "nodeCounts": _counts(scan, nodes, unregistered),
        **_since(scan, "health", "Healthy"),
    }
    down = _down(scan, len(scan.state["unneeded"]), "down")
    return {
        "autoscalerStatus": "Running",
        "clusterWide": {"health": health, "scaleUp": everywhere, "scaleDown": down},
        "nodeGroups": groups,
    }


def _of_group(scan: Scan, place: int) -> Object:
    group = scan.options.groups[place]
    kept = scan.groups[group.name]
    nodes = [scan.api.get(Node, Key("", name)) for name in kept["instances"]]
    there = [node for node in nodes if node is not None]
    coming = provisioning.upcoming(scan)[group.name]
    overdue = len(provisioning.overdue(scan, group.name))
    up = _up(coming)
    held = provisioning.backs_off(scan, group.name)
    if held:
        up = "Backoff"
    candidates = sum(name in kept["instances"] for name in scan.state["unneeded"])
    return {
        "name": group.name,
        "health": {
            "status": "Healthy",
            "nodeCounts": _counts(scan, there, len(nodes) - len(there) - overdue, overdue),
            "cloudProviderTarget": kept["size"],
            "minSize": group.least,
            "maxSize": group.most,
            **_since(scan, f"health/{group.name}", "Healthy"),
        },
        "scaleUp": {"status": up, **_why(held), **_since(scan, f"up/{group.name}", up)},
        "scaleDown": _down(scan, candidates, f"down/{group.name}"),
    }


def _why(backoff: Object | None) -> Object:
    return {"backoffInfo": {"errorCode": "timeout", "errorMessage": backoff["why"]}} if backoff else {}


def _counts(scan: Scan, nodes: Sequence[Object], unregistered: int, overdue: int = 0) -> Object:
    ready = sum(scan.is_ready(node) for node in nodes)
    leaving = sum(node["metadata"]["name"] in scan.state["deleting"] for node in nodes)
    registered: Object = {"total": len(nodes), "ready": ready, "notStarted": len(nodes) - ready}
    if leaving:
        registered["beingDeleted"] = leaving
    registered["unready"] = {"total": 0, "resourceUnready": 0}
    return {"registered": registered, "longUnregistered": overdue, "unregistered": unregistered}


def _up(coming: int) -> str:
    return "InProgress" if coming else "NoActivity"


def _down(scan: Scan, candidates: int, what: str) -> Object:
    status = "CandidatesPresent" if candidates else "NoCandidates"
    counted = {"candidates": candidates} if candidates else {}
    return {"status": status, **counted, **_since(scan, what, status)}


def _since(scan: Scan, what: str, status: str) -> Object:
    """Returns when a condition was looked at, and since when it is so."""
    known = scan.state["conditions"].get(what)
    if known is None or known[0] != status:
        known = scan.state["conditions"][what] = [status, scan.now]
    return {"lastProbeTime": rfc3339(scan.now), "lastTransitionTime": rfc3339(known[1])}
