"""A Pod that gets its node (POST pods/binding), with what Pods that are bound alike have in common.

Pods of one template that go to one node have one spec from then on, and those that are bound in one second one
status: whoever works something out from a spec (a kubelet, the scheduler) finds it again by its identity, and 10,000
Pods on 100 nodes have 100 specs, not 10,000.
Source: pkg/registry/core/pod/storage (assignPod).
"""

from __future__ import annotations

from kubelab.cluster.clock import Clock
from kubelab.cluster.objects import Object

MOST = 5000  # specs that are remembered

Remembered = tuple[Object, Object]  # what it was made from, which is held so that its identity stays its own, and it


class Binding:
    """Makes bound Pods of Pods."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._specs: dict[tuple[int, str], Remembered] = {}  # by the spec without a node, and the node
        self._status: tuple[Object, str, Object] = ({}, "", {})  # the last one: before, when, and after

    def bound(self, pod: Object, node: str) -> Object:
        """Returns a Pod that has no node yet as one that has it."""
        return {**pod, "spec": self._placed(pod["spec"], node), "status": self._scheduled(pod.get("status", {}))}

    def _placed(self, spec: Object, node: str) -> Object:
        found = self._specs.get((id(spec), node))
        if found is None:
            if len(self._specs) >= MOST:
                self._specs.clear()
            found = self._specs[id(spec), node] = spec, {**spec, "nodeName": node}
        return found[1]

    def _scheduled(self, status: Object) -> Object:
        """Returns a status with the condition PodScheduled."""
        timestamp = self._clock.timestamp()
        if self._status[0] is not status or self._status[1] != timestamp:
            scheduled = {
                "type": "PodScheduled",
                "status": "True",
                "lastProbeTime": None,
                "lastTransitionTime": timestamp,
            }
            others = [found for found in status.get("conditions") or () if found["type"] != "PodScheduled"]
            self._status = (status, timestamp, {**status, "conditions": [*others, scheduled]})
        return self._status[2]
