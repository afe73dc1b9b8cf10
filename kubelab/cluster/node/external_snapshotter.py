"""The snapshot controller and the snapshotters of CSI drivers, as they run in Pods.

The controller makes a VolumeSnapshotContent for each VolumeSnapshot; the driver's snapshotter takes the snapshot; a
claim that names the snapshot as its data source gets a volume with what it holds (backends.py).
Source: kubernetes-csi/external-snapshotter, pkg/{common-controller,sidecar-controller}; kubernetes.io,
concepts/storage/volume-snapshots.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kubelab.cluster.clock import rfc3339
from kubelab.cluster.component import Component
from kubelab.cluster.kinds import PersistentVolume, PersistentVolumeClaim
from kubelab.cluster.layers import copy
from kubelab.cluster.node import csi, drivers, snapshots
from kubelab.cluster.objects import (
    Key,
    Object,
    annotations_of,
    is_being_deleted,
    key_of,
    with_metadata,
    without_finalizer,
)
from kubelab.cluster.quantity import to_int
from kubelab.cluster.storage import binding
from kubelab.cluster.store import Change

if TYPE_CHECKING:
    from kubelab.cluster.cluster import Cluster
    from kubelab.cluster.node.container import Container

SNAPSHOT, CONTENT, TAKEN = "snapshot:", "content:", "taken:"
NOT_FOUND = (
    "Failed to check and update snapshot content: failed to list snapshot for content {}: "
    '"rpc error: code = NotFound desc = snapshot {} was not found"'
)
NO_CLAIM = "cannot get claim from snapshot {}: {}"
DEFAULT = "snapshot.storage.kubernetes.io/is-default-class"
SNAPSHOT_FINALIZER = "snapshot.storage.kubernetes.io/volumesnapshot-bound-protection"
CONTENT_FINALIZER = "snapshot.storage.kubernetes.io/volumesnapshotcontent-bound-protection"


class ExternalSnapshotter(Component):
    """Takes and deletes snapshots for the controller and the snapshotters that run in Pods."""

    name = "external-snapshotter"

    def __init__(self, cluster: Cluster) -> None:
        super().__init__(cluster)
        self.store.subscribe(snapshots.SNAPSHOTS, self._snapshot_changed)
        self.store.subscribe(snapshots.CONTENTS, self._content_changed)

    def _snapshot_changed(self, change: Change) -> None:
        if change.new is not None:
            self.cluster.agenda.add(self.name, f"{SNAPSHOT}{key_of(change.new)}", self.now + 0.05)

    def _content_changed(self, change: Change) -> None:
        content = change.new if change.new is not None else change.old
        if content is not None:
            reference = content["spec"]["volumeSnapshotRef"]
            key = f"{SNAPSHOT}{Key(reference['namespace'], reference['name'])}"
            self.cluster.agenda.add(self.name, key, self.now + 0.05)
        if change.new is not None:
            self.cluster.agenda.add(self.name, f"{CONTENT}{change.new['metadata']['name']}", self.now + 0.05)

    def reconcile(self, key: str) -> None:
        """Looks at one snapshot or its content, or at all when the controller or a snapshotter has just started."""
        what, _, name = key.partition(":")
        if f"{what}:" == drivers.START:
            for obj in self.store.table(snapshots.SNAPSHOTS).rows.values():
                self.cluster.agenda.add(self.name, f"{SNAPSHOT}{key_of(obj)}")
            for obj in self.store.table(snapshots.CONTENTS).rows.values():
                self.cluster.agenda.add(self.name, f"{CONTENT}{obj['metadata']['name']}")
        elif f"{what}:" == SNAPSHOT:
            self.look_at_snapshot(Key.parse(name))
        else:
            self.look_at_content(name, taken=f"{what}:" == TAKEN)

    # the controller

    def look_at_snapshot(self, key: Key) -> None:
        """Makes a snapshot's content, and says of the snapshot what has become of it."""
        kind = snapshots.kind(self.cluster, "VolumeSnapshot")
        snapshot = self.api.get(kind, key) if kind is not None else None
        view = drivers.running(self.cluster, drivers.SNAPSHOT_CONTROLLER, drivers.SNAPSHOT_CONTROLLER)
        if snapshot is None or kind is None or view is None:
            return
        content = self._content(snapshot)
        if is_being_deleted(snapshot):
            if content is not None and content["spec"]["deletionPolicy"] == "Delete":
                self.api.delete(self._kind("VolumeSnapshotContent"), key_of(content))
                if self._content(snapshot) is not None:
                    return
            freed = without_finalizer(snapshot, SNAPSHOT_FINALIZER)
            if freed is not snapshot:
                self.api.update(kind, freed)
        elif content is None:
            self.make_content(view, snapshot)
        else:
            self.tell(view, snapshot, content)

    def make_content(self, view: Container, snapshot: Object) -> None:
        """Asks for a snapshot of a claim's volume, or says why that cannot be."""
        problem, storageclass, volume = self._source(snapshot)
        if problem or volume is None or storageclass is None:
            self.fail(view, snapshot, problem)
            return
        held = with_metadata(snapshot, finalizers=[SNAPSHOT_FINALIZER])
        held = {**held, "spec": {**held["spec"], "volumeSnapshotClassName": storageclass["metadata"]["name"]}}
        snapshot = self.api.update(self._kind("VolumeSnapshot"), held)
        metadata = snapshot["metadata"]
        reference = {
            "apiVersion": snapshots.VERSION,
            "kind": "VolumeSnapshot",
            "name": metadata["name"],
            "namespace": metadata["namespace"],
            "uid": metadata["uid"],
        }
        content = {
            "apiVersion": snapshots.VERSION,
            "kind": "VolumeSnapshotContent",
            "metadata": {"name": f"snapcontent-{metadata['uid']}", "finalizers": [CONTENT_FINALIZER]},
            "spec": {
                "deletionPolicy": storageclass["deletionPolicy"],
                "driver": storageclass["driver"],
                "source": {"volumeHandle": volume["spec"]["csi"]["volumeHandle"]},
                "sourceVolumeMode": binding.mode(volume),
                "volumeSnapshotClassName": storageclass["metadata"]["name"],
                "volumeSnapshotRef": reference,
            },
        }
        self.api.create(self._kind("VolumeSnapshotContent"), content)
        message = f"Waiting for a snapshot {key_of(snapshot)} to be created by the CSI driver."
        self._speak(view).event(snapshot, "Normal", "CreatingSnapshot", message)

    def _source(self, snapshot: Object) -> tuple[str, Object | None, Object | None]:
        """Returns why a snapshot cannot be taken, or with which class and of which volume it is."""
        spec, metadata = snapshot["spec"], snapshot["metadata"]
        name, wanted = spec["source"].get("persistentVolumeClaimName", ""), spec.get("volumeSnapshotClassName")
        claim = self.api.get(PersistentVolumeClaim, Key(metadata["namespace"], name))
        if claim is None:
            why = f'persistentvolumeclaim "{name}" not found'
            return f"Failed to create snapshot content with error {NO_CLAIM.format(key_of(snapshot), why)}", None, None
        volume = self.api.get(PersistentVolume, Key("", claim["spec"].get("volumeName") or ""))
        if volume is None or "csi" not in volume["spec"]:
            return f"the PVC {name} is not yet bound to a PV, will not attempt to take a snapshot", None, None
        found = self._class(wanted, volume["spec"]["csi"]["driver"])
        if found is None and wanted:
            why = f'volumesnapshotclass.{snapshots.GROUP} "{wanted}" not found'
            return f"Failed to get snapshot class with error {why}", None, None
        if found is None:
            return "Failed to set default snapshot class with error cannot find default snapshot class", None, None
        return "", found, volume

    def _class(self, name: str | None, driver: str) -> Object | None:
        rows = self.store.table(snapshots.CLASSES).rows.values()
        if name:
            return next((each for each in rows if each["metadata"]["name"] == name), None)
        own = [each for each in rows if each["driver"] == driver]
        return next((each for each in own if annotations_of(each).get(DEFAULT) == "true"), None)

    def fail(self, view: Container, snapshot: Object, message: str) -> None:
        """Says why a snapshot cannot be taken."""
        if ((snapshot.get("status") or {}).get("error") or {}).get("message") == message:
            return
        error = {"message": message, "time": self.clock.timestamp()}
        status = {**(snapshot.get("status") or {}), "error": error, "readyToUse": False}
        snapshot = self.api.update_status(self._kind("VolumeSnapshot"), {**snapshot, "status": status})
        reason = "GetSnapshotClassFailed" if "snapshot class" in message else "SnapshotContentCreationFailed"
        self._speak(view).event(snapshot, "Warning", reason, message)

    def tell(self, view: Container, snapshot: Object, content: Object) -> None:
        """Writes into a snapshot what its content has come to."""
        done = content.get("status") or {}
        status: Object = {
            "boundVolumeSnapshotContentName": content["metadata"]["name"],
            "readyToUse": bool(done.get("readyToUse")),
        }
        if done.get("readyToUse"):
            status["creationTime"] = rfc3339(done["creationTime"] / 1e9)
            status["restoreSize"] = str(done["restoreSize"])
            if done["restoreSize"] % 2**30 == 0:
                status["restoreSize"] = f"{done['restoreSize'] // 2**30}Gi"
        before = snapshot.get("status") or {}
        if status == before:
            return
        snapshot = self.api.update_status(self._kind("VolumeSnapshot"), {**snapshot, "status": status})
        if status["readyToUse"] and not before.get("readyToUse"):
            speak, key = self._speak(view), key_of(snapshot)
            created = f"Snapshot {key} was successfully created by the CSI driver."
            speak.event(snapshot, "Normal", "SnapshotCreated", created)
            speak.event(snapshot, "Normal", "SnapshotReady", f"Snapshot {key} is ready to use.")

    def _speak(self, view: Container) -> Any:
        return view.cluster.api.client(drivers.user_of(view), view.name, "snapshot-controller")

    # the snapshotter beside the driver

    def look_at_content(self, name: str, *, taken: bool) -> None:
        """Takes a snapshot, or deletes it."""
        kind = snapshots.kind(self.cluster, "VolumeSnapshotContent")
        content = self.api.get(kind, Key("", name)) if kind is not None else None
        if content is None or kind is None:
            return
        leaving, ready = is_being_deleted(content), bool((content.get("status") or {}).get("readyToUse"))
        view = drivers.running(self.cluster, drivers.SNAPSHOTTER, content["spec"]["driver"])
        if view is None or (ready and not leaving):
            return
        if not taken:
            if self.cluster.agenda.due(self.name, TAKEN + name) is None:
                self.later(TAKEN + name, self.cluster.random.between(1.0, 3.0, "snapshot", name, leaving))
            return
        source = content["spec"]["source"].get("volumeHandle", "")
        if leaving:
            if content["spec"]["deletionPolicy"] == "Delete":
                snapshots.remove(self.cluster, content)
            self.api.update(kind, without_finalizer(content, CONTENT_FINALIZER))
            return
        handle = content["spec"]["source"].get("snapshotHandle", "")
        if not handle:
            handle = f"{source}+{self.cluster.random.uid('snapshot', name)}"
            copy(self.store, csi.disk_name(source), snapshots.tree_name(handle))
            snapshots.keep(self.cluster, handle, self._size_of(source))
        self.api.update_status(kind, {**content, "status": self._status_of(handle, name)})

    def _size_of(self, handle: str) -> int:
        """Returns how many bytes a disk has."""
        for volume in self.api.list(PersistentVolume):
            if (volume["spec"].get("csi") or {}).get("volumeHandle") == handle:
                return to_int(binding.capacity(volume))
        return 0

    def _status_of(self, handle: str, content: str) -> Object:
        """Returns what a VolumeSnapshotContent tells of its snapshot; its driver may know none of that handle."""
        found = snapshots.known(self.cluster, handle)
        if found is None:
            error = {"message": NOT_FOUND.format(content, handle), "time": self.clock.timestamp()}
            return {"error": error, "readyToUse": False}
        known: Object = {"creationTime": found["taken"], "restoreSize": found["size"]}
        return {**known, "readyToUse": True, "snapshotHandle": handle}

    def _content(self, snapshot: Object) -> Object | None:
        named = snapshot["spec"]["source"].get("volumeSnapshotContentName")
        name = named or f"snapcontent-{snapshot['metadata']['uid']}"
        return self.store.get(f"{snapshots.CONTENTS}{name}")

    def _kind(self, name: str) -> Any:
        return snapshots.kind(self.cluster, name)
