"""When mounted ConfigMaps and Secrets show a change: at the kubelet's next periodic sync of each Pod.

Until then a volume shows what it did; what was deleted stays to be seen, and the kubelet complains of it at each sync,
until it is made again. Pods that wait for a volume are looked at when the NFS server comes up, a volume is attached or
a CSI driver registers. Source: kubernetes.io, concepts/configuration/configmap (mounted ConfigMaps are updated
automatically); pkg/kubelet/pod_workers.go (resyncInterval).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kubelab.cluster.component import Component
from kubelab.cluster.kinds import ConfigMap, CSINode, Pod, Secret, VolumeAttachment
from kubelab.cluster.node import contents, volume_mounting
from kubelab.cluster.node.kubelet import Kubelet
from kubelab.cluster.node.podwork import PodWork
from kubelab.cluster.node.record import RECORDS, thaw
from kubelab.cluster.objects import Key, Object
from kubelab.cluster.storage import nfsserver
from kubelab.cluster.store import Change

if TYPE_CHECKING:
    from kubelab.cluster.cluster import Cluster
    from kubelab.cluster.node.container import Container

NOTICE = 0.1  # seconds until a kubelet has noticed that a volume is attached
DATA = ("data", "binaryData")
PERIOD = 90.0  # seconds between two syncs of a Pod, at the most


class VolumeUpdates(Component):
    """The part of every kubelet that updates volumes; keys are a Pod's namespace, name and uid, and a volume."""

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
        if old is not None and new is not None and all(old.get(part) == new.get(part) for part in DATA):
            return
        kind = ConfigMap.name if change.key.startswith(ConfigMap.prefix) else Secret.name
        namespace, name = change.key.rsplit("/", 2)[-2:]
        source, cached = (kind, name), new is None and bool((old or {}).get("immutable"))
        for pod in self.api.indexed(Pod, "namespace", namespace):
            for volume in pod["spec"].get("volumes") or ():
                if source in contents.sources_of(volume):
                    self._hold(pod, volume, {source: old or {}}, cached=cached)

    def _hold(self, pod: Object, volume: Object, past: dict[tuple[str, str], Object], *, cached: bool) -> None:
        """Keeps what a volume shows until its Pod is synced; for good what is gone and could not change (`cached`)."""
        view, metadata = self._view(pod), pod["metadata"]
        path = contents.held_key(metadata["uid"], volume["name"])
        kept = self.store.get(path) or {}
        if view is None or "files" in kept:
            return
        view.past = past
        self.store.put(path, {**kept, "files": contents.volume_files(view, volume)})
        if not cached:
            self._look_later(metadata, volume["name"])

    def _view(self, pod: Object) -> Container | None:
        """Returns a container of a Pod that runs, None where there is none."""
        kubelet, metadata, node = self.cluster.components["kubelet"], pod["metadata"], pod["spec"].get("nodeName")
        if node is None or not isinstance(kubelet, Kubelet):
            return None
        return next(iter(kubelet.containers(node, metadata["namespace"], metadata["name"])), None)

    def _look_later(self, metadata: Object, volume: str) -> None:
        key = f"{metadata['namespace']}/{metadata['name']}/{metadata['uid']}/{volume}"
        self.later(key, self.cluster.random.between(1.0, PERIOD, "volumes", metadata["uid"], self.now))

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

    def reconcile(self, key: str) -> None:
        """Lets a volume show what its sources hold now; where one of them is gone, says so and looks again."""
        if key.count("/") == 1:  # of a cluster that was kept before keys named the Pod
            self.store.delete(contents.HELD + key)
            return
        namespace, name, uid, volume_name = key.split("/")
        path, pod = contents.held_key(uid, volume_name), self.api.get(Pod, Key(namespace, name))
        view = self._view(pod) if pod is not None and pod["metadata"]["uid"] == uid else None
        if view is None or "files" not in (self.store.get(path) or {}):
            return
        work = PodWork(view.node.owner, view.node, Key(namespace, name), view.pod, thaw(view.record))
        volume = next(each for each in view.pod["spec"]["volumes"] if each["name"] == volume_name)
        why = volume_mounting.missing_source(work, volume)
        if not why:
            self.store.put(path, {"at": self.now})
            return
        work.event("Warning", "FailedMount", f'{volume_mounting.SET_UP} failed for volume "{volume_name}" : {why}')
        self._look_later(view.pod["metadata"], volume_name)
