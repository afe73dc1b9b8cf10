"""What controllers ask of a Pod, and the order in which they give Pods up.

Source: k8s.io/kubernetes/pkg/controller/controller_utils.go and pkg/api/v1/pod.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable

from kubelab.cluster.clock import parse_time
from kubelab.cluster.objects import Object, annotations_of, is_being_deleted

DELETION_COST = "controller.kubernetes.io/pod-deletion-cost"
_PHASE_RANK = {"Pending": 0, "Unknown": 1, "Running": 2}


def phase(pod: Object) -> str:
    """Returns the Pod's phase; one whose status nobody wrote is Pending."""
    found: str = pod.get("status", {}).get("phase") or "Pending"
    return found


def is_active(pod: Object) -> bool:
    """Tells whether the Pod counts as a replica: not finished and not being deleted."""
    return phase(pod) not in ("Succeeded", "Failed") and not is_being_deleted(pod)


def condition(obj: Object, name: str) -> Object | None:
    """Returns the condition of that type from an object's status."""
    for found in obj.get("status", {}).get("conditions") or ():
        if found["type"] == name:
            result: Object = found
            return result
    return None


def is_ready(pod: Object) -> bool:
    """Tells whether the Pod's Ready condition is True."""
    # Read backwards: a kubelet writes Ready near the end.
    for found in reversed(pod.get("status", {}).get("conditions") or ()):
        if found["type"] == "Ready":
            return bool(found["status"] == "True")
    return False


def ready_since(pod: Object) -> float:
    """Returns when a ready Pod became ready, in seconds since the epoch."""
    ready = condition(pod, "Ready")
    text = ready.get("lastTransitionTime") if ready else None
    return parse_time(text) if text else 0.0


def is_available(pod: Object, min_ready_seconds: int, now: float) -> bool:
    """Tells whether the Pod has been ready for at least `min_ready_seconds`."""
    return is_ready(pod) and (not min_ready_seconds or ready_since(pod) + min_ready_seconds <= now)


def restarts(pod: Object) -> int:
    """Returns the highest restart count of the Pod's containers."""
    statuses = pod.get("status", {}).get("containerStatuses") or ()
    return max((status.get("restartCount", 0) for status in statuses), default=0)


def deletion_cost(pod: Object) -> int:
    """Returns the Pod's deletion cost; a malformed one counts as 0 (KEP-2255)."""
    text = annotations_of(pod).get(DELETION_COST, "0")
    try:
        return int(text)
    except ValueError:
        return 0


def by_deletion_rank(pods: Iterable[Object], related: Iterable[Object]) -> list[Object]:
    """Returns `pods` with those first that a scale-down deletes first.

    The order is ActivePodsWithRanks': unassigned, Pending before Unknown before Running, not ready, lower
    deletion cost, more related Pods on its node, ready for a shorter time, more restarts, younger.

    Args:
        related: Pods of the same owner's ReplicaSets, which count towards crowding on a node.
    """
    crowd = Counter(pod["spec"].get("nodeName", "") for pod in related if is_active(pod))
    return sorted(pods, key=_deletion_rank(crowd))


def _deletion_rank(crowd: Counter[str]) -> Callable[[Object], tuple[object, ...]]:
    def rank(pod: Object) -> tuple[object, ...]:
        node = pod["spec"].get("nodeName", "")
        ready = is_ready(pod)
        return (
            bool(node),
            _PHASE_RANK.get(phase(pod), 3),
            ready,
            deletion_cost(pod),
            -crowd[node],
            -ready_since(pod) if ready else 0.0,
            -restarts(pod),
            -parse_time(pod["metadata"]["creationTimestamp"]),
            pod["metadata"]["name"],
        )

    return rank
