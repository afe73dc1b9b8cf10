"""Spreads the Pods of one workload over hosts and zones.

Source: pkg/scheduler/framework/plugins/podtopologyspread; kubernetes.io, topology-spread-constraints.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from kubelab.cluster.kinds import ReplicaSet, ReplicationController, Service, StatefulSet
from kubelab.cluster.nodes import TaintEffect, fits_node_affinity, untolerated
from kubelab.cluster.objects import Key, Object, controller_ref, is_being_deleted, labels_of
from kubelab.cluster.scheduler.domains import Domains
from kubelab.cluster.scheduler.framework import MAX_SCORE, Cycle, Event, Plugin, Rejection, Scope
from kubelab.cluster.scheduler.nodeinfo import NodeInfo
from kubelab.cluster.scheduler.plugins.nodeaffinity import asks_for_names
from kubelab.cluster.scheduler.pools import HOSTNAME
from kubelab.cluster.selectors import from_label_selector

ZONE = "topology.kubernetes.io/zone"
# What Pods of a Service or a workload get when they ask for nothing (the cluster's defaults).
DEFAULTS = ((HOSTNAME, 3), (ZONE, 5))
NOTHING = [{"key": "kubernetes.io/none", "operator": "In", "values": []}]


@dataclass
class Constraint:
    """One constraint with the Pods that are counted for it.

    Attributes:
        nodes: where Pods count, by pool; where nodes of a pool differ, by node.
        values: the domains, but for hosts.
        hosts: how many hosts are domains.
        least: the Pods of the emptiest domain, when it is known.
    """

    key: str
    max_skew: int
    selector: Object  # a metav1.LabelSelector
    min_domains: int
    honour_affinity: bool
    honour_taints: bool
    itself: int  # 1 if the Pod being placed counts as well
    counts: Domains
    nodes: dict[int, list[NodeInfo]] = field(default_factory=dict)
    values: set[str] = field(default_factory=set)
    hosts: int = 0
    least: int | None = None
    weight: float = 0.0


@dataclass
class State:
    """The constraints of one Pod: those that must hold, and those that only score."""

    hard: list[Constraint]
    soft: list[Constraint]
    require_all: bool  # nodes that lack a key are left out of the scores
    by_name: bool


class PodTopologySpread(Plugin):
    """Filters by DoNotSchedule constraints, scores by ScheduleAnyway ones."""

    name = "PodTopologySpread"
    scope = Scope.PODS
    wakes = frozenset({Event.NODE_CAME, Event.NODE_LABELS, Event.NODE_TAINTS, Event.POD_GONE, Event.POD_CAME})
    default_weight = 2

    def concerns(self, cycle: Cycle) -> bool:
        """Tells whether the Pod has constraints, or gets the default ones."""
        return bool(cycle.info.spec.get("topologySpreadConstraints")) or self.default_selector(cycle.pod) is not None

    def by_name(self, cycle: Cycle) -> bool:
        """Tells whether the Pod asks for nodes' names, which decide where Pods are counted."""
        return asks_for_names(cycle.info.spec)

    def prepare(self, cycle: Cycle) -> None:
        """Reads the constraints, and finds the nodes on which Pods count for each."""
        own = cycle.info.spec.get("topologySpreadConstraints") or self._defaults(cycle.pod)
        hard = [_constraint(found, cycle) for found in own if found["whenUnsatisfiable"] == "DoNotSchedule"]
        soft = [_constraint(found, cycle) for found in own if found["whenUnsatisfiable"] != "DoNotSchedule"]
        asks = bool(cycle.info.spec.get("topologySpreadConstraints"))
        state = cycle.state[self.name] = State(hard, soft, asks or not self._is_system(), self.by_name(cycle))
        for constraint in hard:
            _find_domains(constraint, cycle, [other.key for other in hard], state.by_name)
        for constraint in soft:
            keys = [other.key for other in soft] if state.require_all else []
            _find_domains(constraint, cycle, keys, state.by_name)

    def _is_system(self) -> bool:
        return bool(self.arguments.get("defaultingType", "System") == "System")

    def _defaults(self, pod: Object) -> list[Object]:
        """Returns the constraints of a Pod that has none of its own."""
        selector = self.default_selector(pod)
        if selector is None:
            return []
        if not self._is_system():
            return [{**found, "labelSelector": selector} for found in self.arguments.get("defaultConstraints") or ()]
        soft = {"whenUnsatisfiable": "ScheduleAnyway", "labelSelector": selector}
        return [{"topologyKey": key, "maxSkew": skew, **soft} for key, skew in DEFAULTS]

    def refresh(self, cycle: Cycle) -> None:
        """Counts the Pods as they are now."""
        state: State = cycle.state[self.name]
        for constraint in (*state.hard, *state.soft):
            constraint.least = None
            if state.by_name:
                constraint.counts.refresh_by_node([node for nodes in constraint.nodes.values() for node in nodes])
            else:
                constraint.counts.refresh(cycle.cache, constraint.nodes)

    def move(self, cycle: Cycle, pod: Object, node: NodeInfo, number: int) -> None:
        """Follows a trial."""
        if pod["metadata"]["namespace"] != cycle.pod["metadata"]["namespace"] or is_being_deleted(pod):
            return
        for constraint in cycle.state[self.name].hard:
            if from_label_selector(constraint.selector).matches(labels_of(pod)):
                constraint.least = None
                constraint.counts.move(node, number)

    def hosts(self, cycle: Cycle) -> list[Domains]:
        """Returns the counts by host."""
        state: State = cycle.state[self.name]
        return [found.counts for found in (*state.hard, *state.soft) if found.key == HOSTNAME]

    def is_local(self, cycle: Cycle) -> bool:
        """Tells whether all that counts is how many Pods each host has: where nodes have no zones, by default."""
        state: State = cycle.state[self.name]
        if state.hard or state.by_name:
            return False
        return all(constraint.counts.are_hosts(cycle.cache) for constraint in state.soft)

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
        for constraint in cycle.state[self.name].hard:
            if not constraint.counts.has(node):
                reason = "node(s) didn't match pod topology spread constraints (missing required label)"
                return Rejection((reason,), hopeless=True)
            if constraint.least is None:
                constraint.least = _least(constraint)
            there = constraint.counts.at(node) if node.pool in constraint.nodes else 0
            if there + constraint.itself - constraint.least > constraint.max_skew:
                return Rejection(("node(s) didn't match pod topology spread constraints",))
        return None

    def prescore(self, cycle: Cycle, feasible: Sequence[tuple[NodeInfo, int]]) -> None:
        """Weighs each constraint by its number of domains: one of many domains matters more."""
        state: State = cycle.state[self.name]
        counted = [(node, number) for node, number in feasible if not self._is_left_out(state, node)]
        for constraint in state.soft:
            if constraint.key == HOSTNAME:
                size = sum(number for _, number in counted)
            else:
                size = len({labels_of(node.node).get(constraint.key, "") for node, _ in counted})
            constraint.weight = math.log(size + 2)

    def _is_left_out(self, state: State, node: NodeInfo) -> bool:
        return state.require_all and not all(constraint.counts.has(node) for constraint in state.soft)

    def score(self, cycle: Cycle, node: NodeInfo) -> float:
        """Returns how crowded the node's domains are; -1 for a node that is left out."""
        state: State = cycle.state[self.name]
        if self._is_left_out(state, node):
            return -1
        crowd = 0.0
        for constraint in state.soft:
            if constraint.counts.has(node):
                crowd += constraint.counts.at(node) * constraint.weight + constraint.max_skew - 1
        return math.floor(crowd + 0.5)

    def normalize(self, cycle: Cycle, scores: list[float]) -> list[float]:
        """The less crowded the better; nodes that are left out get nothing."""
        counted = [score for score in scores if score >= 0]
        low, high = min(counted, default=0), max(counted, default=0)
        if not cycle.state[self.name].soft:
            return [0] * len(scores)
        return [0 if s < 0 else MAX_SCORE if high == 0 else MAX_SCORE * (high + low - s) // high for s in scores]


def _constraint(found: Object, cycle: Cycle) -> Constraint:
    labels = labels_of(cycle.pod)
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
        counts=Domains(found["topologyKey"], [cycle.cache.counter(cycle.pod["metadata"]["namespace"], selector)]),
    )


