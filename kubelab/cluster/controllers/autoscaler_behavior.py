"""How far and how fast a HorizontalPodAutoscaler may scale: its bounds, its behavior, its stabilization.

Source: pkg/controller/podautoscaler/horizontal.go (normalizeDesiredReplicas, stabilizeRecommendationWithBehaviors,
convertDesiredReplicasWithBehaviorRate); kubernetes.io, tasks/run-application/horizontal-pod-autoscale.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

from kubelab.cluster.objects import Object

STABILIZATION = 300  # seconds: --horizontal-pod-autoscaler-downscale-stabilization
WINDOW = "stabilizationWindowSeconds"
SCALE_UP = {
    "stabilizationWindowSeconds": 0,
    "selectPolicy": "Max",
    "policies": [
        {"type": "Pods", "value": 4, "periodSeconds": 15},
        {"type": "Percent", "value": 100, "periodSeconds": 15},
    ],
}
SCALE_DOWN = {
    "stabilizationWindowSeconds": STABILIZATION,
    "selectPolicy": "Max",
    "policies": [{"type": "Percent", "value": 100, "periodSeconds": 15}],
}
LONGEST = 3600  # seconds that a window or a period may be

READY = ("ReadyForNewScale", "recommended size matches current size")
WITHIN = ("DesiredWithinRange", "the desired count is within the acceptable range")
TOO_MANY = ("TooManyReplicas", "the desired replica count is more than the maximum replica count")
TOO_FEW = ("TooFewReplicas", "the desired replica count is less than the minimum replica count")
UP_LIMIT = ("ScaleUpLimit", "the desired replica count is increasing faster than the maximum scale rate")
DOWN_LIMIT = ("ScaleDownLimit", "the desired replica count is decreasing faster than the maximum scale rate")
HELD_DOWN = (
    "ScaleUpStabilized",
    "recent recommendations were lower than current one, applying the lowest recent recommendation",
)
HELD_UP = (
    "ScaleDownStabilized",
    "recent recommendations were higher than current one, applying the highest recent recommendation",
)


class Decision(NamedTuple):
    """What becomes of a desired number of replicas.

    Args:
        replicas: how many there are to be.
        able: reason and message of the condition AbleToScale.
        limited: reason and message of ScalingLimited, which is true for all but `WITHIN`.
    """

    replicas: int
    able: tuple[str, str]
    limited: tuple[str, str]


def decide(
    spec: Object, memory: Object, current: int, desired: int, now: float, window: float = STABILIZATION
) -> Decision:
    """Returns how many replicas there are to be.

    Args:
        spec: the autoscaler's.
        memory: {"recommendations", "ups", "downs"}: [time, number] each, what it recommended and how it scaled.
        desired: what its metrics ask for.
        window: seconds for which higher recommendations count, where the behavior does not say.
    """
    behavior = spec.get("behavior")
    up, down = _rules(behavior, "scaleUp", SCALE_UP), _rules(behavior, "scaleDown", SCALE_DOWN | {WINDOW: window})
    stable, able = _stabilized(memory["recommendations"], current, desired, now, up, down)
    least, most = spec.get("minReplicas", 1), spec["maxReplicas"]
    if behavior is None:
        rate = max(2 * current, 4)
        return Decision(*_bounded(stable, least, min(most, rate), UP_LIMIT if rate < most else TOO_MANY, able))
    if stable > current:
        rate = max(_up_limit(up, memory, current, now), current)
        return Decision(*_bounded(stable, least, min(most, rate), UP_LIMIT if rate < most else TOO_MANY, able))
    if stable < current:
        rate = min(_down_limit(down, memory, current, now), current)
        bound = max(least, rate)
        if stable < bound:
            return Decision(bound, able, DOWN_LIMIT if rate > least else TOO_FEW)
    return Decision(stable, able, WITHIN)


def _rules(behavior: Object | None, name: str, default: dict[str, Any]) -> dict[str, Any]:
    return {**default, **((behavior or {}).get(name) or {})}


def _bounded(
    desired: int, least: int, most: int, why: tuple[str, str], able: tuple[str, str]
) -> tuple[int, tuple[str, str], tuple[str, str]]:
    if desired < least:
        return least, able, TOO_FEW
    return (most, able, why) if desired > most else (desired, able, WITHIN)


def _stabilized(
    recommendations: list[list[float]], current: int, desired: int, now: float, up: Object, down: Object
) -> tuple[int, tuple[str, str]]:
    lowest = highest = desired
    for when, replicas in recommendations:
        if when > now - up["stabilizationWindowSeconds"]:
            lowest = min(lowest, int(replicas))
        if when > now - down["stabilizationWindowSeconds"]:
            highest = max(highest, int(replicas))
    found = min(max(current, lowest), highest)
    if found == desired:
        return found, READY
    return found, HELD_DOWN if desired >= current else HELD_UP


def _up_limit(rules: Object, memory: Object, current: int, now: float) -> int:
    limits: list[int] = []
    for policy in rules["policies"] if rules["selectPolicy"] != "Disabled" else ():
        start = _at_start(memory, policy["periodSeconds"], current, now)
        by_percent = policy["type"] == "Percent"
        limits.append(math.ceil(start * (1 + policy["value"] / 100)) if by_percent else start + policy["value"])
    if not limits:
        return current
    return min(limits) if rules["selectPolicy"] == "Min" else max(limits)


def _down_limit(rules: Object, memory: Object, current: int, now: float) -> int:
    limits: list[int] = []
    for policy in rules["policies"] if rules["selectPolicy"] != "Disabled" else ():
        start = _at_start(memory, policy["periodSeconds"], current, now)
        by_percent = policy["type"] == "Percent"
        limits.append(int(start * (1 - policy["value"] / 100)) if by_percent else start - policy["value"])
    if not limits:
        return current
    return max(limits) if rules["selectPolicy"] == "Min" else min(limits)


def _at_start(memory: Object, period: int, current: int, now: float) -> int:
    """Returns how many replicas there were when a period began."""
    added = sum(int(change) for when, change in memory["ups"] if when > now - period)
    deleted = sum(int(change) for when, change in memory["downs"] if when > now - period)
    return current - added + deleted
