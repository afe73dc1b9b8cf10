"""Keeps Pods off nodes whose taints they do not tolerate, and away from those that would rather not."""

from __future__ import annotations

from kubelab.cluster.nodes import TaintEffect, tolerates, untolerated
from kubelab.cluster.scheduler.framework import Cycle, Event, Plugin, Rejection, by_maximum
from kubelab.cluster.scheduler.nodeinfo import NodeInfo

HARD = (TaintEffect.NO_SCHEDULE, TaintEffect.NO_EXECUTE)


class TaintToleration(Plugin):
    """Filters by NoSchedule and NoExecute taints, scores by PreferNoSchedule ones."""

    name = "TaintToleration"
    wakes = frozenset({Event.NODE_CAME, Event.NODE_TAINTS})
    hints = True
    default_weight = 3

    def filter(self, cycle: Cycle, node: NodeInfo) -> Rejection | None:
        """Returns why the Pod cannot go to the node, or None if it can."""
        taint = untolerated(node.node.get("spec", {}).get("taints") or (), cycle.info.tolerations, HARD)
        if taint is None:
            return None
        return Rejection((self.reason(taint["key"], taint.get("value", "")),), hopeless=True)

    def reason(self, key: str, value: str) -> str:
        """Words the rejection; v1.35 stopped naming the taint."""
        if self.cluster.version >= "1.35":
            return "node(s) had untolerated taint(s)"
        return f"node(s) had untolerated taint {{{key}: {value}}}"

    def score(self, cycle: Cycle, node: NodeInfo) -> float:
        """Counts the PreferNoSchedule taints that the Pod does not tolerate."""
        taints = node.node.get("spec", {}).get("taints")
        if not taints:
            return 0
        soft = [taint for taint in taints if taint["effect"] == "PreferNoSchedule"]
        return sum(not any(tolerates(toleration, taint) for toleration in cycle.info.tolerations) for taint in soft)

    def normalize(self, cycle: Cycle, scores: list[float]) -> list[float]:
        """The fewer taints the better."""
        return by_maximum(scores, reverse=True)
