"""Removes Pods whose node is gone, or was declared out of service.

Source: pkg/controller/podgc/gc_controller.go; kubernetes.io, concepts/workloads/pods/pod-lifecycle (Pod garbage
collection), concepts/cluster-administration/node-shutdown (non-graceful node shutdown).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from kubelab.cluster.aspects import BOUND, GONE, METADATA, SPEC
from kubelab.cluster.component import Component, KeysOf, next_look
from kubelab.cluster.conditions import with_condition
from kubelab.cluster.controllers.controller import Controller, service_account
from kubelab.cluster.kinds import Node, Pod
from kubelab.cluster.objects import Key, Object, key_of
from kubelab.cluster.store import Change

QUARANTINE = 40.0  # seconds for which a node has to be missing
PERIOD = 20.0  # seconds between its looks
OUT_OF_SERVICE = "node.kubernetes.io/out-of-service"
ENDED = ("Succeeded", "Failed")
OUT = "out:"  # before the name of a node that was declared out of service


def gone_node(_component: Component, change: Change) -> Iterable[str]:
    """A node that was deleted, or declared out of service."""
    if change.new is None:
        return (change.old["metadata"]["name"],) if change.old is not None else ()
    return (OUT + change.new["metadata"]["name"],) if _is_out(change.new) else ()


def node_that_is_not_there(component: Component, change: Change) -> Iterable[str]:
    """The node that a Pod was just bound to where there is none of that name, or that it leaves where it is out."""
    pod, old = change.new, change.old
    name = pod["spec"].get("nodeName") if pod is not None else None
    if pod is None or not name:
        return ()
    if old is not None and old["spec"].get("nodeName") == name:
        if "deletionTimestamp" not in pod["metadata"] or "deletionTimestamp" in old["metadata"]:
            return ()
        node = component.store.get(Node.path(Key("", name)))
        return (OUT + name,) if node is not None and _is_out(node) else ()
    return (name,) if Node.prefix + name not in component.store.table(Node.prefix).rows else ()


def _is_out(node: Object) -> bool:
    return any(taint["key"] == OUT_OF_SERVICE for taint in (node["spec"] or {}).get("taints") or ())


def _is_ready(node: Object) -> bool:
    conditions = (node.get("status") or {}).get("conditions") or ()
    return any(each["type"] == "Ready" and each["status"] == "True" for each in conditions)


class PodGarbageCollector(Controller):
    """Looks at a node's Pods a while after the node has gone."""

    name = "podgc"
    user = service_account("pod-garbage-collector")
    source = "pod-garbage-collector"
    watches = {Node: gone_node, Pod: node_that_is_not_there}
    heeds = {gone_node: GONE | SPEC, node_that_is_not_there: BOUND | SPEC | METADATA}

    def _listener(self, keys_of: KeysOf) -> Callable[[Change], None]:
        def listen(change: Change) -> None:
            for name in keys_of(self, change):
                self.look(name)

        return listen

    def look(self, key: str) -> None:
        """Looks at a node that is missing after a while, at one that is out of service at the next look."""
        if key.startswith(OUT):
            self.cluster.agenda.add(self.name, key, next_look(self.now, PERIOD))
        else:
            self.later(key, QUARANTINE)

    def resync(self) -> None:
        """Looks at every node that Pods name and that is not there, and at those that are out of service."""
        for pod in self.api.list(Pod):
            for name in node_that_is_not_there(self, Change(0, "", None, pod)):
                self.look(name)
        for node in self.api.list(Node):
            for name in gone_node(self, Change(0, "", None, node)):
                self.look(name)

    def reconcile(self, key: str) -> None:
        """Deletes the Pods of a node that is still missing."""
        if key.startswith(OUT):
            self.release(key)
        elif self.api.get(Node, Key("", key)) is None:
            for pod in self.api.indexed(Pod, "node", key):
                self.remove(pod, "PodGC: node no longer exists")

    def release(self, key: str) -> None:
        """Deletes the Pods that are to leave a node which is out of service and silent."""
        name = key.removeprefix(OUT)
        node = self.api.get(Node, Key("", name))
        leaving = [pod for pod in self.api.indexed(Pod, "node", name) if "deletionTimestamp" in pod["metadata"]]
        if node is None or not _is_out(node) or not leaving:
            return
        if _is_ready(node):
            self.look(key)
            return
        for pod in leaving:
            self.remove(pod)

    def remove(self, pod: Object, why: str = "") -> None:
        """Marks a Pod as failed and deletes it at once: nobody is there to end it."""
        status = pod.get("status", {})
        if status.get("phase") not in ENDED:
            if why:
                now = self.clock.timestamp()
                status = with_condition(status, "DisruptionTarget", "True", "DeletionByPodGC", why, now)
            pod = self.api.update_status(Pod, {**pod, "status": {**status, "phase": "Failed"}})
        self.api.delete(Pod, key_of(pod), grace=0)
