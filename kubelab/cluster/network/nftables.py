"""kube-proxy's table in nftables mode, as `nft list ruleset` prints it. Source: pkg/proxy/nftables/proxier.go."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kubelab.cluster.network import proxied
from kubelab.cluster.network.rulebook import NFTABLES
from kubelab.cluster.network.services import Endpoint, ServicePort

if TYPE_CHECKING:
    from kubelab.cluster.network.network import Network

VERDICT = "ipv4_addr . inet_proto . inet_service : verdict"
PORT_VERDICT = "inet_proto . inet_service : verdict"
FIXED = """\
	chain cluster-ips-check {
		ip daddr @cluster-ips reject comment "Reject traffic to invalid ports of ClusterIPs"
		ip daddr { %s } drop comment "Drop traffic to unallocated ClusterIPs"
	}

	chain filter-prerouting-pre-dnat {
		type filter hook prerouting priority dstnat - 10; policy accept;
		ct state new jump firewall-check
	}

	chain filter-output-pre-dnat {
		type filter hook output priority -110; policy accept;
		ct state new jump firewall-check
	}

	chain filter-forward {
		type filter hook forward priority filter; policy accept;
		ct state new jump service-endpoints-check
		ct state new jump cluster-ips-check
	}

	chain filter-input {
		type filter hook input priority filter; policy accept;
		ct state new jump nodeport-endpoints-check
		ct state new jump service-endpoints-check
	}

	chain filter-output {
		type filter hook output priority filter; policy accept;
		ct state new jump service-endpoints-check
		ct state new jump cluster-ips-check
	}

	chain firewall-check {
		ip daddr . meta l4proto . th dport vmap @firewall-ips
	}

	chain mark-for-masquerade {
		meta mark set meta mark | 0x00004000
	}

	chain masquerading {
		meta mark & 0x00004000 == 0x00000000 return
		meta mark set meta mark ^ 0x00004000
		masquerade fully-random
	}

	chain nat-output {
		type nat hook output priority dstnat; policy accept;
		jump services
	}

	chain nat-postrouting {
		type nat hook postrouting priority srcnat; policy accept;
		jump masquerading
	}

	chain nat-prerouting {
		type nat hook prerouting priority dstnat; policy accept;
		jump services
	}

	chain nodeport-endpoints-check {
		ip daddr @nodeport-ips meta l4proto . th dport vmap @no-endpoint-nodeports
	}

	chain reject-chain {
		comment "helper for @no-endpoint-services / @no-endpoint-nodeports"
		reject
	}

	chain services {
		ip daddr . meta l4proto . th dport vmap @service-ips
		ip daddr @nodeport-ips meta l4proto . th dport vmap @service-nodeports
	}

	chain service-endpoints-check {
		ip daddr . meta l4proto . th dport vmap @no-endpoint-services
	}
