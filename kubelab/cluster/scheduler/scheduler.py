"""Takes Pods without a node off a queue, one at a time, and binds each to the best node.

Source: pkg/scheduler/schedule_one.go and eventhandlers.go.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from kubelab.cluster import componentlogs
from kubelab.cluster.api.errors import ApiError
from kubelab.cluster.aspects import BOUND, COMES_AND_GOES, CREATED, ENDED, GONE, SPEC
from kubelab.cluster.component import Component
from kubelab.cluster.conditions import with_condition
from kubelab.cluster.kinds import Node, PersistentVolume, PersistentVolumeClaim, Pod, Service
from kubelab.cluster.objects import Key, Object, is_being_deleted, key_of
from kubelab.cluster.scheduler import preemption, telling
from kubelab.cluster.scheduler.decision import LEAST_FEASIBLE, Decision, decide, judge
from kubelab.cluster.scheduler.framework import Cycle, Scope
from kubelab.cluster.scheduler.nodeinfo import NodeCache, NodeInfo, decisive
from kubelab.cluster.scheduler.plugins.nodeaffinity import named_nodes
from kubelab.cluster.scheduler.profiles import DEFAULT, Profile, default_profile
from kubelab.cluster.scheduler.queue import UNSCHEDULABLE_TIMEOUT, Queue
from kubelab.cluster.scheduler.rankings import Rankings
from kubelab.cluster.store import Change

if TYPE_CHECKING:
    from kubelab.cluster.cluster import Cluster

BATCH = 100  # Pods placed in one reconciliation, so that a slice of work stays short

# What its work queue holds: the active queue as a whole, or one Pod that may be tried again.
ACTIVE = "active"
RETRY = "retry:"


class Scheduler(Component):
    """Gives each Pod of its profile a node."""

    name = "scheduler"
    runs_in = "kube-scheduler"
    user = "system:kube-scheduler"
    manager = DEFAULT
    watches = {}

    def __init__(self, cluster: Cluster) -> None:
        super().__init__(cluster)
        self.queue = Queue(self.store)
        self.cache = NodeCache(self.store)
        self.profiles = {DEFAULT: default_profile(cluster)}
        self.rankings = Rankings(cluster, self.cache)
        self.store.subscribe(Pod.prefix, self._pod_changed, heeds=COMES_AND_GOES | SPEC | BOUND | ENDED)
        self.store.subscribe(Node.prefix, self._node_changed)
        self.store.subscribe(Service.prefix, self._service_changed, heeds=CREATED | GONE | SPEC)
        for kind in (PersistentVolume, PersistentVolumeClaim):
            self.store.subscribe(kind.prefix, lambda _change: self.wake_all())

    def start(self) -> None:
        """Reads nodes and waiting Pods."""
        self.cache.start()
        self.rankings.clear()
        self.queue.clear()
        failed = {key for key, _ in self.queue.failures()}
        for pod in self.store.table(Pod.prefix).rows.values():
            if is_waiting(pod) and key_of(pod) not in failed:
                self.queue.add(pod)

    def resync(self) -> None:
        """Tries everything anew, as after a restart."""
        self.start()
        for key, _ in self.queue.failures():
            self.queue.forget(key)
            pod = self.api.get(Pod, key)
            if pod is not None and is_waiting(pod):
                self.queue.add(pod)
        self.cluster.agenda.add(self.name, ACTIVE)

    # what happens in the cluster

    def _pod_changed(self, change: Change) -> None:
        old, new = change.old, change.new
        if old is not None and new is not None and old["spec"] is new["spec"] and "nodeName" in new["spec"]:
            if _finished(new) != _finished(old):
                self.wake_all()
            return
        if new is not None and is_waiting(new):
            if old is None or _asks_anew(old, new):
                self.queue.add(new)
                self.cluster.agenda.add(self.name, ACTIVE)
        elif old is not None and (new is None or (new["spec"].get("nodeName") and not old["spec"].get("nodeName"))):
            if not old["spec"].get("nodeName"):
                self.queue.forget(key_of(old))
        if old is not None and old["spec"].get("nodeName") and (new is None or _finished(new) != _finished(old)):
            self.wake_all()

    def _node_changed(self, change: Change) -> None:
        if change.new is not None and (change.old is None or decisive(change.old) != decisive(change.new)):
            self.wake_all()

    def _service_changed(self, change: Change) -> None:
        old, new = (obj and obj["spec"].get("selector") for obj in (change.old, change.new))
        if old != new:
            self.cache.topology += 1  # it decides what Pods are spread with

    def wake_all(self) -> None:
        """Lets the Pods that did not fit be tried again, each when its back-off is over."""
        for key, due in self.queue.failures():
            self.cluster.agenda.add(self.name, f"{RETRY}{key}", max(due, self.now))

    # deciding

    def reconcile(self, key: str) -> None:
        """Works on the active queue, or moves one Pod back to it."""
        if key.startswith(RETRY):
            pod = self.api.get(Pod, Key.parse(key.removeprefix(RETRY)))
            if pod is None or not is_waiting(pod):
                return
            self.queue.add(pod)
        for _ in range(BATCH):
            found = self.queue.pop()
            if found is None:
                return
            pod = self.api.get(Pod, found)
            if pod is not None and is_waiting(pod):
                self.schedule(pod)
        if self.queue:
            self.cluster.agenda.add(self.name, ACTIVE)

    def schedule(self, pod: Object) -> None:
        """Places one Pod, or says why it cannot be placed."""
        if pod["spec"].get("schedulingGates"):
            self.write_condition(pod, "SchedulingGated", "Scheduling is blocked due to non-empty scheduling gates")
            return
        profile = self.profiles[pod["spec"].get("schedulerName", DEFAULT)]
        named = named_nodes(pod["spec"])
        if named is None:
            node = self.rankings.choose(pod, profile)
        else:
            node = self.choose_named(pod, profile, named)
        if node is None:
            decision = decide(pod, self.cache, profile.plugins, self.first_node(pod))
            if decision.node is None:
                self.fail(pod, profile, decision)
                return
            node = decision.node
        if any(plugin.holds(pod, node) for plugin in profile.holding):
            return
        level = componentlogs.verbosity(self.cluster, self.runs_in)
        told = self._placed(pod, node, level, ranked=named is None) if level else ()
        self.bind(pod, node)
        if told:
            componentlogs.say(self.cluster, self.runs_in, *told)

    def _placed(self, pod: Object, node: NodeInfo, level: int, *, ranked: bool) -> tuple[str, ...]:
        ranking = self.rankings.last if ranked else None
        decision = ranking.table(node, telling.MOST_NODES) if ranking else Decision(node, feasible=1)
        return tuple(telling.placed(pod, node.name, decision, level))

    def first_node(self, pod: Object) -> int:
        """Returns the index of the node to begin with; in life the search goes on where the last one ended."""
        total = len(self.cache.by_index)
        return self.cluster.random.index(total, "first node", pod["metadata"]["uid"]) if total > LEAST_FEASIBLE else 0

    def choose_named(self, pod: Object, profile: Profile, names: Iterable[str]) -> NodeInfo | None:
        """Returns the one feasible node of those that a Pod names, as DaemonSets' Pods do; None if that is unclear.

        The others need not be looked at (NodeAffinity's PreFilterResult).
        """
        cycle = Cycle(pod, self.cache.info(pod), self.cache.by_index, self.cache)
        chosen = [plugin for plugin in profile.plugins if plugin.concerns(cycle)]
        if any(plugin.scope == Scope.PODS for plugin in chosen):
            return None
        for plugin in chosen:
            plugin.prepare(cycle)
        nodes = [self.cache.nodes[name] for name in sorted(names) if name in self.cache.nodes]
        feasible = [node for node in nodes if judge(cycle, chosen, node) is None]
        return feasible[0] if len(feasible) == 1 else None

    def bind(self, pod: Object, node: NodeInfo) -> None:
        """Binds a Pod and says so."""
        key = key_of(pod)
        try:
            self.api.bind(key, node.name)
        except ApiError as error:
            self.api.event(pod, "Warning", "FailedScheduling", error.message)
            raise
        message = f"Successfully assigned {key.namespace}/{key.name} to {node.name}"
        self.api.event(pod, "Normal", "Scheduled", message)

    def fail(self, pod: Object, profile: Profile, decision: Decision) -> None:
        """Notes why a Pod cannot be placed, makes room for it where that helps, and lets it wait."""
        key = key_of(pod)
        message = decision.message(len(self.cache.by_index))
        outcome = None
        if self.cache.by_index:
            outcome = preemption.preempt(pod, decision, self.cache, profile.plugins, self.store)
            if outcome.candidate is None:
                # Dynamic resource allocation speaks before preemption since it is on by default.
                claims = "no new claims to deallocate, " if self.cluster.version >= "1.34" else ""
                message += f" {claims}preemption: {outcome.message}"
        self.api.event(pod, "Warning", "FailedScheduling", message)
        level = componentlogs.verbosity(self.cluster, self.runs_in)
        if level:
            componentlogs.say(self.cluster, self.runs_in, *telling.refused(pod, message, level))
        self.write_condition(pod, "Unschedulable", message, outcome.candidate if outcome else None)
        self.queue.failed(key, self.now)
        self.cluster.agenda.add(self.name, f"{RETRY}{key}", self.now + UNSCHEDULABLE_TIMEOUT)
        if outcome and outcome.candidate:
            self.evict(pod, outcome.candidate)

    def evict(self, pod: Object, candidate: preemption.Candidate) -> None:
        """Deletes the victims; the Pod is tried again when they are gone."""
        uid = pod["metadata"]["uid"]
        for victim in candidate.victims:
            message = f"Preempted by pod {uid} on node {candidate.node.name}"
            self.api.event(victim, "Normal", "Preempted", message)
            found = self.api.get(Pod, key_of(victim))
            if found is None:
                continue
            reason = f"{DEFAULT}: preempting to accommodate a higher priority pod"
            status = with_condition(
                found.get("status", {}),
                "DisruptionTarget",
                "True",
                "PreemptionByScheduler",
                reason,
                self.clock.timestamp(),
            )
            self.api.update_status(Pod, {**found, "status": status})
            self.api.delete(Pod, key_of(victim))

    def write_condition(
        self, pod: Object, reason: str, message: str, candidate: preemption.Candidate | None = None
    ) -> None:
        """Writes PodScheduled=False and the nominated node, if they are not what stands there."""
        old = pod.get("status", {})
        status = with_condition(old, "PodScheduled", "False", reason, message, self.clock.timestamp())
        if status is not old:
            *others, new = status["conditions"]
            new = {**new, "lastProbeTime": None}
            if self.cluster.version >= "1.34":  # KEP-5067
                new["observedGeneration"] = pod["metadata"].get("generation", 1)
            status = {**status, "conditions": [*others, new]}
        if candidate is not None:
            status = {**status, "nominatedNodeName": candidate.node.name}
        if status != old:
            self.api.update_status(Pod, {**pod, "status": status})


def is_waiting(pod: Object) -> bool:
    """Tells whether a Pod is ours to place."""
    return (
        not pod["spec"].get("nodeName")
        and pod["spec"].get("schedulerName", DEFAULT) == DEFAULT
        and not is_being_deleted(pod)
        and not _finished(pod)
    )


def _finished(pod: Object) -> bool:
    return pod.get("status", {}).get("phase") in ("Succeeded", "Failed")


def _asks_anew(old: Object, new: Object) -> bool:
    """A change of the status alone, such as our own condition, is no reason to try again."""
    return old["spec"] is not new["spec"] or old["metadata"].get("labels") != new["metadata"].get("labels")
