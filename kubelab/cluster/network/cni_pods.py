"""The network plug-ins' Pods: what they have come to on a node decides whether its Pods are reached.

An init container installs the CNI configuration; the daemon then joins the node to the others (flanneld writes
/run/flannel/subnet.env, flannel.1 and the routes). All of that stays when the Pod goes, as in life: a node that has it
keeps its network, and an agent's rules for NetworkPolicies.
Source: flannel-io/flannel, Documentation/kubernetes.md and kube-flannel.yml; docs.tigera.io/calico; docs.cilium.io.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import TYPE_CHECKING

import yaml

from kubelab.cluster.aspects import PLACED
from kubelab.cluster.cni import DIRECTORY, lease_problem
from kubelab.cluster.component import Component
from kubelab.cluster.kinds import ConfigMap, Node, Pod
from kubelab.cluster.network import cnifiles
from kubelab.cluster.network.kube_proxy import container_runs
from kubelab.cluster.network.plugins import LABELS, PLUGINS
from kubelab.cluster.objects import Key, Object, labels_of
from kubelab.cluster.store import Change

if TYPE_CHECKING:
    from kubelab.cluster.cluster import Cluster

FILES = f"/machine/files/{cnifiles.TREE}"  # before a node's name
FLANNEL_CONFIG = Key("kube-flannel", "kube-flannel-cfg")
POLICIES = "kube-network-policies"  # the container that enforces NetworkPolicies (flannel's netpol option)


def plugin_in(pod: Object) -> str:
    """Returns the plug-in whose Pod this is, "" for none."""
    labels = labels_of(pod)  # it is asked of every Pod's every write: most have neither value
    found = LABELS.get(labels.get("k8s-app", ""), ("", ""))
    if found[0] != "k8s-app":
        found = LABELS.get(labels.get("app", ""), ("", ""))
        return found[1] if found[0] == "app" else ""
    return found[1]


def its_node(_component: Component, change: Change) -> Iterable[str]:
    """The node of a plug-in's Pod."""
    pod = change.new if change.new is not None else change.old
    if pod is None or not plugin_in(pod) or "nodeName" not in pod["spec"]:
        return ()
    return (pod["spec"]["nodeName"],)


def has_run(pod: Object, containers: tuple[str, ...]) -> bool:
    """Tells whether one of these init containers of a Pod has ended well."""
    for status in pod.get("status", {}).get("initContainerStatuses") or ():
        if status["name"] in containers and status.get("state", {}).get("terminated", {}).get("exitCode") == 0:
            return True
    return False


def id_of(pod: Object, container: str) -> str:
    """Returns the id that the runtime gave a container of a Pod."""
    statuses = pod["status"].get("containerStatuses") or ()
    return next((str(status.get("containerID", "")) for status in statuses if status["name"] == container), "")


class NetworkPlugin(Component):
    """The network plug-ins' Pods of all nodes."""

    name = "cni"
    user = "system:serviceaccount:kube-flannel:flannel"
    watches = {Pod: its_node}
    heeds = {its_node: PLACED}
    whose = {its_node: lambda pod: bool(plugin_in(pod))}

    def __init__(self, cluster: Cluster) -> None:
        super().__init__(cluster)
        self.store.subscribe("/machine/files/", self._file_changed)

    def _file_changed(self, change: Change) -> None:
        if change.key.startswith(FILES) and DIRECTORY in change.key:
            self.cluster.agenda.add(self.name, DIRECTORY + change.key.removeprefix(FILES).partition("/")[0])

    def reconcile(self, key: str) -> None:
        """Does on the node named `key` what its plug-in's Pod has come to, or looks for the CNI configuration there."""
        network = self.cluster.network
        if key.startswith(DIRECTORY):
            self._look(key.removeprefix(DIRECTORY))
            return
        pods = [pod for pod in self.api.indexed(Pod, "node", key) if plugin_in(pod)]
        node = self.api.get(Node, Key("", key))
        pod_range = node["spec"].get("podCIDR") if node else None
        for pod in pods:
            name = plugin_in(pod)
            plugin = PLUGINS[name]
            if has_run(pod, plugin.installers):
                network.install_cni(key, self.mode(name, key))
                self._write(key, pod)
            if pod_range and container_runs(pod, plugin.daemon) and not self._lacks_lease(name, key, pod_range):
                network.join_overlay(key, pod_range, id_of(pod, plugin.daemon))
                if plugin.agent:
                    network.enforce_policies(key, True)
        if any(container_runs(pod, POLICIES) for pod in pods):
            network.enforce_policies(key, True)
        elif not any(PLUGINS[plugin_in(pod)].agent for pod in pods) and not network.plugin(key).agent:
            network.enforce_policies(key, False)

    def _lacks_lease(self, name: str, node: str, pod_range: str) -> bool:
        return name == "flannel" and bool(lease_problem(node, pod_range, network_in(self._configuration())))

    def _configuration(self) -> str:
        """Returns flannel's net-conf.json."""
        kept = self.store.get(ConfigMap.path(FLANNEL_CONFIG))
        return str((kept or {}).get("data", {}).get("net-conf.json", ""))

    def _look(self, node: str) -> None:
        network = self.cluster.network
        if node in network.attachments.hosts:
            network.find_configured(node, cnifiles.is_configured(cnifiles.disk_of(self.cluster, node)))

    def _write(self, node: str, pod: Object) -> None:
        """Has the init container of a new Pod write the configuration anew, where somebody took it away."""
        network, uid = self.cluster.network, pod["metadata"]["uid"]
        host = network.attachments.host(node)
        if host.get("installer") != uid:
            if "unconfigured" in host:
                cnifiles.put_back(cnifiles.disk_of(self.cluster, node), host, network.pod_subnet)
            network.attachments.keep_host(node, installer=uid)

    def mode(self, name: str, node: str) -> str:
        """Returns a plug-in in the mode that its configuration asks for; a daemon that runs already keeps its own."""
        if name != "flannel":
            return name
        kept = str(self.cluster.network.attachments.host(node).get("cni", ""))
        backend = backend_in(self._configuration())
        if backend is None:
            return kept or name
        return "flannel-host-gw" if backend == "host-gw" else name


def backend_in(configuration: str) -> str | None:
    """Returns the backend that flannel's net-conf.json names, None where that cannot be read; it is all nodes'."""
    read = _read(configuration)
    return None if read is None else str((read.get("Backend") or {}).get("Type", "vxlan"))


def network_in(configuration: str) -> str:
    """Returns the network that flannel's net-conf.json names, "" where that cannot be read."""
    return str((_read(configuration) or {}).get("Network", ""))


@lru_cache(maxsize=64)
def _read(configuration: str) -> Object | None:
    try:
        read = yaml.safe_load(configuration) or {}
    except yaml.YAMLError:
        return None
    return read if isinstance(read, dict) else None
