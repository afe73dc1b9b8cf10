"""Tells kubelets how long they may keep Secrets and ConfigMaps before they ask again: longer in larger clusters.

Source: pkg/controller/ttl/ttl_controller.go.
"""

from __future__ import annotations

from collections.abc import Iterable

from kubelab.cluster.component import Component
from kubelab.cluster.controllers.controller import Controller, service_account
from kubelab.cluster.kinds import Node
from kubelab.cluster.objects import Key, annotations_of
from kubelab.cluster.store import Change

TTL = "node.alpha.kubernetes.io/ttl"
KEPT = "/machine/ttl/step"  # {"step": which of the steps it is}
# Of how many nodes at least and at most a step is, and its seconds: steps overlap, so that nothing goes to and fro.
STEPS = ((0, 100, 0), (90, 500, 15), (450, 1000, 30), (900, 2000, 60), (1800, 10_000, 300))


def who_has_to_be_told(component: Component, change: Change) -> Iterable[str]:
    """A node that came or lost its annotation; all where there are so many or so few that another step begins."""
    assert isinstance(component, NodeTtl)
    if change.old is None or change.new is None:
        if component.count(1 if change.old is None else -1):
            return [node["metadata"]["name"] for node in component.api.list(Node)]
    if change.new is None or TTL in annotations_of(change.new):
        return ()
    return (change.new["metadata"]["name"],)


class NodeTtl(Controller):
    """Keeps the annotation about the time to live on all nodes."""

    name = "ttl"
    user = service_account("ttl-controller")
    watches = {Node: who_has_to_be_told}

    def start(self) -> None:
        """Counts the nodes."""
        self._nodes, self._step = len(self.api.list(Node)), int((self.store.get(KEPT) or {"step": 0})["step"])
        self.count(0)

    def count(self, more: int) -> bool:
        """Follows how many nodes there are; tells whether that is another step."""
        before = self._step
        self._nodes += more
        while self._step + 1 < len(STEPS) and self._nodes > STEPS[self._step][1]:
            self._step += 1
        while self._step and self._nodes < STEPS[self._step][0]:
            self._step -= 1
        if self._step != before:
            self.store.put(KEPT, {"step": self._step})
        return self._step != before

    def reconcile(self, key: str) -> None:
        """Writes one node's annotation where it is another one."""
        node, seconds = self.api.get(Node, Key("", key)), str(STEPS[self._step][2])
        if node is not None and annotations_of(node).get(TTL) != seconds:
            self.api.patch(Node, Key("", key), {"metadata": {"annotations": {TTL: seconds}}})
