"""What kube-proxy's iptables rules on one node make of one new connection.

Source: pkg/proxy/iptables/proxier.go (syncProxyRules); kubernetes.io, reference/networking/virtual-ips.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kubelab.cluster.addresses import subnet
from kubelab.cluster.network import chains
from kubelab.cluster.network.rulebook import CLUSTER, LOAD_BALANCER, NODE_PORT, Match
from kubelab.cluster.network.services import Endpoint, ServicePort
from kubelab.cluster.network.walk import Packet

if TYPE_CHECKING:
    from kubelab.cluster.network.network import Network

FROM_POD, FROM_NODE, FROM_WIRE = "pod", "node", "wire"  # how a packet came into a node's kernel


class Translation:
    """The verdict of a node's rules on a packet.

    Attributes:
        match: the rule that matches the destination; None: the packet goes on as it is.
        result: the rewritten packet; None where the packet is rejected or dropped.
        rule: the rules that decided, a line each.
        verdict: "DNAT", "REJECT" or "DROP".
        masquerade: whether the packet was marked for source NAT.
    """

    def __init__(self, network: Network, node: str, came: str, packet: Packet) -> None:
        self.network, self.node, self.came, self.packet = network, node, came, packet
        self.result: Packet | None = None
        self.rule = ""
        self.verdict = ""
        self.masquerade = False
        self.match = self._find()
        if self.match is not None:
            self._decide(self.match)

    def _find(self) -> Match | None:
        packet, rules = self.packet, self.network.rules
        match = rules.find(self.node, packet.destination, packet.port, packet.protocol)
        if match is None and packet.destination in self.network.links.own_addresses(self.node):
            match = rules.find(self.node, "", packet.port, packet.protocol)
        return match

    def _decide(self, match: Match) -> None:
        port, kind = match.port, match.kind
        if kind == LOAD_BALANCER and not self._passes_firewall(port):
            return
        from_pods = subnet(self.network.pod_subnet).holds(self.packet.source)
        usable = match.entry.usable(port, self.node, self.network.zone_of(self.node))
        if kind == CLUSTER:
            self.masquerade = not from_pods
            local = port.internal_local
        else:
            local = port.external_local and not from_pods and self.came != FROM_NODE
            self.masquerade = not port.external_local or self.came == FROM_NODE
        endpoints = match.entry.local(port, self.node) if local else usable
        if endpoints:
            self._rewrite(match, endpoints, chains.local_chain(port) if local else chains.service_chain(port))
        else:
            self._refuse(match, anywhere=bool(usable))

    def _passes_firewall(self, port: ServicePort) -> bool:
        if not port.source_ranges or any(subnet(allowed).holds(self.packet.source) for allowed in port.source_ranges):
            return True
        why = f"{port.name} traffic not accepted by {chains.firewall_chain(port)}"
        self.rule = (
            f"-A KUBE-PROXY-FIREWALL -d {self.packet.destination}/32 -p {port.protocol.lower()} {chains.quoted(why)} "
            f"-m {port.protocol.lower()} --dport {port.port} -j DROP"
        )
        self.verdict = "DROP"
        return False

    def _refuse(self, match: Match, *, anywhere: bool) -> None:
        port, kind = match.port, match.kind
        table_chain = "KUBE-SERVICES" if kind == CLUSTER else "KUBE-EXTERNAL-SERVICES"
        destination = "" if kind == NODE_PORT else f"-d {self.packet.destination}/32 "
        why = "has no local endpoints" if anywhere else "has no endpoints"
        self.verdict = "DROP" if anywhere else "REJECT"
        self.rule = chains.refusal(table_chain, port, destination, why, self.verdict)

    def _rewrite(self, match: Match, endpoints: tuple[Endpoint, ...], chain: str) -> None:
        port = match.port
        kept = self.network.affinity.find(self.node, port, self.packet.source, endpoints) if port.affinity else None
        if kept is None:
            index = self.network.draw(len(endpoints))
            chosen = chains.choice(chain, port, endpoints, index)
        else:
            index = kept
            chosen = chains.affinity(chain, port, endpoints[index])
        endpoint = endpoints[index]
        if port.affinity:
            self.network.affinity.keep(self.node, port, self.packet.source, endpoint)
        if endpoint.ip == self.packet.source:
            self.masquerade = True  # hairpin: the answer must come back through this node
        self.rule = "\n".join((self._entrance(match), chosen, chains.translation(port, endpoint)))
        self.verdict = "DNAT"
        self.result = self.packet._replace(destination=endpoint.ip, port=endpoint.port)

    def _entrance(self, match: Match) -> str:
        port, kind = match.port, match.kind
        if kind == NODE_PORT:
            return f"-A KUBE-NODEPORTS {chains.node_port(port)} -j {chains.external_chain(port)}"
        jump = chains.service_chain(port) if kind == CLUSTER else chains.external_chain(port)
        if kind == CLUSTER and port.internal_local:
            jump = chains.local_chain(port)
        return f"-A KUBE-SERVICES {chains.destination(port, self.packet.destination, kind)} -j {jump}"
