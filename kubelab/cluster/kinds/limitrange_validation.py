"""What a LimitRange may not say. Source: pkg/apis/core/validation/validation.go (ValidateLimitRange)."""

from __future__ import annotations

from kubelab.cluster.kinds.causes import duplicate, forbidden, invalid, required
from kubelab.cluster.kinds.kind import Cause
from kubelab.cluster.objects import Object
from kubelab.cluster.quantity import parse


def causes(found: Object) -> list[Cause]:
    """Returns what is wrong with a LimitRange."""
    wrong: list[Cause] = []
    seen = set[str]()
    for place, limit in enumerate((found.get("spec") or {}).get("limits") or ()):
        path, kind = f"spec.limits[{place}]", limit.get("type", "")
        if kind in seen:
            wrong.append(duplicate(f"{path}.type", kind))
        seen.add(kind)
        wrong += _limit_causes(limit, path)
    return wrong


def _limit_causes(limit: Object, path: str) -> list[Cause]:
    least, most = limit.get("min") or {}, limit.get("max") or {}
    default, requested = limit.get("default") or {}, limit.get("defaultRequest") or {}
    wrong = []
    if limit.get("type") == "Pod":
        named = (("default", default), ("defaultRequest", requested))
        wrong += [
            forbidden(f"{path}.{name}", "may not be specified when `type` is 'Pod'") for name, has in named if has
        ]
    if limit.get("type") == "PersistentVolumeClaim" and "storage" not in least and "storage" not in most:
        why = "either minimum or maximum storage value is required, but neither was provided"
        wrong.append(required(f"{path}", why))
    pairs = (
        ("min", least, "min", least, "max", most),
        ("defaultRequest", requested, "min", least, "default request", requested),
        ("defaultRequest", requested, "default request", requested, "max", most),
        ("defaultRequest", requested, "default request", requested, "default limit", default),
        ("default", default, "min", least, "default", default),
        ("default", default, "default", default, "max", most),
    )
    for field, shown, lower_name, lower, upper_name, upper in pairs:
        for name in sorted(lower.keys() & upper.keys()):
            if parse(lower[name]) > parse(upper[name]):
                why = f"{lower_name} value {lower[name]} is greater than {upper_name} value {upper[name]}"
                wrong.append(invalid(f"{path}.{field}[{name}]", shown[name], why))
    for name, ratio in sorted((limit.get("maxLimitRequestRatio") or {}).items()):
        if parse(ratio) < 1:
            wrong.append(invalid(f"{path}.maxLimitRequestRatio[{name}]", ratio, f"ratio {ratio} is less than 1"))
    return wrong
