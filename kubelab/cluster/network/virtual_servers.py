"""What kube-proxy has the kernel do in ipvs mode: virtual servers with their real ones, sets, and the rules on them.

Source: pkg/proxy/ipvs/proxier.go (syncProxyRules, syncEndpoint, writeIptablesRules), pkg/proxy/ipvs/ipset.go.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from kubelab.cluster.addresses import subnet
from kubelab.cluster.network import service_rules
from kubelab.cluster.network.rulebook import CLUSTER, EXTERNAL, IPVS, LOAD_BALANCER, NODE_PORT
from kubelab.cluster.network.services import Endpoint, Entry, ServicePort

if TYPE_CHECKING:
    from kubelab.cluster.network.network import Network

IP_PORT, IP_PORT_IP, IP_PORT_NET, PORTS, IPS = (
    "hash:ip,port",
    "hash:ip,port,ip",
    "hash:ip,port,net",
    "bitmap:port",
    "hash:ip",
)
LOOP_BACK, CLUSTER_IP = "KUBE-LOOP-BACK", "KUBE-CLUSTER-IP"
EXTERNAL_IP, EXTERNAL_LOCAL = "KUBE-EXTERNAL-IP", "KUBE-EXTERNAL-IP-LOCAL"
BALANCER, BALANCER_FW, BALANCER_LOCAL = "KUBE-LOAD-BALANCER", "KUBE-LOAD-BALANCER-FW", "KUBE-LOAD-BALANCER-LOCAL"
SOURCE_IP, SOURCE_CIDR = "KUBE-LOAD-BALANCER-SOURCE-IP", "KUBE-LOAD-BALANCER-SOURCE-CIDR"
HEALTH, BOUND = "KUBE-HEALTH-CHECK-NODE-PORT", "KUBE-IPVS-IPS"
COMMENTS = {
    LOOP_BACK: "Kubernetes endpoints dst ip:port, source ip for solving hairpin purpose",
    CLUSTER_IP: "Kubernetes service cluster ip + port for masquerade purpose",
    EXTERNAL_IP: "Kubernetes service external ip + port for masquerade and filter purpose",
    EXTERNAL_LOCAL: "Kubernetes service external ip + port with externalTrafficPolicy=local",
    BALANCER: "Kubernetes service lb portal",
    BALANCER_FW: "Kubernetes service load balancer ip + port for load balancer with sourceRange",
    BALANCER_LOCAL: "Kubernetes service load balancer ip + port with externalTrafficPolicy=local",
    SOURCE_IP: "Kubernetes service load balancer ip + port + source IP for packet filter purpose",
    SOURCE_CIDR: "Kubernetes service load balancer ip + port + source cidr for packet filter purpose",
    HEALTH: "Kubernetes health check node port",
    **{f"KUBE-NODE-PORT-{name}": f"Kubernetes nodeport {name} port for masquerade purpose" for name in ("TCP", "UDP")},
    **{f"KUBE-NODE-PORT-LOCAL-{name}": f"Kubernetes nodeport {name} port with externalTrafficPolicy=local"
       for name in ("TCP", "UDP")},
    "KUBE-NODE-PORT-SCTP-HASH": "Kubernetes nodeport SCTP port for masquerade purpose with type 'hash ip:port'",
    "KUBE-NODE-PORT-LOCAL-SCTP-HASH": "Kubernetes nodeport SCTP port with externalTrafficPolicy=local with type "
    "'hash ip:port'",
}  # fmt: skip
TYPES = {
    LOOP_BACK: IP_PORT_IP, CLUSTER_IP: IP_PORT, EXTERNAL_IP: IP_PORT, EXTERNAL_LOCAL: IP_PORT, BALANCER: IP_PORT,
    BALANCER_FW: IP_PORT, BALANCER_LOCAL: IP_PORT, SOURCE_IP: IP_PORT_IP, SOURCE_CIDR: IP_PORT_NET,
    "KUBE-NODE-PORT-TCP": PORTS, "KUBE-NODE-PORT-LOCAL-TCP": PORTS, "KUBE-NODE-PORT-UDP": PORTS,
    "KUBE-NODE-PORT-LOCAL-UDP": PORTS, "KUBE-NODE-PORT-SCTP-HASH": IP_PORT, "KUBE-NODE-PORT-LOCAL-SCTP-HASH": IP_PORT,
    HEALTH: PORTS, BOUND: IPS,
}  # fmt: skip
FILTERED = (
    f"-A KUBE-IPVS-FILTER -m conntrack --ctstate NEW -m set --match-set {BOUND} dst -j REJECT "
    "--reject-with icmp-port-unreachable"
)


class VirtualServer(NamedTuple):
    """An address that the kernel balances.

    Args:
        kind: the kind of its rule (rulebook.py).
        endpoints: the real servers.
    """

    port: ServicePort
    ip: str
    number: int
    kind: str
    endpoints: tuple[Endpoint, ...]


def real_servers(entry: Entry, port: ServicePort, node: str, network: Network, *, local: bool) -> tuple[Endpoint, ...]:
    """Returns a virtual server's endpoints: with a Local policy those of the node, all of them where it has none.

    So Pods get through even then; what comes from outside is let in, and its answers are discarded.
    """
    here = entry.local(port, node) if local else ()
    return here or entry.usable(port, node, network.zone_of)


def virtual_servers(network: Network, node: str) -> Iterator[VirtualServer]:
    """Yields the virtual servers of a node; none where its proxy works in another mode."""
    if network.rules.mode(node) != IPVS or not network.rules.knows(node):
        return
    own = str(network.attachments.host(node)["ip"])
    for entry in network.rules.on_node(node):
        for port in entry.ports:
            for ip, kind in service_rules.matches(port):
                local = port.internal_local if kind == CLUSTER else port.external_local
                found = real_servers(entry, port, node, network, local=local)
                number = port.node_port if kind == NODE_PORT else port.port
                yield VirtualServer(port, ip or own, number, kind, found)


def sets(network: Network, node: str) -> dict[str, list[str]]:
    """Returns all of kube-proxy's sets on a node with their members; no sets in another mode."""
    if network.rules.mode(node) != IPVS or not network.rules.knows(node):
        return {}
    own = str(network.attachments.host(node)["ip"])
    found: dict[str, dict[str, None]] = {name: {} for name in TYPES}
    for server in virtual_servers(network, node):
        _add(found, server, own)
        for endpoint in server.endpoints:
            if endpoint.node == node:
                where = f"{endpoint.ip},{server.port.protocol.lower()}:{endpoint.port},{endpoint.ip}"
                found[LOOP_BACK][where] = None
    found[BOUND] = dict.fromkeys(network.rules.bound_addresses(node))
    return {name: list(members) for name, members in found.items()}


