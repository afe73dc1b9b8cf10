"""Provisioners in Pods: each makes the volumes of the classes that name it, and removes those that were released.

Source: sigs.k8s.io/sig-storage-lib-external-provisioner, controller/controller.go; kubernetes-csi/external-provisioner.
"""

from __future__ import annotations

from collections.abc import Iterable

from kubelab.cluster.api.errors import ApiError
from kubelab.cluster.component import Component
from kubelab.cluster.kinds import PersistentVolume, PersistentVolumeClaim, VolumeAttachment
from kubelab.cluster.kinds.storage import class_name
from kubelab.cluster.node import drivers
from kubelab.cluster.node.backends import Backend, Refused, backend_of
from kubelab.cluster.node.container import Container
from kubelab.cluster.objects import Key, Object, annotations_of, is_being_deleted, key_of, without_finalizer
from kubelab.cluster.storage import binding
from kubelab.cluster.store import Change

CLAIM, MADE, VOLUME, REMOVED = "claim:", "made:", "volume:", "removed:"
TRIES = "/machine/provisioning/"  # <uid of a claim or volume> -> how often it failed
FIRST_RETRY, LONGEST_RETRY = 15.0, 1000.0
FINALIZER = "external-provisioner.volume.kubernetes.io/finalizer"


def wanted(_component: Component, change: Change) -> Iterable[str]:
    """A claim that waits for its provisioner."""
    claim = change.new
    if claim is None or claim["spec"].get("volumeName") or binding.PROVISIONER not in annotations_of(claim):
        return ()
    return (f"{CLAIM}{key_of(claim)}",)


def released(_component: Component, change: Change) -> Iterable[str]:
    """A provisioned volume that was released, or whose deletion was requested."""
    volume = change.new
    if volume is None or binding.PROVISIONED_BY not in annotations_of(volume):
        return ()
    over = (volume.get("status") or {}).get("phase") in ("Released", "Failed") or is_being_deleted(volume)
    return (f"{VOLUME}{volume['metadata']['name']}",) if over else ()


def detached(_component: Component, change: Change) -> Iterable[str]:
    """The volume of an attachment that went."""
    if change.new is not None or change.old is None:
        return ()
    name = (change.old["spec"].get("source") or {}).get("persistentVolumeName")
    return (f"{VOLUME}{name}",) if name else ()


