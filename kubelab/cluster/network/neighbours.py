"""Who a network namespace knows on its links: `ip neigh`, and a bridge's and a tunnel's forwarding entries.

Worked out when somebody looks: the gateway and the neighbours that a place talks to all the time. Entries that the
plug-in wrote for other nodes are permanent; who deletes one cuts that way off. Source: ip-neighbour(8), bridge(8).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from kubelab.cluster.addresses import number, subnet
from kubelab.cluster.network.interfaces import CALICO_MAC, attachment_of, fill, mac
from kubelab.cluster.network.place import Place
from kubelab.cluster.network.plugins import plugin_of
from kubelab.cluster.network.stacks import of_node

if TYPE_CHECKING:
    from kubelab.cluster.network.network import Network


class Neighbour(NamedTuple):
    """One entry of the neighbour table."""

    address: str
    device: str
    mac: str
    state: str
    node: str = ""  # for an entry that leads to another node's Pods


class Forwarding(NamedTuple):
    """One entry of a forwarding database: a hardware address behind a port, or behind another machine."""

    mac: str
    device: str
    master: str = ""
    destination: str = ""
    node: str = ""


def neighbours_of(network: Network, place: Place) -> list[Neighbour]:
    """Returns a place's neighbours."""
    attachment = attachment_of(network, place)
    if attachment is not None:
        node = attachment.node
        plugin = plugin_of(network.attachments.host(node))
        hardware = CALICO_MAC if plugin.name == "calico" else mac(network, "cni0", node)
        return [Neighbour(fill(plugin.pod_gateway, network, node), "eth0", hardware, "REACHABLE")]
    if not place.node:
        return [Neighbour("192.168.100.1", "enp0s3", mac(network, "router"), "REACHABLE")]
    return _of_node(network, place.node)


def _of_node(network: Network, node: str) -> list[Neighbour]:
    hosts = network.attachments.hosts
    plugin = plugin_of(hosts.get(node, {}))
    found = [Neighbour("192.168.100.1", "eth0", mac(network, "router"), "REACHABLE")]
    for other, record in hosts.items():
        if other != node:
            state = "FAILED" if record.get("down") else "REACHABLE"
            found.append(Neighbour(str(record["ip"]), "eth0", mac(network, other), state))
    unknown = network.stacks.of(of_node(node)).get("unknown") or ()
    if plugin.tunnel == "flannel.1":
        found += [
            Neighbour(str(subnet(str(record["subnet"])).at(0)), plugin.tunnel, mac(network, "tunnel", other),
                      "PERMANENT", other)
            for other, record in hosts.items()
            if other != node and "subnet" in record and other not in unknown
        ]  # fmt: skip
    pods = sorted(
        (pod for pod in network.attachments.pods.values() if pod.node == node), key=lambda pod: number(pod.ip)
    )
    found += [
        Neighbour(pod.ip, plugin.bridge or network.links.veth(pod), mac(network, pod.uid), "REACHABLE") for pod in pods
    ]
    return found


def forwarding_of(network: Network, node: str) -> list[Forwarding]:
    """Returns the forwarding entries of a node's bridge and tunnel."""
    hosts = network.attachments.hosts
    plugin = plugin_of(hosts.get(node, {}))
    found = []
    if plugin.bridge:
        for pod in network.attachments.pods.values():
            if pod.node == node:
                found.append(Forwarding(mac(network, pod.uid), network.links.veth(pod), plugin.bridge))
    unknown = network.stacks.of(of_node(node)).get("unknown") or ()
    if plugin.tunnel == "flannel.1":
        for other, record in hosts.items():
            if other != node and "subnet" in record and other not in unknown:
                hardware = mac(network, "tunnel", other)
                found.append(Forwarding(hardware, plugin.tunnel, "", str(record["ip"]), other))
    return found
