"""ResourceQuota: what may be limited. Source: pkg/apis/core/validation/validation.go (ValidateResourceQuota)."""

from __future__ import annotations

from typing import Any

from kubelab.cluster import quantity
from kubelab.cluster.kinds.causes import invalid, unsupported
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
SCOPES = ("BestEffort", "CrossNamespacePodAffinity", "NotBestEffort", "NotTerminating", "PriorityClass", "Terminating")
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
    scopes, wrong = spec.get("scopes") or [], []
    for place, scope in enumerate(scopes):
        if scope not in SCOPES:
            wrong.append(unsupported(f"spec.scopes[{place}]", scope, SCOPES))
    for pair in EXCLUSIVE:
        if set(pair) <= set(scopes):
            shown = "[" + ",".join(f'"{scope}"' for scope in scopes) + "]"
            why = f"Invalid value: {shown}: conflicting scopes"
            listed = ", ".join(f'"{scope}"' for scope in scopes)
            go = f"Invalid value: []core.ResourceQuotaScope{{{listed}}}"
            wrong.append(Cause("FieldValueInvalid", why, "spec.scopes", f"{go}: conflicting scopes"))
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
