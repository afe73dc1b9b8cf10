"""Keeps Pods off nodes without room for them, and prefers those with the most room left, or the least.

Source: pkg/scheduler/framework/plugins/noderesources: fit.go, least_allocated.go, most_allocated.go,
requested_to_capacity_ratio.go.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from kubelab.cluster.objects import Object
from kubelab.cluster.scheduler.framework import MAX_SCORE, Cycle, Event, Plugin, Rejection, Scope
from kubelab.cluster.scheduler.nodeinfo import NodeInfo

NATIVE = ("cpu", "memory", "ephemeral-storage", "pods")
MAX_SHAPE_SCORE = 10  # the scale of the scores in a shape

Use = tuple[int, int, int]  # requested, allocatable, weight


class NodeResourcesFit(Plugin):
    """Filters by requests; scores by LeastAllocated, MostAllocated or RequestedToCapacityRatio."""

    name = "NodeResourcesFit"
    scope = Scope.LOAD
    wakes = frozenset({Event.NODE_CAME, Event.NODE_ROOM, Event.POD_GONE})
    hints = True
    default_weight = 1

    def filter(self, cycle: Cycle, node: NodeInfo) -> Rejection | None:
        """Returns why the Pod cannot go to the node, or None if it can."""
        reasons: list[str] = []
        hopeless = False
        allocatable, requested = node.allocatable, node.requested
        if len(node.pods) + 1 > allocatable.get("pods", 0):
            reasons.append("Too many pods")
        for resource, wanted in cycle.info.requests.items():
            room = allocatable.get(resource, 0)
            if wanted > room - requested.get(resource, 0) and wanted and not self._ignores(resource):
                reasons.append(f"Insufficient {resource}")
                hopeless = hopeless or wanted > room
        # Since v1.34 a node that is too small even when it is empty is not looked at again (PR 131345).
        return Rejection(tuple(reasons), hopeless and self.cluster.version >= "1.34") if reasons else None

    def _ignores(self, resource: str) -> bool:
        if not self.arguments or resource in NATIVE:
            return False
        group = resource.partition("/")[0]
        return resource in (self.arguments.get("ignoredResources") or ()) or group in (
            self.arguments.get("ignoredResourceGroups") or ()
        )

    def score(self, cycle: Cycle, node: NodeInfo) -> float:
        """Returns how good the node's use of its resources would be, by the profile's strategy."""
        strategy = self.arguments.get("scoringStrategy") or {}
        uses = self._uses(strategy, cycle, node)
        if strategy.get("type") == "MostAllocated":
            return _average([(_most(requested, room), weight) for requested, room, weight in uses])
        if strategy.get("type") == "RequestedToCapacityRatio":
            return _by_shape(uses, strategy["requestedToCapacityRatio"]["shape"])
        return _average([(_least(requested, room), weight) for requested, room, weight in uses])

    def _uses(self, strategy: Object, cycle: Cycle, node: NodeInfo) -> list[Use]:
        info, uses = cycle.info, []
        for resource, weight in _resources(strategy):
            room = node.allocatable.get(resource, 0)
            if resource in ("cpu", "memory"):  # Pods that request nothing count with a little
                used = node.scored.get(resource, 0) + info.scored.get(resource, 0)
            else:
                wanted = info.requests.get(resource, 0)
                if not wanted and resource not in NATIVE:
                    continue
                used = node.requested.get(resource, 0) + wanted
            if room:
                uses.append((used, room, weight))
        return uses


def _resources(strategy: Object) -> Sequence[tuple[str, int]]:
    named = strategy.get("resources")
    return [(found["name"], found.get("weight") or 1) for found in named] if named else (("cpu", 1), ("memory", 1))


def _least(requested: int, room: int) -> int:
    return (room - requested) * MAX_SCORE // room if requested <= room else 0


def _most(requested: int, room: int) -> int:
    return min(requested, room) * MAX_SCORE // room


def _average(scores: Sequence[tuple[int, int]]) -> int:
    weights = sum(weight for _, weight in scores)
    return sum(score * weight for score, weight in scores) // weights if weights else 0


def _by_shape(uses: Sequence[Use], shape: Sequence[Object]) -> int:
    total = weights = 0
    for requested, room, weight in uses:
        score = _on_line(100 if requested > room else requested * 100 // room, shape)
        if score > 0:
            total += score * weight
            weights += weight
    return math.floor(total / weights + 0.5) if weights else 0


def _on_line(utilization: int, shape: Sequence[Object]) -> int:
    """Returns the score at a utilization on the broken line through a shape's points."""
    scale = MAX_SCORE // MAX_SHAPE_SCORE
    points = [(int(point.get("utilization") or 0), int(point.get("score") or 0) * scale) for point in shape]
    for place, (x, y) in enumerate(points):
        if utilization <= x:
            if place == 0:
                return y
            x0, y0 = points[place - 1]
            return y0 + int((y - y0) * (utilization - x0) / (x - x0))  # Go's division goes towards zero
    return points[-1][1]
