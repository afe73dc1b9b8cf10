"""Keeps count of how many Pods each PodDisruptionBudget lets go.

Source: pkg/controller/disruption/disruption.go; kubernetes.io, concepts/workloads/pods/disruptions.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from kubelab.cluster.aspects import COUNTS
from kubelab.cluster.clock import parse_time
from kubelab.cluster.component import itself, next_look
from kubelab.cluster.controllers.controller import Controller, service_account
from kubelab.cluster.controllers.pods import is_ready
from kubelab.cluster.controllers.rolling import resolve
from kubelab.cluster.kinds import PodDisruptionBudget, ReplicaSet
from kubelab.cluster.kinds.policy import with_disruption_condition
from kubelab.cluster.objects import Key, Object, controller_ref, is_being_deleted, key_of, labels_of
from kubelab.cluster.selectors import from_label_selector
from kubelab.cluster.store import Change

if TYPE_CHECKING:
    from kubelab.cluster.cluster import Cluster

PODS = "/registry/pods/"
DELETION_TIMEOUT = 120.0  # seconds within which a Pod that was evicted has to be on its way out


class NoScale(Exception):
    """A Pod's controller does not say how many Pods it wants."""


class DisruptionController(Controller):
    """Says of each budget how many Pods are healthy, how many have to be, and how many may go."""

    name = "disruption"
    user = service_account("disruption-controller")
    source = "controllermanager"
    watches = {PodDisruptionBudget: itself}

    def __init__(self, cluster: Cluster) -> None:
        super().__init__(cluster)
        self._budgets = self.store.table(PodDisruptionBudget.prefix).rows
        self.store.subscribe(PODS, self._pod_changed, heeds=COUNTS)

    def _pod_changed(self, change: Change) -> None:
        if not self._budgets:
            return
        old, new = change.old, change.new
        if old is not None and new is not None and _counted(old) == _counted(new):
            return
        pods = [pod for pod in (old, new) if pod is not None]
        for budget in self.api.indexed(PodDisruptionBudget, "namespace", pods[0]["metadata"]["namespace"]):
            if any(covers(budget, pod) for pod in pods):
                self.cluster.agenda.add(self.name, str(key_of(budget)), next_look(self.now, self.pace))

    def reconcile(self, key: str) -> None:
        """Counts the Pods of a budget and writes the status."""
        budget = self.api.get(PodDisruptionBudget, Key.parse(key))
        if budget is None or is_being_deleted(budget):
            return
        pods = [
            pod for pod in self.store.indexed(PODS, "namespace", budget["metadata"]["namespace"]) if covers(budget, pod)
        ]
        if not pods:
            self.api.event(budget, "Normal", "NoPods", "No matching pods found")
        try:
            expected, desired = self.expected(budget, pods)
        except NoScale as error:
            why = f"Failed to calculate the number of expected pods: {error}"
            self.api.event(budget, "Warning", "CalculateExpectedPodCountFailed", why)
            status = {**budget.get("status", {}), "disruptionsAllowed": 0}
            now = self.clock.timestamp()
            self.write(budget, with_disruption_condition(status, "False", "SyncFailed", now, str(error)))
            return
        disrupted = self.disrupted(budget, pods)
        gone = set(disrupted)
        healthy = sum(
            is_ready(pod) and not is_being_deleted(pod) and pod["metadata"]["name"] not in gone for pod in pods
        )
        self.write_counts(budget, disrupted, expected, desired, healthy)

    def write_counts(self, budget: Object, disrupted: Object, expected: int, desired: int, healthy: int) -> None:
        """Writes what was counted, if that is not what stands there."""
        allowed = max(0, healthy - desired) if expected > 0 else 0
        old = budget.get("status", {})
        status: Object = {
            "currentHealthy": healthy,
            "desiredHealthy": desired,
            "disruptionsAllowed": allowed,
            "expectedPods": expected,
            "observedGeneration": budget["metadata"].get("generation", 1),
        }
        if disrupted:
            status["disruptedPods"] = disrupted
        if "conditions" in old:
            status["conditions"] = old["conditions"]
        said = ("True", "SufficientPods") if allowed else ("False", "InsufficientPods")
        self.write(budget, with_disruption_condition(status, *said, self.clock.timestamp()))

    def write(self, budget: Object, status: Object) -> None:
        """Writes the status, if it is not what stands there."""
        if status != budget.get("status", {}):
            self.api.update_status(PodDisruptionBudget, {**budget, "status": status})

    def expected(self, budget: Object, pods: list[Object]) -> tuple[int, int]:
        """Returns how many Pods there should be, and how many of them have to be healthy.

        Raises:
            NoScale: a Pod's controller does not say how many it wants, and that matters.
        """
        spec = budget["spec"]
        if spec.get("maxUnavailable") is not None:
            expected = self.scale(budget, pods)
            return expected, max(0, expected - resolve(spec["maxUnavailable"], expected, up=True))
        least = spec.get("minAvailable", 1)
        if isinstance(least, int):
            return len(pods), least
        expected = self.scale(budget, pods)
        return expected, resolve(least, expected, up=True)

    def scale(self, budget: Object, pods: Iterable[Object]) -> int:
        """Returns how many Pods the controllers of these Pods want together."""
        scales: dict[str, int] = {}
        unmanaged = False
        for pod in pods:
            reference = controller_ref(pod)
            if reference is None:
                unmanaged = True
            elif reference["uid"] not in scales:
                scales[reference["uid"]] = 0
                uid, replicas = self.replicas_of(reference, pod)
                scales[uid] = replicas
        if unmanaged:
            selector = _go(budget["spec"].get("selector"))
            why = (
                f"Pods selected by this PodDisruptionBudget (selector: {selector}) were found "
                "to be unmanaged. As a result, the status of the PDB cannot be calculated correctly, which may result "
                'in undefined behavior. To account for these pods please set ".spec.minAvailable" field of the PDB to '
                "an integer value."
            )
            self.api.event(budget, "Warning", "UnmanagedPods", why)
        return sum(scales.values())

    def replicas_of(self, reference: Object, pod: Object) -> tuple[str, int]:
        """Returns whose number counts for a Pod's controller, by its uid, and the number."""
        kind = self.cluster.resources.by_gvk(reference["apiVersion"], reference["kind"])
        if kind is None:
            raise NoScale(f'no matches for kind "{reference["kind"]}" in version "{reference["apiVersion"]}"')
        if "scale" not in kind.subresources:
            raise NoScale(f"{kind.resource} does not implement the scale subresource")
        owner = self.api.get(kind, Key(pod["metadata"]["namespace"], reference["name"]))
        if owner is None or owner["metadata"]["uid"] != reference["uid"]:
            raise NoScale(f'found no controllers for pod "{pod["metadata"]["name"]}"')
        above = controller_ref(owner)
        if kind.name == ReplicaSet.name and above is not None:
            return self.replicas_of(above, pod)
        return owner["metadata"]["uid"], owner["spec"].get("replicas", 1)

    def disrupted(self, budget: Object, pods: Iterable[Object]) -> Object:
        """Returns the Pods whose eviction was granted and that are not yet on their way out."""
        known = budget.get("status", {}).get("disruptedPods") or {}
        left: Object = {}
        for pod in pods if known else ():
            name = pod["metadata"]["name"]
            if name not in known or is_being_deleted(pod):
                continue
            until = parse_time(known[name]) + DELETION_TIMEOUT
            if until >= self.now:
                left[name] = known[name]
                self.later(str(key_of(budget)), until - self.now + 1)
                continue
            namespace = budget["metadata"]["namespace"]
            why = f"Pod was expected by PDB {namespace}/{namespace} to be deleted but it wasn't"
            self.api.event(pod, "Warning", "NotDeleted", why)
        return left


def covers(budget: Object, pod: Object) -> bool:
    """Tells whether a budget counts a Pod of its namespace."""
    selector = budget["spec"].get("selector")
    return selector is not None and from_label_selector(selector).matches(labels_of(pod))


def _counted(pod: Object) -> tuple[object, ...]:
    metadata = pod["metadata"]
    return is_ready(pod), is_being_deleted(pod), metadata.get("labels"), metadata.get("ownerReferences")


def _go(selector: Object | None) -> str:
    """Writes a selector as Go prints it."""
    if selector is None:
        return "nil"
    labels = "".join(f"{name}: {value}," for name, value in sorted((selector.get("matchLabels") or {}).items()))
    expressions = "".join(
        f"LabelSelectorRequirement{{Key:{found['key']},Operator:{found['operator']},"
        f"Values:[{' '.join(found.get('values') or ())}],}},"
        for found in selector.get("matchExpressions") or ()
    )
    return (
        f"&LabelSelector{{MatchLabels:map[string]string{{{labels}}},"
        f"MatchExpressions:[]LabelSelectorRequirement{{{expressions}}},}}"
    )
