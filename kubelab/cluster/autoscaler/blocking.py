"""Which Pods keep the autoscaler from removing their node, and which do not count.

Source: kubernetes/autoscaler, cluster-autoscaler/FAQ.md (What types of pods can prevent CA from removing a node?);
simulator/drainability/rules.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kubelab.cluster.kinds import PodDisruptionBudget
from kubelab.cluster.objects import Object, annotations_of, controller_ref, is_being_deleted, labels_of
from kubelab.cluster.selectors import from_label_selector

if TYPE_CHECKING:
    from kubelab.cluster.autoscaler.scan import Scan

SAFE = "cluster-autoscaler.kubernetes.io/safe-to-evict"
SAFE_VOLUMES = "cluster-autoscaler.kubernetes.io/safe-to-evict-local-volumes"
MIRROR = "kubernetes.io/config.mirror"


def is_left_behind(pod: Object) -> bool:
    """Tells whether a Pod just goes with its node: one of a DaemonSet, a static one, one that has ended or ends."""
    metadata = pod["metadata"]
    return (
        MIRROR in (metadata.get("annotations") or {})
        or (controller_ref(pod) or {}).get("kind") == "DaemonSet"
        or (pod.get("status") or {}).get("phase") in ("Succeeded", "Failed")
    )


def blocks(scan: Scan, pod: Object) -> bool:
    """Tells whether a Pod keeps its node from being removed."""
    switches, safe = scan.options.switches, annotations_of(pod).get(SAFE)
    budgets = _budgets(scan, pod)
    if is_being_deleted(pod):
        return False
    if any(int((budget.get("status") or {}).get("disruptionsAllowed", 0)) < 1 for budget in budgets):
        return True
    if safe == "true":
        return False
    return (
        safe == "false"
        or controller_ref(pod) is None
        or (switches["skip-nodes-with-system-pods"] and pod["metadata"]["namespace"] == "kube-system" and not budgets)
        or (switches["skip-nodes-with-local-storage"] and _has_local_storage(pod))
    )


def _budgets(scan: Scan, pod: Object) -> list[Object]:
    budgets = scan.api.list(PodDisruptionBudget, pod["metadata"]["namespace"])
    return [budget for budget in budgets if from_label_selector(budget["spec"].get("selector")).matches(labels_of(pod))]


def _has_local_storage(pod: Object) -> bool:
    safe = annotations_of(pod).get(SAFE_VOLUMES, "").split(",")
    for volume in pod["spec"].get("volumes") or ():
        is_memory = (volume.get("emptyDir") or {}).get("medium") == "Memory"
        if ("emptyDir" in volume or "hostPath" in volume) and volume["name"] not in safe and not is_memory:
            return True
    return False
