"""Takes a Pod that names its node to no other."""

from __future__ import annotations

from kubelab.cluster.scheduler.framework import Cycle, Plugin, Rejection
from kubelab.cluster.scheduler.nodeinfo import NodeInfo


class NodeName(Plugin):
    """Rejects every node but the one in spec.nodeName."""

    name = "NodeName"
    hints = True

    def concerns(self, cycle: Cycle) -> bool:
        """Tells whether the Pod names a node."""
        return bool(cycle.info.spec.get("nodeName"))

    def by_name(self, cycle: Cycle) -> bool:
        """It is all about the name."""
        return True

    def filter(self, cycle: Cycle, node: NodeInfo) -> Rejection | None:
        """Returns why the Pod cannot go to the node, or None if it can."""
        if cycle.info.spec["nodeName"] == node.name:
            return None
        return Rejection(("node(s) didn't match the requested node name",), hopeless=True)
