"""Built-in kinds that the API serves in two groups or versions: one of them is stored, the other is worked out.

Source: pkg/apis/autoscaling/v1/conversion.go, pkg/apis/events/v1/conversion.go; which is stored says
`kinds.ALIASES`. What v1 of an autoscaler has no field for stands in its annotations, as on a real server.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from kubelab.cluster.kinds import ALIASES, Resources
from kubelab.cluster.kinds.kind import Kind
from kubelab.cluster.objects import Object

PREFIX = "autoscaling.alpha.kubernetes.io/"
METRICS, CURRENT, CONDITIONS, BEHAVIOR = (
    PREFIX + name for name in ("metrics", "current-metrics", "conditions", "behavior")
)


def storage_kind(resources: Resources, kind: Kind) -> Kind:
    """Returns the kind as which the objects of a kind are stored: itself, or the one that it is an alias of."""
    group, version = ALIASES.get((kind.group, kind.version, kind.name), (kind.group, kind.version))
    if (group, version) == (kind.group, kind.version):
        return kind
    return resources.by_gvk(f"{group}/{version}" if group else version, kind.name) or kind


def converted(obj: Object, api_version: str) -> Object:
    """Returns an object as another group or version of its kind has it; itself where it is of that one."""
    if obj.get("apiVersion", api_version) == api_version:
        return obj
    convert = _CONVERSIONS.get((obj["kind"], obj["apiVersion"], api_version))
    return {**(convert(obj) if convert is not None else obj), "apiVersion": api_version}


def stored(kind: Kind, obj: Object) -> Object:
    """Returns an object of a kind in the form in which its kind is stored, which tables are made of."""
    alias = ALIASES.get((kind.group, kind.version, kind.name))
    if alias is None or obj.get("kind") != kind.name:
        return obj
    group, version = alias
    return converted(obj, f"{group}/{version}" if group else version)


# Events

_EVENT = {
    "involvedObject": "regarding",
    "message": "note",
    "source": "deprecatedSource",
    "firstTimestamp": "deprecatedFirstTimestamp",
    "lastTimestamp": "deprecatedLastTimestamp",
    "count": "deprecatedCount",
    "reportingComponent": "reportingController",
}
_CORE_EVENT = {new: old for old, new in _EVENT.items()}


def _renamed(names: Mapping[str, str]) -> Callable[[Object], Object]:
    return lambda obj: {names.get(field, field): value for field, value in obj.items()}


# HorizontalPodAutoscalers

# By a metric's type: the field of its source, and how v1 names what v2 has deeper.
_METRICS: dict[str, tuple[str, dict[str, tuple[str, ...]]]] = {
    "Resource": (
        "resource",
        {
            "name": ("name",),
            "targetAverageUtilization": ("target", "averageUtilization"),
            "targetAverageValue": ("target", "averageValue"),
        },
    ),
    "ContainerResource": (
        "containerResource",
        {
            "name": ("name",),
            "container": ("container",),
            "targetAverageUtilization": ("target", "averageUtilization"),
            "targetAverageValue": ("target", "averageValue"),
        },
    ),
    "Pods": (
        "pods",
        {
            "metricName": ("metric", "name"),
            "selector": ("metric", "selector"),
            "targetAverageValue": ("target", "averageValue"),
        },
    ),
    "Object": (
        "object",
        {
            "target": ("describedObject",),
            "metricName": ("metric", "name"),
            "selector": ("metric", "selector"),
            "targetValue": ("target", "value"),
            "averageValue": ("target", "averageValue"),
        },
    ),
    "External": (
        "external",
        {
            "metricName": ("metric", "name"),
            "metricSelector": ("metric", "selector"),
            "targetValue": ("target", "value"),
            "targetAverageValue": ("target", "averageValue"),
        },
    ),
}
_TARGETS = {"averageUtilization": "Utilization", "averageValue": "AverageValue", "value": "Value"}


def _is_cpu(metric: Object) -> bool:
    return metric.get("type") == "Resource" and (metric.get("resource") or {}).get("name") == "cpu"


def _cpu(metrics: list[Object], part: str) -> int | None:
    """Returns the utilization of the first metric that is the processor's."""
    for metric in metrics:
        if _is_cpu(metric):
            return (metric["resource"].get(part) or {}).get("averageUtilization")
    return None


def _autoscaler_to_v1(obj: Object) -> Object:
    spec, status = dict(obj.get("spec") or {}), dict(obj.get("status") or {})
    metrics, current = spec.pop("metrics", None) or [], status.pop("currentMetrics", None) or []
    behavior, conditions = spec.pop("behavior", None), status.pop("conditions", None)
    others = [each for each in metrics if not (_is_cpu(each) and _cpu([each], "target") is not None)]
    noted: dict[str, Any] = {
        METRICS: [_metric_to_v1(each, "target") for each in others],
        CURRENT: [_metric_to_v1(each, "current") for each in current],
        CONDITIONS: conditions,
        BEHAVIOR: _recased(behavior, str.upper),
    }
    if (target := _cpu(metrics, "target")) is not None:
        spec["targetCPUUtilizationPercentage"] = target
    if (used := _cpu(current, "current")) is not None:
        status["currentCPUUtilizationPercentage"] = used
    status = {"currentReplicas": 0, "desiredReplicas": 0, **status}
    annotations = {name: json.dumps(value, separators=(",", ":")) for name, value in noted.items() if value}
    return {**_annotated(obj, annotations), "spec": spec, "status": status}


