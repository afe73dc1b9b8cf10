"""Binds claims to volumes, asks provisioners for volumes, and reclaims volumes whose claims are gone.

A binding is two pointers, the volume's claimRef and the claim's volumeName, written in this order; either may have been
set by hand before. The work on volumes that were released is in persistentvolume_reclaiming.py.
Source: pkg/controller/volume/persistentvolume/pv_controller.go; kubernetes.io, concepts/storage/persistent-volumes.
"""

from __future__ import annotations

from collections.abc import Iterable

from kubelab.cluster.clock import parse_time
from kubelab.cluster.component import Component, next_look
from kubelab.cluster.controllers.controller import Controller, service_account
from kubelab.cluster.controllers.persistentvolume_provisioning import external_name
from kubelab.cluster.controllers.persistentvolume_reclaiming import Reclaiming
from kubelab.cluster.kinds import PersistentVolume, PersistentVolumeClaim, StorageClass
from kubelab.cluster.kinds.storage import class_name
from kubelab.cluster.objects import (
    Key,
    Object,
    annotations_of,
    key_of,
    with_metadata,
    with_spec,
)
from kubelab.cluster.storage import binding
from kubelab.cluster.store import Change

CLAIM, VOLUME = "claim:", "volume:"
RESYNC = 15.0  # seconds between two looks at claims that wait for a volume (--pvclaimbinder-sync-period)
TOLD = 25 * RESYNC  # seconds until an object has used up what its source may tell of it (client-go's spam filter) ...
SELDOM = 300.0  # ... and then has one event more in this many seconds
AT_ONCE = 2.0  # within so many seconds a claim and its user were made by one command, in life one after the other
PENDING_INDEX = "pending"
NO_CONSUMER = "waiting for first consumer to be created before binding"
NO_CLASS = "no persistent volumes available for this claim and no storage class is set"
LOST = "Bound claim has lost its PersistentVolume. Data on the volume is lost!"
LOST_NAME = "Bound claim has lost reference to PersistentVolume. Data on the volume is lost!"
MISBOUND = "Two claims are bound to the same volume, this one is bound incorrectly"


def claims(_component: Component, change: Change) -> Iterable[str]:
    """The claim that changed, or the volume of one that went."""
    if change.new is not None:
        return (f"{CLAIM}{key_of(change.new)}",)
    volume = change.old["spec"].get("volumeName") if change.old is not None else ""
    return (f"{VOLUME}{volume}",) if volume else ()


def volumes(component: Component, change: Change) -> Iterable[str]:
    """The volume that changed, and the claim of one that went; claims that wait see a free one at the next resync."""
    old, new = change.old, change.new
    if new is not None:
        if _is_free(new) and not (old is not None and _is_free(old)) and isinstance(component, PersistentVolumeBinder):
            component.wake(class_name(new))
        return (f"{VOLUME}{new['metadata']['name']}",)
    claim = binding.claim_of(old) if old is not None else None
    return (f"{CLAIM}{claim}",) if claim else ()


def classes(component: Component, change: Change) -> Iterable[str]:
    """None at once: claims that wait for a class, or for a default one, see it at the next resync."""
    if change.new is not None and isinstance(component, PersistentVolumeBinder):
        component.wake(change.new["metadata"]["name"], "")
    return ()


def _is_free(volume: Object) -> bool:
    return (volume.get("status") or {}).get("phase") == "Available"


def _pending(claim: Object) -> tuple[str, ...]:
    return () if binding.BIND_COMPLETED in annotations_of(claim) else (class_name(claim),)


