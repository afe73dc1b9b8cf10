"""Makes the claims of Pods' ephemeral volumes, which go with their Pods.

Source: pkg/controller/volume/ephemeral/controller.go; kubernetes.io, concepts/storage/ephemeral-volumes.
"""

from __future__ import annotations

from collections.abc import Iterable

from kubelab.cluster.api.errors import ApiError
from kubelab.cluster.aspects import CREATED, GONE
from kubelab.cluster.component import Component
from kubelab.cluster.controllers.controller import Controller, service_account
from kubelab.cluster.controllers.ownership import reference_to
from kubelab.cluster.kinds import PersistentVolumeClaim, Pod
from kubelab.cluster.objects import Key, Object, is_being_deleted, key_of
from kubelab.cluster.store import Change


def with_ephemeral_volumes(_component: Component, change: Change) -> Iterable[str]:
    """A new Pod that has ephemeral volumes."""
    pod = change.new
    if change.old is not None or pod is None:
        return ()
    return (str(key_of(pod)),) if any("ephemeral" in each for each in pod["spec"].get("volumes") or ()) else ()


def gone(component: Component, change: Change) -> Iterable[str]:
    """The Pod whose claim went: it gets another one."""
    old = change.old
    if change.new is not None or old is None:
        return ()
    owners = [owner for owner in old["metadata"].get("ownerReferences") or () if owner["kind"] == Pod.name]
    return tuple(str(Key(old["metadata"]["namespace"], owner["name"])) for owner in owners)


class EphemeralVolumes(Controller):
    """Makes a claim for each ephemeral volume of a Pod."""

    name = "ephemeral-volume"
    user = service_account("ephemeral-volume-controller")
    source = "ephemeral_volume"
    watches = {Pod: with_ephemeral_volumes, PersistentVolumeClaim: gone}
    heeds = {with_ephemeral_volumes: CREATED, gone: GONE}

    def reconcile(self, key: str) -> None:
        """Looks at one Pod."""
        pod = self.api.get(Pod, Key.parse(key))
        if pod is None or is_being_deleted(pod):
            return
        for volume in pod["spec"].get("volumes") or ():
            if "ephemeral" in volume:
                self.make(pod, volume)

    def make(self, pod: Object, volume: Object) -> None:
        """Makes one claim where it is not there."""
        metadata = pod["metadata"]
        key = Key(metadata["namespace"], f"{metadata['name']}-{volume['name']}")
        found = self.api.get(PersistentVolumeClaim, key)
        if found is not None:
            owners = found["metadata"].get("ownerReferences") or ()
            if not any(owner["uid"] == metadata["uid"] for owner in owners):
                why = f'PVC "{key}" was not created for pod "{key_of(pod)}" (pod is not owner)'
                self.api.event(pod, "Warning", "FailedBinding", f"ephemeral volume {volume['name']}: {why}")
            return
        template = volume["ephemeral"].get("volumeClaimTemplate") or {}
        own = {field: value for field, value in (template.get("metadata") or {}).items() if field in COPIED}
        claim = {
            "apiVersion": "v1",
            "kind": "PersistentVolumeClaim",
            "metadata": {**own, "name": key.name, "namespace": key.namespace,
                         "ownerReferences": [reference_to(pod, Pod)]},
            "spec": template.get("spec") or {},
        }  # fmt: skip
        try:
            self.api.create(PersistentVolumeClaim, claim)
        except ApiError as error:
            self.api.event(pod, "Warning", "FailedCreate", f"ephemeral volume {volume['name']}: {error.message}")
            raise


COPIED = ("labels", "annotations")
