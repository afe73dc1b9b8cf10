"""Budgets, quotas, limits and priorities: how they stand in a table, and what a budget may not be.

Source: pkg/printers/internalversion/printers.go, pkg/apis/policy/validation/validation.go, pkg/apis/policy/helper.
"""

from __future__ import annotations

import json
import re
from typing import Any

from kubelab.cluster.ages import age
from kubelab.cluster.kinds import limitrange_validation
from kubelab.cluster.kinds.causes import invalid, unsupported
from kubelab.cluster.kinds.kind import Cause, Column, Newer
from kubelab.cluster.kinds.names import dns_label
from kubelab.cluster.kinds.placement_validation import label_selector_causes
from kubelab.cluster.kinds.priority_validation import priority_causes, update_causes
from kubelab.cluster.kinds.rbac import CREATED, created_row
from kubelab.cluster.kinds.strategies import PERCENT
from kubelab.cluster.objects import Object

NAME, AGE = Column("Name", format="name"), Column("Age")


def budget_row(budget: Object, now: float) -> list[Any]:
    """Returns the cells of a PodDisruptionBudget's row."""
    spec = budget.get("spec") or {}
    return [
        budget["metadata"]["name"],
        str(spec.get("minAvailable", "N/A")),
        str(spec.get("maxUnavailable", "N/A")),
        (budget.get("status") or {}).get("disruptionsAllowed", 0),
        age(budget, now),
    ]


def prepare_budget(budget: Object) -> Object:
    """Returns a new budget as it is stored: first generation, nothing counted yet."""
    counts = dict.fromkeys(("currentHealthy", "desiredHealthy", "disruptionsAllowed", "expectedPods"), 0)
    return {**budget, "metadata": {**budget["metadata"], "generation": 1}, "status": counts}


def budget_causes(budget: Object) -> list[Cause]:
    """Returns what is wrong with a budget."""
    spec = budget.get("spec") or {}
    amounts = {field: spec[field] for field in ("minAvailable", "maxUnavailable") if spec.get(field) is not None}
    causes: list[Cause] = []
    if len(amounts) > 1:
        shown = json.dumps(spec, separators=(",", ":"))
        why = f"Invalid value: {shown}: minAvailable and maxUnavailable cannot be both set"
        causes.append(Cause("FieldValueInvalid", why, "spec"))
    for field, amount in amounts.items():
        causes += _amount_causes(f"spec.{field}", amount)
    causes += label_selector_causes(spec.get("selector"), "spec.selector")
    policy = spec.get("unhealthyPodEvictionPolicy")
    if policy not in (None, *EVICTION_POLICIES):
        causes.append(unsupported("spec.unhealthyPodEvictionPolicy", policy, EVICTION_POLICIES))
    return causes


def _amount_causes(path: str, amount: int | str) -> list[Cause]:
    if isinstance(amount, int):
        return [invalid(path, amount, "must be greater than or equal to 0")] if amount < 0 else []
    if not re.fullmatch(r"[0-9]+%", amount):
        return [invalid(path, amount, PERCENT)]
    return [invalid(path, amount, "must not be greater than 100%")] if int(amount[:-1]) > 100 else []


def with_disruption_condition(status: Object, value: str, reason: str, now: str, message: str = "") -> Object:
    """Returns a budget's status with the condition that says whether Pods may go.

    Args:
        now: the time of a transition, as `Clock.timestamp` gives it.
    """
    old = next((found for found in status.get("conditions") or () if found["type"] == "DisruptionAllowed"), None)
    condition: Object = {
        "type": "DisruptionAllowed",
        "status": value,
        "reason": reason,
        "message": message,
        "lastTransitionTime": old["lastTransitionTime"] if old and old["status"] == value else now,
        "observedGeneration": status.get("observedGeneration", 0),
    }
    return {**status, "conditions": [condition]}


