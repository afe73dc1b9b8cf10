"""Budgets, quotas, limits and priorities: how they stand in a table.

Source: pkg/printers/internalversion/printers.go.
"""

from __future__ import annotations

from typing import Any

from kubelab.cluster.ages import age
from kubelab.cluster.kinds.kind import Column, Newer
from kubelab.cluster.kinds.priority_validation import priority_causes, update_causes
from kubelab.cluster.kinds.rbac import CREATED, created_row
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


def quota_row(quota: Object, now: float) -> list[Any]:
    """Returns the cells of a ResourceQuota's row."""
    status = quota.get("status") or {}
    hard, used = status.get("hard") or {}, status.get("used") or {}
    texts = {name: f"{name}: {used.get(name, '0')}/{hard[name]}" for name in sorted(hard)}
    limits = [text for name, text in texts.items() if name.startswith("limits")]
    requests = [text for name, text in texts.items() if not name.startswith("limits")]
    return [quota["metadata"]["name"], ", ".join(requests), ", ".join(limits), age(quota, now)]


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


def runtime_row(runtime: Object, now: float) -> list[Any]:
    """Returns the cells of a RuntimeClass' row."""
    return [runtime["metadata"]["name"], runtime.get("handler", ""), age(runtime, now)]


_BUDGET = ("Min Available", "Max Unavailable", "Allowed Disruptions")


def account_row(account: Object, now: float) -> list[Any]:
    """Returns the cells of a ServiceAccount's row, as they are since 1.35: nothing of secrets any more."""
    return [account["metadata"]["name"], age(account, now)]


RULES: dict[str, dict[str, Any]] = {
    "PodDisruptionBudget": {"columns": (NAME, *(Column(name) for name in _BUDGET), AGE), "row": budget_row},
    "ResourceQuota": {"columns": (NAME, Column("Request"), Column("Limit"), AGE), "row": quota_row},
    "LimitRange": {"columns": CREATED, "row": created_row},
    "PriorityClass": {
        "default": default_priority,
        "validate": priority_causes,
        "validate_update": update_causes,
        "columns": (NAME, Column("Value"), Column("Global-Default"), AGE, Column("PreemptionPolicy")),
        "row": priority_row,
    },
    "ServiceAccount": {"newer": Newer(35, (NAME, AGE), account_row)},
    "RuntimeClass": {"columns": (NAME, Column("Handler"), AGE), "row": runtime_row},
}
