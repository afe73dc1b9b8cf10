"""A disk that is full: the kubelet's condition, the taint that follows, and the Pods that have to go.

Nothing in this simulation writes so much that a disk fills by itself; a fault does it (cluster/faults.py). What then
happens is the kubelet's: it looks every ten seconds, says DiskPressure, and evicts one Pod after the other while that
does not help. Unused images, which a real one deletes first, stay.
Source: pkg/kubelet/eviction/{eviction_manager,helpers}.go; kubernetes.io, concepts/scheduling-eviction.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kubelab.cluster.component import Component, next_look
from kubelab.cluster.kinds import Pod
from kubelab.cluster.node import host
from kubelab.cluster.node.entry import node_of
from kubelab.cluster.node.memorydemand import LOOK
from kubelab.cluster.node.pressure import is_critical, say, tell
from kubelab.cluster.node.record import is_running
from kubelab.cluster.objects import Object, key_of
from kubelab.cluster.quantity import canonical
from kubelab.cluster.store import Change

if TYPE_CHECKING:
    from kubelab.cluster.cluster import Cluster
    from kubelab.cluster.node.nodeview import NodeView

DISK = "DiskPressure"
SHORT = ["True", "KubeletHasDiskPressure", "kubelet has disk pressure"]
LOW = "The node was low on resource: ephemeral-storage. Threshold quantity: {}, available: {}. "
LARGER = "Container {} was using {}Ki, request is 0, has larger consumption of ephemeral-storage. "
THRESHOLD = 10  # percent of the disk that have to be free (nodefs.available)
LEFT = 2  # percent that a full disk has left
TRANSITION = 300.0  # seconds that the condition stays
BLOCK = 4  # KiB: the least that a container's files take


class DiskPressure(Component):
    """The part of every kubelet that looks after a node's disk; keys are nodes' names."""

    name = "kubelet-disk-pressure"

    def __init__(self, cluster: Cluster) -> None:
        super().__init__(cluster)
        self.store.subscribe(host.HOSTS, self._machine_changed)

    def _machine_changed(self, change: Change) -> None:
        old, new = change.old, change.new
        if old is not None and new is not None and old.get("filled") != new.get("filled"):
            self.cluster.agenda.add(self.name, change.key.removeprefix(host.HOSTS), next_look(self.now, LOOK))

    def reconcile(self, key: str) -> None:
        """Looks at one node's disk."""
        view = node_of(self.cluster, key)
        if view is None or not (view.powered and view.kubelet_runs):
            return
        filled = view.record.get("filled") or {}
        full = "until" not in filled and bool(filled)
        pressed = full or (bool(filled) and self.now < filled["until"] + TRANSITION)
        say(self.store, view, DISK, SHORT if pressed else None)
        if full:
            tell(view, "Warning", "EvictionThresholdMet", "Attempting to reclaim ephemeral-storage")
            self._evict(view)
            self.cluster.agenda.add(self.name, key, next_look(self.now, LOOK))
        elif pressed:
            self.cluster.agenda.add(self.name, key, next_look(max(self.now, filled["until"] + TRANSITION - LOOK), LOOK))
        elif filled:
            record = view.record
            self.store.put(host.HOSTS + key, {name: value for name, value in record.items() if name != "filled"})

    def _evict(self, view: NodeView) -> None:
        """Evicts the Pod that takes the most of the disk, the least important first."""
        pods = [pod for pod in self.api.indexed(Pod, "node", view.name) if not is_critical(pod)]
        taken = {str(key_of(pod)): self._taken(view, pod) for pod in pods}
        running = [pod for pod in pods if taken[str(key_of(pod))]]
        if not running:
            return

        def rank(pod: Object) -> tuple[int, int, str]:
            name = str(key_of(pod))
            return pod["spec"].get("priority") or 0, -sum(taken[name].values()), name

        worst = min(running, key=rank)
        disk = view.record["disk"]
        message = LOW.format(canonical(f"{disk * THRESHOLD // 100}Ki"), canonical(f"{disk * LEFT // 100}Ki"))
        for name, kibibytes in taken[str(key_of(worst))].items():
            message += LARGER.format(name, kibibytes)
        view.owner.evict(view.name, worst, message, disrupted=True)

    def _taken(self, view: NodeView, pod: Object) -> dict[str, int]:
        """Returns the KiB that a Pod's containers have written."""
        key = key_of(pod)
        return {
            each.name: max(BLOCK, each.files.usage().size // 1024)
            for each in view.owner.containers(view.name, key.namespace, key.name)
            if is_running(each.state, self.now)
        }
