"""Evicts Pods from nodes whose NoExecute taints they do not tolerate, or no longer.

Source: pkg/controller/tainteviction; kubernetes.io, concepts/scheduling-eviction/taint-and-toleration.
"""

from __future__ import annotations

from collections.abc import Iterable

from kubelab.cluster.aspects import BOUND, SPEC
from kubelab.cluster.clock import parse_time
from kubelab.cluster.component import Component
from kubelab.cluster.conditions import with_condition
from kubelab.cluster.controllers.controller import Controller, service_account
from kubelab.cluster.kinds import Node, Pod
from kubelab.cluster.nodes import tolerates
from kubelab.cluster.objects import Key, Object, is_being_deleted, key_of
from kubelab.cluster.store import Change

EFFECT = "NoExecute"
SINCE = "/machine/tainteviction/"  # <namespace>/<pod> -> since when it is under a taint that does not say so itself


def pods_under_new_taints(component: Component, change: Change) -> Iterable[str]:
    """All Pods of a node whose NoExecute taints changed."""
    node = change.new
    if node is None or _taints(change.old) == _taints(node):
        return ()
    return [str(key_of(pod)) for pod in component.api.indexed(Pod, "node", node["metadata"]["name"])]


def placed_pod(component: Component, change: Change) -> Iterable[str]:
    """A Pod that has just come to a tainted node, or whose tolerations changed."""
    pod, old = change.new, change.old
    if pod is None or not pod["spec"].get("nodeName") or (old is not None and old["spec"] is pod["spec"]):
        return ()
    node = component.store.table(Node.prefix).rows.get(Node.prefix + pod["spec"]["nodeName"])
    return (str(key_of(pod)),) if _taints(node) else ()


def _taints(node: Object | None) -> list[Object]:
    taints = node["spec"].get("taints") if node is not None and "spec" in node else None
    if not taints:
        return []
    return [taint for taint in taints if taint["effect"] == EFFECT]


class TaintEvictionController(Controller):
    """Deletes Pods that may not stay on their node."""

    name = "tainteviction"
    user = service_account("node-controller")
    source = "taint-eviction-controller"
    watches = {Node: pods_under_new_taints, Pod: placed_pod}
    heeds = {pods_under_new_taints: SPEC, placed_pod: BOUND | SPEC}

    def reconcile(self, key: str) -> None:
        """Deletes one Pod now or later, or lets it stay."""
        pod = self.api.get(Pod, Key.parse(key))
        if pod is None or is_being_deleted(pod) or not pod["spec"].get("nodeName"):
            self.store.delete(SINCE + key)
            return
        node = self.api.get(Node, Key("", pod["spec"]["nodeName"]))
        due = self.due(pod, _taints(node))
        if due is None:
            self.store.delete(SINCE + key)
            return
        if due > self.now:
            self.later(key, due - self.now)
            return
        message = f"Marking for deletion Pod {key}"
        self.api.event(pod, "Normal", "TaintManagerEviction", message)
        now = self.clock.timestamp()
        why = "Taint manager: deleting due to NoExecute taint"
        status = with_condition(pod.get("status", {}), "DisruptionTarget", "True", "DeletionByTaintManager", why, now)
        self.api.report(Pod, pod, status)
        self.api.delete(Pod, key_of(pod))

    def first_seen(self, pod: Object) -> float:
        """Returns when a Pod was first seen under such taints, in seconds since the epoch."""
        path, uid = f"{SINCE}{key_of(pod)}", pod["metadata"]["uid"]
        kept = self.store.get(path)
        if kept is None or kept["uid"] != uid:
            kept = self.store.put(path, {"uid": uid, "since": self.now})
        return float(kept["since"])

    def due(self, pod: Object, taints: list[Object]) -> float | None:
        """Returns when the Pod has to go, in seconds since the epoch; None if it may stay."""
        first: float | None = None
        for taint in taints:
            since = parse_time(taint["timeAdded"]) if taint.get("timeAdded") else self.first_seen(pod)
            matching = [found for found in pod["spec"].get("tolerations") or () if tolerates(found, taint)]
            if not matching:
                return since
            seconds = [found["tolerationSeconds"] for found in matching if "tolerationSeconds" in found]
            if seconds:
                due = since + max(0, min(seconds))
                first = due if first is None else min(first, due)
        return first
