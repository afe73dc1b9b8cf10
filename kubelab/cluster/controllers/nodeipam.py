"""Gives each node its range of Pod addresses.

Source: pkg/controller/nodeipam/ipam/range_allocator.go.
"""

from __future__ import annotations

from ipaddress import IPv4Network

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

    def _range(self) -> IPv4Network:
        # 5,000 nodes of 254 addresses do not fit into a /16; such clusters are given a /11.
        return IPv4Network(
            "10.244.0.0/16" if len(self.cluster.store.table("/machine/node/").rows) <= 256 else "10.224.0.0/11"
        )

    def reconcile(self, key: str) -> None:
        """Gives a node the first range that is free, or takes back that of one that is gone."""
        node = self.api.get(Node, Key("", key))
        if node is None:
            self.start()
        elif not node["spec"].get("podCIDR"):
            self._allocate(node)

    def _allocate(self, node: Object) -> None:
        network = self._range()
        step = 2 ** (32 - MASK)
        while str(found := IPv4Network((int(network.network_address) + self._next * step, MASK))) in self._taken:
            self._next += 1
        self._taken.add(str(found))
        self.api.update(Node, with_spec(node, podCIDR=str(found), podCIDRs=[str(found)]))
