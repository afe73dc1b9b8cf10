"""ResourceQuota: what may be limited. Source: pkg/apis/core/validation/validation.go (ValidateResourceQuota)."""

from __future__ import annotations

from typing import Any

from kubelab.cluster import quantity
from kubelab.cluster.kinds.causes import invalid, quoted, required
from kubelab.cluster.kinds.kind import Cause
from kubelab.cluster.kinds.names import qualified_name
from kubelab.cluster.objects import Object

COUNTED = frozenset(
    "pods resourcequotas services replicationcontrollers secrets persistentvolumeclaims configmaps services.nodeports "
    "services.loadbalancers".split()
)
STANDARD = COUNTED | frozenset(
    "cpu memory ephemeral-storage requests.cpu requests.memory requests.storage requests.ephemeral-storage limits.cpu "
    "limits.memory limits.ephemeral-storage".split()
)
# What the scopes of Pods are for; BestEffort is for their number only.
COMPUTED = frozenset("pods cpu memory limits.cpu limits.memory requests.cpu requests.memory".split())
MISAPPLIED = "unsupported scope applied to resource"
CLAIMED = frozenset(("persistentvolumeclaims", "requests.storage"))  # what the scope of claims is for
POD_SCOPES = frozenset(
    ("BestEffort", "CrossNamespacePodAffinity", "NotBestEffort", "NotTerminating", "PriorityClass", "Terminating")
)
SCOPES = POD_SCOPES | {"VolumeAttributesClass"}
EXCLUSIVE = (("BestEffort", "NotBestEffort"), ("Terminating", "NotTerminating"))


def causes(quota: Object) -> list[Cause]:
    """Returns what is wrong with a quota."""
    spec, wrong = quota.get("spec") or {}, []
    for name, amount in sorted((spec.get("hard") or {}).items()):
        path = f"spec.hard[{name}]"
        wrong += [invalid(path, name, why) for why in qualified_name(name)]
        huge = name.removeprefix("requests.").startswith("hugepages-")
        if "/" not in name and name not in STANDARD and not huge:
            wrong.append(invalid(path, name, "must be a standard resource for quota"))
        value = quantity.parse(amount)
        if value < 0:
            wrong.append(invalid(path, str(amount), "must be greater than or equal to 0"))
        if (name in COUNTED or name.startswith("count/")) and value != int(value):
            wrong.append(invalid(path, amount, "must be an integer"))
    return wrong + _scope_causes(spec)


def _scope_causes(spec: Object) -> list[Cause]:
    scopes, wrong = spec.get("scopes") or [], list[Cause]()
    for scope in scopes:
        if scope not in SCOPES:
            wrong.append(_scopes(scopes, "unsupported scope"))
        wrong += [_scopes(scopes, MISAPPLIED)] * _misapplied(scope, spec)
    for pair in EXCLUSIVE:
        if set(pair) <= set(scopes):
            wrong.append(_scopes(scopes, "conflicting scopes"))
    for requirement in (spec.get("scopeSelector") or {}).get("matchExpressions") or ():
        wrong += _requirement_causes(requirement, spec)
    return wrong


def _scopes(scopes: list[str], why: str) -> Cause:
    listed = ", ".join(f'"{scope}"' for scope in scopes)
    go = f"Invalid value: []core.ResourceQuotaScope{{{listed}}}: {why}"
    return Cause("FieldValueInvalid", f"Invalid value: {quoted(scopes)}: {why}", "spec.scopes", go)


def _misapplied(scope: str, spec: Object) -> int:
    """Returns how many of the limited resources a scope is not for (helper.IsResourceQuotaScopeValidForResource)."""
    allowed = COMPUTED if scope in POD_SCOPES else CLAIMED if scope in SCOPES else STANDARD
    if scope == "BestEffort":
        allowed = frozenset(("pods",))
    return sum(name in STANDARD and name not in allowed for name in spec.get("hard") or ())


def _requirement_causes(requirement: Object, spec: Object) -> list[Cause]:
    path, wrong = "spec.scopeSelector.matchExpressions", list[Cause]()
    scope, operator = requirement.get("scopeName", ""), requirement.get("operator", "")
    values = requirement.get("values") or []
    if scope not in SCOPES:
        wrong.append(invalid(f"{path}.scopeName", scope, "unsupported scope"))
    wrong += [invalid(path, spec["scopeSelector"], MISAPPLIED)] * _misapplied(scope, spec)
    if operator in ("In", "NotIn"):
        why = "must be at least one value when `operator` is 'In' or 'NotIn' for scope selector"
        wrong += [] if values else [required(f"{path}.values", why)]
    elif operator in ("Exists", "DoesNotExist"):
        why = "must be no value when `operator` is 'Exist' or 'DoesNotExist' for scope selector"
        wrong += [invalid(f"{path}.values", values, why)] if values else []
    else:
        wrong.append(invalid(f"{path}.operator", operator, "not a valid selector operator"))
    return wrong


def update_causes(new: Object, old: Object) -> list[Cause]:
    """Returns what an update may not change: the scopes."""
    before, after = (old.get("spec") or {}).get("scopes") or [], (new.get("spec") or {}).get("scopes") or []
    if sorted(before) == sorted(after):
        return []
    shown = "[" + ",".join(f'"{scope}"' for scope in after) + "]"
    return [Cause("FieldValueInvalid", f"Invalid value: {shown}: field is immutable", "spec.scopes")]


def prepare_create(quota: Object) -> Object:
    """Returns a new quota: nothing is counted yet."""
    return {**quota, "status": {}}


RULES: dict[str, dict[str, Any]] = {
    "ResourceQuota": {"prepare_create": prepare_create, "validate": causes, "validate_update": update_causes}
}
