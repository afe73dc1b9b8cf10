"""Lets claims go that were deleted, once no Pod uses them.

Pods are watched only while a claim waits for that.
Source: pkg/controller/volume/pvcprotection; kubernetes.io, concepts/storage/persistent-volumes (in-use protection).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from kubelab.cluster.component import Component
from kubelab.cluster.controllers.controller import Controller, service_account
from kubelab.cluster.kinds import PersistentVolumeClaim, Pod
from kubelab.cluster.objects import Key, Object, is_being_deleted, key_of, without_finalizer
from kubelab.cluster.storage import binding
from kubelab.cluster.store import Change

if TYPE_CHECKING:
    from kubelab.cluster.cluster import Cluster

FINALIZER = "kubernetes.io/pvc-protection"


def deleted(_component: Component, change: Change) -> Iterable[str]:
    """The claim that changed, where its deletion was requested."""
    new = change.new
    return (str(key_of(new)),) if new is not None and is_being_deleted(new) else ()


class PersistentVolumeClaimProtection(Controller):
    """Takes the finalizer off claims that are deleted and used by no Pod."""

    name = "persistentvolumeclaim-protection"
    user = service_account("pvc-protection-controller")
    watches = {PersistentVolumeClaim: deleted}

    def __init__(self, cluster: Cluster) -> None:
        super().__init__(cluster)
        self._waiting: dict[Key, None] = {}
        self._unwatch: Callable[[], None] | None = None

    def start(self) -> None:
        """Watches Pods where a claim waits for them."""
        for claim in self.store.table(PersistentVolumeClaim.prefix).rows.values():
            if is_being_deleted(claim):
                self._wait_for(key_of(claim))

    def reconcile(self, key: str) -> None:
        """Looks at one claim."""
        name = Key.parse(key)
        claim = self.api.get(PersistentVolumeClaim, name)
        if claim is None or not is_being_deleted(claim):
            self._wait_no_more(name)
            return
        if any(_uses(pod) for pod in binding.users_of(self.store, name)):
            self._wait_for(name)
            return
        self._wait_no_more(name)
        freed = without_finalizer(claim, FINALIZER)
        if freed is not claim:
            self.api.update(PersistentVolumeClaim, freed)

    def _wait_for(self, claim: Key) -> None:
        self._waiting[claim] = None
        if self._unwatch is None:
            self._unwatch = self.store.subscribe(Pod.prefix, self._pod_changed)

    def _wait_no_more(self, claim: Key) -> None:
        self._waiting.pop(claim, None)
        if not self._waiting and self._unwatch is not None:
            self._unwatch()
            self._unwatch = None

    def _pod_changed(self, change: Change) -> None:
        pod = change.old
        if pod is None or (change.new is not None and _uses(change.new)):
            return
        for claim in binding.claims_of(pod):
            if claim in self._waiting:
                self.cluster.agenda.add(self.name, str(claim))


def _uses(pod: Object) -> bool:
    """Tells whether a Pod that names a claim holds it: it has a node, and has not ended."""
    return bool(pod["spec"].get("nodeName")) and not binding.has_ended(pod)
