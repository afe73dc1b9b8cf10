"""Deletion: graceful for Pods, held up by finalizers, with three ways to treat dependents.

Source: k8s.io/apiserver/pkg/registry/generic/registry/store.go; kubernetes.io, architecture/garbage-collection.
"""

from __future__ import annotations

from kubelab.cluster.clock import Clock, rfc3339
from kubelab.cluster.objects import Object, is_being_deleted

FOREGROUND = "foregroundDeletion"
ORPHAN = "orphan"


def finalizers_for(obj: Object, propagation: str | None) -> list[str]:
    """Returns the finalizers that an object has once its deletion with that policy begins."""
    finalizers = [found for found in obj["metadata"].get("finalizers") or () if found not in (FOREGROUND, ORPHAN)]
    if propagation is None:
        return list(obj["metadata"].get("finalizers") or ())
    if propagation == "Foreground":
        finalizers.append(FOREGROUND)
    if propagation == "Orphan":
        finalizers.append(ORPHAN)
    return finalizers


def grace_of(kind: str, obj: Object, asked: int | None) -> int:
    """Returns the seconds that an object gets to end; only Pods get any.

    A Pod without a node, or one that is finished, is nobody's to end and goes at once
    (pkg/registry/core/pod/strategy.go, CheckGracefulDelete).
    """
    if kind != "Pod":
        return 0
    spec, status = obj["spec"], obj.get("status", {})
    if not spec.get("nodeName") or status.get("phase") in ("Succeeded", "Failed"):
        return 0
    grace: int = spec.get("terminationGracePeriodSeconds", 30) if asked is None else asked
    return max(0, grace)


def begun(obj: Object, grace: int, finalizers: list[str], clock: Clock) -> Object:
    """Returns an object whose deletion was asked for; a later, shorter grace replaces a longer one."""
    metadata = dict(obj["metadata"])
    if finalizers:
        metadata["finalizers"] = finalizers
    else:
        metadata.pop("finalizers", None)
    before = metadata.get("deletionGracePeriodSeconds")
    if not is_being_deleted(obj):
        if "generation" in metadata:
            metadata["generation"] += 1
    elif before is None or grace >= before:
        return obj if metadata == obj["metadata"] else {**obj, "metadata": metadata}
    metadata["deletionTimestamp"] = rfc3339(clock.now + grace)
    metadata["deletionGracePeriodSeconds"] = grace
    return {**obj, "metadata": metadata}
