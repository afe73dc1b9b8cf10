"""Pods that may run only so long (activeDeadlineSeconds): their kubelet ends them when their time is over.

Source: pkg/kubelet/active_deadline.go; kubernetes.io, reference/kubernetes-api/workload-resources/pod-v1.
"""

from __future__ import annotations

from kubelab.cluster.node import killing
from kubelab.cluster.node.podwork import PodWork
from kubelab.cluster.objects import Object

REASON = "DeadlineExceeded"
MESSAGE = "Pod was active on the node longer than the specified deadline"


def due(work: PodWork) -> float | None:
    """Returns when a Pod's time is over, in seconds since the epoch; None where it has all the time."""
    seconds = work.pod["spec"].get("activeDeadlineSeconds")
    if seconds is None or "ending" in work.record or "over" in work.record:
        return None
    return float(work.record["began"]) + float(seconds)


def enforce(work: PodWork) -> None:
    """Begins to end a Pod whose time is over."""
    at = due(work)
    if at is None or at > work.now:
        return
    work.event("Normal", REASON, MESSAGE)
    status: Object = work.pod.get("status") or {}
    work.write_status({**status, "phase": "Failed", "reason": REASON, "message": MESSAGE})
    killing.begin(work, None)
