"""HorizontalPodAutoscaler: how it stands in a table.

Source: pkg/printers/internalversion/printers.go.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kubelab.cluster.ages import age
from kubelab.cluster.kinds import autoscaling_validation
from kubelab.cluster.kinds.kind import Column
from kubelab.cluster.objects import Object

UNKNOWN = "<unknown>"
MOST = 2
_SOURCES = {
    "External": "external",
    "Pods": "pods",
    "Object": "object",
    "Resource": "resource",
    "ContainerResource": "containerResource",
}


def targets(metrics: Sequence[Object], current: Sequence[Object]) -> str:
    """Returns the TARGETS column: cpu: 12%/50%, two metrics at the most."""
    found = [_metric(metric, current[at] if at < len(current) else {}) for at, metric in enumerate(metrics)]
    text = ", ".join(found[:MOST]) or "<none>"
    return f"{text} + {len(found) - MOST} more..." if len(found) > MOST else text


def _metric(metric: Object, current: Object) -> str:
    name = _SOURCES.get(metric["type"])
    if name is None:
        return "<unknown type>"
    source, target = metric[name], metric[name]["target"]
    now = (current.get(name) or {}).get("current") or {}
    average = target.get("averageValue") is not None
    if name in ("resource", "containerResource"):
        if average:
            return f"{source['name']}: {now.get('averageValue', UNKNOWN)}/{target['averageValue']}"
        used, wanted = now.get("averageUtilization"), target.get("averageUtilization")
        told = UNKNOWN if used is None else f"{used}%"
        return f"{source['name']}: {told}/{'<auto>' if wanted is None else f'{wanted}%'}"
    field = "averageValue" if average else "value"
    note = " (avg)" if average and name != "pods" else ""
    return f"{now.get(field, UNKNOWN)}/{target.get(field, '0')}{note}"


def row(autoscaler: Object, now: float) -> list[Any]:
    """Returns the cells of a HorizontalPodAutoscaler's row."""
    spec, status = autoscaler["spec"], autoscaler.get("status") or {}
    reference = spec.get("scaleTargetRef") or {}
    return [
        autoscaler["metadata"]["name"],
        f"{reference.get('kind', '')}/{reference.get('name', '')}",
        targets(spec.get("metrics") or (), status.get("currentMetrics") or ()),
        str(spec.get("minReplicas", "<unset>")),
        spec.get("maxReplicas", 0),
        status.get("currentReplicas", 0),
        age(autoscaler, now),
    ]


_COLUMNS = ("Reference", "Targets", "MinPods", "MaxPods", "Replicas", "Age")

RULES: dict[str, dict[str, Any]] = {
    "HorizontalPodAutoscaler": {
        "default": autoscaling_validation.default,
        "validate": autoscaling_validation.causes,
        "columns": (Column("Name", format="name"), *(Column(name) for name in _COLUMNS)),
        "row": row,
    },
}
