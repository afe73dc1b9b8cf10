"""What the scheduler does with a decision: it binds the Pod, or says why there is no node and makes room where it can.

Source: pkg/scheduler/schedule_one.go and framework/preemption.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kubelab.cluster.api.client import Client
from kubelab.cluster.api.errors import ApiError
from kubelab.cluster.conditions import with_condition
from kubelab.cluster.kinds import Pod
from kubelab.cluster.objects import Object, key_of
from kubelab.cluster.scheduler import preemption
from kubelab.cluster.scheduler.decision import Decision
from kubelab.cluster.scheduler.nodeinfo import NodeCache, NodeInfo
from kubelab.cluster.scheduler.profiles import Profile

if TYPE_CHECKING:
    from kubelab.cluster.cluster import Cluster


class Outcome:
    """Writes down what becomes of the Pods of one profile.

    Args:
        api: speaks in the profile's name.
    """

    def __init__(self, cluster: Cluster, api: Client, cache: NodeCache, profile: Profile) -> None:
        self._cluster = cluster
        self._api = api
        self._cache = cache
        self._profile = profile

    def bind(self, pod: Object, node: NodeInfo) -> None:
        """Binds a Pod and says so."""
        key = key_of(pod)
        try:
            self._api.bind(key, node.name)
        except ApiError as error:
            self._api.event(pod, "Warning", "FailedScheduling", error.message)
            raise
        message = f"Successfully assigned {key.namespace}/{key.name} to {node.name}"
        self._api.event(pod, "Normal", "Scheduled", message)

    def fail(self, pod: Object, decision: Decision) -> str:
        """Notes why a Pod cannot be placed, and makes room for it where that helps; returns the message."""
        message = decision.message(len(self._cache.by_index))
        outcome = None
        if self._cache.by_index and self._profile.preempts:
            outcome = preemption.preempt(pod, decision, self._cache, self._profile.plugins, self._cluster.store)
            if outcome.candidate is None:
                # Dynamic resource allocation speaks before preemption since it is on by default.
                claims = "no new claims to deallocate, " if self._cluster.version >= "1.34" else ""
                message += f" {claims}preemption: {outcome.message}"
        self._api.event(pod, "Warning", "FailedScheduling", message)
        promised = pod.get("status", {}).get("nominatedNodeName", "") if outcome and outcome.is_under_way else ""
        if outcome and outcome.candidate:
            promised = outcome.candidate.node.name
        self.write_condition(pod, "Unschedulable", message, promised)
        if outcome and outcome.candidate:
            self.evict(pod, outcome.candidate)
        return message

    def give_up(self, pod: Object, why: str) -> None:
        """Notes what went wrong before a Pod could be bound; it is tried again."""
        self._api.event(pod, "Warning", "FailedScheduling", why)
        self.write_condition(pod, "SchedulerError", why)

    def evict(self, pod: Object, candidate: preemption.Candidate) -> None:
        """Deletes the victims; the Pod is tried again when they are gone."""
        uid, node = pod["metadata"]["uid"], candidate.node.name
        for victim in candidate.victims:
            self._api.event(victim, "Normal", "Preempted", f"Preempted by pod {uid} on node {node}")
            found = self._api.get(Pod, key_of(victim))
            if found is not None:
                reason = f"{self._profile.name}: preempting to accommodate a higher priority pod"
                self._write(found, "DisruptionTarget", "True", "PreemptionByScheduler", reason)
                self._api.delete(Pod, key_of(victim))
        self._take_promises(pod, node)

    def _take_promises(self, pod: Object, node: str) -> None:
        """Less important Pods that were promised the node have to look for another one."""
        priority = pod["spec"].get("priority") or 0
        for key, promised in list(self._cache.nominated.items()):
            other = self._api.get(Pod, key) if promised == node else None
            if other is not None and (other["spec"].get("priority") or 0) < priority:
                status = {name: value for name, value in other["status"].items() if name != "nominatedNodeName"}
                del self._cache.nominated[key]
                self._api.update_status(Pod, {**other, "status": status})

    def write_condition(self, pod: Object, reason: str, message: str, promised: str = "") -> None:
        """Writes PodScheduled=False and the nominated node, if they are not what stands there."""
        old = pod.get("status", {})
        status = with_condition(old, "PodScheduled", "False", reason, message, self._cluster.clock.timestamp())
        if status is not old:
            *others, new = status["conditions"]
            new = {**new, "lastProbeTime": None}
            if self._cluster.version >= "1.34":  # KEP-5067
                new["observedGeneration"] = pod["metadata"].get("generation", 1)
            status = {**status, "conditions": [*others, new]}
        if promised:
            status = {**status, "nominatedNodeName": promised}
            self._cache.nominated[key_of(pod)] = promised
        else:
            status = {name: value for name, value in status.items() if name != "nominatedNodeName"}
            self._cache.nominated.pop(key_of(pod), None)
        if status != old:
            self._api.update_status(Pod, {**pod, "status": status})

    def _write(self, pod: Object, kind: str, value: str, reason: str, message: str) -> None:
        stamp = self._cluster.clock.timestamp()
        status = with_condition(pod.get("status", {}), kind, value, reason, message, stamp)
        self._api.update_status(Pod, {**pod, "status": status})