def quota_row(quota: Object, now: float) -> list[Any]:
    """Returns the cells of a ResourceQuota's row."""
    status = quota.get("status") or {}
    hard, used = status.get("hard") or {}, status.get("used") or {}
    texts = {name: f"{name}: {used.get(name, '0')}/{hard[name]}" for name in sorted(hard)}
    limits = [text for name, text in texts.items() if name.startswith("limits")]
    requests = [text for name, text in texts.items() if not name.startswith("limits")]
    return [quota["metadata"]["name"], ", ".join(requests), ", ".join(limits), age(quota, now)]


def default_limits(found: Object) -> Object:
    """Returns a LimitRange whose limits of containers say what stands for what (core/v1/defaults.go)."""
    limits = []
    for limit in (found.get("spec") or {}).get("limits") or ():
        if limit.get("type") == "Container":
            defaults = {**(limit.get("max") or {}), **(limit.get("default") or {})}
            requests = {**(limit.get("min") or {}), **defaults, **(limit.get("defaultRequest") or {})}
            filled = {name: value for name, value in (("default", defaults), ("defaultRequest", requests)) if value}
            limit = {**limit, **filled}
        limits.append(limit)
    return {**found, "spec": {**(found.get("spec") or {}), "limits": limits}}


def default_priority(priority: Object) -> Object:
    """Returns a PriorityClass that says whether Pods of lower priority make room (scheduling/v1/defaults.go)."""
    return {**priority, "preemptionPolicy": priority.get("preemptionPolicy") or "PreemptLowerPriority"}


def priority_row(priority: Object, now: float) -> list[Any]:
    """Returns the cells of a PriorityClass' row."""
    return [
        priority["metadata"]["name"],
        priority.get("value", 0),
        bool(priority.get("globalDefault")),
        age(priority, now),
        priority.get("preemptionPolicy") or "PreemptLowerPriority",
    ]


def runtime_causes(runtime: Object) -> list[Cause]:
    """Returns what is wrong with a RuntimeClass."""
    handler = runtime.get("handler", "")
    return [invalid("handler", handler, why) for why in dns_label(handler)]


def runtime_update_causes(new: Object, old: Object) -> list[Cause]:
    """Returns what a change of a RuntimeClass may not do."""
    if new.get("handler") == old.get("handler"):
        return []
    return [invalid("handler", new.get("handler"), "field is immutable")]


def runtime_row(runtime: Object, now: float) -> list[Any]:
    """Returns the cells of a RuntimeClass' row."""
    return [runtime["metadata"]["name"], runtime.get("handler", ""), age(runtime, now)]


EVICTION_POLICIES = ("AlwaysAllow", "IfHealthyBudget")
_BUDGET = ("Min Available", "Max Unavailable", "Allowed Disruptions")


def account_row(account: Object, now: float) -> list[Any]:
    """Returns the cells of a ServiceAccount's row, as they are since 1.35: nothing of secrets any more."""
    return [account["metadata"]["name"], age(account, now)]


RULES: dict[str, dict[str, Any]] = {
    "PodDisruptionBudget": {
        "prepare_create": prepare_budget,
        "validate": budget_causes,
        "columns": (NAME, *(Column(name) for name in _BUDGET), AGE),
        "row": budget_row,
    },
    "ResourceQuota": {"columns": (NAME, Column("Request"), Column("Limit"), AGE), "row": quota_row},
    "LimitRange": {
        "default": default_limits,
        "validate": limitrange_validation.causes,
        "columns": CREATED,
        "row": created_row,
    },
    "PriorityClass": {
        "default": default_priority,
        "validate": priority_causes,
        "validate_update": update_causes,
        "columns": (NAME, Column("Value"), Column("Global-Default"), AGE, Column("PreemptionPolicy")),
        "row": priority_row,
    },
    "ServiceAccount": {"newer": Newer(35, (NAME, AGE), account_row)},
    "RuntimeClass": {
        "validate": runtime_causes,
        "validate_update": runtime_update_causes,
        "columns": (NAME, Column("Handler"), AGE),
        "row": runtime_row,
    },
}
