"""The conditions of a Pod that its kubelet owns, in the order in which it writes them.

Source: pkg/kubelet/status/generate.go; status_manager.go for the times of their changes.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kubelab.cluster.node.blueprint import INIT, SIDECAR
from kubelab.cluster.node.podwork import PodWork
from kubelab.cluster.objects import Object

OWNED = (
    "PodReadyToStartContainers",
    "Initialized",
    "Ready",
    "ContainersReady",
    "PodScheduled",
    "DisruptionTarget",
    "PodResizePending",
    "PodResizeInProgress",
)


Verdict = tuple[str, str, str]  # status, reason, message
TRUE: Verdict = ("True", "", "")


def generate(work: PodWork, old: Object, phase: str, inits: Sequence[Object], apps: Sequence[Object]) -> list[Object]:
    """Returns all conditions: first those of others, then the kubelet's."""
    ready = _containers_ready(work, phase, inits, apps)
    if inits or work.blueprint.gates or "pending" in work.record or "resizing" in work.record:
        return _generate(work, old, phase, inits, ready)
    # Pods of one template that were bound in one second have the same conditions, and come to the same.
    before, timestamp, shared = old.get("conditions"), work.kubelet.clock.timestamp(), work.blueprint.shared
    key = (id(before), "sandbox" in work.record, phase, ready, timestamp, work.pod["metadata"].get("generation"))
    known: tuple[object, list[Object]] | None = shared.get(key)
    if known is None:
        known = before, _generate(work, old, phase, inits, ready)  # held, so that its identity stays its own
        _share(shared, key, known)
    return known[1]


def _generate(work: PodWork, old: Object, phase: str, inits: Sequence[Object], ready: Verdict) -> list[Object]:
    before = {condition["type"]: condition for condition in old.get("conditions") or ()}
    found = [condition for type, condition in before.items() if type not in OWNED]
    if "DisruptionTarget" in before:
        found.append(before["DisruptionTarget"])
    if "pending" in work.record:
        found.append(_condition(work, before, "PodResizePending", ("True", *work.record["pending"])))
    if "resizing" in work.record:
        found.append(_condition(work, before, "PodResizeInProgress", TRUE))
    sandbox = "sandbox" in work.record
    found.append(_condition(work, before, "PodReadyToStartContainers", ("True" if sandbox else "False", "", "")))
    found.append(_condition(work, before, "Initialized", _initialized(work, phase, inits)))
    found.append(_condition(work, before, "Ready", _ready(work, ready, found)))
    found.append(_condition(work, before, "ContainersReady", ready))
    found.append(_condition(work, before, "PodScheduled", ("True", "", "")))
    return found


def _condition(work: PodWork, before: dict[str, Object], type: str, verdict: Verdict) -> Object:
    """Returns a condition; the one that stood there where nothing changed."""
    status, reason, message = verdict
    old = before.get(type)
    generation = work.pod["metadata"].get("generation") if work.node.kubelet.observed_generation else None
    if old is not None and old["status"] == status:
        if (
            old.get("reason", "") == reason
            and old.get("message", "") == message
            and old.get("observedGeneration") == generation
        ):
            return old
        since: str = old["lastTransitionTime"]
    else:
        since = work.kubelet.clock.timestamp()
    shared = work.blueprint.shared
    key = (type, status, reason, message, since, generation)
    condition: Object | None = shared.get(key)
    if condition is None:
        condition = {"lastProbeTime": None, "lastTransitionTime": since, "status": status, "type": type}
        _share(shared, key, condition)
        if message:
            condition["message"] = message
        if generation is not None:
            condition["observedGeneration"] = generation
        if reason:
            condition["reason"] = reason
    return condition


def _share(shared: dict[Any, Any], key: object, part: object) -> None:
    if len(shared) > 500:  # times go by; what was shared a while ago is not asked for again
        shared.clear()
    shared[key] = part


def _containers_ready(work: PodWork, phase: str, inits: Sequence[Object], apps: Sequence[Object]) -> Verdict:
    if phase == "Succeeded":
        return "False", "PodCompleted", ""
    if phase == "Failed":
        return "False", "PodFailed", ""
    unready = [
        status["name"]
        for plan, status in zip(work.blueprint.inits, inits, strict=True)
        if plan.kind == SIDECAR and not status["ready"]
    ]
    unready += [status["name"] for status in apps if not status["ready"]]
    if not unready:
        return TRUE
    return "False", "ContainersNotReady", f"containers with unready status: [{' '.join(unready)}]"


def _ready(work: PodWork, containers: Verdict, others: Sequence[Object]) -> Verdict:
    if containers[0] != "True" or not work.blueprint.gates:
        return containers
    statuses = {condition["type"]: condition["status"] for condition in others}
    unmet = []
    for gate in work.blueprint.gates:
        if gate not in statuses:
            unmet.append(f'corresponding condition of pod readiness gate "{gate}" does not exist.')
        elif statuses[gate] != "True":
            unmet.append(f'the status of pod readiness gate "{gate}" is not "True", but {statuses[gate]}')
    return ("False", "ReadinessGatesNotReady", ", ".join(unmet)) if unmet else TRUE


def _initialized(work: PodWork, phase: str, inits: Sequence[Object]) -> Verdict:
    if phase == "Succeeded":
        return "True", "PodCompleted", ""
    if not inits or any("started" in (work.container(plan.name) or {}) for plan in work.blueprint.apps):
        return TRUE
    incomplete = [
        status["name"]
        for plan, status in zip(work.blueprint.inits, inits, strict=True)
        if not (status["ready"] if plan.kind == INIT else status["started"])
    ]
    if not incomplete:
        return TRUE
    return "False", "ContainersNotInitialized", f"containers with incomplete status: [{' '.join(incomplete)}]"
