"""Nodes that differ in nothing but their names: what a Pod may do with one of them it may do with all.

A cluster of 5,000 nodes has two or three such pools, so that taints, labels and selectors are looked at for these
instead of for each node.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from kubelab.cluster.objects import labels_of

if TYPE_CHECKING:
    from kubelab.cluster.scheduler.nodeinfo import NodeInfo

HOSTNAME = "kubernetes.io/hostname"


class Pools:
    """All pools, by a number; a number is never given twice."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        self._identities: dict[int, str] = {}
        self._last = 0
        self.members: dict[int, dict[str, NodeInfo]] = {}

    def join(self, node: NodeInfo) -> None:
        """Puts a node, which is new or has changed, into the pool where it belongs."""
        identity = _identity(node)
        if self._identities.get(node.pool) == identity:
            return
        self.leave(node)
        number = self._numbers.get(identity)
        if number is None:
            self._last += 1
            number = self._numbers[identity] = self._last
            self._identities[number] = identity
            self.members[number] = {}
        node.pool = number
        self.members[number][node.name] = node

    def leave(self, node: NodeInfo) -> None:
        """Takes a node out of its pool."""
        members = self.members.get(node.pool)
        if members is None:
            return
        members.pop(node.name, None)
        if not members:
            del self.members[node.pool]
            del self._numbers[self._identities.pop(node.pool)]

    def one_of(self, number: int) -> NodeInfo:
        """Returns one of a pool's nodes."""
        return next(iter(self.members[number].values()))


def _identity(node: NodeInfo) -> str:
    labels = labels_of(node.node)
    if node.is_host:
        labels = {name: value for name, value in labels.items() if name != HOSTNAME}
    spec = node.node.get("spec", {})
    facts = [
        node.is_host,
        sorted(labels.items()),
        [[taint["key"], taint.get("value"), taint["effect"]] for taint in spec.get("taints") or ()],  # whenever added
        bool(spec.get("unschedulable")),
        node.allocatable,
    ]
    return json.dumps(facts, sort_keys=True)
