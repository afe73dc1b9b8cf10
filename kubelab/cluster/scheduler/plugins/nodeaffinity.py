"""Takes Pods to the nodes that their selectors and affinities ask for, and that their profile adds (addedAffinity).

Source: pkg/scheduler/framework/plugins/nodeaffinity; kubernetes.io, concepts/scheduling-eviction/assign-pod-node.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kubelab.cluster.nodes import fits_node_affinity, matches_term
from kubelab.cluster.objects import Object
from kubelab.cluster.scheduler.framework import Cycle, Event, Plugin, Rejection, by_maximum
from kubelab.cluster.scheduler.nodeinfo import NodeInfo
from kubelab.cluster.scheduler.pools import HOSTNAME

if TYPE_CHECKING:
    from kubelab.cluster.cluster import Cluster


class NodeAffinity(Plugin):
    """Filters by nodeSelector and required node affinity, scores by preferred node affinity."""

    name = "NodeAffinity"
    wakes = frozenset({Event.NODE_CAME, Event.NODE_LABELS})
    hints = True
    default_weight = 2

    def __init__(self, cluster: Cluster, arguments: Object | None = None) -> None:
        super().__init__(cluster, arguments)
        self._added: Object = {"affinity": {"nodeAffinity": self.arguments.get("addedAffinity") or {}}}
        self._adds = bool(self.arguments.get("addedAffinity"))

    def concerns(self, cycle: Cycle) -> bool:
        """Tells whether the Pod, or its profile for it, asks for anything."""
        spec = cycle.info.spec
        return self._adds or bool(spec.get("nodeSelector") or (spec.get("affinity") or {}).get("nodeAffinity"))

    def by_name(self, cycle: Cycle) -> bool:
        """Tells whether the Pod asks for what nodes of one pool do not have in common."""
        return asks_for_names(cycle.info.spec) or (self._adds and asks_for_names(self._added))

    def prepare(self, cycle: Cycle) -> None:
        """Reads the names that matchFields narrow the choice to, as a DaemonSet's Pods have them."""
        cycle.state[self.name] = named_nodes(cycle.info.spec)

    def filter(self, cycle: Cycle, node: NodeInfo) -> Rejection | None:
        """Returns why the Pod cannot go to the node, or None if it can."""
        names = cycle.state.get(self.name)
        if names is not None and node.name not in names:
            return Rejection(("node is filtered out by the prefilter result",), hopeless=True)
        if self._adds and not fits_node_affinity(self._added, node.node):
            return Rejection(("node(s) didn't match scheduler-enforced node affinity",), hopeless=True)
        if fits_node_affinity(cycle.info.spec, node.node):
            return None
        return Rejection(("node(s) didn't match Pod's node affinity/selector",), hopeless=True)

    def score(self, cycle: Cycle, node: NodeInfo) -> float:
        """Adds the weights of the preferred terms that the node matches."""
        affinity = (cycle.info.spec.get("affinity") or {}).get("nodeAffinity") or {}
        preferred = affinity.get("preferredDuringSchedulingIgnoredDuringExecution") or ()
        if self._adds:
            added = self._added["affinity"]["nodeAffinity"]
            preferred = [*preferred, *(added.get("preferredDuringSchedulingIgnoredDuringExecution") or ())]
        return float(sum(term["weight"] for term in preferred if matches_term(term["preference"], node.node)))

    def normalize(self, cycle: Cycle, scores: list[float]) -> list[float]:
        """The more weight the better."""
        return by_maximum(scores)


def asks_for_names(spec: Object) -> bool:
    """Tells whether a selector or an affinity of a Pod is about nodes' names."""
    if HOSTNAME in (spec.get("nodeSelector") or {}):
        return True
    affinity = (spec.get("affinity") or {}).get("nodeAffinity") or {}
    required = affinity.get("requiredDuringSchedulingIgnoredDuringExecution") or {}
    preferred = affinity.get("preferredDuringSchedulingIgnoredDuringExecution") or ()
    terms = [*(required.get("nodeSelectorTerms") or ()), *(wish["preference"] for wish in preferred)]
    return any(
        term.get("matchFields") or any(found["key"] == HOSTNAME for found in term.get("matchExpressions") or ())
        for term in terms
    )


def named_nodes(spec: Object) -> set[str] | None:
    """Returns the node names that every required term asks for by field, or None if some term asks for none."""
    affinity = (spec.get("affinity") or {}).get("nodeAffinity") or {}
    required = affinity.get("requiredDuringSchedulingIgnoredDuringExecution") or {}
    names: set[str] = set()
    for term in required.get("nodeSelectorTerms") or ():
        fields = [field for field in term.get("matchFields") or () if field["operator"] == "In"]
        if not fields:
            return None
        names.update(*(field["values"] for field in fields))
    return names or None
