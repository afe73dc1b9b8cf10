"""Conditions in a status, written as the API conventions say: a transition time moves with the status only."""

from __future__ import annotations

from kubelab.cluster.objects import Object


def with_condition(status: Object, name: str, value: str, reason: str, message: str, now: str) -> Object:
    """Returns `status` with that condition set; unchanged where it says so already.

    Args:
        value: "True", "False" or "Unknown".
        now: the time of a transition, as `Clock.timestamp` gives it.
    """
    conditions = status.get("conditions") or []
    old = next((found for found in conditions if found["type"] == name), None)
    if old and (old["status"], old.get("reason"), old.get("message")) == (value, reason, message):
        return status
    moved = old["lastTransitionTime"] if old and old["status"] == value else now
    new = {"type": name, "status": value, "lastTransitionTime": moved, "reason": reason, "message": message}
    return {**status, "conditions": [*(found for found in conditions if found["type"] != name), new]}


def without_condition(status: Object, name: str) -> Object:
    """Returns `status` without that condition."""
    conditions = status.get("conditions") or []
    left = [found for found in conditions if found["type"] != name]
    if len(left) == len(conditions):
        return status
    rest = {field: value for field, value in status.items() if field != "conditions"}
    return {**rest, "conditions": left} if left else rest
