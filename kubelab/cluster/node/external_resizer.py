"""Resizers in Pods: each expands its driver's volumes when claims ask for more; the file system grows on the node.

Source: kubernetes-csi/external-resizer, pkg/controller; operationexecutor/node_expander.go; kubernetes.io,
concepts/storage/persistent-volumes (expanding persistent volumes claims).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from kubelab.cluster.component import Component
from kubelab.cluster.conditions import with_condition, without_condition
from kubelab.cluster.kinds import PersistentVolume, PersistentVolumeClaim
from kubelab.cluster.node import drivers, volume_mounting
from kubelab.cluster.objects import Key, Object, key_of, with_spec
from kubelab.cluster.quantity import parse
from kubelab.cluster.storage import binding
from kubelab.cluster.store import Change

if TYPE_CHECKING:
    from kubelab.cluster.node.kubelet import Kubelet

DONE, NODE = "done:", "node:"
RESIZING, PENDING = "Resizing", "FileSystemResizePending"
PENDING_TEXT = "Waiting for user to (re-)start a pod to finish file system resize of volume on node."


def wants_more(claim: Object) -> bool:
    """Tells whether a bound claim asks for more than its volume has."""
    status = claim.get("status") or {}
    had = (status.get("capacity") or {}).get("storage")
    return status.get("phase") == "Bound" and had is not None and parse(binding.requested(claim)) > parse(had)


def growing(_component: Component, change: Change) -> Iterable[str]:
    """A claim that asks for more than it has."""
    claim = change.new
    return (str(key_of(claim)),) if claim is not None and wants_more(claim) else ()


class ExternalResizer(Component):
    """Expands volumes for the resizers that run in Pods, and their file systems for the kubelets."""

    name = "external-resizer"
    watches = {PersistentVolumeClaim: growing}

    def reconcile(self, key: str) -> None:
        """Looks at one claim, or at all when a driver's resizer has just started."""
        if key.startswith(drivers.START):
            for claim in self.api.list(PersistentVolumeClaim):
                if wants_more(claim):
                    self.cluster.agenda.add(self.name, str(key_of(claim)))
            return
        found = self.api.get(PersistentVolumeClaim, Key.parse(key.removeprefix(DONE).removeprefix(NODE)))
        if found is not None and wants_more(found):
            self.look_at(found, key)

    def look_at(self, claim: Object, key: str) -> None:
        """Takes the next step of a claim's expansion."""
        volume = self.api.get(PersistentVolume, Key("", claim["spec"]["volumeName"]))
        if volume is None or "csi" not in volume["spec"]:
            return
        if parse(binding.capacity(volume)) >= parse(binding.requested(claim)):
            self.expand_on_node(claim, volume, now=key.startswith(NODE))
        else:
            self.expand(claim, volume, done=key.startswith(DONE))

    def expand(self, claim: Object, volume: Object, *, done: bool) -> None:
        """Expands a volume's disk."""
        driver, key = volume["spec"]["csi"]["driver"], key_of(claim)
        view = drivers.running(self.cluster, drivers.RESIZER, driver)
        if view is None:
            return
        api = view.cluster.api.client(drivers.user_of(view), view.name, f"external-resizer {driver}")
        name, stamp = volume["metadata"]["name"], self.clock.timestamp()
        if not done:
            if self.cluster.agenda.due(self.name, f"{DONE}{key}") is None:
                status = _with(claim["status"], RESIZING, "", stamp)
                self.write(claim, {**status, **self._allocated(claim, "ControllerResizeInProgress")})
                api.event(claim, "Normal", "Resizing", f"External resizer is resizing volume {name}")
                self.later(f"{DONE}{key}", self.cluster.random.between(1.0, 2.5, "resize", claim["metadata"]["uid"]))
            return
        size = binding.requested(claim)
        api.update(PersistentVolume, with_spec(volume, capacity={"storage": size}))
        if binding.mode(volume) == "Block":
            self.finish(claim, size)
            api.event(claim, "Normal", "VolumeResizeSuccessful", "Resize volume succeeded")
            return
        status = without_condition(claim["status"], RESIZING)
        status = _with(status, PENDING, PENDING_TEXT, stamp)
        claim = self.write(claim, {**status, **self._allocated(claim, "NodeResizePending")})
        api.event(claim, "Normal", "FileSystemResizeRequired", "Require file system resize of volume on node")

    def expand_on_node(self, claim: Object, volume: Object, *, now: bool) -> None:
        """Grows a volume's file system where a Pod has it mounted."""
        kubelet: Kubelet = self.cluster.components["kubelet"]  # type: ignore[assignment]
        users = [
            pod
            for pod in binding.users_of(self.store, key_of(claim))
            if pod["spec"].get("nodeName") and volume_mounting.is_mounted(kubelet, pod["spec"]["nodeName"], pod)
        ]
        if not users:
            return
        if not now:
            self.later(f"{NODE}{key_of(claim)}", 1.0)
            return
        view = kubelet.view(users[0]["spec"]["nodeName"])
        if view is None or not view.speaks:
            return
        claim = self.finish(claim, binding.capacity(volume))
        message = f'MountVolume.NodeExpandVolume succeeded for volume "{volume["metadata"]["name"]}" {view.name}'
        for told in (*users[:1], claim):
            view.api.event(told, "Normal", "FileSystemResizeSuccessful", message)

    def finish(self, claim: Object, size: str) -> Object:
        """Writes that a claim has what it asked for."""
        status = without_condition(without_condition(claim["status"], RESIZING), PENDING)
        status = {**status, "capacity": {"storage": size}}
        status.pop("allocatedResourceStatuses", None)
        return self.write(claim, status)

    def write(self, claim: Object, status: Object) -> Object:
        """Writes a claim's status."""
        return self.api.update_status(PersistentVolumeClaim, {**claim, "status": status})

    def _allocated(self, claim: Object, state: str) -> Object:
        """Returns what a claim's status says of an expansion under way (KEP-1790, on by default since v1.32)."""
        if self.cluster.version < "1.32":
            return {}
        return {
            "allocatedResources": {"storage": binding.requested(claim)},
            "allocatedResourceStatuses": {"storage": state},
        }


def _with(status: Object, name: str, message: str, stamp: str) -> Object:
    """Returns a claim's status with a condition, which says nothing of what it does not know."""
    told = with_condition(status, name, "True", "", message, stamp)
    conditions = [{field: value for field, value in each.items() if value != ""} for each in told["conditions"]]
    return {**told, "conditions": [{"lastProbeTime": None, **each} for each in conditions]}
