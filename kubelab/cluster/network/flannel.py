"""flannel, the network plug-in: its Pod makes a node's Pods reachable.

Its init container installs the CNI configuration; flanneld then writes /run/flannel/subnet.env and sets up
flannel.1 and the routes. All of that stays when the Pod goes, as in life: a node that has it keeps its network.
Source: flannel-io/flannel, Documentation/kubernetes.md and kube-flannel.yml.
"""

from __future__ import annotations

from collections.abc import Iterable

from kubelab.cluster.component import Component
from kubelab.cluster.kinds import Node, Pod
from kubelab.cluster.network.kube_proxy import container_runs
from kubelab.cluster.objects import Key, Object, labels_of
from kubelab.cluster.store import Change

LABEL, NAME = "app", "flannel"
INSTALLER = "install-cni"
DAEMON = "kube-flannel"
POLICIES = "kube-network-policies"  # the container that enforces NetworkPolicies (flannel's netpol option)


def its_node(_component: Component, change: Change) -> Iterable[str]:
    """The node of a flannel Pod."""
    pod = change.new if change.new is not None else change.old
    if pod is None or labels_of(pod).get(LABEL) != NAME or "nodeName" not in pod["spec"]:
        return ()
    return (pod["spec"]["nodeName"],)


def has_run(pod: Object, container: str) -> bool:
    """Tells whether an init container of a Pod has ended well."""
    for status in pod.get("status", {}).get("initContainerStatuses") or ():
        if status["name"] == container:
            return bool(status.get("state", {}).get("terminated", {}).get("exitCode") == 0)
    return False


class Flannel(Component):
    """The flannel Pods of all nodes."""

    name = "flannel"
    user = "system:serviceaccount:kube-flannel:flannel"
    watches = {Pod: its_node}

    def reconcile(self, key: str) -> None:
        """Does on the node named `key` what its flannel Pod has come to."""
        network = self.cluster.network
        pods = [pod for pod in self.api.indexed(Pod, "node", key) if labels_of(pod).get(LABEL) == NAME]
        if any(has_run(pod, INSTALLER) for pod in pods):
            network.install_cni(key)
        node = self.api.get(Node, Key("", key))
        pod_range = node["spec"].get("podCIDR") if node else None
        if pod_range and any(container_runs(pod, DAEMON) for pod in pods):
            network.join_overlay(key, pod_range)
        network.enforce_policies(key, any(container_runs(pod, POLICIES) for pod in pods))
