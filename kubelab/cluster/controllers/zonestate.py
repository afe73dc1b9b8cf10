"""How many nodes of each zone are not ready, and how quickly Pods are to leave such nodes.

When all nodes seem to be gone it is more likely the control plane that is cut off; then nobody is evicted. In a small
zone of which most nodes are gone nobody more is, in a large one it goes slowly.
Source: pkg/controller/nodelifecycle (handleDisruption, ComputeZoneState, setLimiterInZone); kubernetes.io,
concepts/architecture/nodes, "Rate limits on eviction".
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from kubelab.cluster import processflags
from kubelab.cluster.kinds import Node
from kubelab.cluster.objects import Object, labels_of
from kubelab.cluster.store import Change

if TYPE_CHECKING:
    from kubelab.cluster.cluster import Cluster

PROCESS = "kube-controller-manager"
EXCLUDED = "node.kubernetes.io/exclude-disruption"  # a label: the node counts for nothing here
REGION, ZONE = "topology.kubernetes.io/region", "topology.kubernetes.io/zone"


class Rates(NamedTuple):
    """Nodes a second that are emptied in a healthy zone and in a large unhealthy one, and what those words mean."""

    healthy: float
    unhealthy: float
    threshold: float
    large: float


def rates(cluster: Cluster) -> Rates:
    """Returns what the controller manager that acts was told."""
    return Rates(
        processflags.number(cluster, PROCESS, "node-eviction-rate", 0.1),
        processflags.number(cluster, PROCESS, "secondary-node-eviction-rate", 0.01),
        processflags.number(cluster, PROCESS, "unhealthy-zone-threshold", 0.55),
        processflags.number(cluster, PROCESS, "large-cluster-size-threshold", 50),
    )


class ZoneStates:
    """Counts kept up to date with every write of a Node.

    Args:
        turned: called when evictions stop, go on, or get another pace somewhere.

    Attributes:
        stopped: all nodes seem to be gone: nobody is evicted, and nodes lose the taints that would evict.
    """

    def __init__(self, cluster: Cluster, turned: Callable[[], None]) -> None:
        self._cluster = cluster
        self._turned = turned
        self._counts: dict[str, list[int]] = {}  # zone -> [nodes, those that are not ready]
        self._rates: dict[str, float] = {}
        self.stopped = False
        cluster.store.subscribe(Node.prefix, self._changed)

    def start(self) -> None:
        """Counts anew."""
        self._counts.clear()
        for _, node in self._cluster.store.items(Node.prefix):
            self._count(node, 1)
        self.stopped, self._rates = self._judged()

    def _changed(self, change: Change) -> None:
        old, new = change.old, change.new
        if old is not None and new is not None and _is_ready(old) == _is_ready(new) and zone_of(old) == zone_of(new):
            return
        if old is not None:
            self._count(old, -1)
        if new is not None:
            self._count(new, 1)
        before = self.stopped, self._rates
        self.stopped, self._rates = self._judged()
        if before != (self.stopped, self._rates):
            self._turned()

    def _judged(self) -> tuple[bool, dict[str, float]]:
        told = rates(self._cluster)
        found = {}
        for zone, (total, unready) in self._counts.items():
            is_partial = 2 < unready < total and unready / total >= told.threshold
            slow = told.unhealthy if total > told.large else 0.0
            found[zone] = slow if is_partial else told.healthy
        return all(unready == total for total, unready in self._counts.values() if total), found

    def _count(self, node: Object, sign: int) -> None:
        if EXCLUDED in labels_of(node):
            return
        counts = self._counts.setdefault(zone_of(node), [0, 0])
        counts[0] += sign
        counts[1] += sign * (not _is_ready(node))

    def rate(self, zone: str) -> float:
        """Returns how many nodes of a zone may be marked for eviction in a second."""
        return 0.0 if self.stopped else self._rates.get(zone, 0.1)


def zone_of(node: Object) -> str:
    """Returns a node's zone: region and zone by its labels."""
    labels = labels_of(node)
    return f"{labels.get(REGION, '')}:{labels.get(ZONE, '')}"


def _is_ready(node: Object) -> bool:
    conditions = (node.get("status") or {}).get("conditions") or ()
    return any(each["type"] == "Ready" and each["status"] == "True" for each in conditions)
