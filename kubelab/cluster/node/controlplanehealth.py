"""Health checks of API servers and of etcd's members follow from etcd: kubelets look again when it is lost or back.

Otherwise they rest, as what answers well goes on to do so (`steady`, probes.py).
Source: kubernetes.io, reference/using-api/health-checks; etcd.io, docs/v3.6/op-guide/monitoring (health check).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kubelab.cluster.component import Component
from kubelab.cluster.node.record import RECORDS, thaw

if TYPE_CHECKING:
    from kubelab.cluster.cluster import Cluster

DEPENDENT = ("kube-apiserver", "etcd")  # whose checks ask etcd


class ControlPlaneHealth(Component):
    """Has the health of what depends on etcd looked at again; keys are machines."""

    name = "control-plane-health"
    user = "system:node"

    def __init__(self, cluster: Cluster) -> None:
        super().__init__(cluster)
        cluster.processes.on_etcd(self._changed)

    def _changed(self) -> None:
        processes = self.cluster.processes
        for node in dict.fromkeys(each for process in DEPENDENT for each in processes.nodes(process)):
            self.cluster.agenda.add(self.name, node)

    def resync(self) -> None:
        """Nothing is missed: what starts is looked at anyway."""

    def reconcile(self, key: str) -> None:
        """Wakes the probes that rest of one machine's API server and member of etcd."""
        for process in DEPENDENT:
            pod = f"{key}/kube-system/{process}-{key}"
            record = self.store.get(RECORDS + pod)
            entries = ((record or {}).get("probes") or {}).get(process) or {}
            if record is None or not any("steady" in entry for entry in entries.values()):
                continue
            woken = thaw(record)
            for entry in woken["probes"][process].values():
                if entry.pop("steady", None):
                    entry["next"] = self.now
            self.store.put(RECORDS + pod, woken)
            self.cluster.agenda.add("kubelet", pod)
