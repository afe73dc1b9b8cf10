"""Counts what is used of each ResourceQuota, anew when it changes and when something that it counts is gone.

What is created is counted as it comes, by the API's admission. Objects are watched only while there are quotas.
Source: pkg/controller/resourcequota; kubernetes.io, concepts/policy/resource-quotas.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING

from kubelab.cluster import quotas
from kubelab.cluster.aspects import COMES_AND_GOES, ENDED, GONE, SPEC
from kubelab.cluster.component import next_look
from kubelab.cluster.controllers.controller import Controller, service_account
from kubelab.cluster.kinds import PersistentVolumeClaim, Pod, ResourceQuota, Service
from kubelab.cluster.kinds.kind import Kind
from kubelab.cluster.objects import Key, Object, key_of
from kubelab.cluster.store import Change

if TYPE_CHECKING:
    from kubelab.cluster.cluster import Cluster


GATHER = 0.02  # seconds: what goes meanwhile is counted off in one go


def limits(_component: ResourceQuotaController, change: Change) -> Iterable[str]:
    """The quota, where it says something new."""
    if change.new is None or (change.old is not None and change.new["spec"] == change.old["spec"]):
        return ()
    return (str(key_of(change.new)),)


class ResourceQuotaController(Controller):
    """Keeps the status of ResourceQuotas: what is used of what may be."""

    name = "resourcequota"
    user = service_account("resourcequota-controller")
    watches = {ResourceQuota: limits}
    heeds = {limits: COMES_AND_GOES | SPEC}
    pace = 0.0  # a new quota holds from its next moment on

    def __init__(self, cluster: Cluster) -> None:
        super().__init__(cluster)
        self._unsubscribe: Callable[[], None] | None = None
        self.store.subscribe(ResourceQuota.prefix, self._look_whether_needed, heeds=COMES_AND_GOES)

    def start(self) -> None:
        """Watches what quotas count, if there are any."""
        self._watch()

    def _look_whether_needed(self, _change: Change) -> None:
        self._watch()

    def _watch(self) -> None:
        there = bool(self.store.table(ResourceQuota.prefix).rows)
        if there and self._unsubscribe is None:
            self._unsubscribe = self.store.subscribe("/registry/", self._changed, heeds=GONE | ENDED)
        elif not there and self._unsubscribe is not None:
            self._unsubscribe()
            self._unsubscribe = None

    def _changed(self, change: Change) -> None:
        """Something that was counted may count no longer."""
        old, new = change.old, change.new
        if old is None or (new is not None and not _ended(old, new)):
            return
        namespace = old["metadata"].get("namespace", "")
        for quota in self.api.indexed(ResourceQuota, "namespace", namespace) if namespace else ():
            self.cluster.agenda.add(self.name, str(key_of(quota)), next_look(self.now, GATHER))

    def reconcile(self, key: str) -> None:
        """Counts, and writes what came out where it is new."""
        quota = self.api.get(ResourceQuota, Key.parse(key))
        if quota is None:
            return
        hard = (quota.get("spec") or {}).get("hard") or {}
        standing = {**quota, "status": {**(quota.get("status") or {}), "hard": hard}}
        used = {name: "0" for name in hard if self._is_counted(name)}
        for kind in self._kinds(hard):
            for obj in self.api.indexed(kind, "namespace", quota["metadata"]["namespace"]):
                if quotas.is_matched(standing, kind, obj):
                    counts = quotas.usage(kind, obj)
                    used = quotas.added(used, {name: amount for name, amount in counts.items() if name in hard})
        status = {"hard": hard, "used": {name: used[name] for name in hard if name in used}}
        if status != quota.get("status"):
            self.api.update_status(ResourceQuota, {**quota, "status": status})

    def _kinds(self, hard: Object) -> Iterator[Kind]:
        """Yields the kinds that a quota counts objects of."""
        found: dict[str, Kind] = {}
        for name in hard:
            kind = self._counted(name)
            if kind is not None:
                found[kind.prefix] = kind
        yield from found.values()

    def _counted(self, name: str) -> Kind | None:
        """Returns the kind whose objects use a quota's resource."""
        plain = name.removeprefix("count/")
        kind = self.cluster.resources.find(plain)
        if kind is not None and kind.namespaced and quotas.tracked(kind, (name,)):
            return kind
        return next((kind for kind in (Pod, Service, PersistentVolumeClaim) if quotas.tracked(kind, (name,))), None)

    def _is_counted(self, name: str) -> bool:
        return self._counted(name) is not None


def _ended(old: Object, new: Object) -> bool:
    """Tells whether a Pod has come to its end."""
    if new["kind"] != Pod.name:
        return False
    phase = (new.get("status") or {}).get("phase")
    return phase in quotas.FINISHED and (old.get("status") or {}).get("phase") not in quotas.FINISHED
