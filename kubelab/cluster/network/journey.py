"""One packet's way from a program to a program: each hop decides from state that can be inspected and broken.

Loopback, the cable and the bridge on a node, the plug-in's tunnel between nodes, the wire to everything else; on each
node that it enters, first kube-proxy's rules, then the routes. Answers take the same way back and are not walked again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kubelab.cluster.addresses import GATEWAY, LOOPBACK, OUTSIDE, WORKSTATION, subnet
from kubelab.cluster.network import byhand, firewall, portmap, proxied
from kubelab.cluster.network import walk as ends
from kubelab.cluster.network.attachments import Attachment
from kubelab.cluster.network.interfaces import fill
from kubelab.cluster.network.plugins import Plugin, plugin_of
from kubelab.cluster.network.stacks import of_node, of_pod
from kubelab.cluster.network.translation import FROM_NODE, FROM_POD, FROM_WIRE, Translation
from kubelab.cluster.network.walk import Hop, Packet, Target, Walk
from kubelab.cluster.sockets import ANY
from kubelab.cluster.storage import nfsserver

if TYPE_CHECKING:
    from kubelab.cluster.network.network import Network
    from kubelab.cluster.objects import Object

MOST_ROUTERS = 30  # a packet that goes round in circles dies of its TTL


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
        self.changes = network.stacks.changes
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

    def lost(self, place: str, component: str, rule: str, verdict: str = "lost") -> None:
        """Notes that a packet vanished: the sender waits in vain."""
        self.hop(place, component, rule, verdict)
        self.end(ends.TIMEOUT, ends.SYN_TIMEOUT)

    def plugin(self, node: str) -> Plugin:
        """Returns a node's network plug-in."""
        return plugin_of(self.attachments.host(node))

    # from where

    def from_pod(self, sender: Attachment) -> None:
        """Sends from a Pod's network namespace."""
        self.sender = sender
        place = f"Pod {sender.namespace}/{sender.pod}"
        destination, node = self.packet.destination, sender.node
        if destination == sender.ip or LOOPBACK.holds(destination):
            self._loopback(place, destination, sender.ip)
            self.deliver(node, sender.namespace, sender.pod)
            return
        _, own_port, _, port, protocol = self.packet
        self.packet = Packet(sender.ip, own_port, destination, port, protocol)
        if self.changes and not byhand.leaves_pod(self, sender):
            return
        plugin, pod_range = self.plugin(node), subnet(self.attachments.host(node)["subnet"])
        on_link = plugin.on_link and pod_range.holds(destination)
        gateway = fill(plugin.pod_gateway, self.network, node) if not on_link else ""
        route = f"{pod_range} dev eth0 src {sender.ip}" if on_link else f"default via {gateway} dev eth0"
        self.hop(place, "eth0", route, "forward")
        cable = self.network.links.veth(sender)
        if plugin.bridge:
            self.hop(f"node {node}", plugin.bridge, f"{cable} master {plugin.bridge}", "forward")
        else:
            self.hop(f"node {node}", cable, f"{cable}@if2: the cable of Pod {sender.namespace}/{sender.pod}", "forward")
        self.walk.seconds += ends.BRIDGE_HOP
        if not on_link:
            self.walk.routers.append(self.network.links.source_for(node, sender.ip))
        self.enter(node, FROM_POD)

    def from_node(self, node: str) -> None:
        """Sends from a node's own network namespace."""
        place, destination = f"node {node}", self.packet.destination
        if LOOPBACK.holds(destination):
            self._loopback(place, destination, destination)
            if self.translate(node, FROM_NODE):
                self._leave_loopback(node, destination)
            return
        self.packet = self.packet._replace(source=self.network.links.source_for(node, destination))
        if self.changes and not firewall.passes(self, of_node(node), "OUTPUT", place):
            return
        self.enter(node, FROM_NODE)

    def from_outside(self) -> None:
        """Sends from the workstation, which has one wire and the default route of any computer."""
        destination = self.packet.destination
        if destination == WORKSTATION or LOOPBACK.holds(destination):
            self._loopback("outside host", destination, destination)
            self.deliver("", "", "")
            return
        self.packet = self.packet._replace(source=WORKSTATION)
        if self.changes and byhand.routed(self, "", FROM_NODE):
            return
        self.over_wire("outside host", "enp0s3")

    def _loopback(self, place: str, destination: str, source: str) -> None:
        self.packet = self.packet._replace(source=source)
        self.hop(place, "lo", f"local {destination} dev lo", "forward")
        self.walk.seconds += ends.LOCAL_HOP

    def _leave_loopback(self, node: str, destination: str) -> None:
        if self.packet.destination == destination:
            self.deliver(node, "", "")
        else:
            self.route(node, FROM_NODE)

    # on a node

    def enter(self, node: str, came: str) -> None:
        """Lets a node handle the packet: rewrite it by kube-proxy's rules, then route it."""
        if len(self.walk.routers) > MOST_ROUTERS:
            self.lost(f"node {node}", "kernel", "time to live exceeded in transit")
        elif self.translate(node, came):
            self.route(node, came)

    def translate(self, node: str, came: str) -> bool:
        """Applies kube-proxy's rules of a node; False when they ended the walk."""
        place = f"node {node}"
        if self.changes and not firewall.rewrites(self, node, came):
            return True
        translation = Translation(self.network, node, came, self.packet)
        if translation.match is None:
            if translation.verdict:
                self._refused(place, translation)
                return False
            self._map_port(place, node)
            return True
        self.service = translation.match.port.name
        after = translation.result
        if after is None:
            self._refused(place, translation)
            return False
        self.hop(place, "kube-proxy", translation.rule, "DNAT", after)
        self.masquerade = translation.masquerade
        if translation.astray:
            self.lost(place, "kernel", translation.astray)
        return not translation.astray

    def _refused(self, place: str, translation: Translation) -> None:
        self.hop(place, "kube-proxy", translation.rule, translation.verdict)
        if translation.verdict == "REJECT":
            self.end(ends.REFUSED, ends.LOCAL_HOP)
        else:
            self.end(ends.TIMEOUT, ends.SYN_TIMEOUT)

    def _map_port(self, place: str, node: str) -> None:
        """Rewrites a packet for a port of the node that is a Pod's hostPort."""
        packet = self.packet
        if packet.destination not in self.network.links.own_addresses(node):
            return
        found = portmap.find(self.network, node, packet.port, packet.protocol)
        if found is not None:
            after = packet._replace(destination=found.attachment.ip, port=found.port)
            self.hop(place, "portmap", found.rule, "DNAT", after)

    def route(self, node: str, came: str) -> None:
        """Sends the packet on from a node by its routing table."""
        if not self.network.policies.allows_egress(self, node):
            self.end(ends.TIMEOUT, ends.SYN_TIMEOUT)
            return
        destination = self.packet.destination
        if destination in self.network.links.own_addresses(node) or self._is_bound(node, destination):
            self.deliver(node, "", "")
            return
        if self.changes and byhand.routed(self, node, came):
            return
        owner = self.attachments.bridge_of(destination)
        if owner == node:
            self.to_local_pod(node)
        elif owner is not None and "subnet" in self.attachments.host(node):
            self.to_node(node, owner)
        else:
            self.out_of_cluster(node)

    def _is_bound(self, node: str, destination: str) -> bool:
        """Tells whether ipvs mode has bound a Service's address to the node."""
        rules = self.network.rules
        return rules.mode(node) == "ipvs" and rules.has_address(destination)

    def to_local_pod(self, node: str) -> None:
        """Hands the packet to a Pod on this node."""
        host, place = self.attachments.host(node), f"node {node}"
        plugin = plugin_of(host)
        target = self.attachments.pods.get(self.packet.destination)
        device = plugin.bridge or (self.network.links.veth(target) if target is not None else "")
        route = f"{self.packet.destination} dev {device} scope link"
        if plugin.bridge or not device:
            route = fill(plugin.local or "blackhole {range} proto bird", self.network, node).replace(
                " proto kernel scope link", ""
            )
        if target is None and plugin.bridge:
            self.hop(place, device, f"{route}: nobody answers ARP", "lost")
            self.end(ends.NO_ROUTE, ends.ARP_FAILURE)
        elif target is None:
            self.lost(place, "kernel", route)
        elif not self.network.policies.allows_ingress(self, node, target):
            self.end(ends.TIMEOUT, ends.SYN_TIMEOUT)
        elif not self.changes or byhand.reaches_pod(self, node, target, device):
            self._masquerade(node)
            self.hop(place, device, route, "forward")
            self.walk.seconds += ends.BRIDGE_HOP
            self.deliver(node, target.namespace, target.pod)

    def to_node(self, node: str, other: str) -> None:
        """Sends the packet to the node that has the destination's range, in the plug-in's tunnel where it has one."""
        plugin = self.plugin(node)
        self._masquerade(node)
        route = fill(plugin.remote, self.network, other, node)
        if not plugin.tunnel:
            self._over_link(node, other, route)
            return
        here, there = self.attachments.host(node), self.attachments.host(other)
        tunnel = f"{here['ip']} > {there['ip']} {plugin.wrapping}"
        inner = self.packet
        self.walk.hops.append(Hop(f"node {node}", plugin.tunnel, route, inner, tunnel, "encapsulate"))
        self.walk.seconds += self._delay(here) + self._delay(there)
        cut = here.get("down") or there.get("down")
        if cut or (self.changes and not byhand.tunnel_ends(self, other, plugin.tunnel)):
            self.end(ends.TIMEOUT, ends.SYN_TIMEOUT)
            return
        self.walk.hops.append(Hop(f"node {other}", plugin.tunnel, plugin.unwrapping, tunnel, inner, "decapsulate"))
        self.walk.routers.append(fill(plugin.to_remote, self.network, other))
        self.walk.seconds += ends.OVERLAY_HOP
        self.enter(other, FROM_WIRE)

    def _over_link(self, node: str, other: str, route: str) -> None:
        self.hop(f"node {node}", "eth0", route, "forward")
        here, there = self.attachments.host(node), self.attachments.host(other)
        self.walk.seconds += self._delay(here) + self._delay(there)
        if here.get("down") or there.get("down"):
            self.end(ends.NO_ROUTE, ends.ARP_FAILURE)
            return
        self.walk.routers.append(str(there["ip"]))
        self.walk.seconds += ends.WIRE_HOP
        self.enter(other, FROM_WIRE)

    @staticmethod
    def _delay(host: Object) -> float:
        """Returns the seconds by which a machine's slow network holds up a packet."""
        return float(host.get("delay", 0.0))

    def out_of_cluster(self, node: str, via: str = "") -> None:
        """Sends the packet out on the node's wire.

        Args:
            via: the next router, where a route by hand names one.
        """
        ip = self.attachments.host(node)["ip"]
        pods = subnet(self.network.pod_subnet)
        if self.packet.source != ip and (self.masquerade or pods.holds(self.packet.source)):
            # A Pod's address means nothing on the wire: the plug-in hides it, and so does kube-proxy's mark.
            who, rule = self.plugin(node).masquerade
            after = self.packet._replace(source=ip)
            self.hop(f"node {node}", who, fill(rule, self.network, node), "MASQUERADE", after)
        self.over_wire(f"node {node}", "eth0", via)

    def _masquerade(self, node: str) -> None:
        if self.masquerade:
            source = self.network.links.source_for(node, self.packet.destination)
            if self.packet.source != source:
                hairpin = self.packet.source == self.packet.destination
                rule = proxied.masquerade(self.network.rules.mode(node), self.network.minor, hairpin=hairpin)
                self.hop(f"node {node}", "kube-proxy", rule, "MASQUERADE", self.packet._replace(source=source))
        self.masquerade = False

    # between machines

    def over_wire(self, place: str, interface: str, via: str = "") -> None:
        """Sends the packet over the lab's local network, to a machine or to a router."""
        here = self.attachments.host(place.removeprefix("node ")) if place.startswith("node ") else {}
        if here.get("down"):
            self.hop(place, interface, f"{interface}: no carrier", "lost")
            self.end(ends.NO_ROUTE, ends.ARP_FAILURE)
            return
        self.walk.seconds += self._delay(here)
        destination = via or self.packet.destination
        node = self.attachments.owners.get(destination)
        if node is None and OUTSIDE.holds(destination):
            node = self.network.announced(destination)
            if place == f"node {node}":
                node = None  # a node does not answer its own question
        route = f"{self.packet.destination} via {via} dev {interface}" if via else f"{OUTSIDE} dev {interface}"
        if node is not None and not self.attachments.host(node).get("down"):
            self.hop(place, interface, route, "forward")
            self.walk.seconds += ends.WIRE_HOP + self._delay(self.attachments.host(node))
            if via:
                self.walk.routers.append(via)
            self.enter(node, FROM_WIRE)
        elif destination == WORKSTATION:
            self.hop(place, interface, route, "forward")
            self.walk.seconds += ends.WIRE_HOP
            self.deliver("", "", "")
        elif node is None and destination == nfsserver.ADDRESS and nfsserver.is_powered(self.network.store):
            self.hop(place, interface, route, "forward")
            self.walk.seconds += ends.WIRE_HOP
            self.deliver(nfsserver.NAME, "", "")
        elif node is None and not via and self.network.haproxy.answers(destination):
            self.hop(place, interface, route, "forward")
            self.walk.seconds += ends.WIRE_HOP
            self.network.haproxy.accept(self)
        elif destination == GATEWAY and not via:
            self.hop(place, interface, route, "forward")
            self.network.internet.arrive_at_router(self)
        elif destination != GATEWAY and (node is not None or OUTSIDE.holds(destination)):
            self.hop(place, interface, f"{route}: nobody answers ARP", "lost")
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
        if self.changes and not self._let_in(node, namespace, pod, place):
            return
        walk.client, walk.client_port = packet.source, packet.source_port
        walk.target = Target(node, namespace, pod, "", packet.destination, packet.port, self.service)
        if packet.protocol == "ICMP":
            self.hop(place, "kernel", "echo request", "deliver")
            self.end(ends.CONNECTED)
            return
        listener = self.network.sockets.listener(node, namespace, pod, packet.port, packet.protocol)
        if listener is None and not pod and self.network.rules.health_check(node, packet.port) is not None:
            self.hop(place, "kube-proxy", f"health check of a Service on port {packet.port}", "deliver")
            self.end(ends.CONNECTED, ends.LOCAL_HOP)
            return
        if listener is None or listener.address not in (ANY, packet.destination):
            self.hop(place, "kernel", f"nobody listens on {packet.destination}:{packet.port}", "refused")
            self.end(ends.REFUSED, ends.LOCAL_HOP)
            return
        who = f"{listener.container} listens on {listener.address}:{listener.port}"
        self.hop(place, "socket", who, "deliver")
        walk.target = walk.target._replace(container=listener.container)
        self.end(ends.CONNECTED, ends.LOCAL_HOP)

    def _let_in(self, node: str, namespace: str, pod: str, place: str) -> bool:
        attachment = self.attachments.by_name.get((namespace, pod)) if pod else None
        stack = of_pod(attachment.uid) if attachment is not None else of_node(node)
        if not firewall.passes(self, stack, "INPUT", place):
            return False
        return not node or byhand.answers(self, node, attachment, place)
