"""How many replicas a metric asks for: usage over target, careful about Pods of which too little is known.

Source: pkg/controller/podautoscaler/replica_calculator.go, metrics/utilization.go; kubernetes.io,
tasks/run-application/horizontal-pod-autoscale, "Algorithm details".
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from kubelab.cluster.clock import parse_time
from kubelab.cluster.objects import Object, is_being_deleted
from kubelab.cluster.quantity import to_milli

TOLERANCE = 0.1  # --horizontal-pod-autoscaler-tolerance
CPU_INITIALIZATION = 300.0  # seconds: --horizontal-pod-autoscaler-cpu-initialization-period
INITIAL_READINESS = 30.0  # seconds: --horizontal-pod-autoscaler-initial-readiness-delay

NO_METRICS = "did not receive metrics for targeted pods (pods might be unready)"


class MetricError(Exception):
    """A metric says nothing now; the text is the controller's."""


class Groups(NamedTuple):
    """Pods by what is known of them, by name."""

    ready: int
    unready: set[str]
    missing: set[str]
    ignored: set[str]


class Found(NamedTuple):
    """What a metric asks for.

    Args:
        replicas: how many.
        utilization: percent of what is requested; None where the target is a value.
        average: millis of a Pod's usage.
    """

    replicas: int
    utilization: int | None
    average: int


class Tolerances(NamedTuple):
    """By which part of the target usage may be lower, or higher, without anything being scaled."""

    down: float = TOLERANCE
    up: float = TOLERANCE


def replicas_for(
    pods: Sequence[Object],
    metrics: Sequence[Object],
    resource: str,
    container: str,
    target: Object,
    current: int,
    now: float,
    tolerances: Tolerances,
) -> Found:
    """Returns how many replicas a resource's target asks for.

    Args:
        pods: those that the target's selector selects.
        metrics: the PodMetrics that there are of them.
        container: of ContainerResource; "" for whole Pods.
        target: the metric's.
        current: how many replicas the target's spec says now.
        tolerances: how far usage may be from the target.

    Raises:
        MetricError: nothing can be said.
    """
    usage = _usage(metrics, resource, container)
    if not pods:
        raise MetricError("no pods returned by selector while calculating replica count")
    groups = _grouped(pods, usage, {found["metadata"]["name"]: found for found in metrics}, resource, now)
    known = {name: used for name, used in usage.items() if name not in groups.ignored | groups.unready}
    if "averageUtilization" in target:
        requests = _requests(pods, resource, container)
        if not known:
            raise MetricError(NO_METRICS)
        asked = target["averageUtilization"]
        rate, utilization, average = _utilization(known, requests, asked)
        fallback = {name: requests.get(name, 0) * max(100, asked) // 100 for name in groups.missing}

        def again(used: dict[str, int]) -> float:
            return _utilization(used, requests, asked)[0]
    else:
        if not known:
            raise MetricError(NO_METRICS)
        wanted = to_milli(target["averageValue"])
        average, utilization = sum(known.values()) // len(known), None
        rate = average / wanted
        fallback = dict.fromkeys(groups.missing, wanted)

        def again(used: dict[str, int]) -> float:
            return sum(used.values()) // len(used) / wanted

    return Found(_rounded(groups, known, fallback, rate, again, current, tolerances), utilization, average)


def _is_within(rate: float, tolerances: Tolerances) -> bool:
    """Tells whether there is too little difference to scale."""
    return 1 - tolerances.down <= rate <= 1 + tolerances.up


def _rounded(
    groups: Groups,
    known: dict[str, int],
    fallback: dict[str, int],
    rate: float,
    again: Any,
    current: int,
    tolerances: Tolerances,
) -> int:
    unready_count = bool(groups.unready) and rate > 1
    if not unready_count and not groups.missing:
        return current if _is_within(rate, tolerances) else math.ceil(rate * groups.ready)
    used = dict(known)
    if groups.missing:
        used |= fallback if rate < 1 else dict.fromkeys(groups.missing, 0)
    if unready_count:
        used |= dict.fromkeys(groups.unready, 0)
    new = again(used)
    if _is_within(new, tolerances) or (rate < 1 < new) or (rate > 1 > new):
        return current
    replicas = math.ceil(new * len(used))
    turned = (new < 1 and replicas > current) or (new > 1 and replicas < current)
    return current if turned else replicas


def _usage(metrics: Iterable[Object], resource: str, container: str) -> dict[str, int]:
    found = {}
    for pod in metrics:
        parts = [part for part in pod["containers"] if container in ("", part["name"])]
        if parts:
            found[pod["metadata"]["name"]] = sum(to_milli(part["usage"][resource]) for part in parts)
    return found


def _requests(pods: Iterable[Object], resource: str, container: str) -> dict[str, int]:
    requests = {}
    for pod in pods:
        amount, name = 0, pod["metadata"]["name"]
        for part in pod["spec"]["containers"]:
            if container not in ("", part["name"]):
                continue
            asked = ((part.get("resources") or {}).get("requests") or {}).get(resource)
            if asked is None:
                raise MetricError(f"missing request for {resource} in container {part['name']} of Pod {name}")
            amount += to_milli(asked)
        requests[name] = amount
    return requests


def _utilization(used: dict[str, int], requests: dict[str, int], target: int) -> tuple[float, int, int]:
    known = [name for name in used if name in requests]
    total, asked = sum(used[name] for name in known), sum(requests[name] for name in known)
    if not asked:
        raise MetricError("no metrics returned matched known pods")
    utilization = total * 100 // asked
    return utilization / target, utilization, total // len(known)


def _grouped(
    pods: Sequence[Object], usage: dict[str, int], metrics: dict[str, Object], resource: str, now: float
) -> Groups:
    ready, unready, missing, ignored = 0, set[str](), set[str](), set[str]()
    for pod in pods:
        name, status = pod["metadata"]["name"], pod.get("status") or {}
        if is_being_deleted(pod) or status.get("phase") == "Failed":
            ignored.add(name)
        elif status.get("phase") == "Pending":
            unready.add(name)
        elif name not in usage:
            missing.add(name)
        elif resource == "cpu" and _is_young(status, metrics[name], now):
            unready.add(name)
        else:
            ready += 1
    return Groups(ready, unready, missing, ignored)


def _is_young(status: Object, metrics: Object, now: float) -> bool:
    """Tells whether a Pod's use of the processor may still be that of its start."""
    condition = next((found for found in status.get("conditions") or () if found["type"] == "Ready"), None)
    if condition is None or not status.get("startTime"):
        return True
    started, moved = parse_time(status["startTime"]), parse_time(condition["lastTransitionTime"])
    not_ready = condition["status"] == "False"
    if started + CPU_INITIALIZATION > now:
        return not_ready or parse_time(metrics["timestamp"]) < moved + float(metrics["window"].removesuffix("s"))
    return not_ready and started + INITIAL_READINESS > moved