class ExternalProvisioner(Component):
    """Makes and removes volumes for the provisioners that run in Pods."""

    name = "external-provisioner"
    watches = {PersistentVolumeClaim: wanted, PersistentVolume: released, VolumeAttachment: detached}

    def reconcile(self, key: str) -> None:
        """Looks at one claim or one volume, or at all of a provisioner that has just started."""
        what, _, name = key.partition(":")
        if f"{what}:" == drivers.START:
            self.look_at_all(name)
        elif f"{what}:" in (CLAIM, MADE):
            self.look_at_claim(Key.parse(name), made=f"{what}:" == MADE)
        else:
            self.look_at_volume(name, removed=f"{what}:" == REMOVED)

    def look_at_all(self, driver: str) -> None:
        """Puts everything on the queue that is a provisioner's matter."""
        view = drivers.running(self.cluster, drivers.PROVISIONER, driver)
        if view is None or not drivers.may_watch(view):
            return
        for claim in self.api.list(PersistentVolumeClaim):
            if annotations_of(claim).get(binding.PROVISIONER) == driver and not claim["spec"].get("volumeName"):
                self.cluster.agenda.add(self.name, f"{CLAIM}{key_of(claim)}")
        for volume in self.api.list(PersistentVolume):
            for key in released(self, Change(0, "", None, volume)):
                self.cluster.agenda.add(self.name, key)

    # making

    def look_at_claim(self, key: Key, *, made: bool) -> None:
        """Begins to provision a claim's volume, or has it made by now."""
        claim = self.api.get(PersistentVolumeClaim, key)
        if claim is None or claim["spec"].get("volumeName") or is_being_deleted(claim):
            return
        driver = annotations_of(claim).get(binding.PROVISIONER, "")
        storageclass = binding.class_of(self.store, claim)
        view = drivers.running(self.cluster, drivers.PROVISIONER, driver)
        if view is None or storageclass is None or storageclass["provisioner"] != driver:
            return
        waits = storageclass.get("volumeBindingMode") == binding.WAITS
        if waits and binding.SELECTED_NODE not in annotations_of(claim):
            return
        backend = backend_of(driver)
        if backend is None or self.store.get(PersistentVolume.path(Key("", _volume_name(claim)))) is not None:
            return
        if _is_anothers(claim):
            message = "Assuming an external populator will provision the volume"
            drivers.client(view, driver).event(claim, "Normal", "Provisioning", message)
            return
        if binding.mode(claim) == "Block" and not backend.makes_blocks:
            why = f"{driver} does not support block volume provisioning"
            drivers.client(view, driver).event(claim, "Warning", "ProvisioningFailed", why)
            return
        if made:
            self.make(view, backend, claim, storageclass)
        elif self.cluster.agenda.due(self.name, f"{MADE}{key}") is None and drivers.may_watch(view):
            message = f'External provisioner is provisioning volume for claim "{key}"'
            drivers.client(view, driver).event(claim, "Normal", "Provisioning", message)
            drivers.say(view, f'controller.go:1366] provision "{key}" class "{class_name(claim)}": started')
            seconds = self.cluster.random.between(*backend.seconds, "provision", claim["metadata"]["uid"])
            self.later(f"{MADE}{key}", seconds)

    def make(self, view: Container, backend: Backend, claim: Object, storageclass: Object) -> None:
        """Makes a claim's volume, or says why that cannot be."""
        driver, key = storageclass["provisioner"], key_of(claim)
        api = drivers.client(view, driver)
        name = _volume_name(claim)
        try:
            volume = _volume(claim, storageclass, name)
            backend.make(view, claim, storageclass, volume)
            api.create(PersistentVolume, volume)
        except (Refused, ApiError) as error:
            said = f'failed to provision volume with StorageClass "{storageclass["metadata"]["name"]}": {error}'
            api.event(claim, "Warning", "ProvisioningFailed", said)
            drivers.say(view, f'controller.go:957] error syncing claim "{claim["metadata"]["uid"]}": {said}', "E")
            self.try_again(f"{CLAIM}{key}", claim)
            return
        self.store.delete(TRIES + claim["metadata"]["uid"])
        what = f'provision "{key}" class "{class_name(claim)}"'
        drivers.say(view, f'controller.go:1449] {what}: volume "{name}" provisioned')
        api.event(claim, "Normal", "ProvisioningSucceeded", f"Successfully provisioned volume {name}")

    def try_again(self, key: str, obj: Object) -> None:
        """Looks at a key again, later each time."""
        path = TRIES + obj["metadata"]["uid"]
        tries = int((self.store.get(path) or {"tries": 0})["tries"])
        self.store.put(path, {"tries": tries + 1})
        self.later(key, min(FIRST_RETRY * 2**tries, LONGEST_RETRY))

    # removing

    def look_at_volume(self, name: str, *, removed: bool) -> None:
        """Removes a volume that was released, if its policy is Delete."""
        volume = self.api.get(PersistentVolume, Key("", name))
        if volume is None or volume["spec"].get("persistentVolumeReclaimPolicy") != "Delete":
            return
        driver = annotations_of(volume).get(binding.PROVISIONED_BY, "")
        view, backend = drivers.running(self.cluster, drivers.PROVISIONER, driver), backend_of(driver)
        if view is None or backend is None or not self.is_over(volume):
            return
        if not removed:
            if self.cluster.agenda.due(self.name, f"{REMOVED}{name}") is None:
                seconds = self.cluster.random.between(*backend.seconds, "remove", volume["metadata"]["uid"])
                self.later(f"{REMOVED}{name}", seconds)
            return
        api = drivers.client(view, driver)
        try:
            self.check_detached(volume)
            backend.remove(view, volume)
        except Refused as error:
            api.event(volume, "Warning", "VolumeFailedDelete", str(error))
            self.try_again(f"{VOLUME}{name}", volume)
            return
        self.store.delete(TRIES + volume["metadata"]["uid"])
        drivers.say(view, f'controller.go:1509] delete "{name}": volume deleted')
        freed = without_finalizer(volume, FINALIZER)
        if freed is not volume:
            api.update(PersistentVolume, freed)
        api.delete(PersistentVolume, Key("", name))

    def is_over(self, volume: Object) -> bool:
        """Tells whether a volume's claim is gone."""
        reference = volume["spec"].get("claimRef")
        if not reference:
            return is_being_deleted(volume)
        claim = self.api.get(PersistentVolumeClaim, Key(reference["namespace"], reference["name"]))
        return claim is None or claim["metadata"]["uid"] != reference.get("uid")

    def check_detached(self, volume: Object) -> None:
        """Checks that no node has a CSI volume any more.

        Raises:
            Refused: one has.
        """
        name = volume["metadata"]["name"]
        for attachment in self.api.list(VolumeAttachment) if "csi" in volume["spec"] else ():
            if (attachment["spec"].get("source") or {}).get("persistentVolumeName") == name:
                raise Refused(f"persistentvolume {name} is still attached to node {attachment['spec']['nodeName']}")


def _is_anothers(claim: Object) -> bool:
    """Tells whether a claim's content comes from what no provisioner knows, but a populator may."""
    source = claim["spec"].get("dataSourceRef") or claim["spec"].get("dataSource") or {}
    return bool(source) and source.get("kind") not in ("PersistentVolumeClaim", "VolumeSnapshot")


def _volume_name(claim: Object) -> str:
    return f"pvc-{claim['metadata']['uid']}"


def _volume(claim: Object, storageclass: Object, name: str) -> Object:
    """Returns what all provisioned volumes have; their backend adds where they are."""
    spec: Object = {
        "accessModes": claim["spec"].get("accessModes"),
        "capacity": {"storage": binding.requested(claim)},
        "claimRef": binding.reference_to(claim),
        "persistentVolumeReclaimPolicy": storageclass.get("reclaimPolicy", "Delete"),
        "storageClassName": storageclass["metadata"]["name"],
        "volumeMode": binding.mode(claim),
    }
    if storageclass.get("mountOptions"):
        spec["mountOptions"] = list(storageclass["mountOptions"])
    annotations = {binding.PROVISIONED_BY: storageclass["provisioner"]}
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolume",
        "metadata": {"name": name, "annotations": annotations},
        "spec": spec,
    }
