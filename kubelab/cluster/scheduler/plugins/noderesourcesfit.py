"""Keeps Pods off nodes without room for them, and prefers nodes with the most room left.

Source: pkg/scheduler/framework/plugins/noderesources/fit.go and least_allocated.go.
"""

from __future__ import annotations

from kubelab.cluster.scheduler.framework import MAX_SCORE, Cycle, Plugin, Rejection
from kubelab.cluster.scheduler.nodeinfo import NodeInfo


class NodeResourcesFit(Plugin):
    """Filters by requests, scores by LeastAllocated over cpu and memory."""

    name = "NodeResourcesFit"
    weight = 1

    def filter(self, cycle: Cycle, node: NodeInfo) -> Rejection | None:
        """Returns why the Pod cannot go to the node, or None if it can."""
        reasons: list[str] = []
        hopeless = False
        allocatable, requested = node.allocatable, node.requested
        if len(node.pods) + 1 > allocatable.get("pods", 0):
            reasons.append("Too many pods")
        for resource, wanted in cycle.info.requests.items():
            room = allocatable.get(resource, 0)
            if wanted > room - requested.get(resource, 0) and wanted:
                reasons.append(f"Insufficient {resource}")
                hopeless = hopeless or wanted > room
        # Since v1.34 a node that is too small even when it is empty is not looked at again (PR 131345).
        return Rejection(tuple(reasons), hopeless and self.cluster.version >= "1.34") if reasons else None

    def score(self, cycle: Cycle, node: NodeInfo) -> float:
        """Returns the share that would be free, averaged over cpu and memory."""
        total = 0
        for resource in ("cpu", "memory"):
            room = node.allocatable.get(resource, 0)
            used = node.scored.get(resource, 0) + cycle.info.scored.get(resource, 0)
            if room and used <= room:
                total += (room - used) * MAX_SCORE // room
        return total // 2
