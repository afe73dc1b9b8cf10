"""Keeps as many Pods alive as each ReplicaSet wants.

Source: pkg/controller/replicaset; kubernetes.io, concepts/workloads/controllers/replicaset.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, ClassVar

from kubelab.cluster.api.errors import ApiError
from kubelab.cluster.aspects import COUNTS
from kubelab.cluster.component import KeysOf, controller_of, is_status_alone, itself
from kubelab.cluster.conditions import with_condition, without_condition
from kubelab.cluster.controllers import ownership
from kubelab.cluster.controllers.controller import Controller, service_account
from kubelab.cluster.controllers.pods import by_deletion_rank, condition, is_active, is_available
from kubelab.cluster.controllers.tally import Count, PodTally
from kubelab.cluster.kinds import Pod, ReplicaSet
from kubelab.cluster.kinds.kind import Kind
from kubelab.cluster.objects import Key, Object, controller_ref, is_being_deleted, key_of, labels_of
from kubelab.cluster.selectors import Selector, from_label_selector
from kubelab.cluster.store import Change

if TYPE_CHECKING:
    from kubelab.cluster.cluster import Cluster

BURST = 500  # Pods that one sync creates or deletes at the most (BurstReplicas)


managers_of_pod = controller_of(ReplicaSet)


def owners_of_pod(controller: ReplicaSetController, change: Change) -> Iterable[str]:
    """The ReplicaSet that manages the Pod, or those that could adopt it."""
    keys = managers_of_pod(controller, change)
    if not keys and change.new is not None and controller_ref(change.new) is None:
        return controller.adopters(change.new)
    return keys


class ReplicaSetController(Controller):
    """Keeps spec.replicas Pods alive for each ReplicaSet."""

    name = "replicaset"
    user = service_account("replicaset-controller")
    source = "replicaset-controller"
    watches = {ReplicaSet: itself, Pod: owners_of_pod}
    heeds = {owners_of_pod: COUNTS}
    patience = 0.1
    kind: ClassVar[Kind] = ReplicaSet

    def __init__(self, cluster: Cluster) -> None:
        self.tally = self.new_tally(cluster)
        self._turned: Change | None = None  # the last change, if it was of a Pod's readiness alone
        ownership.index_orphans(cluster.store, Pod)
        super().__init__(cluster)

    def new_tally(self, cluster: Cluster) -> PodTally:
        """Returns the count of the Pods, kept as they change."""
        return PodTally(cluster.store, Pod.prefix, self.kind.name)

    def _listener(self, keys_of: KeysOf) -> Callable[[Change], None]:
        """Has each change of a Pod counted before it is asked whose it is: what was found out once serves both."""
        listen = super()._listener(keys_of)
        if keys_of is not owners_of_pod:
            return listen

        def count_and_listen(change: Change) -> None:
            self._turned = change if self.tally.changed(change) else None
            listen(change)

        return count_and_listen

    def selector(self, replicaset: Object) -> Selector:
        """Returns the compiled selector of a ReplicaSet."""
        return selector_of(replicaset)

    def only_counts(self, change: Change) -> bool:
        """A Pod that is ready now only counts for the status; one that came or went asks for another."""
        if change is self._turned:
            return True
        old, new = change.old, change.new
        if new is None or new["kind"] != Pod.name:
            return is_status_alone(change)
        return (
            old is not None
            and is_active(old) == is_active(new)
            and old["metadata"].get("labels") == new["metadata"].get("labels")
            and old["metadata"].get("ownerReferences") == new["metadata"].get("ownerReferences")
        )

    def start(self) -> None:
        """Counts the Pods of each ReplicaSet."""
        self.tally.start()

    def adopters(self, pod: Object) -> list[str]:
        """Returns the keys of the ReplicaSets whose selector matches a Pod that nobody manages."""
        namespace = pod["metadata"]["namespace"]
        return [
            str(key_of(replicaset))
            for replicaset in self.api.indexed(self.kind, "namespace", namespace)
            if self.selector(replicaset).matches(labels_of(pod))
        ]

    def reconcile(self, key: str) -> None:
        """Creates or deletes Pods until there are as many as wanted, and writes the status."""
        replicaset = self.api.get(self.kind, Key.parse(key))
        if replicaset is None:
            return
        self.claim(replicaset)
        failure = None
        if not is_being_deleted(replicaset):
            failure = self.manage(replicaset, self.tally.of(replicaset["metadata"]["uid"]).active)
        self.write_status(replicaset, failure)
        if failure:
            raise failure

    def claim(self, replicaset: Object) -> None:
        """Adopts the orphans that the selector matches and lets go those that it no longer does."""
        selector = self.selector(replicaset)
        count = self.tally.of(replicaset["metadata"]["uid"])
        if not all(selector.matches(dict(labels)) for labels in count.labels):
            for pod in self.owned(replicaset):
                if is_active(pod) and not selector.matches(labels_of(pod)):
                    ownership.release(self.api, Pod, pod, replicaset)
        if is_being_deleted(replicaset):
            return
        for pod in ownership.orphans(self.api, Pod, replicaset["metadata"]["namespace"]):
            if is_active(pod) and selector.matches(labels_of(pod)):
                ownership.adopt(self.api, Pod, pod, replicaset, self.kind)

    def owned(self, replicaset: Object) -> list[Object]:
        """Returns the Pods that the ReplicaSet manages."""
        return self.api.indexed(Pod, "owner", replicaset["metadata"]["uid"])

    def manage(self, replicaset: Object, active: int) -> ApiError | None:
        """Creates what is missing or deletes what is too much; returns the error that stopped it."""
        missing = replicaset["spec"].get("replicas", 1) - active
        if missing > 0:
            return self.create_pods(replicaset, min(missing, BURST))
        if missing < 0:
            self.delete_pods(replicaset, min(-missing, BURST))
        return None

    def create_pods(self, replicaset: Object, count: int) -> ApiError | None:
        """Creates `count` Pods from the template, giving up at the first that is refused.

        Real batches grow from one by doubling, so that a full quota is hit by one request, not by 500;
        one at a time and stopping at the first refusal comes to the same.
        """
        pod, created = ownership.pod_from_template(replicaset, self.kind), None
        for _ in range(count):
            try:
                created = self.api.create_another(Pod, pod, created) if created else self.api.create(Pod, pod)
            except ApiError as error:
                if is_namespace_terminating(error):
                    return None
                self.api.event(replicaset, "Warning", "FailedCreate", f"Error creating: {error.message}")
                return error
            self.api.event(replicaset, "Normal", "SuccessfulCreate", f"Created pod: {created['metadata']['name']}")
        return None

    def delete_pods(self, replicaset: Object, count: int) -> None:
        """Deletes the `count` Pods that are the least loss."""
        pods = [pod for pod in self.owned(replicaset) if is_active(pod)]
        for pod in by_deletion_rank(pods, self.related(replicaset))[:count]:
            self.api.delete(Pod, key_of(pod))
            self.api.event(replicaset, "Normal", "SuccessfulDelete", f"Deleted pod: {pod['metadata']['name']}")

    def related(self, replicaset: Object) -> list[Object]:
        """Returns the Pods of all ReplicaSets that have the same owner as this one."""
        owner = controller_ref(replicaset)
        siblings = self.api.indexed(ReplicaSet, "owner", owner["uid"]) if owner else [replicaset]
        return [pod for sibling in siblings for pod in self.owned(sibling)]

    def write_status(self, replicaset: Object, failure: ApiError | None) -> None:
        """Writes what the tally counts, if that is not what stands there."""
        count = self.tally.of(replicaset["metadata"]["uid"])
        old = replicaset.get("status", {})
        status: Object = {
            "replicas": count.active,
            "fullyLabeledReplicas": fully_labelled(replicaset, count),
            "readyReplicas": count.ready,
            "availableReplicas": self.available(replicaset, count),
            "observedGeneration": replicaset["metadata"].get("generation", 0),
        }
        status = {name: value for name, value in status.items() if value or name == "replicas"}
        if self.cluster.version >= "1.35" and self.kind is ReplicaSet:
            status["terminatingReplicas"] = count.terminating
        if conditions := old.get("conditions"):
            status["conditions"] = conditions
        if failure is None:
            status = without_condition(status, "ReplicaFailure")
        elif condition({"status": status}, "ReplicaFailure") is None:
            # The first refusal stays until one succeeds: the next one names another Pod, and a condition that changed
            # with each try would be a reason for the next (calculateStatus in replica_set_utils.go).
            moment = self.clock.timestamp()
            status = with_condition(status, "ReplicaFailure", "True", "FailedCreate", failure.message, moment)
        if status != old:
            self.api.report(self.kind, replicaset, status)

    def available(self, replicaset: Object, count: Count) -> int:
        """Returns how many Pods have been ready long enough; looks again when more will be."""
        seconds = replicaset["spec"].get("minReadySeconds", 0)
        if not seconds:
            return count.ready
        pods = self.owned(replicaset)
        available = sum(is_active(pod) and is_available(pod, seconds, self.now) for pod in pods)
        if available < count.ready:
            self.later(str(key_of(replicaset)), seconds)
        return available


def selector_of(workload: Object) -> Selector:
    """Returns the compiled label selector of a workload."""
    return from_label_selector(workload["spec"]["selector"])


def fully_labelled(replicaset: Object, count: Count) -> int:
    """Returns how many Pods have all labels of the template."""
    wanted = (replicaset["spec"]["template"].get("metadata", {}).get("labels") or {}).items()
    return sum(number for labels, number in count.labels.items() if wanted <= dict(labels).items())


def is_namespace_terminating(error: ApiError) -> bool:
    """Tells whether the server refused because the namespace is being deleted."""
    return any(cause.get("reason") == "NamespaceTerminating" for cause in error.details.get("causes", ()))
