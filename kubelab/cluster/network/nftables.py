"""kube-proxy's table in nftables mode, as `nft list ruleset` prints it. Source: pkg/proxy/nftables/proxier.go."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kubelab.cluster.addresses import subnet
from kubelab.cluster.network import proxied, service_rules
from kubelab.cluster.network.rulebook import CLUSTER, NFTABLES, NODE_PORT
from kubelab.cluster.network.services import Endpoint, ServicePort

if TYPE_CHECKING:
    from kubelab.cluster.network.network import Network

VERDICT = "ipv4_addr . inet_proto . inet_service : verdict"
PORT_VERDICT = "inet_proto . inet_service : verdict"
FIXED = """\
	chain filter-prerouting-pre-dnat {
		type filter hook prerouting priority dstnat - 10; policy accept;
		ct state new jump firewall-check
	}

	chain filter-output-pre-dnat {
		type filter hook output priority -110; policy accept;
		ct state new jump firewall-check
	}

	chain filter-input {
		type filter hook input priority filter; policy accept;
		ct state new jump nodeport-endpoints-check
		ct state new jump service-endpoints-check
	}

	chain filter-forward {
		type filter hook forward priority filter; policy accept;
		ct state new jump service-endpoints-check
		ct state new jump cluster-ips-check
	}

	chain filter-output {
		type filter hook output priority filter; policy accept;
		ct state new jump service-endpoints-check
		ct state new jump cluster-ips-check
	}

	chain nat-prerouting {
		type nat hook prerouting priority dstnat; policy accept;
		jump services
	}

	chain nat-output {
		type nat hook output priority dstnat; policy accept;
		jump services
	}

	chain nat-postrouting {
		type nat hook postrouting priority srcnat; policy accept;
		jump masquerading
	}

	chain nodeport-endpoints-check {
		ip daddr @nodeport-ips meta l4proto . th dport vmap @no-endpoint-nodeports
	}

	chain service-endpoints-check {
		ip daddr . meta l4proto . th dport vmap @no-endpoint-services
	}

	chain firewall-check {
		ip daddr . meta l4proto . th dport vmap @firewall-ips
	}

	chain services {
{services}		ip daddr . meta l4proto . th dport vmap @service-ips
		ip daddr @nodeport-ips meta l4proto . th dport vmap @service-nodeports
	}

	chain masquerading {
{masquerading}	}

	chain cluster-ips-check {
		ip daddr @cluster-ips reject comment "Reject traffic to invalid ports of ClusterIPs"
		ip daddr { {served} } drop comment "Drop traffic to unallocated ClusterIPs"
	}

{marking}	chain reject-chain {
		comment "helper for @no-endpoint-services / @no-endpoint-nodeports"
		reject
	}
