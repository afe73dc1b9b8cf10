"""PersistentVolume and PersistentVolumeClaim: what is true of them where they say nothing, and what they may not say.

Source: pkg/apis/core/v1/defaults.go, pkg/apis/core/validation/validation.go (ValidatePersistentVolume and below).
"""

from __future__ import annotations

from typing import Any

from kubelab.cluster.kinds.causes import forbidden, invalid, required, unsupported
from kubelab.cluster.kinds.kind import Cause
from kubelab.cluster.kinds.names import dns_subdomain
from kubelab.cluster.kinds.placement_validation import label_selector_causes
from kubelab.cluster.kinds.storage import class_name
from kubelab.cluster.kinds.volume_sources import PERSISTENT, source_causes
from kubelab.cluster.objects import Object
from kubelab.cluster.quantity import parse

ACCESS = ("ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod")
ONE_POD = "ReadWriteOncePod"
POLICIES = ("Delete", "Recycle", "Retain")
MODES = ("Block", "Filesystem")
POSITIVE = "must be greater than zero"
CLAIM_IMMUTABLE = (
    "spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims"
)
SHRUNK = "field can not be less than status.capacity"


def default_volume(volume: Object) -> Object:
    """Returns a volume with its defaults."""
    spec, status = volume.get("spec") or {}, volume.get("status") or {}
    filled = {
        **spec,
        "persistentVolumeReclaimPolicy": spec.get("persistentVolumeReclaimPolicy") or "Retain",
        "volumeMode": spec.get("volumeMode") or "Filesystem",
    }
    if "hostPath" in spec:
        filled["hostPath"] = {"type": "", **spec["hostPath"]}
    return {**volume, "spec": filled, "status": {**status, "phase": status.get("phase") or "Pending"}}


def default_claim(claim: Object) -> Object:
    """Returns a claim that says what is true of each until a volume is found for it."""
    spec, status = claim.get("spec") or {}, claim.get("status") or {}
    spec = {**spec, "volumeMode": spec.get("volumeMode") or "Filesystem"}
    if spec.get("dataSource") and "dataSourceRef" not in spec:
        spec["dataSourceRef"] = spec["dataSource"]
    elif spec.get("dataSourceRef") and "dataSource" not in spec and "namespace" not in spec["dataSourceRef"]:
        spec["dataSource"] = spec["dataSourceRef"]
    return {**claim, "spec": spec, "status": {**status, "phase": status.get("phase") or "Pending"}}


# volumes


def validate_volume(volume: Object) -> list[Cause]:
    """Returns what is wrong with a PersistentVolume."""
    spec = volume.get("spec") or {}
    causes = _access_causes(spec, "spec", "")
    capacity = spec.get("capacity") or {}
    if not capacity:
        causes.append(required("spec.capacity"))
    elif list(capacity) != ["storage"]:
        causes.append(unsupported("spec.capacity", capacity, ("storage",)))
    for name, amount in capacity.items():
        if parse(amount) <= 0:
            causes.append(invalid(f"spec.capacity[{name}]", amount, POSITIVE))
    if spec["persistentVolumeReclaimPolicy"] not in POLICIES:
        causes.append(
            unsupported("spec.persistentVolumeReclaimPolicy", spec["persistentVolumeReclaimPolicy"], POLICIES)
        )
    causes += _affinity_causes(spec)
    causes += source_causes(spec, "spec", PERSISTENT)
    path = (spec.get("hostPath") or {}).get("path", "")
    if path and not path.strip("/") and spec["persistentVolumeReclaimPolicy"] == "Recycle":
        causes.append(
            forbidden("spec.persistentVolumeReclaimPolicy", "may not be 'recycle' for a hostPath mount of '/'")
        )
    return causes + _class_causes(spec) + _mode_causes(spec)


def _affinity_causes(spec: Object) -> list[Cause]:
    affinity = spec.get("nodeAffinity")
    if affinity is None:
        return [required("spec.nodeAffinity", "Local volume requires node affinity")] if "local" in spec else []
    terms = (affinity.get("required") or {}).get("nodeSelectorTerms")
    if "required" not in affinity:
        return [required("spec.nodeAffinity.required", "must specify required node constraints")]
    if not terms:
        path = "spec.nodeAffinity.required.nodeSelectorTerms"
        return [required(path, "must have at least one node selector term")]
    return []


