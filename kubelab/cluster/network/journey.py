"""One packet's way from a program to a program: each hop decides from state that can be inspected and broken.

Loopback, veth and bridge cni0 on a node, flannel.1 between nodes, the wire to everything else; on each node that
it enters, first kube-proxy's rules, then the routes. Answers take the same way back and are not walked again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kubelab.cluster.addresses import GATEWAY, LOOPBACK, OUTSIDE, WORKSTATION, subnet
from kubelab.cluster.network import portmap
from kubelab.cluster.network import walk as ends
from kubelab.cluster.network.attachments import Attachment
from kubelab.cluster.network.translation import FROM_NODE, FROM_POD, FROM_WIRE, Translation
from kubelab.cluster.network.walk import Hop, Packet, Target, Walk
from kubelab.cluster.sockets import ANY

if TYPE_CHECKING:
    from kubelab.cluster.network.network import Network


class Journey:
    """Takes one packet through the network and writes its walk.

    Args:
        walk: gets the hops and the outcome.
        packet: as the program sends it; a source of "" is filled in by the first route.
    """

    def __init__(self, network: Network, walk: Walk, packet: Packet) -> None:
        self.network = network
        self.walk = walk
        self.packet = packet
        self.attachments = network.attachments
        self.service = ""
        self.masquerade = False
        self.sender: Attachment | None = None

    def hop(self, place: str, component: str, rule: str, verdict: str, after: Packet | None = None) -> None:
        """Notes what a station did; `after` becomes the packet."""
        before = self.packet
        if after is not None:
            self.packet = after
        self.walk.hops.append(Hop(place, component, rule, before, self.packet, verdict))

    def end(self, outcome: str, seconds: float = 0.0) -> None:
        """Notes how it ended; `seconds` pass until the sender knows."""
        self.walk.outcome = outcome
        self.walk.seconds += seconds

    # from where

    def from_pod(self, sender: Attachment) -> None:
        """Sends from a Pod's network namespace."""
        self.sender = sender
        place = f"Pod {sender.namespace}/{sender.pod}"
        destination = self.packet.destination
        if destination == sender.ip or LOOPBACK.holds(destination):
            self._loopback(place, destination, sender.ip)
            self.deliver(sender.node, sender.namespace, sender.pod)
            return
        pod_range = subnet(self.network.attachments.host(sender.node)["subnet"])
        bridge = pod_range.at(1)
        on_link = pod_range.holds(destination)
        route = f"{pod_range} dev eth0 src {sender.ip}" if on_link else f"default via {bridge} dev eth0"
        self.packet = self.packet._replace(source=sender.ip)
        self.hop(place, "eth0", route, "forward")
        node = f"node {sender.node}"
        self.hop(node, "cni0", f"{self.network.links.veth(sender)} master cni0", "forward")
        self.walk.seconds += ends.BRIDGE_HOP
        if not on_link:
            self.walk.routers.append(bridge)
        self.enter(sender.node, FROM_POD)

    def from_node(self, node: str) -> None:
        """Sends from a node's own network namespace."""
        place, destination = f"node {node}", self.packet.destination
        if LOOPBACK.holds(destination):
            self._loopback(place, destination, destination)
            if self.translate(node, FROM_NODE):
                self._leave_loopback(node, destination)
            return
        self.packet = self.packet._replace(source=self.network.links.source_for(node, destination))
        self.enter(node, FROM_NODE)

    def from_outside(self) -> None:
        """Sends from the workstation, which has one wire and the default route of any computer."""
        destination = self.packet.destination
        if destination == WORKSTATION or LOOPBACK.holds(destination):
            self._loopback("outside host", destination, destination)
            self.deliver("", "", "")
            return
        self.packet = self.packet._replace(source=WORKSTATION)
        self.over_wire("outside host", "enp0s3")

    def _loopback(self, place: str, destination: str, source: str) -> None:
        self.packet = self.packet._replace(source=source)
        self.hop(place, "lo", f"local {destination} dev lo", "forward")
        self.walk.seconds += ends.LOCAL_HOP

    def _leave_loopback(self, node: str, destination: str) -> None:
        if self.packet.destination == destination:
            self.deliver(node, "", "")
        else:
            self.route(node)

    # on a node

    def enter(self, node: str, came: str) -> None:
        """Lets a node handle the packet: rewrite it by kube-proxy's rules, then route it."""
        if self.translate(node, came):
            self.route(node)

    def translate(self, node: str, came: str) -> bool:
        """Applies kube-proxy's rules of a node; False when they ended the walk."""
        translation = Translation(self.network, node, came, self.packet)
        place = f"node {node}"
        if translation.match is None:
            self._map_port(place, node)
            return True
        self.service = translation.match.port.name
        after = translation.result
        if after is None:
            self.hop(place, "kube-proxy", translation.rule, translation.verdict)
            if translation.verdict == "REJECT":
                self.end(ends.REFUSED, ends.LOCAL_HOP)
            else:
                self.end(ends.TIMEOUT, ends.SYN_TIMEOUT)
            return False
        self.hop(place, "kube-proxy", translation.rule, "DNAT", after)
        self.masquerade = translation.masquerade
        return True

    def _map_port(self, place: str, node: str) -> None:
        """Rewrites a packet for a port of the node that is a Pod's hostPort."""
        packet = self.packet
        if packet.destination not in self.network.links.own_addresses(node):
            return
        found = portmap.find(self.network, node, packet.port, packet.protocol)
        if found is not None:
            after = packet._replace(destination=found.attachment.ip, port=found.port)
            self.hop(place, "portmap", found.rule, "DNAT", after)

    def route(self, node: str) -> None:
        """Sends the packet on from a node by its routing table."""
        if not self.network.policies.allows_egress(self, node):
            self.end(ends.TIMEOUT, ends.SYN_TIMEOUT)
            return
        destination = self.packet.destination
        if destination in self.network.links.own_addresses(node):
            self.deliver(node, "", "")
            return
        owner = self.attachments.bridge_of(destination)
        if owner == node:
            self.over_bridge(node)
        elif owner is not None and "subnet" in self.attachments.host(node):
            self.over_overlay(node, owner)
        else:
            self._out_of_cluster(node)

    def over_bridge(self, node: str) -> None:
        """Hands the packet to a Pod on this node."""
        pod_range = subnet(self.attachments.host(node)["subnet"])
        place = f"node {node}"
        target = self.attachments.pods.get(self.packet.destination)
        if target is None:
            self.hop(place, "cni0", f"{pod_range} dev cni0 src {pod_range.at(1)}: nobody answers ARP", "lost")
            self.end(ends.NO_ROUTE, ends.ARP_FAILURE)
            return
        if not self.network.policies.allows_ingress(self, node, target):
            self.end(ends.TIMEOUT, ends.SYN_TIMEOUT)
            return
        self._masquerade(node, pod_range.at(1))
        self.hop(place, "cni0", f"{pod_range} dev cni0 src {pod_range.at(1)}", "forward")
        self.walk.seconds += ends.BRIDGE_HOP
        self.deliver(node, target.namespace, target.pod)

    def over_overlay(self, node: str, other: str) -> None:
        """Sends the packet in a VXLAN tunnel to the node that has the destination's range."""
        here, there = self.attachments.host(node), self.attachments.host(other)
        pod_range = subnet(there["subnet"])
        self._masquerade(node, subnet(here["subnet"]).at(0))
        tunnel = f"{here['ip']} > {there['ip']} VXLAN 8472"
        route = f"{pod_range} via {pod_range.at(0)} dev flannel.1 onlink"
        inner = self.packet
        self.walk.hops.append(Hop(f"node {node}", "flannel.1", route, inner, tunnel, "encapsulate"))
        if there.get("down"):
            self.end(ends.TIMEOUT, ends.SYN_TIMEOUT)
            return
        tunnel_end = "vxlan id 1 dstport 8472"
        self.walk.hops.append(Hop(f"node {other}", "flannel.1", tunnel_end, tunnel, inner, "decapsulate"))
        self.walk.routers.append(pod_range.at(0))
        self.walk.seconds += ends.OVERLAY_HOP
        self.enter(other, FROM_WIRE)

    def _out_of_cluster(self, node: str) -> None:
        ip = self.attachments.host(node)["ip"]
        if self.packet.source != ip:
            # A Pod's address means nothing on the wire (flanneld masquerades it, and so does kube-proxy's mark).
            self.hop(
                f"node {node}",
                "flanneld",
                f"-A FLANNEL-POSTRTG -s {self.network.pod_subnet} ! -d 224.0.0.0/4 "
                '-m comment --comment "flanneld masq" -j MASQUERADE --random-fully',
                "MASQUERADE",
                self.packet._replace(source=ip),
            )
        self.over_wire(f"node {node}", "eth0")

    def _masquerade(self, node: str, source: str) -> None:
        if self.masquerade and self.packet.source != source:
            rule = '-A KUBE-POSTROUTING -m comment --comment "kubernetes service traffic requiring SNAT" -j MASQUERADE'
            self.hop(f"node {node}", "kube-proxy", f"{rule} --random-fully", "MASQUERADE",
                     self.packet._replace(source=source))  # fmt: skip
        self.masquerade = False

    # between machines

    def over_wire(self, place: str, interface: str) -> None:
        """Sends the packet over the lab's local network, to a machine or to the router."""
        destination = self.packet.destination
        node = self.attachments.owners.get(destination)
        if node is None:
            node = self.network.announced(destination)
        if node is not None and not self.attachments.host(node).get("down"):
            self.hop(place, interface, f"{OUTSIDE} dev {interface}", "forward")
            self.walk.seconds += ends.WIRE_HOP
            self.enter(node, FROM_WIRE)
        elif destination == WORKSTATION:
            self.hop(place, interface, f"{OUTSIDE} dev {interface}", "forward")
            self.walk.seconds += ends.WIRE_HOP
            self.deliver("", "", "")
        elif destination == GATEWAY:
            self.hop(place, interface, f"{OUTSIDE} dev {interface}", "forward")
            self.network.internet.arrive_at_router(self)
        elif node is not None or OUTSIDE.holds(destination):
            self.hop(place, interface, f"{OUTSIDE} dev {interface}: nobody answers ARP", "lost")
            self.end(ends.NO_ROUTE, ends.ARP_FAILURE)
        else:
            self.hop(place, interface, f"default via {GATEWAY} dev {interface}", "forward")
            self.walk.routers.append(GATEWAY)
            self.network.internet.arrive(self)

    # at the end

    def deliver(self, node: str, namespace: str, pod: str) -> None:
        """Hands the packet to whoever listens in a network namespace; a node's own where `pod` is ""."""
        packet, walk = self.packet, self.walk
        place = f"Pod {namespace}/{pod}" if pod else f"node {node}" if node else "outside host"
        walk.client, walk.client_port = packet.source, packet.source_port
        walk.target = Target(node, namespace, pod, "", packet.destination, packet.port, self.service)
        if packet.protocol == "ICMP":
            self.hop(place, "kernel", "echo request", "deliver")
            self.end(ends.CONNECTED)
            return
        listener = self.network.sockets.listener(node, namespace, pod, packet.port, packet.protocol)
        if listener is None or listener.address not in (ANY, packet.destination):
            self.hop(place, "kernel", f"nobody listens on {packet.destination}:{packet.port}", "refused")
            self.end(ends.REFUSED, ends.LOCAL_HOP)
            return
        who = f"{listener.container} listens on {listener.address}:{listener.port}"
        self.hop(place, "socket", who, "deliver")
        walk.target = walk.target._replace(container=listener.container)
        self.end(ends.CONNECTED, ends.LOCAL_HOP)