"""


def ruleset(network: Network, node: str) -> str:
    """Returns the table `ip kube-proxy` of a node; "" where its proxy works in another mode."""
    if not network.rules.knows(node) or network.rules.mode(node) != NFTABLES:
        return ""
    book = _Book(network, node)
    for entry in network.rules.on_node(node):
        for port in entry.ports:
            book.add(port, entry.usable(port, node, network.zone_of), entry.local(port, node))
    return book.text()


class _Book:
    """Gathers sets, maps and chains while the Services are gone through."""

    def __init__(self, network: Network, node: str) -> None:
        self.network = network
        self.ips = [str(network.attachments.host(node)["ip"])]
        self.cluster_ips: dict[str, None] = {}
        self.maps: dict[str, list[str]] = {
            "firewall-ips": [], "no-endpoint-nodeports": [], "no-endpoint-services": [], "service-ips": [],
            "service-nodeports": [],
        }  # fmt: skip
        self.chains: list[str] = []

    def add(self, port: ServicePort, usable: tuple[Endpoint, ...], local: tuple[Endpoint, ...]) -> None:
        """Adds one port of a Service."""
        protocol = port.protocol.lower()
        self.cluster_ips[port.cluster_ip] = None
        inside = local if port.internal_local else usable
        outside = local if port.external_local else usable
        service, external = proxied.nft_chain("service", port), proxied.nft_chain("external", port)
        self._reach(f"{port.cluster_ip} . {protocol} . {port.port}", "services", "ips", service, inside, usable, port)
        for ip in (*port.external_ips, *port.load_balancer_ips):
            self._reach(f"{ip} . {protocol} . {port.port}", "services", "ips", external, outside, usable, port)
        if port.node_port:
            where = f"{protocol} . {port.node_port}"
            self._reach(where, "nodeports", "nodeports", external, outside, usable, port)
        if usable:
            self._chains(port, service, external, inside or usable)

    def _reach(
        self,
        where: str,
        none: str,
        some: str,
        chain: str,
        endpoints: tuple[Endpoint, ...],
        anywhere: tuple[Endpoint, ...],
        port: ServicePort,
    ) -> None:
        if endpoints:
            self.maps[f"service-{some}"].append(f"{where} : goto {chain}")
            return
        verdict = "drop" if anywhere else "goto reject-chain"
        self.maps[f"no-endpoint-{none}"].append(f'{where} comment "{port.name}" : {verdict}')

    def _chains(self, port: ServicePort, service: str, external: str, endpoints: tuple[Endpoint, ...]) -> None:
        pods, protocol = self.network.pod_subnet, port.protocol.lower()
        names = [proxied.nft_endpoint(port, endpoint) for endpoint in endpoints]
        choices = ", ".join(f"{index} : goto {name}" for index, name in enumerate(names))
        rules = [f"ip daddr {port.cluster_ip} ip saddr != {pods} jump mark-for-masquerade"]
        if port.affinity:
            sets = [name.replace("endpoint-", "affinity-", 1) for name in names]
            rules += [f"ip saddr @{kept} goto {name}" for kept, name in zip(sets, names, strict=True)]
        rules.append(f"numgen random mod {len(names)} vmap {{ {choices} }}")
        self.chains.append(_chain(service, rules))
        if port.node_port or port.external_ips or port.load_balancer_ips:
            masked = ["jump mark-for-masquerade", f"goto {service}"]
            if port.external_local:
                masked = [
                    f'ip saddr {pods} goto {service} comment "short-circuit pod traffic"',
                    'fib saddr type local jump mark-for-masquerade comment "masquerade local traffic"',
                    f'fib saddr type local goto {service} comment "short-circuit local traffic"',
                ]
            self.chains.append(_chain(external, masked))
        for endpoint, name in zip(endpoints, names, strict=True):
            rules = [f"ip saddr {endpoint.ip} jump mark-for-masquerade"]
            if port.affinity:
                rules.append(f"update @{name.replace('endpoint-', 'affinity-', 1)} {{ ip saddr }}")
            self.chains.append(_chain(name, [*rules, f"meta l4proto {protocol} dnat to {endpoint.address}"]))

    def text(self) -> str:
        """Returns the table."""
        parts = ['\tcomment "rules for kube-proxy"\n']
        parts.append(_set("cluster-ips", "Active ClusterIPs", list(self.cluster_ips)))
        parts.append(_set("nodeport-ips", "IPs that accept NodePort traffic", self.ips))
        comments = {
            "firewall-ips": "destinations that are subject to LoadBalancerSourceRanges",
            "no-endpoint-nodeports": "vmap to drop or reject packets to service nodeports with no endpoints",
            "no-endpoint-services": "vmap to drop or reject packets to services with no endpoints",
            "service-ips": "ClusterIP, ExternalIP and LoadBalancer IP traffic",
            "service-nodeports": "NodePort traffic",
        }
        for name, elements in self.maps.items():
            kind = PORT_VERDICT if name.endswith("nodeports") else VERDICT
            parts.append(_block("map", name, kind, comments[name], elements))
        parts.append(FIXED % self.network.service_subnet)
        return "table ip kube-proxy {\n" + "\n".join([*parts, *self.chains]) + "}\n"


def _chain(name: str, rules: list[str]) -> str:
    return f"\tchain {name} {{\n" + "".join(f"\t\t{rule}\n" for rule in rules) + "\t}\n"


def _set(name: str, comment: str, elements: list[str]) -> str:
    return _block("set", name, "ipv4_addr", comment, elements)


def _block(sort: str, name: str, kind: str, comment: str, elements: list[str]) -> str:
    text = f'\t{sort} {name} {{\n\t\ttype {kind}\n\t\tcomment "{comment}"\n'
    if elements:
        text += "\t\telements = { " + ",\n\t\t\t     ".join(elements) + " }\n"
    return text + "\t}\n"
