"""HorizontalPodAutoscaler: its defaults, and what may be wrong with it.

Source: pkg/apis/autoscaling/v2/defaults.go, pkg/apis/autoscaling/validation/validation.go.
"""

from __future__ import annotations

from kubelab.cluster.kinds.causes import invalid, required
from kubelab.cluster.kinds.kind import Cause
from kubelab.cluster.objects import Object

USED = 80  # percent of what is requested, where nothing is said


def default(autoscaler: Object) -> Object:
    """Returns an autoscaler with its defaults."""
    spec = {"minReplicas": 1, **(autoscaler.get("spec") or {})}
    if not spec.get("metrics"):
        target = {"type": "Utilization", "averageUtilization": USED}
        spec["metrics"] = [{"type": "Resource", "resource": {"name": "cpu", "target": target}}]
    return {**autoscaler, "spec": spec}


def causes(autoscaler: Object) -> list[Cause]:
    """Returns what is wrong with an autoscaler."""
    spec = autoscaler["spec"]
    least, most, reference = spec.get("minReplicas", 1), spec.get("maxReplicas", 0), spec.get("scaleTargetRef") or {}
    wrong = [required(f"spec.scaleTargetRef.{name}") for name in ("kind", "name") if not reference.get(name)]
    if least < 1:
        wrong.append(invalid("spec.minReplicas", least, "must be greater than or equal to 1"))
    if most < 1:
        wrong.append(invalid("spec.maxReplicas", most, "must be greater than 0"))
    if most < least:
        wrong.append(invalid("spec.maxReplicas", most, "must be greater than or equal to `minReplicas`"))
    for place, metric in enumerate(spec.get("metrics") or ()):
        wrong += _metric_causes(metric, f"spec.metrics[{place}]")
    return wrong


def _metric_causes(metric: Object, path: str) -> list[Cause]:
    kind = metric.get("type", "")
    if not kind:
        return [required(f"{path}.type", "must specify a metric source type")]
    field = kind[:1].lower() + kind[1:]
    source = metric.get(field)
    if source is None:
        why = f"must populate information for the given metric source (only allowed when `type` is set to '{kind}')"
        return [required(f"{path}.{field}", why)]
    target = source.get("target") or {}
    if kind == "Resource" and not source.get("name"):
        return [required(f"{path}.{field}.name", "must specify a resource name")]
    used, average = target.get("averageUtilization"), target.get("averageValue")
    if kind == "Resource" and used is None and average is None:
        why = "must set either a target raw value or a target utilization"
        return [required(f"{path}.{field}.target.averageUtilization", why)]
    if used is not None and used < 1:
        return [invalid(f"{path}.{field}.target.averageUtilization", used, "must be greater than 0")]
    return []
