"""Lets Pods wait until the claims that they mount are bound, and takes them to where the volumes are or can be made.

Claims that wait for their first user get their volume here: one that is free is taken for them, or the node is written
into them for their provisioner; until they are bound, the Pod is held back.
Source: pkg/scheduler/framework/plugins/volumebinding; kubernetes.io, concepts/storage/storage-classes.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from kubelab.cluster.kinds import CSIDriver, PersistentVolume, PersistentVolumeClaim
from kubelab.cluster.objects import (
    Key,
    Object,
    annotations_of,
    is_being_deleted,
    key_of,
    with_metadata,
    with_spec,
)
from kubelab.cluster.scheduler.claims import OfClaims, mounts_claims
from kubelab.cluster.scheduler.framework import Cycle, Event, Plugin, Rejection, Scope
from kubelab.cluster.scheduler.nodeinfo import ASSUMED, NodeInfo
from kubelab.cluster.storage import binding
from kubelab.cluster.store import Change
from kubelab.cluster.user import User

if TYPE_CHECKING:
    from kubelab.cluster.api.client import Client
    from kubelab.cluster.cluster import Cluster

ELSEWHERE = "node(s) didn't match PersistentVolume's node affinity"
CONFLICT = "node(s) had volume node affinity conflict"  # before v1.33
NONE_TO_BIND = "node(s) didn't find available persistent volumes to bind"
NO_ROOM = "node(s) did not have enough free storage"
NO_VOLUME = "node(s) unavailable due to one or more pvc(s) bound to non-existent pv(s)"
UNBOUND = "pod has unbound immediate PersistentVolumeClaims"
WAITING = "/machine/binding/"  # <namespace>/<claim> -> for which Pod, and since when
PREBIND = 'running PreBind plugin "{}": binding volumes: {}'
TIMEOUT = 600  # seconds that a Pod waits for its claims; VolumeBindingArgs.bindTimeoutSeconds is another number
SCHEDULER, RETRY = "scheduler", "retry:"  # the component's queue, and its key for a Pod that may be tried again


class VolumeBinding(OfClaims, Plugin):
    """Rejects all nodes while a claim is missing or unbound, and those that cannot reach or get a volume."""

    name = "VolumeBinding"
    scope = Scope.PODS  # it speaks after those that judge by the load
    wakes = frozenset({Event.NODE_CAME, Event.NODE_LABELS, Event.VOLUME})

    def __init__(self, cluster: Cluster, arguments: Object | None = None) -> None:
        super().__init__(cluster, arguments)
        self.timeout = float((arguments or {}).get("bindTimeoutSeconds", TIMEOUT))
        cluster.store.subscribe(PersistentVolumeClaim.prefix, self._claim_changed)

    def prefilter(self, cycle: Cycle) -> str:
        """Returns why no node will do: a claim is not there, or should be bound and is not."""
        unbound = False
        for volume, name, claim in self.claims(cycle.pod):
            if claim is None:
                if "ephemeral" in volume:
                    return f'waiting for ephemeral volume controller to create the persistentvolumeclaim "{name}"'
                return f'persistentvolumeclaim "{name}" not found'
            if (claim.get("status") or {}).get("phase") == "Lost":
                lost = claim["spec"].get("volumeName", "")
                return f'persistentvolumeclaim "{name}" bound to non-existent persistentvolume "{lost}"'
            if is_being_deleted(claim):
                return f'persistentvolumeclaim "{name}" is being deleted'
            unbound = unbound or not (binding.is_bound(claim) or binding.is_delayed(self.cluster.store, claim))
        return UNBOUND if unbound else ""

    def claims(self, pod: Object) -> Iterator[tuple[Object, str, Object | None]]:
        """Yields the Pod's volumes that are claims, each with the claim's name and the claim or None."""
        metadata = pod["metadata"]
        for volume in pod["spec"].get("volumes") or ():
            if "persistentVolumeClaim" in volume:
                name = volume["persistentVolumeClaim"]["claimName"]
            elif "ephemeral" in volume:
                name = f"{metadata['name']}-{volume['name']}"
            else:
                continue
            yield volume, name, self.cluster.store.get(PersistentVolumeClaim.path(Key(metadata["namespace"], name)))

    def filter(self, cycle: Cycle, node: NodeInfo) -> Rejection | None:
        """Returns why the Pod cannot go to the node, or None if it can."""
        waiting = []
        for _, _, claim in self.claims(cycle.pod):
            if claim is None:
                return Rejection((NONE_TO_BIND,), hopeless=True)
            if not binding.is_bound(claim):
                waiting.append(claim)
                continue
            volume = self.cluster.store.get(PersistentVolume.path(Key("", claim["spec"]["volumeName"])))
            if volume is None:
                return Rejection((NO_VOLUME,), hopeless=True)
            if not binding.reaches(volume, node.node):
                return Rejection((ELSEWHERE if self.cluster.version >= "1.33" else CONFLICT,), hopeless=True)
        if waiting and self._plan(waiting, node.node) is None:
            return Rejection((NONE_TO_BIND,), hopeless=True)
        if waiting and self._lacks_room(waiting, node.node):
            return Rejection((NO_ROOM,), hopeless=True)
        return None

    def _plan(self, claims: list[Object], node: Object) -> list[tuple[Object, Object | None]] | None:
        """Returns for each claim the free volume that it gets on a node, None in its place where one is to be made.

        Returns:
            None where a claim can get no volume there.
        """
        store = self.cluster.store
        planned: list[tuple[Object, Object | None]] = []
        for claim in claims:
            selected = annotations_of(claim).get(binding.SELECTED_NODE)
            taken = [volume["metadata"]["name"] for _, volume in planned if volume is not None]
            volume = None if selected else binding.best_on_node(store, claim, node, taken)
            if volume is None and not self._can_be_made(claim, node, selected):
                return None
            planned.append((claim, volume))
        return planned

    def _can_be_made(self, claim: Object, node: Object, selected: str | None) -> bool:
        storageclass = binding.class_of(self.cluster.store, claim)
        if selected not in (None, node["metadata"]["name"]):
            return False
        if storageclass is None or storageclass["provisioner"] in ("", binding.NO_PROVISIONER):
            return False
        return binding.is_allowed(storageclass, node)

    def _lacks_room(self, claims: list[Object], node: Object) -> bool:
        """Tells whether a driver that reports its free room has too little for a volume where a node is."""
        store = self.cluster.store
        for claim in claims:
            storageclass = binding.class_of(store, claim)
            if storageclass is None or binding.SELECTED_NODE in annotations_of(claim):
                continue
            driver = store.get(CSIDriver.path(Key("", storageclass["provisioner"])))
            if driver is None or not driver["spec"].get("storageCapacity"):
                continue
            if binding.best_on_node(store, claim, node, ()) is None and not binding.has_room(store, claim, node):
                return True
        return False

    def holds(self, pod: Object, node: NodeInfo) -> bool | str:
        """Binds the claims that waited for the Pod's node; holds the Pod back until they are bound."""
        if not mounts_claims(pod["spec"]):
            return False
        waiting = [claim for _, _, claim in self.claims(pod) if claim is not None and not binding.is_bound(claim)]
        is_assumed = self.cluster.store.get(f"{ASSUMED}{key_of(pod)}") is not None
        for claim, volume in self._plan(waiting, node.node) or ():
            if volume is not None:
                self._take(claim, volume)
            elif binding.SELECTED_NODE not in annotations_of(claim):
                if is_assumed:  # whoever makes volumes has taken it away again
                    return PREBIND.format(self.name, f'provisioning failed for PVC "{claim["metadata"]["name"]}"')
                self._select(claim, node.name)
        return self._overdue(pod, waiting[0]) or True if waiting else False

    def _overdue(self, pod: Object, claim: Object) -> str:
        """Says that a Pod has waited too long for a claim, and begins to wait anew."""
        path, uid = f"{WAITING}{key_of(claim)}", pod["metadata"]["uid"]
        kept, now = self.cluster.store.get(path), self.cluster.clock.now
        is_known = kept is not None and kept["pod"] == uid
        since: float = kept["since"] if kept is not None and is_known else now
        is_late = now >= since + self.timeout
        if is_late or not is_known:
            since = now
            self.cluster.store.put(path, {"pod": uid, "since": now})
        self.cluster.agenda.add(SCHEDULER, f"{RETRY}{key_of(pod)}", since + self.timeout)
        if not is_late:
            return ""
        return PREBIND.format(self.name, "context deadline exceeded")

    def _take(self, claim: Object, volume: Object) -> None:
        """Keeps a free volume for a claim; the controller completes the binding."""
        if not binding.is_bound_to(volume, claim):
            annotations = {**annotations_of(volume), binding.BOUND_BY_CONTROLLER: binding.YES}
            taken = with_spec(with_metadata(volume, annotations=annotations), claimRef=binding.reference_to(claim))
            self._api().update(PersistentVolume, taken)

    def _select(self, claim: Object, node: str) -> None:
        annotations = {**annotations_of(claim), binding.SELECTED_NODE: node}
        self._api().update(PersistentVolumeClaim, with_metadata(claim, annotations=annotations))

    def _api(self) -> Client:
        return self.cluster.api.client(User("system:kube-scheduler"), "kube-scheduler")

    def _claim_changed(self, change: Change) -> None:
        """Lets Pods that were held back be tried again: a claim of theirs is bound now, or can have no volume there."""
        old, new = change.old, change.new
        if old is None or binding.is_bound(old):
            return
        if new is None or binding.is_bound(new):
            self.cluster.store.delete(f"{WAITING}{key_of(old)}")
        if new is None:
            return
        gave_up = binding.SELECTED_NODE in annotations_of(old) and binding.SELECTED_NODE not in annotations_of(new)
        if gave_up or binding.is_bound(new):
            for pod in binding.users_of(self.cluster.store, key_of(new)):
                if not pod["spec"].get("nodeName"):
                    self.cluster.agenda.add(SCHEDULER, f"{RETRY}{key_of(pod)}")