def _add(found: dict[str, dict[str, None]], server: VirtualServer, own: str) -> None:
    port, protocol = server.port, server.port.protocol
    where = f"{server.ip},{protocol.lower()}:{server.number}"
    if port.health_port:
        found[HEALTH][str(port.health_port)] = None
    if server.kind == CLUSTER:
        found[CLUSTER_IP][where] = None
    elif server.kind == EXTERNAL:
        found[EXTERNAL_LOCAL if port.external_local else EXTERNAL_IP][where] = None
    elif server.kind == NODE_PORT:
        kind = "SCTP-HASH" if protocol == "SCTP" else protocol
        member = where if protocol == "SCTP" else str(server.number)
        found[f"KUBE-NODE-PORT-{kind}"][member] = None
        if port.external_local:
            found[f"KUBE-NODE-PORT-LOCAL-{kind}"][member] = None
    elif server.kind == LOAD_BALANCER:
        found[BALANCER][where] = None
        if port.external_local:
            found[BALANCER_LOCAL][where] = None
        if port.source_ranges:
            found[BALANCER_FW][where] = None
            found[SOURCE_CIDR] |= dict.fromkeys(f"{where},{each}" for each in port.source_ranges)
            if any(subnet(each).holds(own) for each in port.source_ranges):
                found[SOURCE_IP][f"{where},{server.ip}"] = None