"""
OLD = {
    "{services}": "",
    "{masquerading}": "\t\tmeta mark & 0x00004000 == 0x00000000 return\n\t\tmeta mark set meta mark ^ 0x00004000\n"
    "\t\tmasquerade fully-random\n",
    "{marking}": "\tchain mark-for-masquerade {\n\t\tmeta mark set meta mark | 0x00004000\n\t}\n\n",
}
NEW = {
    "{masquerading}": "\t\tmeta mark & 0x00004000 != 0x00000000 meta mark set meta mark ^ 0x00004000 masquerade "
    "fully-random\n\t\tct status dnat ip saddr . ip daddr . meta l4proto . th dport @hairpin-connections masquerade "
    "fully-random\n",
    "{marking}": "",
}
COMMENTS = {
    "hairpin-connections": "service hairpin connections",
    "no-endpoint-services": "vmap to drop or reject packets to services with no endpoints",
    "no-endpoint-nodeports": "vmap to drop or reject packets to service nodeports with no endpoints",
    "firewall-ips": "destinations that are subject to LoadBalancerSourceRanges",
    "service-ips": "ClusterIP, ExternalIP and LoadBalancer IP traffic",
    "service-nodeports": "NodePort traffic",
}


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
        self.network, self.node, self.minor = network, node, network.minor
        self.own = str(network.attachments.host(node)["ip"])
        self.cluster_ips: dict[str, None] = {}
        self.hairpins: dict[str, None] = {}
        self.maps: dict[str, list[str]] = {
            "no-endpoint-services": [], "no-endpoint-nodeports": [], "firewall-ips": [], "service-ips": [],
            "service-nodeports": [],
        }  # fmt: skip
        self.sets: list[str] = []
        self.chains: list[str] = []

    def add(self, port: ServicePort, usable: tuple[Endpoint, ...], local: tuple[Endpoint, ...]) -> None:
        """Adds one port of a Service."""
        self.cluster_ips[port.cluster_ip] = None
        inside = local if port.internal_local else usable
        outside = local if port.external_local else usable
        has_any = bool(usable or local)
        for ip, kind in service_rules.matches(port):
            self._reach(port, ip, kind, inside if kind == CLUSTER else outside, has_any=has_any)
        if port.load_balancer_ips and port.source_ranges:
            self._firewall(port)
        if has_any:
            self._chains(port, usable, local, inside, outside)

    def _reach(self, port: ServicePort, ip: str, kind: str, endpoints: tuple[Endpoint, ...], *, has_any: bool) -> None:
        protocol = port.protocol.lower()
        where, maps = f"{ip} . {protocol} . {port.port}", ("service-ips", "no-endpoint-services")
        if kind == NODE_PORT:
            where, maps = f"{protocol} . {port.node_port}", ("service-nodeports", "no-endpoint-nodeports")
        if endpoints or (has_any and kind != CLUSTER):
            policy = "local" if port.internal_local else "service"
            chain = proxied.nft_chain(policy if kind == CLUSTER else "external", port)
            self.maps[maps[0]].append(f"{where} : goto {chain}")
        if not endpoints:
            verdict = "drop" if has_any else "goto reject-chain"
            self.maps[maps[1]].append(f'{where} comment "{port.name}" : {verdict}')

    def _firewall(self, port: ServicePort) -> None:
        """Adds the chain of loadBalancerSourceRanges."""
        name, allowed = proxied.nft_chain("firewall", port), list(port.source_ranges)
        if any(subnet(each).holds(self.own) for each in allowed):
            allowed += port.load_balancer_ips
        for ip in port.load_balancer_ips:
            self.maps["firewall-ips"].append(f"{ip} . {port.protocol.lower()} . {port.port} : goto {name}")
        self.chains.append(_chain(name, [f"ip saddr != {{ {', '.join(allowed)} }} drop"]))

    def _chains(
        self, port: ServicePort, usable: tuple[Endpoint, ...], local: tuple[Endpoint, ...],
        inside: tuple[Endpoint, ...], outside: tuple[Endpoint, ...],
    ) -> None:  # fmt: skip
        pods, is_external = self.network.pod_subnet, service_rules.is_external(port)
        reached: dict[Endpoint, None] = {}
        policies = (("service", usable, not port.internal_local or is_external),
                    ("local", local, port.internal_local or (port.external_local and is_external)))  # fmt: skip
        for kind, endpoints, used in policies:
            if not endpoints or not used:
                continue
            reached |= dict.fromkeys(endpoints)
            rules = []
            if inside and (kind == "local") == port.internal_local and self.minor < proxied.SQUASHED:
                rules.append(proxied.nft_internal_mark(port, pods, self.minor))
            if port.affinity:
                rules += [f"ip saddr @{_affinity(port, each)} goto {proxied.nft_endpoint(port, each)}"
                          for each in endpoints]  # fmt: skip
            rules.append(proxied.nft_choice(port, endpoints, self.minor))
            self.chains.append(_chain(proxied.nft_chain(kind, port), rules))
        if is_external:
            rules = proxied.nft_external(port, pods, self.minor)
            if outside:
                rules.append(f"goto {proxied.nft_chain('local' if port.external_local else 'service', port)}")
            self.chains.append(_chain(proxied.nft_chain("external", port), rules))
        self._endpoints(port, reached)

    def _endpoints(self, port: ServicePort, reached: dict[Endpoint, None]) -> None:
        for endpoint in reached:
            if endpoint.node == self.node:
                self.hairpins[f"{endpoint.ip} . {endpoint.ip} . {port.protocol.lower()} . {endpoint.port}"] = None
            rules = []
            if self.minor < proxied.SQUASHED:
                rules.append(f"ip saddr {endpoint.ip} jump mark-for-masquerade")
            if port.affinity:
                rules.append(f"update @{_affinity(port, endpoint)} {{ ip saddr }}")
                self.sets.append(self._clients(port, endpoint))
            if rules:
                name = proxied.nft_endpoint(port, endpoint)
                self.chains.append(_chain(name, [*rules, proxied.nft_dnat(port, endpoint)]))

    def _clients(self, port: ServicePort, endpoint: Endpoint) -> str:
        """Returns the set of the clients that an endpoint had lately, with the time that each is kept for."""
        left = self.network.affinity.clients(self.node, port, endpoint)
        text = f"\tset {_affinity(port, endpoint)} {{\n\t\ttype ipv4_addr\n\t\tsize 65535\n"
        text += f"\t\tflags dynamic,timeout\n\t\ttimeout {_span(port.affinity)}\n"
        if left:
            elements = [f"{ip} expires {_span(seconds)}" for ip, seconds in left.items()]
            text += "\t\telements = { " + ",\n\t\t\t     ".join(elements) + " }\n"
        return text + "\t}\n"

    def text(self) -> str:
        """Returns the table."""
        parts = []
        if self.minor >= proxied.SQUASHED:
            kind = "ipv4_addr . ipv4_addr . inet_proto . inet_service"
            name = "hairpin-connections"
            parts.append(_block("set", name, kind, COMMENTS[name], list(self.hairpins)))
        parts.append(_set("cluster-ips", "Active ClusterIPs", list(self.cluster_ips)))
        parts.append(_set("nodeport-ips", "IPs that accept NodePort traffic", [self.own]))
        for name, elements in self.maps.items():
            kind = PORT_VERDICT if name.endswith("nodeports") else VERDICT
            parts.append(_block("map", name, kind, COMMENTS[name], elements))
        fixed = FIXED.replace("{served}", self.network.service_subnet)
        mark = proxied.MARK_CLUSTER_IPS.replace("{pods}", self.network.pod_subnet)
        words = {**NEW, "{services}": f"\t\t{mark}\n"} if self.minor >= proxied.SQUASHED else OLD
        for name, text in words.items():
            fixed = fixed.replace(name, text)
        listed = "\n".join([*parts, *self.sets, fixed, *self.chains])
        return 'table ip kube-proxy {\n\tcomment "rules for kube-proxy"\n' + listed + "}\n"


def _affinity(port: ServicePort, endpoint: Endpoint) -> str:
    return proxied.nft_endpoint(port, endpoint).replace("endpoint-", "affinity-", 1)


def _span(seconds: float) -> str:
    """Returns a time as nft prints it: "3h", "2h59m50s"."""
    whole = int(seconds)
    parts = ((whole // 86400, "d"), (whole // 3600 % 24, "h"), (whole // 60 % 60, "m"), (whole % 60, "s"))
    return "".join(f"{number}{unit}" for number, unit in parts if number) or "0s"


def _chain(name: str, rules: list[str]) -> str:
    return f"\tchain {name} {{\n" + "".join(f"\t\t{rule}\n" for rule in rules) + "\t}\n"


def _set(name: str, comment: str, elements: list[str]) -> str:
    rows = [", ".join(elements[at : at + 2]) for at in range(0, len(elements), 2)]  # addresses stand in pairs
    return _block("set", name, "ipv4_addr", comment, rows)


def _block(sort: str, name: str, kind: str, comment: str, elements: list[str]) -> str:
    text = f'\t{sort} {name} {{\n\t\ttype {kind}\n\t\tcomment "{comment}"\n'
    if elements:
        text += "\t\telements = { " + ",\n\t\t\t     ".join(elements) + " }\n"
    return text + "\t}\n"
