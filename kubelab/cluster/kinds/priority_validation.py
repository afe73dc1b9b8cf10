"""What a PriorityClass may not be, in the server's words.

Source: pkg/apis/scheduling/validation/validation.go; pkg/apis/scheduling/types.go.
"""

from __future__ import annotations

from kubelab.cluster.kinds.causes import forbidden, invalid, unsupported
from kubelab.cluster.kinds.kind import Cause
from kubelab.cluster.objects import Object

HIGHEST = 1_000_000_000  # that a user may give
SYSTEM = ("system-cluster-critical", "system-node-critical")
RESERVED = "priority class names with 'system-' prefix are reserved for system use only. error: {} is not a known "
POLICIES = ("Never", "PreemptLowerPriority")


def priority_causes(priority: Object) -> list[Cause]:
    """Returns what is wrong with a PriorityClass."""
    name, causes = priority["metadata"]["name"], []
    if name not in SYSTEM:
        if name.startswith("system-"):
            causes.append(forbidden("metadata.name", f"{RESERVED.format(name)}system priority class"))
        if priority.get("value", 0) > HIGHEST:
            why = f"maximum allowed value of a user defined priority is {HIGHEST}"
            causes.append(forbidden("value", why))
    if priority["preemptionPolicy"] not in POLICIES:
        causes.append(unsupported("preemptionPolicy", priority["preemptionPolicy"], POLICIES))
    return causes


def update_causes(new: Object, old: Object) -> list[Cause]:
    """Returns what an update of a PriorityClass may not change."""
    causes = []
    if new.get("value", 0) != old.get("value", 0):
        causes.append(forbidden("value", "may not be changed in an update."))
    if new["preemptionPolicy"] != old["preemptionPolicy"]:
        causes.append(invalid("preemptionPolicy", new["preemptionPolicy"], "field is immutable"))
    return causes