def _find_domains(constraint: Constraint, cycle: Cycle, keys: list[str], by_name: bool) -> None:
    """Finds the nodes that have all `keys` and that the Pod could go to: there Pods count."""
    for pool, members in cycle.cache.pools.members.items():
        nodes = list(members.values())
        if by_name:
            nodes = [node for node in nodes if _counts(constraint, cycle, node, keys)]
        elif not _counts(constraint, cycle, nodes[0], keys):
            continue
        if nodes:
            constraint.nodes[pool] = nodes
            for node in nodes if by_name else nodes[:1]:
                if not constraint.counts.is_of_hosts(node) and constraint.counts.has(node):
                    constraint.values.add(labels_of(node.node)[constraint.key])
            if constraint.counts.is_of_hosts(nodes[0]):
                constraint.hosts += len(nodes)


def _counts(constraint: Constraint, cycle: Cycle, node: NodeInfo, keys: list[str]) -> bool:
    labels = labels_of(node.node)
    if not all(key in labels for key in keys):
        return False
    if constraint.honour_affinity and not fits_node_affinity(cycle.info.spec, node.node):
        return False
    if not constraint.honour_taints:
        return True
    hard = (TaintEffect.NO_SCHEDULE, TaintEffect.NO_EXECUTE)
    return untolerated(node.node.get("spec", {}).get("taints") or (), cycle.info.tolerations, hard) is None


def _least(constraint: Constraint) -> int:
    """Returns the Pods of the emptiest domain; 0 while there are fewer domains than minDomains."""
    if len(constraint.values) + constraint.hosts < constraint.min_domains:
        return 0
    counts = [constraint.counts.by_value.get(value, 0) for value in constraint.values]
    if constraint.hosts and constraint.counts.busy_hosts() < constraint.hosts:
        counts.append(0)
    elif constraint.hosts:
        counts.extend(constraint.counts.at(node) for nodes in constraint.nodes.values() for node in nodes)
    return min(counts, default=0)
