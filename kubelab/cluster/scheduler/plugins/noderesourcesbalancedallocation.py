"""Prefers nodes whose cpu and memory would be used to the same degree."""

from __future__ import annotations

from kubelab.cluster.scheduler.framework import MAX_SCORE, Cycle, Plugin
from kubelab.cluster.scheduler.nodeinfo import NodeInfo


class NodeResourcesBalancedAllocation(Plugin):
    """Scores by how little the used fractions of cpu and memory differ."""

    name = "NodeResourcesBalancedAllocation"
    weight = 1

    def concerns(self, cycle: Cycle) -> bool:
        """Tells whether the Pod requests anything; one of best effort is skipped (since v1.30)."""
        return bool(cycle.info.requests)

    def score(self, cycle: Cycle, node: NodeInfo) -> float:
        """Returns 100 less the standard deviation of the used fractions."""
        fractions = []
        for resource in ("cpu", "memory"):
            room = node.allocatable.get(resource, 0)
            if room:
                used = node.requested.get(resource, 0) + cycle.info.requests.get(resource, 0)
                fractions.append(min(1.0, used / room))
        # For two fractions the standard deviation is half their distance.
        deviation = abs(fractions[0] - fractions[1]) / 2 if len(fractions) == 2 else 0.0
        return int((1 - deviation) * MAX_SCORE)
