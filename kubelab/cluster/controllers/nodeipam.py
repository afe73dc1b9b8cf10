"""Gives each node its range of Pod addresses.

Source: pkg/controller/nodeipam/ipam/range_allocator.go.
"""

from __future__ import annotations

from ipaddress import IPv4Network

from kubelab.cluster import processflags
from kubelab.cluster.component import itself
from kubelab.cluster.controllers.controller import Controller, service_account
from kubelab.cluster.kinds import Node
from kubelab.cluster.objects import Key, Object, with_spec

MASK = 24


class NodeIpam(Controller):
    """Keeps spec.podCIDR of all nodes apart."""

    name = "nodeipam"
    user = service_account("node-controller")
    watches = {Node: itself}
    pace = 0.0

    def start(self) -> None:
        """Reads which ranges are taken."""
        self._taken = {node["spec"]["podCIDR"] for node in self.api.list(Node) if node["spec"].get("podCIDR")}
        self._next = 0

    def reconcile(self, key: str) -> None:
        """Gives a node the first range that is free, or takes back that of one that is gone."""
        node = self.api.get(Node, Key("", key))
        if node is None:
            self.start()
        elif not node["spec"].get("podCIDR") and (whole := self._flag("cluster-cidr")) and self._allocates():
            self._allocate(node, IPv4Network(whole))

    def _allocates(self) -> bool:
        return self._flag("allocate-node-cidrs") == "true"

    def _flag(self, name: str) -> str:
        return processflags.text(self.cluster, "kube-controller-manager", name, "")

    def _allocate(self, node: Object, network: IPv4Network) -> None:
        step = 2 ** (32 - MASK)
        while str(found := IPv4Network((int(network.network_address) + self._next * step, MASK))) in self._taken:
            self._next += 1
        self._taken.add(str(found))
        self.api.update(Node, with_spec(node, podCIDR=str(found), podCIDRs=[str(found)]))