def _autoscaler_to_v2(obj: Object) -> Object:
    spec, status = dict(obj.get("spec") or {}), dict(obj.get("status") or {})
    target, used = spec.pop("targetCPUUtilizationPercentage", None), status.pop("currentCPUUtilizationPercentage", None)
    notes = _notes(obj)
    metrics = [_metric_to_v2(each, "target") for each in notes.get(METRICS) or ()]
    if target is not None:
        metrics.append(_cpu_metric("target", {"type": "Utilization", "averageUtilization": target}))
    current = [_metric_to_v2(each, "current") for each in notes.get(CURRENT) or ()]
    if used is not None and not current:
        current = [_cpu_metric("current", {"averageUtilization": used})]
    found = {"metrics": metrics, "behavior": _recased(notes.get(BEHAVIOR), str.lower)}
    spec |= {field: value for field, value in found.items() if value}
    told = {"currentMetrics": current, "conditions": notes.get(CONDITIONS)}
    status |= {field: value for field, value in told.items() if value}
    new = {**_annotated(obj, {}), "spec": spec}
    return {**new, "status": status} if status or "status" in obj else new


def _cpu_metric(part: str, value: Object) -> Object:
    return {"type": "Resource", "resource": {"name": "cpu", part: value}}


def _metric_to_v1(metric: Object, part: str) -> Object:
    """Returns a metric in v1's form: flat, and what is "target" in a spec is "current" in a status."""
    field, names = _METRICS.get(metric["type"], ("", {}))
    source: Object = {}
    for flat, path in names.items():
        value = _deep(metric.get(field) or {}, [part if step == "target" else step for step in path])
        if value is not None:
            source[_of_part(flat, part)] = value
    return {"type": metric["type"], field: source}


def _metric_to_v2(metric: Object, part: str) -> Object:
    field, names = _METRICS.get(metric.get("type", ""), ("", {}))
    old, source = metric.get(field) or {}, dict[str, Any]()
    for flat, path in names.items():
        value = old.get(_of_part(flat, part))
        if value is None:
            continue
        steps = [part if step == "target" else step for step in path]
        within = source
        for step in steps[:-1]:
            within = within.setdefault(step, {})
        within[steps[-1]] = value
        if part == "target" and steps[0] == "target":
            within["type"] = _TARGETS[steps[1]]
    return {"type": metric.get("type", ""), field: source}


def _of_part(flat: str, part: str) -> str:
    return flat.replace("target", "current", 1) if part == "current" and flat != "target" else flat


def _deep(value: Any, path: list[str]) -> Any:
    for step in path:
        value = value.get(step) if isinstance(value, dict) else None
    return value


def _recased(value: Any, case: Callable[[str], str]) -> Any:
    """Returns a behavior with the first letters of its fields in another case: v1's note has Go's own names."""
    if isinstance(value, dict):
        return {case(field[:1]) + field[1:]: _recased(inner, case) for field, inner in value.items()}
    return [_recased(inner, case) for inner in value] if isinstance(value, list) else value


def _notes(obj: Object) -> dict[str, Any]:
    """Returns what v1's annotations hold; what cannot be read is left out."""
    found = {}
    for name, text in (obj["metadata"].get("annotations") or {}).items():
        if name.startswith(PREFIX):
            try:
                found[name] = json.loads(text)
            except (ValueError, RecursionError):
                continue
    return found


def _annotated(obj: Object, ours: dict[str, str]) -> Object:
    """Returns an object with these annotations of the conversion and no others of it."""
    metadata = dict(obj["metadata"])
    annotations = metadata.pop("annotations", None) or {}
    kept = {name: text for name, text in annotations.items() if not name.startswith(PREFIX)} | ours
    if kept:
        metadata["annotations"] = kept
    return {**obj, "metadata": metadata}


_CONVERSIONS: dict[tuple[str, str, str], Callable[[Object], Object]] = {
    ("Event", "v1", "events.k8s.io/v1"): _renamed(_EVENT),
    ("Event", "events.k8s.io/v1", "v1"): _renamed(_CORE_EVENT),
    ("HorizontalPodAutoscaler", "autoscaling/v2", "autoscaling/v1"): _autoscaler_to_v1,
    ("HorizontalPodAutoscaler", "autoscaling/v1", "autoscaling/v2"): _autoscaler_to_v2,
}
