"""HorizontalPodAutoscaler: its defaults, and what may be wrong with it.

Source: pkg/apis/autoscaling/v2/defaults.go, pkg/apis/autoscaling/validation/validation.go.
"""

from __future__ import annotations

from kubelab.cluster.kinds.causes import invalid, required, unsupported
from kubelab.cluster.kinds.kind import Cause
from kubelab.cluster.objects import Object

LONGEST_WINDOW, LONGEST_PERIOD = 3600, 1800  # seconds
SELECTIONS, POLICIES = ("Disabled", "Max", "Min"), ("Percent", "Pods")
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
    wrong: list[Cause] = []
    if least < 1:
        wrong.append(invalid("spec.minReplicas", least, "must be greater than or equal to 1"))
    if most < 1:
        wrong.append(invalid("spec.maxReplicas", most, "must be greater than 0"))
    if most < least:
        wrong.append(invalid("spec.maxReplicas", most, "must be greater than or equal to `minReplicas`"))
    wrong += [required(f"spec.scaleTargetRef.{name}") for name in ("kind", "name") if not reference.get(name)]
    for place, metric in enumerate(spec.get("metrics") or ()):
        wrong += _metric_causes(metric, f"spec.metrics[{place}]")
    for direction in ("scaleUp", "scaleDown"):
        rules = (spec.get("behavior") or {}).get(direction)
        wrong += _rules_causes(rules, f"spec.behavior.{direction}") if rules is not None else []
    return wrong


def _rules_causes(rules: Object, path: str) -> list[Cause]:
    wrong: list[Cause] = []
    window, select = rules.get("stabilizationWindowSeconds"), rules.get("selectPolicy")
    if window is not None and window < 0:
        why = "must be greater than or equal to zero"
        wrong.append(invalid(f"{path}.stabilizationWindowSeconds", window, why))
    if window is not None and window > LONGEST_WINDOW:
        why = f"must be less than or equal to {LONGEST_WINDOW}"
        wrong.append(invalid(f"{path}.stabilizationWindowSeconds", window, why))
    if select not in (None, *SELECTIONS):
        wrong.append(unsupported(f"{path}.selectPolicy", select, SELECTIONS))
    policies = rules.get("policies")
    if policies is not None and not policies:
        wrong.append(required(f"{path}.policies", "must specify at least one Policy"))
    for place, policy in enumerate(policies or ()):
        at, period = f"{path}.policies[{place}]", policy.get("periodSeconds", 0)
        if policy.get("type") not in POLICIES:
            wrong.append(unsupported(f"{at}.type", policy.get("type", ""), POLICIES))
        if policy.get("value", 0) <= 0:
            wrong.append(invalid(f"{at}.value", policy.get("value", 0), "must be greater than zero"))
        if period <= 0:
            wrong.append(invalid(f"{at}.periodSeconds", period, "must be greater than zero"))
        if period > LONGEST_PERIOD:
            wrong.append(invalid(f"{at}.periodSeconds", period, f"must be less than or equal to {LONGEST_PERIOD}"))
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
