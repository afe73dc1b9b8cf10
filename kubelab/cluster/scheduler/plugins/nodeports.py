"""Keeps Pods with a hostPort off nodes where that port is taken."""

from __future__ import annotations

from kubelab.cluster.scheduler.framework import Cycle, Event, Plugin, Rejection, Scope
from kubelab.cluster.scheduler.nodeinfo import NodeInfo
from kubelab.cluster.scheduler.podinfo import PortKey

ANY = "0.0.0.0"


class NodePorts(Plugin):
    """Rejects nodes on which a wanted host port is in use."""

    name = "NodePorts"
    scope = Scope.LOAD
    wakes = frozenset({Event.NODE_CAME, Event.POD_GONE})

    def concerns(self, cycle: Cycle) -> bool:
        """Tells whether the Pod wants host ports."""
        return bool(cycle.info.ports)

    def filter(self, cycle: Cycle, node: NodeInfo) -> Rejection | None:
        """Returns why the Pod cannot go to the node, or None if it can."""
        if any(clash(wanted, used) for wanted in cycle.info.ports for used in node.ports):
            return Rejection(("node(s) didn't have free ports for the requested pod ports",))
        return None


def clash(wanted: PortKey, used: PortKey) -> bool:
    """Tells whether two host ports exclude each other; the address 0.0.0.0 stands for all."""
    return wanted[1:] == used[1:] and (ANY in (wanted[0], used[0]) or wanted[0] == used[0])
