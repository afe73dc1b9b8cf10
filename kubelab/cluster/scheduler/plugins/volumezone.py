"""Takes Pods to the zone and region that their volumes' labels name.

Source: pkg/scheduler/framework/plugins/volumezone.
"""

from __future__ import annotations

from kubelab.cluster.kinds import PersistentVolume, PersistentVolumeClaim
from kubelab.cluster.objects import Key, labels_of
from kubelab.cluster.scheduler.claims import OfClaims
from kubelab.cluster.scheduler.framework import Cycle, Event, Plugin, Rejection, Scope
from kubelab.cluster.scheduler.nodeinfo import NodeInfo
from kubelab.cluster.storage import binding

LABELS = (
    "topology.kubernetes.io/zone",
    "topology.kubernetes.io/region",
    "failure-domain.beta.kubernetes.io/zone",
    "failure-domain.beta.kubernetes.io/region",
)
ELSEWHERE = "node(s) had no available volume zone"


class VolumeZone(OfClaims, Plugin):
    """Rejects nodes of other zones than the Pod's bound volumes."""

    name = "VolumeZone"
    scope = Scope.PODS
    wakes = frozenset({Event.NODE_CAME, Event.NODE_LABELS, Event.VOLUME})

    def refresh(self, cycle: Cycle) -> None:
        """Collects what the volumes' labels ask of a node; several zones in one label are divided by "__"."""
        store = self.cluster.store
        wanted: list[tuple[str, set[str]]] = []
        for key in binding.claims_of(cycle.pod):
            claim = store.get(PersistentVolumeClaim.path(key))
            volume = store.get(PersistentVolume.path(Key("", claim["spec"].get("volumeName") or ""))) if claim else None
            labels = labels_of(volume) if volume else {}
            wanted += [(label, set(labels[label].split("__"))) for label in LABELS if label in labels]
        cycle.state[self.name] = wanted

    def filter(self, cycle: Cycle, node: NodeInfo) -> Rejection | None:
        """Returns why the Pod cannot go to the node, or None if it can."""
        labels = labels_of(node.node)
        if not any(label in labels for label in LABELS):
            return None
        wanted = cycle.state[self.name]
        return None if all(labels.get(label) in zones for label, zones in wanted) else Rejection((ELSEWHERE,), True)
