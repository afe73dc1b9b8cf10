"""Spreads the Pods of one workload over hosts and zones.

Source: pkg/scheduler/framework/plugins/podtopologyspread; kubernetes.io, topology-spread-constraints.
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass

from kubelab.cluster.kinds import ReplicaSet, ReplicationController, Service, StatefulSet
from kubelab.cluster.nodes import TaintEffect, fits_node_affinity, untolerated
from kubelab.cluster.objects import Key, Object, controller_ref, labels_of
from kubelab.cluster.scheduler.framework import MAX_SCORE, Cycle, Plugin, Rejection
from kubelab.cluster.scheduler.nodeinfo import NodeInfo
from kubelab.cluster.selectors import from_label_selector

HOSTNAME = "kubernetes.io/hostname"
ZONE = "topology.kubernetes.io/zone"
# What Pods of a Service or a workload get when they ask for nothing (the cluster's defaults).
DEFAULTS = ((HOSTNAME, 3), (ZONE, 5))
NOTHING = [{"key": "kubernetes.io/none", "operator": "In", "values": []}]


@dataclass
class Constraint:
    """One constraint with the Pods that are counted for it, by the value of its topology key."""

    key: str
    max_skew: int
    selector: Object  # a metav1.LabelSelector; None in it matches nothing
    min_domains: int
    honour_affinity: bool
    honour_taints: bool
    itself: int  # 1 if the Pod being placed counts as well
    counts: Counter[str]
    domains: dict[str, None]
    weight: float = 0.0


@dataclass
class State:
    """The constraints of one Pod: those that must hold, and those that only score."""

    hard: list[Constraint]
    soft: list[Constraint]
    require_all: bool  # nodes that lack a key are left out of the scores


class PodTopologySpread(Plugin):
    """Filters by DoNotSchedule constraints, scores by ScheduleAnyway ones."""

    name = "PodTopologySpread"
    weight = 2
    local = False

    def concerns(self, cycle: Cycle) -> bool:
        """Tells whether the Pod has constraints, or gets the default ones."""
        return bool(cycle.info.spec.get("topologySpreadConstraints")) or self.default_selector(cycle.pod) is not None

    def prepare(self, cycle: Cycle) -> None:
        """Counts the Pods that match each constraint, node by node."""
        own = cycle.info.spec.get("topologySpreadConstraints") or ()
        if own:
            hard = [_constraint(found, cycle.pod) for found in own if found["whenUnsatisfiable"] == "DoNotSchedule"]
            soft = [_constraint(found, cycle.pod) for found in own if found["whenUnsatisfiable"] != "DoNotSchedule"]
        else:
            selector = self.default_selector(cycle.pod)
            hard = []
            soft = [_default(key, skew, selector) for key, skew in DEFAULTS] if selector else []
        cycle.state[self.name] = State(hard, soft, require_all=bool(own))
        for constraint in hard:
            _count(constraint, cycle, [other.key for other in hard])
        for constraint in soft:
            _count(constraint, cycle, [other.key for other in soft] if own else [constraint.key])
            constraint.weight = math.log(len(constraint.domains) + 2)

    def default_selector(self, pod: Object) -> Object | None:
        """Returns what selects the Pod's fellows: its Services' selectors and its workload's, or None."""
        namespace = pod["metadata"]["namespace"]
        wanted: dict[str, str] = {}
        labels = labels_of(pod)
        for service in self.cluster.store.indexed(Service.prefix, "namespace", namespace):
            selector = service["spec"].get("selector") or {}
            if selector and selector.items() <= labels.items():
                wanted.update(selector)
        owner = controller_ref(pod)
        kind = {
            "ReplicaSet": ReplicaSet,
            "ReplicationController": ReplicationController,
            "StatefulSet": StatefulSet,
        }.get(owner["kind"] if owner else "")
        workload = self.cluster.store.get(kind.path(Key(namespace, owner["name"]))) if kind and owner else None
        combined: Object = {"matchLabels": wanted}
        if workload is not None:
            found = workload["spec"].get("selector") or {}
            if kind is ReplicationController:
                found = {"matchLabels": found}
            combined = {**found, "matchLabels": {**(found.get("matchLabels") or {}), **wanted}}
        return combined if combined.get("matchLabels") or combined.get("matchExpressions") else None

    def filter(self, cycle: Cycle, node: NodeInfo) -> Rejection | None:
        """Returns why the Pod cannot go to the node, or None if it can."""
        labels = labels_of(node.node)
        for constraint in cycle.state[self.name].hard:
            value = labels.get(constraint.key)
            if value is None:
                reason = "node(s) didn't match pod topology spread constraints (missing required label)"
                return Rejection((reason,), hopeless=True)
            if constraint.counts[value] + constraint.itself - _least(constraint) > constraint.max_skew:
                return Rejection(("node(s) didn't match pod topology spread constraints",))
        return None

    def score(self, cycle: Cycle, node: NodeInfo) -> float:
        """Returns how crowded the node's domains are; -1 for a node that is left out."""
        state: State = cycle.state[self.name]
        labels = labels_of(node.node)
        if state.require_all and any(constraint.key not in labels for constraint in state.soft):
            return -1
        crowd = 0.0
        for constraint in state.soft:
            value = labels.get(constraint.key)
            if value is not None:
                crowd += constraint.counts[value] * constraint.weight + constraint.max_skew - 1
        return math.floor(crowd + 0.5)

    def normalize(self, cycle: Cycle, scores: list[float]) -> list[float]:
        """The less crowded the better; nodes that are left out get nothing."""
        counted = [score for score in scores if score >= 0]
        low, high = min(counted, default=0), max(counted, default=0)
        if not cycle.state[self.name].soft:
            return [0] * len(scores)
        return [0 if s < 0 else MAX_SCORE if high == 0 else MAX_SCORE * (high + low - s) // high for s in scores]


def _constraint(found: Object, pod: Object) -> Constraint:
    labels = labels_of(pod)
    wanted: Object = found.get("labelSelector") or {}
    keys = [key for key in found.get("matchLabelKeys") or () if key in labels]
    if keys:
        more = {key: labels[key] for key in keys}
        wanted = {**wanted, "matchLabels": {**(wanted.get("matchLabels") or {}), **more}}
    # A constraint without a selector counts no Pods.
    selector = wanted if found.get("labelSelector") is not None else {"matchExpressions": NOTHING}
    return Constraint(
        key=found["topologyKey"],
        max_skew=found["maxSkew"],
        selector=selector,
        min_domains=found.get("minDomains") or 1,
        honour_affinity=found.get("nodeAffinityPolicy", "Honor") == "Honor",
        honour_taints=found.get("nodeTaintsPolicy", "Ignore") == "Honor",
        itself=int(from_label_selector(selector).matches(labels)),
        counts=Counter(),
        domains={},
    )


def _default(key: str, skew: int, selector: Object) -> Constraint:
    return Constraint(key, skew, selector, 1, True, False, 1, Counter(), {})


def _count(constraint: Constraint, cycle: Cycle, keys: list[str]) -> None:
    """Counts matching Pods on the nodes that have all `keys` and that the Pod could go to."""
    by_node = cycle.cache.counter(cycle.pod["metadata"]["namespace"], constraint.selector).by_node
    for node in cycle.nodes:
        labels = labels_of(node.node)
        if all(key in labels for key in keys) and _counts(constraint, cycle, node):
            value = labels[constraint.key]
            constraint.domains[value] = None
            constraint.counts[value] += by_node.get(node.name, 0)


def _counts(constraint: Constraint, cycle: Cycle, node: NodeInfo) -> bool:
    if constraint.honour_affinity and not fits_node_affinity(cycle.info.spec, node.node):
        return False
    if not constraint.honour_taints:
        return True
    hard = (TaintEffect.NO_SCHEDULE, TaintEffect.NO_EXECUTE)
    return untolerated(node.node.get("spec", {}).get("taints") or (), cycle.info.tolerations, hard) is None


def _least(constraint: Constraint) -> int:
    """Returns the Pods of the emptiest domain; 0 while there are fewer domains than minDomains."""
    if len(constraint.domains) < constraint.min_domains:
        return 0
    return min((constraint.counts[value] for value in constraint.domains), default=0)
