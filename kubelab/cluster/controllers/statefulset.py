"""Runs Pods that are somebody: each with a name, a place in the order and volumes that stay its own.

Source: pkg/controller/statefulset/stateful_set_control.go; kubernetes.io, concepts/workloads/controllers/statefulset.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kubelab.cluster.api.errors import ApiError
from kubelab.cluster.component import itself, next_look
from kubelab.cluster.controllers import history, ownership, rolling, statefulset_claims
from kubelab.cluster.controllers.controller import Controller, service_account
from kubelab.cluster.controllers.owned_pods import owned_pods
from kubelab.cluster.controllers.pods import is_available, phase, ready_since
from kubelab.cluster.controllers.statefulset_pods import (
    is_healthy,
    is_running_and_ready,
    new_pod,
    ordinal_of,
    revision_of,
    start_ordinal,
)
from kubelab.cluster.kinds import Pod, StatefulSet
from kubelab.cluster.objects import Key, Object, controller_ref, is_being_deleted, key_of, labels_of
from kubelab.cluster.selectors import from_label_selector
from kubelab.cluster.store import Change

if TYPE_CHECKING:
    from kubelab.cluster.cluster import Cluster

SEVERAL_AT_ONCE = "1.35"  # since when spec.updateStrategy.rollingUpdate.maxUnavailable counts by default
STALE = 1.0  # seconds after which claims that are about to go are looked at again


class StatefulSetController(Controller):
    """Keeps each StatefulSet's Pods, made and ended in the order of their numbers."""

    name = "statefulset"
    user = service_account("statefulset-controller")
    source = "statefulset-controller"
    watches = {StatefulSet: itself}

    def __init__(self, cluster: Cluster) -> None:
        ownership.index_orphans(cluster.store, Pod)
        super().__init__(cluster)
        owned_pods(self.store).tell(StatefulSet.name, self.pod_changed, self.orphan_changed)

    def pod_changed(self, name: str, change: Change) -> None:
        """Puts the StatefulSet of a Pod on the queue."""
        pod = change.new if change.new is not None else change.old
        assert pod is not None
        self.cluster.agenda.add(self.name, f"{pod['metadata']['namespace']}/{name}", next_look(self.now, self.pace))

    def orphan_changed(self, change: Change) -> None:
        """Puts the StatefulSets on the queue that could adopt a Pod that nobody manages."""
        pod = change.new
        assert pod is not None
        for found in self.api.indexed(StatefulSet, "namespace", pod["metadata"]["namespace"]):
            if ordinal_of(found, pod) >= 0:
                self.cluster.agenda.add(self.name, str(key_of(found)), next_look(self.now, self.pace))

    def reconcile(self, key: str) -> None:
        """Takes the next steps towards what is wanted, and writes the status."""
        statefulset = self.api.get(StatefulSet, Key.parse(key))
        if statefulset is None:
            return
        pods = self.claim(statefulset)
        update = history.current_revision(self.api, statefulset, StatefulSet)
        known = {found["metadata"]["name"]: found for found in history.revisions(self.api, statefulset)}
        current = known.get(statefulset.get("status", {}).get("currentRevision", ""), update)
        step = Step(self, statefulset, current, update, pods)
        failure: ApiError | None = None
        try:
            step.run()
        except ApiError as error:
            failure = error
        self.write_status(statefulset, step.status())
        in_use = {revision_of(pod) for pod in pods} | {current["metadata"]["name"], update["metadata"]["name"]}
        history.clean_up(self.api, statefulset, in_use)
        if failure is not None:
            raise failure

    def claim(self, statefulset: Object) -> list[Object]:
        """Adopts orphans that fit by label and name, lets go those that do not fit; returns the Pods."""
        selector = from_label_selector(statefulset["spec"].get("selector"))
        uid, namespace = statefulset["metadata"]["uid"], statefulset["metadata"]["namespace"]
        for pod in self.api.indexed(Pod, "owner", uid):
            if not is_being_deleted(pod) and not selector.matches(labels_of(pod)):
                ownership.release(self.api, Pod, pod, statefulset)
        if not is_being_deleted(statefulset):
            for pod in ownership.orphans(self.api, Pod, namespace):
                fits = selector.matches(labels_of(pod)) and ordinal_of(statefulset, pod) >= 0
                if fits and not is_being_deleted(pod):
                    ownership.adopt(self.api, Pod, pod, statefulset, StatefulSet)
        return [pod for pod in self.api.indexed(Pod, "owner", uid) if (controller_ref(pod) or {}).get("uid") == uid]

    def write_status(self, statefulset: Object, status: Object) -> None:
        """Writes the status, if it is not what stands there."""
        if status != statefulset.get("status", {}):
            self.api.update_status(StatefulSet, {**statefulset, "status": status})


