"""How kube-proxy's rules read in each of its modes: what a hop shows as the rule that decided.

Source: pkg/proxy/iptables, pkg/proxy/ipvs, pkg/proxy/nftables (proxier.go of each).
"""

from __future__ import annotations

from base64 import b32encode
from functools import lru_cache
from hashlib import sha256

from kubelab.cluster.addresses import subnet
from kubelab.cluster.network.rulebook import CLUSTER, IPVS, NFTABLES, NODE_PORT
from kubelab.cluster.network.services import Endpoint, ServicePort
from kubelab.cluster.network.walk import Packet

SNAT = (
    '-A KUBE-POSTROUTING -m comment --comment "kubernetes service traffic requiring SNAT" -j MASQUERADE --random-fully'
)
LOOPED = "ct status dnat ip saddr . ip daddr . meta l4proto . th dport @hairpin-connections masquerade fully-random"


def masquerade(mode: str, minor: int, *, hairpin: bool) -> str:
    """Returns the rule by which kube-proxy lets answers come back through the node.

    Args:
        hairpin: whether the packet goes back to who sent it.
    """
    if mode != NFTABLES:
        return SNAT
    if minor < SQUASHED:
        return "masquerade fully-random"
    return LOOPED if hairpin else f"meta mark & 0x00004000 != 0x00000000 {UNMARK} masquerade fully-random"


@lru_cache(maxsize=1 << 14)
def _hash(text: str) -> str:
    return b32encode(sha256(text.encode()).digest())[:8].decode()


def identity(port: ServicePort) -> str:
    """Returns a port as nftables mode names it: "default/web/tcp/http"."""
    name, _, port_name = port.name.partition(":")
    return f"{name}/{port.protocol.lower()}/{port_name}"


def nft_chain(kind: str, port: ServicePort) -> str:
    """Returns a chain of a Service, e.g. service-ULMVA6XW-default/kubernetes/tcp/https.

    Args:
        kind: "service", "local", "external" or "firewall".
    """
    name = identity(port)
    return f"{kind}-{_hash(name)}-{name}"


def nft_endpoint(port: ServicePort, endpoint: Endpoint) -> str:
    """Returns an endpoint's chain, e.g. endpoint-5OJB2KTY-ns1/svc1/tcp/p80__10.180.0.1/80."""
    name = f"{identity(port)}__{endpoint.ip}/{endpoint.port}"
    return f"endpoint-{_hash(name)}-{name}"


SQUASHED = 36  # the minor version from which only Services with affinity have a chain for each endpoint
SINGLE = 37  # from which a single endpoint needs no map
MARK = "meta mark set meta mark | 0x00004000"
UNMARK = "meta mark set meta mark ^ 0x00004000"
MARK_CLUSTER_IPS = (
    f'ip daddr @cluster-ips ip saddr != {{pods}} {MARK} comment "masquerade clusterIP traffic from outside cluster"'
)


def nft_mark(minor: int) -> str:
    """Returns how a packet is marked for masquerading."""
    return MARK if minor >= SQUASHED else "jump mark-for-masquerade"


def nft_internal_mark(port: ServicePort, pods: str, minor: int) -> str:
    """Returns the rule that marks what comes to cluster IPs from beyond the Pods' range."""
    if minor >= SQUASHED:
        return MARK_CLUSTER_IPS.replace("{pods}", pods)
    return f"ip daddr {port.cluster_ip} ip saddr != {pods} jump mark-for-masquerade"


def nft_choice(port: ServicePort, endpoints: tuple[Endpoint, ...], minor: int) -> str:
    """Returns the rule of a Service's chain that takes one of its endpoints."""
    count = len(endpoints)
    if port.affinity or minor < SQUASHED:
        choices = ", ".join(f"{index} : goto {nft_endpoint(port, each)}" for index, each in enumerate(endpoints))
        return f"numgen random mod {count} vmap {{ {choices} }}"
    if count == 1 and minor >= SINGLE:
        return nft_dnat(port, endpoints[0])
    choices = ", ".join(f"{index} : {each.ip} . {each.port}" for index, each in enumerate(endpoints))
    return f"meta l4proto {port.protocol.lower()} dnat ip to numgen random mod {count} map {{ {choices} }}"