def validate_volume_update(new: Object, old: Object) -> list[Cause]:
    """Returns what an update of a PersistentVolume may not change: where it is, and how it is used."""
    causes = []
    before, after = old["spec"], new["spec"]
    if any(before.get(source) != after.get(source) for source in PERSISTENT):
        changed = ", ".join(source for source in PERSISTENT if before.get(source) != after.get(source))
        causes.append(
            forbidden(
                "spec.persistentvolumesource", f"spec.persistentvolumesource is immutable after creation\n  {changed}"
            )
        )
    if before.get("volumeMode") != after.get("volumeMode"):
        causes.append(invalid("volumeMode", after.get("volumeMode"), "field is immutable"))
    if before.get("nodeAffinity") is not None and before["nodeAffinity"] != after.get("nodeAffinity"):
        causes.append(invalid("nodeAffinity", after.get("nodeAffinity"), "field is immutable"))
    return causes


# claims


def validate_claim(claim: Object) -> list[Cause]:
    """Returns what is wrong with a PersistentVolumeClaim."""
    return claim_spec_causes(claim.get("spec") or {}, "spec")


def claim_spec_causes(spec: Object, path: str) -> list[Cause]:
    """Returns what is wrong with what a claim, or the template of one, asks for."""
    causes = _access_causes(spec, path, "at least 1 access mode is required")
    causes += label_selector_causes(spec.get("selector"), f"{path}.selector")
    amount = ((spec.get("resources") or {}).get("requests") or {}).get("storage")
    if amount is None:
        causes.append(required(f"{path}.resources[storage]"))
    elif parse(amount) <= 0:
        causes.append(invalid(f"{path}.resources[storage]", amount, POSITIVE))
    return causes + _class_causes(spec, path) + _mode_causes(spec, path)


def validate_claim_update(new: Object, old: Object) -> list[Cause]:
    """Returns what an update of a claim may not change: all but its size, and what binding it fills in."""
    before, after = old["spec"], new["spec"]
    causes = []
    is_bound = (old.get("status") or {}).get("phase") == "Bound"
    if _fixed(after, before, is_bound=is_bound) != _fixed(before, before, is_bound=is_bound):
        changed = ", ".join(
            field for field in {**before, **after} if field != "resources" and before.get(field) != after.get(field)
        )
        causes.append(forbidden("spec", f"{CLAIM_IMMUTABLE}\n  {changed or 'resources'}"))
    least = ((old.get("status") or {}).get("capacity") or {}).get("storage", "0")
    wanted, had = _storage(after), _storage(before)
    if parse(wanted) < parse(had) and parse(wanted) <= parse(least):
        causes.append(forbidden("spec.resources.requests.storage", SHRUNK))
    return causes


def _fixed(spec: Object, before: Object, *, is_bound: bool) -> Object:
    """Returns the part of a claim's spec that may not change: its size may once it is bound."""
    fixed = {field: value for field, value in spec.items() if field not in ("volumeAttributesClassName",)}
    resources = dict(fixed.pop("resources", None) or {})
    requests = dict(resources.pop("requests", None) or {})
    if is_bound:
        requests.pop("storage", None)
    fixed["resources"] = {**resources, **({"requests": requests} if requests else {})}
    if not before.get("volumeName"):
        fixed.pop("volumeName", None)  # the binding
    if before.get("storageClassName") is None and not class_name({"metadata": {}, "spec": before}):
        fixed.pop("storageClassName", None)  # the default class, given later
    return fixed


def _storage(spec: Object) -> str:
    return str(((spec.get("resources") or {}).get("requests") or {}).get("storage", "0"))


# both


def _access_causes(spec: Object, path: str, detail: str) -> list[Cause]:
    modes = spec.get("accessModes") or []
    if not modes:
        return [required(f"{path}.accessModes", detail)]
    causes = [unsupported(f"{path}.accessModes", found, ACCESS) for found in modes if found not in ACCESS]
    if ONE_POD in modes and len(modes) > 1:
        causes.append(forbidden(f"{path}.accessModes", f"may not use {ONE_POD} with other access modes"))
    return causes


def _class_causes(spec: Object, path: str = "spec") -> list[Cause]:
    name = spec.get("storageClassName")
    return [invalid(f"{path}.storageClassName", name, wrong) for wrong in dns_subdomain(name)] if name else []


def _mode_causes(spec: Object, path: str = "spec") -> list[Cause]:
    found = spec.get("volumeMode")
    return [unsupported(f"{path}.volumeMode", found, MODES)] if found and found not in MODES else []


RULES: dict[str, dict[str, Any]] = {
    "PersistentVolume": {
        "default": default_volume,
        "validate": validate_volume,
        "validate_update": validate_volume_update,
    },
    "PersistentVolumeClaim": {
        "default": default_claim,
        "validate": validate_claim,
        "validate_update": validate_claim_update,
    },
}
