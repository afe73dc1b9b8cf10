"""kube-proxy: a node's rules follow the Services while its Pod runs there, and stand still while it does not.

The rules themselves are worked out by the rule book; this only sees the Pods come and go. The mode is what the
configuration says when the program starts. Source: kubernetes.io, reference/config-api/kube-proxy-config.v1alpha1.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

import yaml

from kubelab.cluster.aspects import PLACED
from kubelab.cluster.component import Component
from kubelab.cluster.kinds import ConfigMap, Pod
from kubelab.cluster.network.rulebook import IPTABLES, IPVS, NFTABLES
from kubelab.cluster.network.stacks import of_node
from kubelab.cluster.objects import Key, Object, labels_of
from kubelab.cluster.store import Change

LABEL, NAME = "k8s-app", "kube-proxy"
CONFIGURATION = Key("kube-system", "kube-proxy")
MODES = (IPTABLES, IPVS, NFTABLES)


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
    heeds = {its_node: PLACED}
    whose = {its_node: lambda pod: labels_of(pod).get(LABEL) == NAME}

    def reconcile(self, key: str) -> None:
        """Lets the rules of the node named `key` follow, or stand still."""
        network, pods = self.cluster.network, self.api.indexed(Pod, "node", key)
        if any(labels_of(pod).get(LABEL) == NAME and container_runs(pod, NAME) for pod in pods):
            if not network.rules.is_running(key):
                network.rules.proxy_started(key, self.mode())
                self.restore(of_node(key))
        else:
            network.rules.proxy_stopped(key)

    def mode(self) -> str:
        """Returns the mode that the configuration asks for."""
        kept = self.store.get(ConfigMap.path(CONFIGURATION)) or {}
        return mode_in((kept.get("data") or {}).get("config.conf", ""))

    def restore(self, stack: str) -> None:
        """Writes its rules anew where somebody had deleted them by hand, as its first full sync does."""
        stacks = self.cluster.network.stacks
        firewall = stacks.of(stack).get("firewall")
        if not firewall:
            return
        left: Object = {}
        for table, touched in firewall.items():
            chains = {chain: restored(kept) for chain, kept in touched.items()}
            left[table] = {chain: kept for chain, kept in chains.items() if kept}
        stacks.change(stack, firewall={table: chains for table, chains in left.items() if chains})


@lru_cache(maxsize=64)
def mode_in(configuration: str) -> str:
    """Returns the mode that a KubeProxyConfiguration asks for; all nodes have the same one."""
    try:
        read = yaml.safe_load(configuration) or {}
    except yaml.YAMLError:
        return IPTABLES
    mode = read.get("mode") if isinstance(read, dict) else ""
    return mode if mode in MODES else IPTABLES


def restored(touched: Object) -> Object:
    """Returns what is left of a chain's changes when the components' own rules are back."""
    return {field: value for field, value in touched.items() if field not in ("gone", "flushed")}
