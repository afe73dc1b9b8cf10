"""How many nodes of each zone are not ready, and whether that is so much that nothing is to be evicted.

When all nodes seem to be gone it is more likely the control plane that is cut off; then nobody is evicted. In a small
zone of which most nodes are gone nobody is either.
Source: pkg/controller/nodelifecycle (handleDisruption, ComputeZoneState); kubernetes.io, concepts/architecture/nodes,
"Rate limits on eviction". The rate itself, one node in ten seconds, is not simulated.
"""

from __future__ import annotations

from collections.abc import Callable

from kubelab.cluster.kinds import Node
from kubelab.cluster.objects import Object, labels_of
from kubelab.cluster.store import Change, Store

THRESHOLD = 0.55  # --unhealthy-zone-threshold
LARGE = 50  # --large-cluster-size-threshold: evictions go on, slowly, in zones with more nodes
REGION, ZONE = "topology.kubernetes.io/region", "topology.kubernetes.io/zone"


class ZoneStates:
    """Counts kept up to date with every write of a Node.

    Args:
        turned: called when evictions stop or go on somewhere.
    """

    def __init__(self, store: Store, turned: Callable[[], None]) -> None:
        self._store = store
        self._turned = turned
        self._stopped: frozenset[str] = frozenset()
        self._counts: dict[str, list[int]] = {}  # zone -> [nodes, those that are not ready]
        store.subscribe(Node.prefix, self._changed)

    def start(self) -> None:
        """Counts anew."""
        self._counts.clear()
        for _, node in self._store.items(Node.prefix):
            self._count(node, 1)
        self._stopped = self._where_stopped()

    def _changed(self, change: Change) -> None:
        old, new = change.old, change.new
        if old is not None and new is not None and _is_ready(old) == _is_ready(new) and zone_of(old) == zone_of(new):
            return
        if old is not None:
            self._count(old, -1)
        if new is not None:
            self._count(new, 1)
        stopped = self._where_stopped()
        if stopped != self._stopped:
            self._stopped = stopped
            self._turned()

    def _where_stopped(self) -> frozenset[str]:
        if all(unready == total for total, unready in self._counts.values() if total):
            return frozenset(self._counts)
        return frozenset(zone for zone, counts in self._counts.items() if _is_disrupted(*counts))

    def _count(self, node: Object, sign: int) -> None:
        counts = self._counts.setdefault(zone_of(node), [0, 0])
        counts[0] += sign
        counts[1] += sign * (not _is_ready(node))

    def evicts(self, node: Object) -> bool:
        """Tells whether Pods of a node that is not ready are evicted in the state that its zone is in."""
        return zone_of(node) not in self._stopped


def _is_disrupted(total: int, unready: int) -> bool:
    """Tells whether so much of a small zone is gone that nothing is evicted there; not where all of it is gone."""
    return total <= LARGE and 2 < unready < total and unready / total >= THRESHOLD


def zone_of(node: Object) -> str:
    """Returns a node's zone: region and zone by its labels."""
    labels = labels_of(node)
    return f"{labels.get(REGION, '')}:{labels.get(ZONE, '')}"


def _is_ready(node: Object) -> bool:
    conditions = (node.get("status") or {}).get("conditions") or ()
    return any(each["type"] == "Ready" and each["status"] == "True" for each in conditions)
