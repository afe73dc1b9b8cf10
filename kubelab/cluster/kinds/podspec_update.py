"""What an update of a Pod may change of its spec, which is little.

Source: pkg/apis/core/validation/validation.go (ValidatePodUpdate).
"""

from __future__ import annotations

from kubelab.cluster.kinds.causes import forbidden, invalid
from kubelab.cluster.kinds.kind import Cause
from kubelab.cluster.objects import Object

IMMUTABLE = (
    "pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,"
    "`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),"
    "`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)"
)
CHANGEABLE = ("activeDeadlineSeconds", "tolerations", "schedulingGates", "ephemeralContainers")
WHILE_GATED = ("nodeSelector", "affinity")  # may be narrowed before the Pod is scheduled (KEP-3838)


def update_causes(new: Object, old: Object) -> list[Cause]:
    """Returns what an update of a Pod's spec may not change."""
    if new is old:
        return []
    for field in ("containers", "initContainers"):
        if len(new.get(field) or ()) != len(old.get(field) or ()):
            return [forbidden(f"spec.{field}", "pod updates may not add or remove containers")]
    causes = [*_deadline_causes(new, old), *_toleration_causes(new, old), *_gate_causes(new, old)]
    if _fixed(new, old) != _fixed(old, old):
        causes.append(forbidden("spec", f"{IMMUTABLE}\n{_difference(new, old)}"))
    return causes


def _deadline_causes(new: Object, old: Object) -> list[Cause]:
    path, before, after = (
        "spec.activeDeadlineSeconds",
        old.get("activeDeadlineSeconds"),
        new.get("activeDeadlineSeconds"),
    )
    if before is None:
        return []
    if after is None:
        return [invalid(path, "null", "must not update from a positive integer to nil value")]
    return [invalid(path, after, "must be less than or equal to previous value")] if after > before else []


def _toleration_causes(new: Object, old: Object) -> list[Cause]:
    kept = [_but_seconds(toleration) for toleration in new.get("tolerations") or ()]
    if all(_but_seconds(toleration) in kept for toleration in old.get("tolerations") or ()):
        return []
    return [forbidden("spec.tolerations", "existing toleration can not be modified except its tolerationSeconds")]


def _but_seconds(toleration: Object) -> Object:
    return {field: value for field, value in toleration.items() if field != "tolerationSeconds"}


def _gate_causes(new: Object, old: Object) -> list[Cause]:
    before = [gate["name"] for gate in old.get("schedulingGates") or ()]
    added = [gate["name"] for gate in new.get("schedulingGates") or () if gate["name"] not in before]
    why = "only deletion is allowed, but found new scheduling gate '{}'"
    return [forbidden("spec.schedulingGates", why.format(name)) for name in added[:1]]


def _fixed(spec: Object, old: Object) -> Object:
    """Returns what of a spec has to stay."""
    free = (*CHANGEABLE, *WHILE_GATED) if old.get("schedulingGates") else CHANGEABLE
    fixed = {name: value for name, value in spec.items() if name not in free}
    for field in ("containers", "initContainers"):
        fixed[field] = [{**container, "image": ""} for container in spec.get(field) or ()]
    if old.get("terminationGracePeriodSeconds", 0) < 0 and spec.get("terminationGracePeriodSeconds") == 1:
        fixed["terminationGracePeriodSeconds"] = old["terminationGracePeriodSeconds"]
    return fixed


def _difference(new: Object, old: Object) -> str:
    """Names the fields that differ, where the server prints both specs in Go's syntax."""
    before, after = _fixed(old, old), _fixed(new, old)
    fields = sorted(field for field in {**before, **after} if before.get(field) != after.get(field))
    return "\n".join(f"  spec.{field}" for field in fields)
