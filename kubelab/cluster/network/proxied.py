"""How kube-proxy's rules read in each of its modes: what a hop shows as the rule that decided.

Source: pkg/proxy/iptables, pkg/proxy/ipvs, pkg/proxy/nftables (proxier.go of each).
"""

from __future__ import annotations

from base64 import b32encode
from functools import lru_cache
from hashlib import sha256

from kubelab.cluster.network import chains
from kubelab.cluster.network.services import Endpoint, ServicePort

MASQUERADE = {
    "iptables": '-A KUBE-POSTROUTING -m comment --comment "kubernetes service traffic requiring SNAT" -j MASQUERADE '
    "--random-fully",
    "ipvs": '-A KUBE-POSTROUTING -m comment --comment "kubernetes service traffic requiring SNAT" -j MASQUERADE '
    "--random-fully",
    "nftables": "masquerade fully-random",
}


def masquerade(mode: str) -> str:
    """Returns the rule by which kube-proxy lets answers come back through the node."""
    return MASQUERADE[mode]


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
        kind: "service", "external", "firewall" or "service-local".
    """
    name = identity(port)
    return f"{kind}-{_hash(name)}-{name}"


def nft_endpoint(port: ServicePort, endpoint: Endpoint) -> str:
    """Returns an endpoint's chain, e.g. endpoint-5OJB2KTY-ns1/svc1/tcp/p80__10.180.0.1/80."""
    name = f"{identity(port)}__{endpoint.ip}/{endpoint.port}"
    return f"endpoint-{_hash(name)}-{name}"


def rewrite(mode: str, port: ServicePort, ip: str, node_port: bool, endpoints: tuple[Endpoint, ...], index: int) -> str:
    """Returns the rules by which ipvs or nftables mode takes an endpoint.

    Args:
        ip: the packet's destination.
    """
    endpoint = endpoints[index]
    number = port.node_port if node_port else port.port
    if mode == "ipvs":
        sticky = f" persistent {port.affinity}" if port.affinity else ""
        return f"{port.protocol} {ip}:{number} rr{sticky}\n  -> {endpoint.address} Masq 1"
    protocol = port.protocol.lower()
    where = f"{protocol} . {number}" if node_port else f"{ip} . {protocol} . {number}"
    kind = "external" if node_port or ip != port.cluster_ip else "service"
    table = "service-nodeports" if node_port else "service-ips"
    choice = f"numgen random mod {len(endpoints)} vmap {{ {index} : goto {nft_endpoint(port, endpoint)} }}"
    return (
        f"@{table} {{ {where} : goto {nft_chain(kind, port)} }}\n{choice}\n"
        f"meta l4proto {protocol} dnat to {endpoint.address}"
    )


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


__all__ = ["chains", "identity", "masquerade", "nft_chain", "nft_endpoint", "refusal", "rewrite"]
