"""When mounted ConfigMaps and Secrets show a change: at the kubelet's next periodic sync of each Pod.

Until then a volume shows what it did; what was deleted stays to be seen for good. Pods that wait for a volume are
looked at when the NFS server comes up, a volume is attached or a CSI driver registers. Source: kubernetes.io,
concepts/configuration/configmap (mounted ConfigMaps are updated automatically); pod_workers.go (resyncInterval).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kubelab.cluster.component import Component
from kubelab.cluster.kinds import ConfigMap, CSINode, Pod, Secret, VolumeAttachment
from kubelab.cluster.node import contents, volume_mounting
from kubelab.cluster.node.kubelet import Kubelet
from kubelab.cluster.node.record import RECORDS
from kubelab.cluster.objects import Key, Object
from kubelab.cluster.storage import nfsserver
from kubelab.cluster.store import Change

if TYPE_CHECKING:
    from kubelab.cluster.cluster import Cluster

NOTICE = 0.1  # seconds until a kubelet has noticed that a volume is attached
PERIOD = 90.0  # seconds between two syncs of a Pod, at the most


class VolumeUpdates(Component):
    """The part of every kubelet that updates volumes; keys are a Pod's uid and a volume's name."""

    name = "kubelet-volumes"

    def __init__(self, cluster: Cluster) -> None:
        super().__init__(cluster)
        self.store.subscribe(ConfigMap.prefix, self._changed)
        self.store.subscribe(Secret.prefix, self._changed)
        self.store.subscribe(nfsserver.STATE, self._server_changed)
        self.store.subscribe(VolumeAttachment.prefix, self._attached)
        self.store.subscribe(CSINode.prefix, self._registered)

    def _changed(self, change: Change) -> None:
        old, new = change.old, change.new
        if old is None:
            return
        if new is not None and all(old.get(field) == new.get(field) for field in ("data", "binaryData")):
            return
        kind = ConfigMap.name if change.key.startswith(ConfigMap.prefix) else Secret.name
        source = (kind, old["metadata"]["name"])
        for pod in self.api.indexed(Pod, "namespace", old["metadata"]["namespace"]):
            for volume in pod["spec"].get("volumes") or ():
                if source in contents.sources_of(volume):
                    self._hold(pod, volume, {source: old}, gone=new is None)

    def _hold(self, pod: Object, volume: Object, past: dict[tuple[str, str], Object], *, gone: bool) -> None:
        """Keeps what a volume shows until its Pod is synced."""
        kubelet, metadata = self.cluster.components["kubelet"], pod["metadata"]
        node = pod["spec"].get("nodeName")
        path = contents.held_key(metadata["uid"], volume["name"])
        if node is None or not isinstance(kubelet, Kubelet) or self.store.get(path) is not None:
            return
        views = kubelet.containers(node, metadata["namespace"], metadata["name"])
        if views:
            views[0].past = past
            self.store.put(path, {"files": contents.volume_files(views[0], volume)})
            if not gone:
                self.later(f"{metadata['uid']}/{volume['name']}", self._wait(metadata["uid"]))

    def _server_changed(self, _change: Change) -> None:
        kubelet = self.cluster.components["kubelet"]
        assert isinstance(kubelet, Kubelet)
        for path, record in list(self.store.items(RECORDS)):
            if volume_mounting.waits(record):
                node, namespace, name = path.removeprefix(RECORDS).split("/")
                pod = self.api.get(Pod, Key(namespace, name))
                if pod is not None:
                    volume_mounting.wake(kubelet, node, pod)

    def _attached(self, change: Change) -> None:
        if change.new is not None and (change.new.get("status") or {}).get("attached"):
            self._wake_all(change.new["spec"]["nodeName"])

    def _registered(self, change: Change) -> None:
        if change.new is not None and change.old is not None:
            self._wake_all(change.new["metadata"]["name"])

    def _wake_all(self, node: str) -> None:
        kubelet = self.cluster.components["kubelet"]
        assert isinstance(kubelet, Kubelet)
        for pod in self.api.indexed(Pod, "node", node):
            volume_mounting.wake(kubelet, node, pod, NOTICE)

    def _wait(self, uid: str) -> float:
        return self.cluster.random.between(1.0, PERIOD, "volumes", uid, self.now)

    def reconcile(self, key: str) -> None:
        """Lets a volume show what its sources hold now."""
        uid, _, volume = key.partition("/")
        self.store.delete(contents.held_key(uid, volume))
