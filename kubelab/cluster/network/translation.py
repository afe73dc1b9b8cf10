"""What kube-proxy's rules on one node, in whichever mode, make of one new connection.

Source: pkg/proxy/{iptables,ipvs,nftables}/proxier.go (syncProxyRules); kubernetes.io, reference/networking/virtual-ips.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kubelab.cluster.addresses import subnet
from kubelab.cluster.network import chains, proxied, service_rules, virtual_servers
from kubelab.cluster.network.rulebook import CLUSTER, IPTABLES, IPVS, LOAD_BALANCER, NFTABLES, NODE_PORT, Match
from kubelab.cluster.network.services import Endpoint, ServicePort
from kubelab.cluster.network.stacks import of_node
from kubelab.cluster.network.walk import Packet
from kubelab.cluster.objects import Object

if TYPE_CHECKING:
    from kubelab.cluster.network.network import Network

FROM_POD, FROM_NODE, FROM_WIRE = "pod", "node", "wire"  # how a packet came into a node's kernel


class Translation:
    """The verdict of a node's rules on a packet.

    Attributes:
        match: the rule that matches the destination; None: the packet goes on as it is.
        result: the rewritten packet; None where the packet is rejected or dropped.
        rule: the rules that decided, a line each.
        verdict: "DNAT", "REJECT" or "DROP"; without a match for what nftables mode refuses at large.
        masquerade: whether the packet was marked for source NAT.
        astray: why the answer to what was rewritten never comes back, "" where it does.
    """

    def __init__(self, network: Network, node: str, came: str, packet: Packet) -> None:
        self.network, self.node, self.came, self.packet = network, node, came, packet
        self.result: Packet | None = None
        self.rule = ""
        self.verdict = ""
        self.masquerade = False
        self.astray = ""
        self.mode = network.rules.mode(node)
        changes = network.stacks.changes
        self.touched: Object | None = changes.get(of_node(node)) if changes else None
        self.match = self._find()
        if self.match is not None:
            self._decide(self.match)
        elif self.mode == NFTABLES:
            self._check_cluster_ips()
        elif self.mode == IPVS and network.rules.has_address(packet.destination) and not self._own(packet.destination):
            self.verdict, self.rule = "REJECT", virtual_servers.FILTERED

    def _find(self) -> Match | None:
        packet, rules = self.packet, self.network.rules
        match = rules.find(self.node, packet.destination, packet.port, packet.protocol)
        if match is None and packet.destination in self.network.links.own_addresses(self.node):
            # Only iptables mode opens node ports on every address; the others leave out 127.0.0.0/8, and nftables
            # takes the node's first address alone (nodePortAddresses: primary).
            if self.mode != IPTABLES and packet.destination != self.network.attachments.host(self.node)["ip"]:
                return None
            match = rules.find(self.node, "", packet.port, packet.protocol)
        if match is not None and self._is_missing(match):
            return None
        return match

    def _own(self, ip: str) -> bool:
        """Tells whether an address is one of the node's interfaces', which ipvs mode does not bind."""
        return ip in self.network.links.own_addresses(self.node)

    def _is_missing(self, match: Match) -> bool:
        """Tells whether somebody has deleted the rule that would match, or all of them."""
        if self.touched is None or self.mode != IPTABLES:
            return False
        entrance = service_rules.entrance(
            match.port, "" if match.kind == NODE_PORT else self.packet.destination, match.kind
        )
        return self._gone(entrance)

    def _gone(self, rule: str) -> bool:
        """Tells whether a rule of the nat table was deleted by hand."""
        chains_ = ((self.touched or {}).get("firewall") or {}).get("nat") or {}
        touched = chains_.get(rule.split(" ", 2)[1]) or {}
        hook = chains_.get("OUTPUT" if self.came == FROM_NODE else "PREROUTING") or {}
        return bool(touched.get("flushed") or rule in touched.get("gone", ()) or hook.get("flushed"))

    def _check_cluster_ips(self) -> None:
        """Refuses what goes to a Service's address but to none of its ports, and to addresses without Service."""
        destination = self.packet.destination
        if self.packet.protocol == "ICMP" or not subnet(self.network.service_subnet).holds(destination):
            return
        if not self.network.rules.is_running(self.node):
            return
        if self.network.rules.has_address(destination):
            self.verdict = "REJECT"
            self.rule = 'ip daddr @cluster-ips reject comment "Reject traffic to invalid ports of ClusterIPs"'
        else:
            self.verdict = "DROP"
            served = self.network.service_subnet
            self.rule = f'ip daddr {{ {served} }} drop comment "Drop traffic to unallocated ClusterIPs"'

    def _decide(self, match: Match) -> None:
        port, kind = match.port, match.kind
        if kind == LOAD_BALANCER and not self._passes_firewall(port):
            return
        from_pods = subnet(self.network.pod_subnet).holds(self.packet.source)
        usable = match.entry.usable(port, self.node, self.network.zone_of)
        if kind == CLUSTER:
            self.masquerade = not from_pods
            local = port.internal_local
        else:
            local = port.external_local and not from_pods and self.came != FROM_NODE
            self.masquerade = not port.external_local or self.came == FROM_NODE
        endpoints = match.entry.local(port, self.node) if local else usable
        if self.mode == IPVS and local and not endpoints:
            endpoints = usable  # virtual_servers.real_servers
            if kind != CLUSTER and endpoints:
                self.astray = "externalTrafficPolicy: Local, and no endpoint here: the Pod answers past this node"
        if endpoints:
            self._rewrite(match, endpoints, chains.local_chain(port) if local else chains.service_chain(port))
        else:
            self._refuse(match, anywhere=bool(usable))

    def _passes_firewall(self, port: ServicePort) -> bool:
        if not port.source_ranges or any(subnet(allowed).holds(self.packet.source) for allowed in port.source_ranges):
            return True
        ip = self.packet.destination
        self.rule = proxied.firewall(self.mode, port, ip) or service_rules.firewall_drop(port, ip)
        self.verdict = "DROP"
        return False

    def _refuse(self, match: Match, *, anywhere: bool) -> None:
        port, kind = match.port, match.kind
        table_chain = "KUBE-SERVICES" if kind == CLUSTER else "KUBE-EXTERNAL-SERVICES"
        destination = "" if kind == NODE_PORT else f"-d {self.packet.destination}/32 "
        why = "has no local endpoints" if anywhere else "has no endpoints"
        self.verdict = "DROP" if anywhere else "REJECT"
        written = chains.refusal(table_chain, port, destination, why, self.verdict)
        to_node = kind == NODE_PORT
        self.rule = proxied.refusal(self.mode, port, self.packet.destination, to_node, self.verdict, written)

    def _rewrite(self, match: Match, endpoints: tuple[Endpoint, ...], chain: str) -> None:
        port = match.port
        kept = self.network.affinity.find(self.node, port, self.packet.source, endpoints) if port.affinity else None
        if kept is None:
            index = (
                self.network.draw(len(endpoints)) if self.mode != IPVS else self.network.turn(port.name, len(endpoints))
            )
            chosen = chains.choice(chain, port, endpoints, index)
        else:
            index = kept
            chosen = chains.affinity(chain, port, endpoints[index])
        endpoint = endpoints[index]
        if port.affinity and self.network.leaves_traces:
            self.network.affinity.keep(self.node, port, self.packet.source, endpoint)
        if endpoint.ip == self.packet.source:
            self.masquerade = True  # hairpin: the answer must come back through this node
        if self.mode != IPTABLES:
            self.rule = proxied.rewrite(
                self.mode, port, self.packet, match.kind, endpoints, index,
                pods=self.network.pod_subnet, came=self.came, minor=self.network.minor,
            )  # fmt: skip
        elif not self._take(match, chosen, endpoint):
            self.match = None  # the packet falls through a chain that was emptied
            return
        self.verdict = "DNAT"
        packet = self.packet
        self.result = Packet(packet.source, packet.source_port, endpoint.ip, endpoint.port, packet.protocol)

    def _take(self, match: Match, chosen: str, endpoint: Endpoint) -> bool:
        """Writes down the rules of iptables mode that a packet passes; False where one of them is gone."""
        packet, port = self.packet, match.port
        node_ip = str(self.network.attachments.host(self.node)["ip"])
        lines = service_rules.way_in(
            port, packet.destination, match.kind, packet.source, self.network.pod_subnet, node_ip, self.came
        )
        lines.append(chosen)
        if endpoint.ip == packet.source:
            lines.append(service_rules.hairpin(port, endpoint))
        lines.append(chains.translation(port, endpoint))
        if self.touched is not None:
            marks = [line for line in lines if line.endswith(service_rules.MARK_MASQ)]
            if any(self._gone(line) for line in lines if line not in marks):
                return False
            gone = [mark for mark in marks if self._gone(mark)]
            self.masquerade = self.masquerade and len(gone) < len(marks)
            lines = [line for line in lines if line not in gone]
        self.rule = "\n".join(lines)
        return True
