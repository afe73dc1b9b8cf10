"""Prefers nodes whose resources would be used to the same degree.

Source: pkg/scheduler/framework/plugins/noderesources/balanced_allocation.go.
"""

from __future__ import annotations

import math

from kubelab.cluster.scheduler.framework import MAX_SCORE, Cycle, Plugin, Scope
from kubelab.cluster.scheduler.nodeinfo import NodeInfo

NATIVE = ("cpu", "memory", "ephemeral-storage")  # others count only where the Pod asks for them


class NodeResourcesBalancedAllocation(Plugin):
    """Scores by how little the used fractions of cpu and memory differ."""

    name = "NodeResourcesBalancedAllocation"
    scope = Scope.LOAD
    default_weight = 1

    def concerns(self, cycle: Cycle) -> bool:
        """Tells whether the Pod requests any of them; one that does not is skipped (since v1.30)."""
        return any(cycle.info.requests.get(resource) for resource in self.resources())

    def resources(self) -> list[str]:
        """Returns the resources that are compared."""
        named = [found["name"] for found in self.arguments.get("resources") or ()]
        return named or ["cpu", "memory"]

    def score(self, cycle: Cycle, node: NodeInfo) -> float:
        """Returns 100 less the standard deviation of the used fractions."""
        fractions = []
        for resource in self.resources():
            room = node.allocatable.get(resource, 0)
            if room and (resource in NATIVE or cycle.info.requests.get(resource)):
                used = node.requested.get(resource, 0) + cycle.info.requests.get(resource, 0)
                fractions.append(min(1.0, used / room))
        return int((1 - _deviation(fractions)) * MAX_SCORE)


def _deviation(fractions: list[float]) -> float:
    if len(fractions) == 2:  # the standard deviation is half their distance
        return abs(fractions[0] - fractions[1]) / 2
    if len(fractions) < 2:
        return 0.0
    mean = sum(fractions) / len(fractions)
    return math.sqrt(sum((fraction - mean) ** 2 for fraction in fractions) / len(fractions))
