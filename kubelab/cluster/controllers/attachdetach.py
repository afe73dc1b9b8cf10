"""Attaches volumes to the nodes of the Pods that use them, and detaches them when none does any more.

Pods are watched only while there are volumes that have to be attached.
Source: pkg/controller/volume/attachdetach/{attach_detach_controller,reconciler/reconciler}.go.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from hashlib import sha256
from typing import TYPE_CHECKING

from kubelab.cluster.component import Component
from kubelab.cluster.controllers.controller import Controller, service_account
from kubelab.cluster.kinds import (
    CSIDriver,
    CSINode,
    Node,
    PersistentVolume,
    PersistentVolumeClaim,
    Pod,
    VolumeAttachment,
)
from kubelab.cluster.objects import Key, Object, is_being_deleted
from kubelab.cluster.storage import binding
from kubelab.cluster.store import Change

if TYPE_CHECKING:
    from kubelab.cluster.cluster import Cluster

LATE = "late:"
PATIENCE = 120.0  # seconds that the driver's attacher gets
FORCED = 360.0  # seconds after which a volume is taken from a node that does not say it is unmounted
OUT_OF_SERVICE = "node.kubernetes.io/out-of-service"
REFUSED = "/machine/multiattach/"  # <volume>/<node> -> since when another node has it
MANY = {"ReadWriteMany", "ReadOnlyMany"}


def volume_of_claim(_component: Component, change: Change) -> Iterable[str]:
    """The volume of the claim that changed."""
    claim = change.new if change.new is not None else change.old
    name = claim["spec"].get("volumeName") if claim is not None else ""
    return (name,) if name else ()


def itself(component: Component, change: Change) -> Iterable[str]:
    """The volume that changed, where it is one that has to be attached."""
    new = change.new
    if new is None or "csi" not in new["spec"] or not isinstance(component, AttachDetach):
        return ()
    component.watch_pods()
    return (new["metadata"]["name"],)


def attached(_component: Component, change: Change) -> Iterable[str]:
    """The volume of the attachment that changed."""
    attachment = change.new if change.new is not None else change.old
    name = (attachment["spec"].get("source") or {}).get("persistentVolumeName") if attachment is not None else ""
    return (name,) if name else ()


class AttachDetach(Controller):
    """Keeps a VolumeAttachment for each volume on each node where a Pod uses it; keys are volumes' names."""

    name = "persistentvolume-attach-detach"
    user = service_account("attachdetach-controller")
    source = "attachdetach-controller"
    watches = {PersistentVolume: itself, VolumeAttachment: attached, PersistentVolumeClaim: volume_of_claim}

    def __init__(self, cluster: Cluster) -> None:
        super().__init__(cluster)
        self._unwatch: list[Callable[[], None]] = []

    def start(self) -> None:
        """Watches Pods where there are volumes to be attached."""
        if any("csi" in volume["spec"] for volume in self.store.table(PersistentVolume.prefix).rows.values()):
            self.watch_pods()

    def watch_pods(self) -> None:
        """Begins to watch Pods, and the nodes' drivers."""
        if not self._unwatch:
            self._unwatch = [
                self.store.subscribe(Pod.prefix, self._pod_changed),
                self.store.subscribe(Node.prefix, self._node_changed),
                self.store.subscribe(CSINode.prefix, self._drivers_changed),
            ]

    def _pod_changed(self, change: Change) -> None:
        pod = change.new if change.new is not None else change.old
        if pod is not None and pod["spec"].get("nodeName"):
            self._add_volumes(pod)

    def _add_volumes(self, pod: Object) -> None:
        for key in binding.claims_of(pod):
            claim = self.store.get(PersistentVolumeClaim.path(key))
            name = claim["spec"].get("volumeName") if claim is not None else ""
            if name:
                self.cluster.agenda.add(self.name, name)

    def _node_changed(self, change: Change) -> None:
        old, new = change.old, change.new
        if old is None or (new is not None and _in_use(old) == _in_use(new) and _is_out(old) == _is_out(new)):
            return
        node = old["metadata"]["name"]
        for attachment in self.api.list(VolumeAttachment):
            if attachment["spec"]["nodeName"] == node:
                self.cluster.agenda.add(self.name, attachment["spec"]["source"]["persistentVolumeName"])

    def _drivers_changed(self, change: Change) -> None:
        if change.new is not None:
            for pod in self.api.indexed(Pod, "node", change.new["metadata"]["name"]):
                self._add_volumes(pod)

    def reconcile(self, key: str) -> None:
        """Attaches and detaches one volume."""
        name = key.removeprefix(LATE)
        volume = self.api.get(PersistentVolume, Key("", name))
        if volume is None or "csi" not in volume["spec"] or not self.needs_attachment(volume):
            return
        attachments = {
            found["spec"]["nodeName"]: found
            for found in self.api.list(VolumeAttachment)
            if (found["spec"].get("source") or {}).get("persistentVolumeName") == name
        }
        if key.startswith(LATE):
            self.tell_late(volume, attachments)
            return
        wanted = self.users(volume)
        for node, attachment in attachments.items():
            if node not in wanted and not is_being_deleted(attachment):
                self.detach(volume, attachment)
        for node, pods in wanted.items():
            found = attachments.get(node)
            if found is None:
                self.attach(volume, node, pods, attachments)
            elif (found.get("status") or {}).get("attached"):
                self.tell_attached(volume, node, pods)

    def needs_attachment(self, volume: Object) -> bool:
        """Tells whether a volume's driver attaches volumes at all."""
        driver = self.api.get(CSIDriver, Key("", volume["spec"]["csi"]["driver"]))
        return driver is None or bool((driver.get("spec") or {}).get("attachRequired", True))

    def users(self, volume: Object) -> dict[str, list[Object]]:
        """Returns the Pods that use a volume and have not ended, by node."""
        claim = binding.claim_of(volume)
        found: dict[str, list[Object]] = {}
        for pod in binding.users_of(self.store, claim) if claim else ():
            if pod["spec"].get("nodeName") and not binding.has_ended(pod):
                found.setdefault(pod["spec"]["nodeName"], []).append(pod)
        return found

    def attach(self, volume: Object, node: str, pods: list[Object], attachments: dict[str, Object]) -> None:
        """Asks for a volume to be attached to a node, unless another has it that it cannot share it with."""
        name, driver = volume["metadata"]["name"], volume["spec"]["csi"]["driver"]
        if attachments and not MANY & set(volume["spec"].get("accessModes") or ()):
            self.refuse(volume, pods, attachments)
            return
        self.store.delete(f"{REFUSED}{name}/{node}")
        registered = ((self.api.get(CSINode, Key("", node)) or {}).get("spec") or {}).get("drivers") or ()
        if not any(each["name"] == driver for each in registered):
            why = f"CSINode {node} does not contain driver {driver}"
            self.say(pods, "Warning", "FailedAttachVolume", f'AttachVolume.Attach failed for volume "{name}" : {why}')
            return
        handle = volume["spec"]["csi"]["volumeHandle"]
        attachment = {
            "apiVersion": "storage.k8s.io/v1",
            "kind": "VolumeAttachment",
            "metadata": {"name": "csi-" + sha256(f"{handle}{driver}{node}".encode()).hexdigest()},
            "spec": {"attacher": driver, "nodeName": node, "source": {"persistentVolumeName": name}},
        }
        attachments[node] = self.api.create(VolumeAttachment, attachment)
        self.later(f"{LATE}{name}", PATIENCE)

    def refuse(self, volume: Object, pods: list[Object], attachments: dict[str, Object]) -> None:
        """Says that another node has a volume that only one can have."""
        name = volume["metadata"]["name"]
        users = self.users(volume).items()
        others = [pod["metadata"]["name"] for node, found in users if node in attachments for pod in found]
        why = "Volume is already exclusively attached to one node and can't be attached to another"
        if others:
            why = f"Volume is already used by pod(s) {', '.join(others)}"
        path = f"{REFUSED}{name}/{pods[0]['spec']['nodeName']}"
        if self.store.get(path) is None:  # it is said once
            self.store.put(path, {"since": self.now})
            self.say(pods, "Warning", "FailedAttachVolume", f'Multi-Attach error for volume "{name}" {why}')

    def tell_attached(self, volume: Object, node: str, pods: list[Object]) -> None:
        """Writes into a node what is attached to it, and says so to the Pods that waited."""
        found = self.api.get(Node, Key("", node))
        if found is None:
            return
        csi, name = volume["spec"]["csi"], volume["metadata"]["name"]
        entry = {"name": f"kubernetes.io/csi/{csi['driver']}^{csi['volumeHandle']}", "devicePath": ""}
        status = found.get("status") or {}
        listed = status.get("volumesAttached") or []
        if entry not in listed:
            self.api.update_status(Node, {**found, "status": {**status, "volumesAttached": [*listed, entry]}})
            self.say(pods, "Normal", "SuccessfulAttachVolume", f'AttachVolume.Attach succeeded for volume "{name}"')

    def tell_late(self, volume: Object, attachments: dict[str, Object]) -> None:
        """Says that a driver's attacher has not done its work."""
        csi, name = volume["spec"]["csi"], volume["metadata"]["name"]
        for node, pods in self.users(volume).items():
            if node in attachments and not (attachments[node].get("status") or {}).get("attached"):
                why = (
                    f"timed out waiting for external-attacher of {csi['driver']} CSI driver to attach volume "
                    f"{csi['volumeHandle']}"
                )
                message = f'AttachVolume.Attach failed for volume "{name}" : {why}'
                self.say(pods, "Warning", "FailedAttachVolume", message)

    def detach(self, volume: Object, attachment: Object) -> None:
        """Detaches a volume from a node that does not use it any more, or is lost."""
        node = self.api.get(Node, Key("", attachment["spec"]["nodeName"]))
        csi = volume["spec"]["csi"]
        unique = f"kubernetes.io/csi/{csi['driver']}^{csi['volumeHandle']}"
        if node is not None:
            if unique in _in_use(node) and not _is_out(node) and not self._is_overdue(attachment, node):
                return
            status = node.get("status") or {}
            left = [each for each in status.get("volumesAttached") or () if each["name"] != unique]
            changed = {**status, "volumesAttached": left}
            if not left:
                del changed["volumesAttached"]
            self.api.update_status(Node, {**node, "status": changed})
        self.api.delete(VolumeAttachment, Key("", attachment["metadata"]["name"]))

    def _is_overdue(self, attachment: Object, node: Object) -> bool:
        """Tells whether a node that is not ready has kept an unused volume for six minutes."""
        path = f"/machine/detaching/{attachment['metadata']['name']}"
        kept = self.store.get(path)
        if kept is None:
            self.store.put(path, {"since": self.now})
            self.later(attachment["spec"]["source"]["persistentVolumeName"], FORCED)
            return False
        conditions = (node.get("status") or {}).get("conditions") or ()
        ready = any(each["type"] == "Ready" and each["status"] == "True" for each in conditions)
        if ready or self.now < kept["since"] + FORCED:
            return False
        self.store.delete(path)
        return True

    def say(self, pods: list[Object], kind: str, reason: str, message: str) -> None:
        """Says something to the Pods that have not started yet."""
        for pod in pods:
            if not any("started" in each or "running" in each.get("state", {}) for each in _statuses(pod)):
                self.api.event(pod, kind, reason, message)


def _statuses(pod: Object) -> list[Object]:
    return [each for each in (pod.get("status") or {}).get("containerStatuses") or () if each.get("started")]


def _in_use(node: Object) -> tuple[str, ...]:
    return tuple((node.get("status") or {}).get("volumesInUse") or ())


def _is_out(node: Object) -> bool:
    return any(taint["key"] == OUT_OF_SERVICE for taint in (node["spec"] or {}).get("taints") or ())
