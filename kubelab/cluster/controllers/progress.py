"""A Deployment's status: its counts and its conditions Available and Progressing.

Source: pkg/controller/deployment/progress.go and sync.go.
"""

from __future__ import annotations

from collections.abc import Sequence

from kubelab.cluster.clock import parse_time
from kubelab.cluster.conditions import with_condition
from kubelab.cluster.controllers import rolling
from kubelab.cluster.controllers.pods import condition
from kubelab.cluster.objects import Object

TIMED_OUT = "ProgressDeadlineExceeded"
NEW_AVAILABLE = "NewReplicaSetAvailable"
COUNTS = ("replicas", "readyReplicas", "availableReplicas")


def counts(deployment: Object, replicasets: Sequence[Object], new: Object | None, version: str) -> Object:
    """Returns the numbers of the status, zeros left out as the API does.

    Args:
        version: the cluster's minor version.
    """
    spec = deployment["spec"]["replicas"]
    total, ready, available = (sum(r.get("status", {}).get(name, 0) for r in replicasets) for name in COUNTS)
    numbers = {
        "observedGeneration": deployment["metadata"].get("generation", 0),
        "replicas": total,
        "updatedReplicas": new.get("status", {}).get("replicas", 0) if new else 0,
        "readyReplicas": ready,
        "availableReplicas": available,
        "unavailableReplicas": max(
            0, sum(r["spec"].get("replicas", 0) for r in replicasets) - available, spec - available
        ),
        "collisionCount": deployment.get("status", {}).get("collisionCount", 0),
    }
    status: Object = {name: number for name, number in numbers.items() if number}
    if version >= "1.35":  # KEP-3973: counted since the field is beta
        status["terminatingReplicas"] = sum(r.get("status", {}).get("terminatingReplicas", 0) for r in replicasets)
    return status


def with_availability(status: Object, deployment: Object, now: str) -> Object:
    """Returns `status` with its Available condition."""
    least = deployment["spec"]["replicas"] - rolling.max_unavailable(deployment)
    if status.get("availableReplicas", 0) >= least:
        reason, message = "MinimumReplicasAvailable", "Deployment has minimum availability."
        return with_condition(status, "Available", "True", reason, message, now)
    reason, message = "MinimumReplicasUnavailable", "Deployment does not have minimum availability."
    return with_condition(status, "Available", "False", reason, message, now)


def is_complete(deployment: Object, status: Object) -> bool:
    """Tells whether all Pods are new and available and no old one is left."""
    replicas = deployment["spec"]["replicas"]
    return bool(
        status.get("updatedReplicas", 0) == replicas
        and status.get("replicas", 0) == replicas
        and status.get("availableReplicas", 0) == replicas
        and status.get("observedGeneration", 0) >= deployment["metadata"].get("generation", 0)
    )


def is_progressing(deployment: Object, status: Object) -> bool:
    """Tells whether there is more of the new or less of the old than the last status said."""
    old = deployment.get("status", {})

    def old_replicas(counted: Object) -> int:
        return int(counted.get("replicas", 0)) - int(counted.get("updatedReplicas", 0))

    return (
        status.get("updatedReplicas", 0) > old.get("updatedReplicas", 0)
        or old_replicas(status) < old_replicas(old)
        or status.get("readyReplicas", 0) > old.get("readyReplicas", 0)
        or status.get("availableReplicas", 0) > old.get("availableReplicas", 0)
    )


def deadline(deployment: Object, status: Object) -> float | None:
    """Returns when the rollout counts as stuck, in seconds since the epoch; None when it is not under way."""
    seconds: int | None = deployment["spec"].get("progressDeadlineSeconds")
    progressing = condition({"status": status}, "Progressing")
    if (
        seconds is None
        or seconds == 2**31 - 1
        or not progressing
        or progressing.get("reason") in (NEW_AVAILABLE, TIMED_OUT)
    ):
        return None
    return parse_time(progressing.get("lastUpdateTime") or progressing["lastTransitionTime"]) + seconds


def with_progress(status: Object, deployment: Object, new: Object | None, now: float, timestamp: str) -> Object:
    """Returns `status` with its Progressing condition.

    Args:
        now: seconds since the epoch.
        timestamp: the same as `Clock.timestamp` gives it.
    """
    if deployment["spec"].get("progressDeadlineSeconds") in (None, 2**31 - 1):
        return status
    standing = condition({"status": status}, "Progressing")
    # One that is complete and was so before has nothing to report; it was not a rollout but a scaling.
    if (
        status.get("replicas", 0) == status.get("updatedReplicas", 0)
        and standing
        and standing["reason"] == NEW_AVAILABLE
    ):
        return status
    subject = f'ReplicaSet "{new["metadata"]["name"]}"' if new else f'Deployment "{deployment["metadata"]["name"]}"'
    if is_complete(deployment, status):
        message = f"{subject} has successfully progressed."
        return with_condition(status, "Progressing", "True", NEW_AVAILABLE, message, timestamp)
    if is_progressing(deployment, status):
        return _renewed(status, f"{subject} is progressing.", timestamp)
    due = deadline(deployment, status)
    if due is not None and due <= now:
        message = f"{subject} has timed out progressing."
        return with_condition(status, "Progressing", "False", TIMED_OUT, message, timestamp)
    return status


def _renewed(status: Object, message: str, timestamp: str) -> Object:
    """Puts a fresh lastUpdateTime, which the deadline counts from, even where nothing else changes."""
    standing = condition({"status": status}, "Progressing")
    since = standing["lastTransitionTime"] if standing and standing["status"] == "True" else timestamp
    fresh = {
        "type": "Progressing",
        "status": "True",
        "lastUpdateTime": timestamp,
        "lastTransitionTime": since,
        "reason": "ReplicaSetUpdated",
        "message": message,
    }
    others = [found for found in status.get("conditions") or [] if found["type"] != "Progressing"]
    return {**status, "conditions": [*others, fresh]}
