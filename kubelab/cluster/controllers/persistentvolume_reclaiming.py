"""What becomes of a volume whose claim is gone: kept, scrubbed by a Pod, or left to whoever provisioned it.

Source: pkg/controller/volume/persistentvolume/pv_controller.go (reclaimVolume), pkg/volume/util/recyclerclient;
kubernetes.io, concepts/storage/persistent-volumes (reclaiming).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from kubelab.cluster.controllers.persistentvolume_provisioning import IN_TREE
from kubelab.cluster.kinds import Event, PersistentVolume, Pod
from kubelab.cluster.objects import Key, Object, annotations_of
from kubelab.cluster.quantity import to_int
from kubelab.cluster.storage import binding
from kubelab.cluster.store import Change

if TYPE_CHECKING:
    from kubelab.cluster.controllers.persistentvolume import PersistentVolumeBinder

RECYCLER = "recycler-for-"
NAMESPACE = "default"
IMAGE = "registry.k8s.io/build-image/debian-base:bookworm-v1.0.4"
SCRUB = 'test -e /scrub && find /scrub -mindepth 1 -delete && test -z "$(ls -A /scrub)" || exit 1'
# Seconds that a recycler's Pod gets at the least, and for each GiB more.
TIMES = {"nfs": (300, 30), "hostPath": (60, 30)}
GIB = 1024**3
NO_RECYCLER = "No recycler plugin found for the volume!"
NO_DELETER = 'error getting deleter volume plugin for volume "{}": no deletable volume plugin matched'
DELETABLE_PATH = re.compile(r"/tmp/.+")


class Reclaiming:
    """Does with released volumes what their policies say.

    Recyclers' Pods are watched only while there are some.
    """

    def __init__(self, binder: PersistentVolumeBinder) -> None:
        self._binder = binder
        self._unwatch: Callable[[], None] | None = None
        for volume in binder.store.table(PersistentVolume.prefix).rows.values():
            if self._is_busy(volume):
                self._watch()

    def reclaim(self, volume: Object) -> None:
        """Reclaims a released volume."""
        policy = volume["spec"].get("persistentVolumeReclaimPolicy")
        if policy == "Recycle" or self._is_busy(volume):  # what has begun is brought to its end
            self._recycle(volume)
        elif policy == "Delete":
            self._delete(volume)

    def _is_busy(self, volume: Object) -> bool:
        """Tells whether a volume is scrubbed, or is to be."""
        pod = Pod.path(Key(NAMESPACE, RECYCLER + volume["metadata"]["name"]))
        return _is_recycled(volume) or self._binder.store.get(pod) is not None

    # Delete

    def _delete(self, volume: Object) -> None:
        """Deletes a volume that was made by hand, where that can be done; others are their provisioners' matter."""
        if (
            not annotations_of(volume).get(binding.PROVISIONED_BY, IN_TREE).startswith(IN_TREE)
            or "csi" in volume["spec"]
        ):
            return
        name = volume["metadata"]["name"]
        path = (volume["spec"].get("hostPath") or {}).get("path")
        if path is None:
            self._fail(volume, "VolumeFailedDelete", NO_DELETER.format(name))
        elif not DELETABLE_PATH.fullmatch(path):
            self._fail(
                volume, "VolumeFailedDelete", f"host_path deleter only supports /tmp/.+ but received provided {path}"
            )
        else:  # what it removes is in the controller manager's own container; the nodes' files stay
            self._binder.api.delete(PersistentVolume, Key("", name))

    def _fail(self, volume: Object, reason: str, message: str) -> None:
        if (volume.get("status") or {}).get("phase") != "Failed":
            failed = self._binder.write_volume_phase(volume, "Failed", message)
            self._binder.api.event(failed, "Warning", reason, message)

    # Recycle

    def _recycle(self, volume: Object) -> None:
        binder, name = self._binder, volume["metadata"]["name"]
        source = next((source for source in TIMES if source in volume["spec"]), None)
        if source is None:
            self._fail(volume, "VolumeFailedRecycle", NO_RECYCLER)
            return
        key = Key(NAMESPACE, RECYCLER + name)
        pod = binder.api.get(Pod, key)
        if pod is None:
            self._watch()
            binder.api.create(Pod, _recycler(volume, source))
            return
        phase = (pod.get("status") or {}).get("phase")
        if phase not in ("Succeeded", "Failed"):
            return
        self._repeat_events(volume, pod)
        binder.api.delete(Pod, key)
        if phase == "Succeeded":
            binder.api.event(volume, "Normal", "VolumeRecycled", "Volume recycled")
            binder.unbind(volume)
        else:
            message = (pod["status"].get("message")) or "Pod failed, pod.Status.Message unknown."
            self._fail(volume, "VolumeFailedRecycle", f"Recycle failed: {message}")
        self._unwatch_if_idle(name)

    def _repeat_events(self, volume: Object, pod: Object) -> None:
        """Says of the volume what was said of its recycler's Pod."""
        events = self._binder.api.indexed(Event, "namespace", NAMESPACE)
        uid = pod["metadata"]["uid"]
        for event in events:
            if event["involvedObject"].get("uid") == uid:
                kind, message = event["type"], f"Recycler pod: {event['message']}"
                self._binder.api.event(volume, kind, "RecyclerPod", message)

    def _watch(self) -> None:
        if self._unwatch is None:
            self._unwatch = self._binder.store.subscribe(Pod.prefix, self._pod_changed)

    def _unwatch_if_idle(self, done: str) -> None:
        rows = self._binder.store.table(PersistentVolume.prefix).rows.values()
        if self._unwatch is not None and not any(
            self._is_busy(volume) and volume["metadata"]["name"] != done for volume in rows
        ):
            self._unwatch()
            self._unwatch = None

    def _pod_changed(self, change: Change) -> None:
        pod = change.new
        if pod is None or not pod["metadata"]["name"].startswith(RECYCLER):
            return
        if (pod.get("status") or {}).get("phase") in ("Succeeded", "Failed"):
            name = pod["metadata"]["name"].removeprefix(RECYCLER)
            self._binder.cluster.agenda.add(self._binder.name, f"volume:{name}")


def _is_recycled(volume: Object) -> bool:
    released = (volume.get("status") or {}).get("phase") == "Released"
    return released and volume["spec"].get("persistentVolumeReclaimPolicy") == "Recycle"


def _recycler(volume: Object, source: str) -> Object:
    """Returns the Pod that scrubs a volume."""
    least, more = TIMES[source]
    seconds = max(least, to_int(binding.capacity(volume)) // GIB * more)
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": RECYCLER + volume["metadata"]["name"], "namespace": NAMESPACE},
        "spec": {
            "activeDeadlineSeconds": seconds,
            "restartPolicy": "Never",
            "volumes": [{"name": "vol", source: volume["spec"][source]}],
            "containers": [
                {
                    "name": "pv-recycler",
                    "image": IMAGE,
                    "command": ["/bin/sh"],
                    "args": ["-c", SCRUB],
                    "volumeMounts": [{"name": "vol", "mountPath": "/scrub"}],
                }
            ],
        },
    }