class PersistentVolumeBinder(Controller):
    """Binds each claim to a volume that suits it, or has one provisioned; reclaims volumes that were released."""

    name = "persistentvolume-binder"
    user = service_account("persistent-volume-binder")
    source = "persistentvolume-controller"
    watches = {PersistentVolumeClaim: claims, PersistentVolume: volumes, StorageClass: classes}

    def start(self) -> None:
        """Makes the indexes that claims and volumes are found by."""
        binding.index_volumes(self.store)
        self.store.add_index(PersistentVolumeClaim.prefix, PENDING_INDEX, _pending)
        self.reclaiming = Reclaiming(self)

    def wake(self, *names: str) -> None:
        """Looks again, at the next resync, at the claims of these classes that wait."""
        due = next_look(self.now, RESYNC)
        for name in names:
            for claim in self.store.indexed(PersistentVolumeClaim.prefix, PENDING_INDEX, name):
                self.cluster.agenda.add(self.name, f"{CLAIM}{key_of(claim)}", due)

    def reconcile(self, key: str) -> None:
        """Looks at one claim or one volume."""
        if key.startswith(CLAIM):
            claim = self.api.get(PersistentVolumeClaim, Key.parse(key.removeprefix(CLAIM)))
            if claim is None:
                return
            if binding.BIND_COMPLETED in annotations_of(claim):
                self.sync_bound(claim)
            else:
                self.sync_unbound(claim)
            return
        volume = self.api.get(PersistentVolume, Key("", key.removeprefix(VOLUME)))
        if volume is not None:
            self.sync_volume(volume)

    # claims

    def sync_unbound(self, claim: Object) -> None:
        """Finds a volume for a claim that has none yet."""
        name = claim["spec"].get("volumeName")
        if name:
            self.sync_named(claim, name)
            return
        delayed = binding.is_delayed(self.store, claim)
        volume = binding.best_match(self.store, claim, delayed=delayed)
        if volume is not None:
            self.bind(volume, claim)
        elif not self.give_default_class(claim):
            self.ask_for_volume(claim, delayed=delayed)

    def sync_named(self, claim: Object, name: str) -> None:
        """Binds a claim that asks for a volume by name."""
        volume = self.api.get(PersistentVolume, Key("", name))
        if volume is None:
            self.write_claim_status(claim, "Pending", None)
        elif not volume["spec"].get("claimRef"):
            why = binding.mismatch(volume, claim)
            if not why:
                self.bind(volume, claim)
                return
            self.tell(claim, "Warning", "VolumeMismatch", f'Cannot bind to requested volume "{name}": {why}')
            self.write_claim_status(claim, "Pending", None)
        elif binding.is_bound_to(volume, claim):
            self.bind(volume, claim)
        else:
            self.tell(claim, "Warning", "FailedBinding", f'volume "{name}" already bound to a different claim.')
            self.write_claim_status(claim, "Pending", None)

    def tell(self, claim: Object, kind: str, reason: str, message: str) -> None:
        """Says what a claim waits for, and says it again at each resync for as long as one hears of it."""
        self.api.event(claim, kind, reason, message)
        due = next_look(self.now, RESYNC if self._age(claim) < TOLD else SELDOM)
        self.cluster.agenda.add(self.name, f"{CLAIM}{key_of(claim)}", due)

    def _age(self, claim: Object) -> float:
        return self.now - parse_time(claim["metadata"]["creationTimestamp"])

    def give_default_class(self, claim: Object) -> bool:
        """Gives a claim that names no class the default one, where there is one by now (KEP-3333)."""
        if claim["spec"].get("storageClassName") is not None or class_name(claim):
            return False
        found = binding.default_class(self.store)
        if found is None:
            return False
        self.api.update(PersistentVolumeClaim, with_spec(claim, storageClassName=found["metadata"]["name"]))
        return True

    def ask_for_volume(self, claim: Object, *, delayed: bool) -> None:
        """Has a volume provisioned, or says what a claim waits for."""
        if delayed and binding.SELECTED_NODE not in annotations_of(claim):
            self.tell_of_users(claim)
        elif class_name(claim):
            self.provision(claim)
            return
        else:
            self.tell(claim, "Normal", "FailedBinding", NO_CLASS)
        self.write_claim_status(claim, "Pending", None)

    def tell_of_users(self, claim: Object) -> None:
        """Says that a claim waits for its first user, or for a node for those that it has."""
        waiting = [
            pod["metadata"]["name"]
            for pod in binding.users_of(self.store, key_of(claim))
            if not pod["spec"].get("nodeName") and not binding.has_ended(pod)
        ]
        reason, message = binding.WAITS, NO_CONSUMER
        if waiting:
            pods = "pods" if len(waiting) > 1 else "pod"
            reason, message = "WaitForPodScheduled", f"waiting for {pods} {','.join(waiting)} to be scheduled"
        self.tell(claim, "Normal", reason, message)

    def provision(self, claim: Object) -> None:
        """Tells the provisioner that a claim's class names, by an annotation, that it is wanted."""
        storageclass = binding.class_of(self.store, claim)
        if storageclass is None:
            why = f'storageclass.storage.k8s.io "{class_name(claim)}" not found'
            self.tell(claim, "Warning", "ProvisioningFailed", why)
            return
        provisioner = storageclass["provisioner"]
        external = external_name(provisioner)
        if external is None:
            why = f"no volume plugin matched name: {provisioner}"
            self.tell(claim, "Warning", "ProvisioningFailed", why)
            return
        annotations = annotations_of(claim)
        wanted = {**annotations, binding.OLD_PROVISIONER: external, binding.PROVISIONER: external}
        if wanted != annotations:
            if binding.SELECTED_NODE in annotations and self._age(claim) < AT_ONCE:
                self.api.event(claim, "Normal", binding.WAITS, NO_CONSUMER)  # what it said before its first user came
            claim = self.api.update(PersistentVolumeClaim, with_metadata(claim, annotations=wanted))
        message = (
            f"Waiting for a volume to be created either by the external provisioner '{external}' or manually by the "
            "system administrator. If volume creation is delayed, please verify that the provisioner is running and "
            "correctly registered."
        )
        self.tell(claim, "Normal", "ExternalProvisioning", message)

    def sync_bound(self, claim: Object) -> None:
        """Sees to it that a claim's volume still is its own."""
        name = claim["spec"].get("volumeName")
        volume = self.api.get(PersistentVolume, Key("", name)) if name else None
        if not name:
            self.lose(claim, "ClaimLost", LOST_NAME)
        elif volume is None:
            self.lose(claim, "ClaimLost", LOST)
        elif not volume["spec"].get("claimRef") or volume["spec"]["claimRef"].get("uid") == claim["metadata"]["uid"]:
            self.bind(volume, claim)
        else:
            self.lose(claim, "ClaimMisbound", MISBOUND)

    def lose(self, claim: Object, reason: str, message: str) -> None:
        """Marks a claim as lost, which it stays."""
        if (claim.get("status") or {}).get("phase") != "Lost":
            self.api.event(self.write_claim_status(claim, "Lost", None), "Warning", reason, message)

    # the binding

    def bind(self, volume: Object, claim: Object) -> None:
        """Binds a volume and a claim to each other; what is so already is not written."""
        volume = self.write_volume_phase(self.bind_volume(volume, claim), "Bound")
        self.write_claim_status(self.bind_claim(claim, volume), "Bound", volume)

    def bind_volume(self, volume: Object, claim: Object) -> Object:
        """Writes into a volume whose it is."""
        reference = volume["spec"].get("claimRef") or {}
        wanted = volume
        if not binding.is_bound_to(volume, claim):
            wanted = _annotated(wanted, binding.BOUND_BY_CONTROLLER)
        if reference.get("uid") != claim["metadata"]["uid"]:
            wanted = with_spec(wanted, claimRef=binding.reference_to(claim))
        return volume if wanted is volume else self.api.update(PersistentVolume, wanted)

    def bind_claim(self, claim: Object, volume: Object) -> Object:
        """Writes into a claim which volume it has."""
        wanted = claim
        if claim["spec"].get("volumeName") != volume["metadata"]["name"]:
            wanted = _annotated(with_spec(claim, volumeName=volume["metadata"]["name"]), binding.BOUND_BY_CONTROLLER)
        wanted = _annotated(wanted, binding.BIND_COMPLETED)
        return claim if wanted is claim else self.api.update(PersistentVolumeClaim, wanted)

    def unbind(self, volume: Object) -> None:
        """Takes a claim's name, or where it was given by hand its uid, out of a volume."""
        annotations = dict(annotations_of(volume))
        if annotations.pop(binding.BOUND_BY_CONTROLLER, None) is not None:
            spec = {field: value for field, value in volume["spec"].items() if field != "claimRef"}
            volume = with_metadata({**volume, "spec": spec}, annotations=annotations or None)
        else:
            reference = {field: value for field, value in volume["spec"]["claimRef"].items() if field != "uid"}
            volume = with_spec(volume, claimRef=reference)
        self.write_volume_phase(self.api.update(PersistentVolume, volume), "Available")

    # volumes

    def sync_volume(self, volume: Object) -> None:
        """Brings a volume's phase to what its claim has come to."""
        reference = volume["spec"].get("claimRef")
        if not reference or not reference.get("uid"):
            self.write_volume_phase(volume, "Available")
            return
        claim = self.api.get(PersistentVolumeClaim, Key(reference.get("namespace", ""), reference["name"]))
        if claim is None or claim["metadata"]["uid"] != reference["uid"]:
            self.release(volume)
        elif not claim["spec"].get("volumeName"):
            self.cluster.agenda.add(self.name, f"{CLAIM}{key_of(claim)}")
        elif claim["spec"]["volumeName"] == volume["metadata"]["name"]:
            self.write_volume_phase(volume, "Bound")
        elif (
            binding.PROVISIONED_BY in annotations_of(volume)
            and volume["spec"].get("persistentVolumeReclaimPolicy") == "Delete"
        ):
            self.release(volume)
        else:
            self.unbind(volume)

    def release(self, volume: Object) -> None:
        """Marks a volume as released, and does with it what its policy says."""
        if (volume.get("status") or {}).get("phase") not in ("Released", "Failed"):
            volume = self.write_volume_phase(volume, "Released")
        self.reclaiming.reclaim(volume)

    # status

    def write_volume_phase(self, volume: Object, phase: str, message: str = "") -> Object:
        """Writes a volume's phase where it is another."""
        status = volume.get("status") or {}
        if status.get("phase") == phase:
            return volume
        changed = {**status, "phase": phase}
        changed.pop("message", None)
        if message:
            changed["message"] = message
        if self.cluster.version >= "1.29":  # KEP-3762
            changed["lastPhaseTransitionTime"] = self.clock.timestamp()
        return self.api.update_status(PersistentVolume, {**volume, "status": changed})

    def write_claim_status(self, claim: Object, phase: str, volume: Object | None) -> Object:
        """Writes a claim's phase, and of its volume the access modes and, when it is bound, the capacity."""
        status = dict(claim.get("status") or {})
        was = status.get("phase")
        status["phase"] = phase
        if volume is None:
            status.pop("accessModes", None)
            status.pop("capacity", None)
        else:
            status["accessModes"] = volume["spec"].get("accessModes")
            if was == "Pending" or "capacity" not in status:  # later it is the resizer's
                status["capacity"] = volume["spec"].get("capacity")
        if status == claim.get("status"):
            return claim
        return self.api.update_status(PersistentVolumeClaim, {**claim, "status": status})


def _annotated(obj: Object, name: str) -> Object:
    annotations = annotations_of(obj)
    return obj if name in annotations else with_metadata(obj, annotations={**annotations, name: binding.YES})
