"""What the resize subresource may change of a Pod's spec.

Source: pkg/apis/core/validation/validation.go (ValidatePodResize); pkg/registry/core/pod/strategy.go.
"""

from __future__ import annotations

from kubelab.cluster.kinds.causes import forbidden, invalid
from kubelab.cluster.kinds.kind import Cause
from kubelab.cluster.kinds.podspec import default_container, qos_class
from kubelab.cluster.objects import Object
from kubelab.cluster.quantity import to_int

MIRROR = "kubernetes.io/config.mirror"
RESIZABLE = ("cpu", "memory")
TAKEN = ("resources", "resizePolicy")
MEMORY_UP_ONLY = "1.33"  # the version in which a memory limit could not be lowered without a restart


def resized(spec: Object, asked: Object) -> Object:
    """Returns a spec with the resources that another spec gives its containers, by their names."""
    changed = dict(spec)
    for field in ("containers", "initContainers"):
        wanted = {container["name"]: default_container(container) for container in asked.get(field) or ()}
        if spec.get(field):
            changed[field] = [_resized(container, wanted.get(container["name"])) for container in spec[field]]
    return changed


def _resized(container: Object, wanted: Object | None) -> Object:
    if wanted is None:
        return container
    taken = {field: wanted[field] for field in TAKEN if field in wanted}
    return container if all(container.get(field) == value for field, value in taken.items()) else {**container, **taken}


def resize_causes(asked: Object, pod: Object, version: str) -> list[Cause]:
    """Returns what of a resize is not allowed."""
    if MIRROR in (pod["metadata"].get("annotations") or {}):
        return [forbidden("", "static pods cannot be resized")]
    old, new = pod["spec"], asked["spec"]
    names = [[container["name"] for container in spec["containers"]] for spec in (old, new)]
    if names[0] != names[1]:
        return [forbidden("spec.containers", "containers may not be renamed or reordered on resize")]
    causes: list[Cause] = []
    for place, (before, after) in enumerate(zip(old["containers"], new["containers"], strict=True)):
        causes += _container_causes(before, default_container(after), f"spec.containers[{place}].resources", version)
    changed = resized(old, new)
    if qos_class(changed) != qos_class(old):
        why = "Pod QOS Class may not change as a result of resizing"
        causes.append(invalid("spec", qos_class(changed), why))
    if any(_others(a) != _others(b) for a, b in zip(old["containers"], changed["containers"], strict=True)):
        causes.append(forbidden("spec", "only cpu and memory resources are mutable"))
    return causes


def _container_causes(before: Object, after: Object, path: str, version: str) -> list[Cause]:
    causes = []
    for field in ("requests", "limits"):
        had = (before.get("resources") or {}).get(field) or {}
        has = (after.get("resources") or {}).get(field) or {}
        if any(name in had and name not in has for name in RESIZABLE):
            causes.append(forbidden(f"{path}.{field}", f"resource {field} cannot be removed"))
    limit, was = _memory_limit(after), _memory_limit(before)
    restarts = {each["resourceName"]: each["restartPolicy"] for each in after.get("resizePolicy") or ()}
    if version == MEMORY_UP_ONLY and was and limit and limit < was and restarts.get("memory") != "RestartContainer":
        why = "memory limits cannot be decreased unless resizePolicy is RestartContainer"
        causes.append(forbidden(f"{path}.limits", why))
    return causes


def _memory_limit(container: Object) -> int:
    return to_int(((container.get("resources") or {}).get("limits") or {}).get("memory", 0))


def _others(container: Object) -> list[tuple[str, str, object]]:
    resources = container.get("resources") or {}
    return sorted(
        (field, name, amount)
        for field in ("requests", "limits")
        for name, amount in (resources.get(field) or {}).items()
        if name not in RESIZABLE
    )