class Step:
    """What one look at a StatefulSet does: as much as the order allows, counted from the Pods that it found.

    Args:
        current, update: the revisions that Pods are of, and are to be of.
        pods: the StatefulSet's Pods.
    """

    def __init__(
        self,
        controller: StatefulSetController,
        statefulset: Object,
        current: Object,
        update: Object,
        pods: list[Object],
    ) -> None:
        self.controller, self.api = controller, controller.api
        self.statefulset, self.spec = statefulset, statefulset["spec"]
        self.current, self.update = current, update
        self.key = str(key_of(statefulset))
        self.in_order = self.spec["podManagementPolicy"] != "Parallel"
        self.found = pods
        first, count = start_ordinal(statefulset), self.spec.get("replicas", 1)
        by_ordinal = {ordinal_of(statefulset, pod): pod for pod in pods}
        self.replicas = {number: by_ordinal.pop(number, None) for number in range(first, first + count)}
        self.condemned = [by_ordinal[number] for number in sorted(by_ordinal) if number >= 0]
        self.made: list[Object] = []
        self.deleted: list[str] = []

    def run(self) -> None:
        """Makes what is missing, then ends what is too much, then replaces what is outdated."""
        if is_being_deleted(self.statefulset):
            return
        for pod in (each for each in self.replicas.values() if each is not None):
            statefulset_claims.settle_owners(self.api, self.statefulset, pod, condemned=False)
        for pod in self.condemned:
            statefulset_claims.settle_owners(self.api, self.statefulset, pod, condemned=True)
        for ordinal, replica in self.replicas.items():
            if self.keep(ordinal, replica) and self.in_order:
                return
        for pod in reversed(self.condemned):
            if self.end(pod) and self.in_order:
                return
        if self.spec["updateStrategy"]["type"] != "OnDelete":
            self.roll()

    # one Pod

    def keep(self, ordinal: int, pod: Object | None) -> bool:
        """Makes a replica that is missing or has ended; tells whether the next one has to wait for this one."""
        if pod is None:
            return self.make(ordinal)
        if phase(pod) in ("Failed", "Succeeded"):
            if not is_being_deleted(pod):
                word = "failed" if phase(pod) == "Failed" else "terminated"
                where = f"StatefulSet {self.key} is recreating {word} Pod {pod['metadata']['name']}"
                self.api.event(self.statefulset, "Warning", f"Recreating{word.title()}Pod", where)
                self.delete(pod)
            return True
        if phase(pod) == "Pending" and not is_being_deleted(pod):
            statefulset_claims.make_missing(self.api, self.statefulset, pod)
        return is_being_deleted(pod) or not self.is_available(pod)

    def make(self, ordinal: int) -> bool:
        """Makes the Pod of a number; tells that the next one has to wait."""
        first = start_ordinal(self.statefulset)
        partition = (self.spec["updateStrategy"].get("rollingUpdate") or {}).get("partition", 0)
        rolls = self.spec["updateStrategy"]["type"] == "RollingUpdate"
        revision = self.current if rolls and ordinal < first + partition else self.update
        pod = new_pod(self.statefulset, revision, ordinal)
        if statefulset_claims.are_stale(self.api, self.statefulset, pod):
            self.controller.later(self.key, STALE)
            return True
        name, of = pod["metadata"]["name"], self.statefulset["metadata"]["name"]
        try:
            statefulset_claims.make_missing(self.api, self.statefulset, pod)
            self.made.append(self.api.create(Pod, pod))
        except ApiError as error:
            if any(cause.get("reason") == "NamespaceTerminating" for cause in error.details.get("causes", ())):
                return True
            said = f"create Pod {name} in StatefulSet {of} failed error: {error.message}"
            self.api.event(self.statefulset, "Warning", "FailedCreate", said)
            raise
        said = f"create Pod {name} in StatefulSet {of} successful"
        self.api.event(self.statefulset, "Normal", "SuccessfulCreate", said)
        return True

    def end(self, pod: Object) -> bool:
        """Ends a Pod that is one too many; tells whether the one before it has to wait."""
        if is_being_deleted(pod):
            return True
        if self.in_order and not self.is_available(pod) and pod is not self.first_unhealthy():
            return True
        self.delete(pod)
        return True

    def delete(self, pod: Object) -> None:
        """Deletes a Pod."""
        name, of = pod["metadata"]["name"], self.statefulset["metadata"]["name"]
        self.api.delete(Pod, key_of(pod))
        self.deleted.append(pod["metadata"]["uid"])
        said = f"delete Pod {name} in StatefulSet {of} successful"
        self.api.event(self.statefulset, "Normal", "SuccessfulDelete", said)

    def is_available(self, pod: Object) -> bool:
        """Tells whether a Pod has been ready long enough; looks again when it will be."""
        seconds = self.spec.get("minReadySeconds", 0)
        if not is_running_and_ready(pod):
            return False
        if is_available(pod, seconds, self.controller.now):
            return True
        self.controller.later(self.key, max(0.0, ready_since(pod) + seconds - self.controller.now))
        return False

    def first_unhealthy(self) -> Object | None:
        """Returns the Pod with the lowest number that is not healthy."""
        there = [pod for pod in (*self.replicas.values(), *self.condemned) if pod is not None]
        return next((pod for pod in there if not is_healthy(pod)), None)

    # replacing what is outdated

    def roll(self) -> None:
        """Deletes outdated Pods from the highest number down to the partition, so many at once as may be."""
        settings = self.spec["updateStrategy"].get("rollingUpdate") or {}
        last = start_ordinal(self.statefulset) + settings.get("partition", 0)
        room, several = 1, False
        if self.controller.cluster.version >= SEVERAL_AT_ONCE and settings.get("maxUnavailable") is not None:
            several = True
            room = max(1, rolling.resolve(settings["maxUnavailable"], len(self.replicas), up=False))
            room -= sum(pod is None or not self.is_healthy_enough(pod) for pod in self.replicas.values())
        for ordinal, pod in reversed(self.replicas.items()):
            if ordinal < last or pod is None or room <= 0:
                return
            if revision_of(pod) != self.update["metadata"]["name"] and not is_being_deleted(pod):
                self.delete(pod)
                room -= 1
            elif not several and not self.is_healthy_enough(pod):
                return

    def is_healthy_enough(self, pod: Object) -> bool:
        """Tells whether a Pod is available and stays."""
        return not is_being_deleted(pod) and self.is_available(pod)

    # counting

    def status(self) -> Object:
        """Returns the status that the Pods make after this look."""
        pods = [*self.found, *self.made]
        seconds, now = self.spec.get("minReadySeconds", 0), self.controller.now
        ready = [pod for pod in pods if is_running_and_ready(pod)]
        staying = [pod for pod in pods if not is_being_deleted(pod) and pod["metadata"]["uid"] not in self.deleted]
        current, update = self.current["metadata"]["name"], self.update["metadata"]["name"]
        counts = {
            "readyReplicas": len(ready),
            "currentReplicas": sum(revision_of(pod) == current for pod in staying),
            "updatedReplicas": sum(revision_of(pod) == update for pod in staying),
        }
        rolls = self.spec["updateStrategy"]["type"] == "RollingUpdate"
        if rolls and counts["updatedReplicas"] == len(pods) == len(ready):
            counts["currentReplicas"], current = counts["updatedReplicas"], update
        return {
            "observedGeneration": self.statefulset["metadata"].get("generation", 0),
            "replicas": len(pods),
            "availableReplicas": sum(is_available(pod, seconds, now) for pod in ready),
            "currentRevision": current,
            "updateRevision": update,
            "collisionCount": 0,
            **{name: count for name, count in counts.items() if count},
        }