def nft_dnat(port: ServicePort, endpoint: Endpoint) -> str:
    """Returns the rule that rewrites the destination to one endpoint."""
    return f"meta l4proto {port.protocol.lower()} dnat to {endpoint.address}"


def nft_external(port: ServicePort, pods: str, minor: int) -> list[str]:
    """Returns the rules of the chain for traffic from outside, but for the last one."""
    service, mark = nft_chain("service", port), nft_mark(minor)
    if not port.external_local:
        return [mark]
    return [
        f'ip saddr {pods} goto {service} comment "short-circuit pod traffic"',
        f'fib saddr type local {mark} comment "masquerade local traffic"',
        f'fib saddr type local goto {service} comment "short-circuit local traffic"',
    ]


def rewrite(
    mode: str, port: ServicePort, packet: Packet, kind: str, endpoints: tuple[Endpoint, ...], index: int,
    *, pods: str, came: str, minor: int,
) -> str:  # fmt: skip
    """Returns the rules by which ipvs or nftables mode takes an endpoint for a packet.

    Args:
        kind: the kind of the rule that matched (rulebook.py).
        came: "pod", "node" or "wire".
        minor: kube-proxy's minor version.
    """
    endpoint = endpoints[index]
    number = port.node_port if kind == NODE_PORT else port.port
    if mode == IPVS:
        sticky = f" persistent {port.affinity}" if port.affinity else ""
        return f"{port.protocol} {packet.destination}:{number} rr{sticky}\n  -> {endpoint.address} Masq 1"
    protocol, from_pods = port.protocol.lower(), subnet(pods).holds(packet.source)
    where = f"{protocol} . {number}" if kind == NODE_PORT else f"{packet.destination} . {protocol} . {number}"
    table = "service-nodeports" if kind == NODE_PORT else "service-ips"
    lines = []
    if kind == CLUSTER:
        chain = nft_chain("local" if port.internal_local else "service", port)
        lines.append(f"@{table} {{ {where} : goto {chain} }}")
        if not from_pods:
            lines.insert(0 if minor >= SQUASHED else 1, nft_internal_mark(port, pods, minor))
    else:
        rules = nft_external(port, pods, minor)
        passed = rules[:1] if from_pods or not port.external_local else rules[1:] if came == "node" else []
        lines += [f"@{table} {{ {where} : goto {nft_chain('external', port)} }}", *passed]
        if not port.external_local or not (from_pods or came == "node"):
            lines.append(f"goto {nft_chain('local' if port.external_local else 'service', port)}")
    lines.append(nft_choice(port, endpoints, minor))
    if port.affinity or minor < SQUASHED:
        lines.append(nft_dnat(port, endpoint))
    return "\n".join(lines)


def firewall(mode: str, port: ServicePort, ip: str) -> str:
    """Returns the rule by which loadBalancerSourceRanges drop a packet, "" in iptables mode."""
    if mode == NFTABLES:
        return f"ip saddr != {{ {', '.join(port.source_ranges)} }} drop"
    return "-A KUBE-SOURCE-RANGES-FIREWALL -j DROP" if mode == IPVS else ""


def refusal(mode: str, port: ServicePort, ip: str, node_port: bool, verdict: str, iptables: str) -> str:
    """Returns the rule by which traffic is refused that no endpoint can take.

    Args:
        iptables: the rule as iptables mode has it, which ipvs mode has not.
    """
    if mode == "nftables":
        number = port.node_port if node_port else port.port
        where = f"{port.protocol.lower()} . {number}" if node_port else f"{ip} . {port.protocol.lower()} . {number}"
        table = "no-endpoint-nodeports" if node_port else "no-endpoint-services"
        return f"@{table} {{ {where} : {'goto reject-chain' if verdict == 'REJECT' else 'drop'} }}"
    if mode == "ipvs":
        return f"{port.protocol} {ip}:{port.port} rr: no real server"
    return iptables
