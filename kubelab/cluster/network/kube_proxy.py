"""kube-proxy: a node's rules follow the Services while its Pod runs there, and stand still while it does not.

The rules themselves are worked out by the rule book; this only sees the Pods come and go.
"""

from __future__ import annotations

from collections.abc import Iterable

from kubelab.cluster.component import Component
from kubelab.cluster.kinds import Pod
from kubelab.cluster.objects import Object, labels_of
from kubelab.cluster.store import Change

LABEL, NAME = "k8s-app", "kube-proxy"


def its_node(_component: Component, change: Change) -> Iterable[str]:
    """The node of a kube-proxy Pod."""
    pod = change.new if change.new is not None else change.old
    if pod is None or labels_of(pod).get(LABEL) != NAME or "nodeName" not in pod["spec"]:
        return ()
    return (pod["spec"]["nodeName"],)


def container_runs(pod: Object, container: str) -> bool:
    """Tells whether a container of a Pod is running."""
    statuses = pod.get("status", {}).get("containerStatuses") or ()
    return any(status["name"] == container and "running" in status.get("state", {}) for status in statuses)


class KubeProxy(Component):
    """The kube-proxies of all nodes."""

    name = "kube-proxy"
    user = "system:serviceaccount:kube-system:kube-proxy"
    watches = {Pod: its_node}

    def reconcile(self, key: str) -> None:
        """Lets the rules of the node named `key` follow, or stand still."""
        pods = self.api.indexed(Pod, "node", key)
        if any(labels_of(pod).get(LABEL) == NAME and container_runs(pod, NAME) for pod in pods):
            self.cluster.network.rules.proxy_started(key)
        else:
            self.cluster.network.rules.proxy_stopped(key)
