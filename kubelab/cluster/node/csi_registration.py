"""CSI drivers register with kubelets: each node's CSINode says which it has.

Source: pkg/volume/csi/nodeinfomanager; kubernetes-csi.github.io, docs/node-driver-registrar.html.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kubelab.cluster.component import Component
from kubelab.cluster.kinds import CSINode, Node
from kubelab.cluster.node import drivers
from kubelab.cluster.node.programs.storage import REGISTRAR
from kubelab.cluster.objects import Key, Object
from kubelab.cluster.processes import PREFIX
from kubelab.cluster.store import Change

if TYPE_CHECKING:
    from kubelab.cluster.cluster import Cluster

MIGRATED = ",".join(
    f"kubernetes.io/{volume}"
    for volume in ("aws-ebs", "azure-disk", "azure-file", "cinder", "gce-pd", "portworx-volume", "vsphere-volume")
)
MOST_VOLUMES = {"csi.vsphere.vmware.com": 59}  # that a driver can attach to one node


class CsiRegistration(Component):
    """The part of every kubelet that keeps its CSINode; keys are nodes' names."""

    name = "csi-registration"

    def __init__(self, cluster: Cluster) -> None:
        super().__init__(cluster)
        self.store.subscribe(PREFIX, self._process_changed)

    def _process_changed(self, change: Change) -> None:
        """A registrar was started or ended."""
        if change.key != PREFIX + REGISTRAR:
            return
        before, after = (set((each or {}).get("nodes", ())) for each in (change.old, change.new))
        for node in sorted(before ^ after):
            self.later(node, 0.5)

    def reconcile(self, key: str) -> None:
        """Writes which drivers a node has."""
        if key.startswith(drivers.START):
            driver = key.removeprefix(drivers.START)
            nodes = {view.node.name for name, view in drivers.all_running(self.cluster, "registrar") if name == driver}
        else:
            nodes = {key}
        for name in sorted(nodes):
            self.write(name)

    def write(self, name: str) -> None:
        """Writes one node's CSINode where its drivers changed."""
        node = self.store.get(Node.path(Key("", name)))
        if node is None:
            return
        running = drivers.all_running(self.cluster, "registrar")
        wanted = [
            _driver(driver, node) for driver in sorted(found for found, view in running if view.node.name == name)
        ]
        standing = self.api.get(CSINode, Key("", name))
        if standing is None:
            self.api.create(CSINode, csinode(node, wanted))
        elif (standing["spec"].get("drivers") or []) != wanted:
            self.api.update(CSINode, {**standing, "spec": {"drivers": wanted or None}})


def csinode(node: Object, found: list[Object]) -> Object:
    """Returns what a kubelet says of its CSI drivers, and which volumes of clouds it leaves to such drivers."""
    metadata = node["metadata"]
    owner = {"apiVersion": "v1", "kind": "Node", "name": metadata["name"], "uid": metadata["uid"]}
    return {
        "apiVersion": "storage.k8s.io/v1",
        "kind": "CSINode",
        "metadata": {
            "name": metadata["name"],
            "annotations": {"storage.alpha.kubernetes.io/migrated-plugins": MIGRATED},
            "ownerReferences": [owner],
        },
        "spec": {"drivers": found or None},
    }


def _driver(name: str, node: Object) -> Object:
    driver: Object = {"name": name, "nodeID": node["metadata"]["name"], "topologyKeys": None}
    if name in MOST_VOLUMES:
        driver["allocatable"] = {"count": MOST_VOLUMES[name]}
    return driver
