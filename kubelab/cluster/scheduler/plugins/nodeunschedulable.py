"""Keeps Pods off cordoned nodes."""

from __future__ import annotations

from kubelab.cluster.nodes import tolerates
from kubelab.cluster.objects import Object
from kubelab.cluster.scheduler.framework import Cycle, Event, Plugin, Rejection
from kubelab.cluster.scheduler.nodeinfo import NodeInfo

TAINT: Object = {"key": "node.kubernetes.io/unschedulable", "effect": "NoSchedule"}


class NodeUnschedulable(Plugin):
    """Rejects nodes with spec.unschedulable, unless the Pod tolerates that."""

    name = "NodeUnschedulable"
    wakes = frozenset({Event.NODE_CAME, Event.NODE_TAINTS})
    hints = True

    def filter(self, cycle: Cycle, node: NodeInfo) -> Rejection | None:
        """Returns why the Pod cannot go to the node, or None if it can."""
        if not node.node.get("spec", {}).get("unschedulable"):
            return None
        if any(tolerates(toleration, TAINT) for toleration in cycle.info.tolerations):
            return None
        return Rejection(("node(s) were unschedulable",), hopeless=True)