def rules(network: Network, node: str) -> tuple[list[str], list[str]]:
    """Returns kube-proxy's rules of the filter and of the nat table, each with its chain in front."""
    held = sets(network, node)
    nat = ["-A KUBE-SERVICES -s 127.0.0.0/8 -j RETURN"]
    filtering: list[str] = []

    def put(chain: str, name: str, sides: str, jump: str, protocol: str = "", match: str = "") -> None:
        if held[name]:
            target = filtering if "FIREWALL" in chain else nat
            only = f"-p {protocol} " if protocol else ""
            comment = f'-m comment --comment "{COMMENTS[name]}"'
            target.append(f"-A {chain} {match}{only}{comment} -m set --match-set {name} {sides}{jump}")

    put("KUBE-POSTROUTING", LOOP_BACK, "dst,dst,src", " -j MASQUERADE")
    put("KUBE-SERVICES", BALANCER, "dst,dst", " -j KUBE-LOAD-BALANCER")
    put("KUBE-LOAD-BALANCER", BALANCER_LOCAL, "dst,dst", " -j RETURN")
    for name, sides in (("TCP", "dst"), ("UDP", "dst"), ("SCTP-HASH", "dst,dst")):
        protocol = name.partition("-")[0].lower()
        put("KUBE-NODE-PORT", f"KUBE-NODE-PORT-LOCAL-{name}", sides, " -j RETURN", protocol)
        put("KUBE-NODE-PORT", f"KUBE-NODE-PORT-{name}", sides, " -j KUBE-MARK-MASQ", protocol)
    put("KUBE-PROXY-FIREWALL", BALANCER_FW, "dst,dst", " -j KUBE-SOURCE-RANGES-FIREWALL")
    put("KUBE-SOURCE-RANGES-FIREWALL", SOURCE_CIDR, "dst,dst,src", " -j RETURN")
    put("KUBE-SOURCE-RANGES-FIREWALL", SOURCE_IP, "dst,dst,src", " -j RETURN")
    put("KUBE-SERVICES", CLUSTER_IP, "dst,dst", " -j KUBE-MARK-MASQ", match=f"! -s {network.pod_subnet} ")
    put("KUBE-SERVICES", EXTERNAL_IP, "dst,dst", " -j KUBE-MARK-MASQ")
    for name in (EXTERNAL_IP, EXTERNAL_LOCAL):
        put("KUBE-SERVICES", name, "dst,dst",
            " -m physdev ! --physdev-is-in -m addrtype ! --src-type LOCAL -j ACCEPT")  # fmt: skip
        put("KUBE-SERVICES", name, "dst,dst", " -m addrtype --dst-type LOCAL -j ACCEPT")
    nat.append("-A KUBE-SERVICES -m addrtype --dst-type LOCAL -j KUBE-NODE-PORT")
    nat.append("-A KUBE-LOAD-BALANCER -j KUBE-MARK-MASQ")
    nat += [f"-A KUBE-SERVICES -m set --match-set {name} dst,dst -j ACCEPT"
            for name in (CLUSTER_IP, BALANCER) if held[name]]  # fmt: skip
    filtering.append("-A KUBE-SOURCE-RANGES-FIREWALL -j DROP")
    return [*filtering, *_filter_rules()], nat


def _filter_rules() -> list[str]:
    comment = f'-m comment --comment "{COMMENTS[HEALTH]}"'
    passed = [(name, "dst,dst") for name in (BALANCER, CLUSTER_IP, EXTERNAL_IP, EXTERNAL_LOCAL)]
    return [
        f"-A KUBE-NODE-PORT {comment} -m set --match-set {HEALTH} dst -j ACCEPT",
        *(f"-A KUBE-IPVS-FILTER -m set --match-set {name} {sides} -j RETURN"
          for name, sides in (*passed, (HEALTH, "dst"))),
        FILTERED,
    ]  # fmt: skip
