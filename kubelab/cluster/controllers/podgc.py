"""Removes Pods whose node is gone.

Source: pkg/controller/podgc/gc_controller.go; kubernetes.io, concepts/workloads/pods/pod-lifecycle (Pod garbage
collection).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from kubelab.cluster.aspects import BOUND, CREATED, GONE, SPEC
from kubelab.cluster.component import Component, KeysOf
from kubelab.cluster.conditions import with_condition
from kubelab.cluster.controllers.controller import Controller, service_account
from kubelab.cluster.kinds import Node, Pod
from kubelab.cluster.objects import Key, Object, key_of
from kubelab.cluster.store import Change

QUARANTINE = 40.0  # seconds for which a node has to be missing
ENDED = ("Succeeded", "Failed")


def gone_node(_component: Component, change: Change) -> Iterable[str]:
    """A node that was deleted."""
    return (change.old["metadata"]["name"],) if change.new is None and change.old is not None else ()


def node_that_is_not_there(component: Component, change: Change) -> Iterable[str]:
    """The node that a Pod was just bound to, where there is none of that name."""
    pod, old = change.new, change.old
    name = pod["spec"].get("nodeName") if pod is not None else None
    if pod is None or not name or (old is not None and old["spec"].get("nodeName") == name):
        return ()
    return (name,) if component.store.get(Node.path(Key("", name))) is None else ()


class PodGarbageCollector(Controller):
    """Looks at a node's Pods a while after the node has gone."""

    name = "podgc"
    user = service_account("pod-garbage-collector")
    source = "pod-garbage-collector"
    watches = {Node: gone_node, Pod: node_that_is_not_there}
    heeds = {gone_node: GONE, node_that_is_not_there: CREATED | BOUND | SPEC}

    def _listener(self, keys_of: KeysOf) -> Callable[[Change], None]:
        def listen(change: Change) -> None:
            for name in keys_of(self, change):
                self.later(name, QUARANTINE)

        return listen

    def resync(self) -> None:
        """Looks at every node that Pods name and that is not there."""
        for pod in self.api.list(Pod):
            for name in node_that_is_not_there(self, Change(0, "", None, pod)):
                self.later(name, QUARANTINE)

    def reconcile(self, key: str) -> None:
        """Deletes the Pods of a node that is still missing."""
        if self.api.get(Node, Key("", key)) is None:
            for pod in self.api.indexed(Pod, "node", key):
                self.remove(pod)

    def remove(self, pod: Object) -> None:
        """Marks a Pod as failed and deletes it at once: nobody is there to end it."""
        status = pod.get("status", {})
        if status.get("phase") not in ENDED:
            why, now = "PodGC: node no longer exists", self.clock.timestamp()
            marked = with_condition(status, "DisruptionTarget", "True", "DeletionByPodGC", why, now)
            pod = self.api.update_status(Pod, {**pod, "status": {**marked, "phase": "Failed"}})
        self.api.delete(Pod, key_of(pod), grace=0)
