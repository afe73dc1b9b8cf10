"""Attachers in Pods: each attaches and detaches its driver's volumes as VolumeAttachments ask for it.

Source: kubernetes-csi/external-attacher, pkg/controller/csi_handler.go.
"""

from __future__ import annotations

from collections.abc import Iterable

from kubelab.cluster.component import Component
from kubelab.cluster.kinds import PersistentVolume, VolumeAttachment
from kubelab.cluster.node import drivers
from kubelab.cluster.objects import Key, Object, is_being_deleted, with_metadata, without_finalizer
from kubelab.cluster.store import Change

DONE = "done:"


def asked(_component: Component, change: Change) -> Iterable[str]:
    """The attachment that changed."""
    return (change.new["metadata"]["name"],) if change.new is not None else ()


class ExternalAttacher(Component):
    """Attaches and detaches volumes for the attachers that run in Pods."""

    name = "external-attacher"
    watches = {VolumeAttachment: asked}

    def reconcile(self, key: str) -> None:
        """Looks at one attachment, or at all of a driver whose attacher has just started."""
        if key.startswith(drivers.START):
            for found in self.api.list(VolumeAttachment):
                if found["spec"]["attacher"] == key.removeprefix(drivers.START):
                    self.cluster.agenda.add(self.name, found["metadata"]["name"])
            return
        name = key.removeprefix(DONE)
        attachment = self.api.get(VolumeAttachment, Key("", name))
        if attachment is None:
            return
        driver = attachment["spec"]["attacher"]
        leaving = is_being_deleted(attachment)
        if leaving is not bool((attachment.get("status") or {}).get("attached")):
            if leaving:
                self.let_go(attachment, driver)
            return
        if drivers.running(self.cluster, drivers.ATTACHER, driver) is None:
            return
        if not key.startswith(DONE):
            if self.cluster.agenda.due(self.name, DONE + name) is None:
                seconds = self.cluster.random.between(0.8, 2.4, "attach", attachment["metadata"]["uid"], leaving)
                self.later(DONE + name, seconds)
        elif leaving:
            detached = {**attachment, "status": {**attachment["status"], "attached": False}}
            self.let_go(self.api.update_status(VolumeAttachment, detached), driver)
        else:
            self.attach(attachment, driver)

    def attach(self, attachment: Object, driver: str) -> None:
        """Notes that a volume is attached."""
        finalizer = _finalizer(driver)
        volume = self.api.get(PersistentVolume, Key("", attachment["spec"]["source"].get("persistentVolumeName", "")))
        if volume is not None and finalizer not in (volume["metadata"].get("finalizers") or ()):
            held = [*(volume["metadata"].get("finalizers") or ()), finalizer]
            self.api.update(PersistentVolume, with_metadata(volume, finalizers=held))
        annotations = {"csi.alpha.kubernetes.io/node-id": attachment["spec"]["nodeName"]}
        marked = with_metadata(attachment, finalizers=[finalizer], annotations=annotations)
        attachment = self.api.update(VolumeAttachment, marked)
        status = {"attached": True, "attachmentMetadata": {"type": "vSphere CNS Block Volume"}}
        self.api.update_status(VolumeAttachment, {**attachment, "status": status})

    def let_go(self, attachment: Object, driver: str) -> None:
        """Lets an attachment go that nothing is attached by; its volume is held no more by the last of them."""
        finalizer, name = _finalizer(driver), attachment["spec"]["source"].get("persistentVolumeName", "")
        freed = without_finalizer(attachment, finalizer)
        if freed is not attachment:
            self.api.update(VolumeAttachment, freed)
        others = [
            found
            for found in self.api.list(VolumeAttachment)
            if (found["spec"].get("source") or {}).get("persistentVolumeName") == name
        ]
        volume = self.api.get(PersistentVolume, Key("", name))
        if volume is not None and not others:
            released = without_finalizer(volume, finalizer)
            if released is not volume:
                self.api.update(PersistentVolume, released)


def _finalizer(driver: str) -> str:
    return f"external-attacher/{driver.replace('.', '-')}"
