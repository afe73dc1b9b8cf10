"""kube-proxy's rules for one port of a Service in iptables mode: those that it writes, and those that a packet passes.

Source: pkg/proxy/iptables/proxier.go (syncProxyRules); iptables-save of Kubernetes 1.30 with flannel.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from kubelab.cluster.addresses import subnet
from kubelab.cluster.network import chains
from kubelab.cluster.network.rulebook import CLUSTER, EXTERNAL, LOAD_BALANCER, NODE_PORT
from kubelab.cluster.network.services import Endpoint, ServicePort

MARK_MASQ = "KUBE-MARK-MASQ"
FROM_NODE = "-m addrtype --src-type LOCAL"
LAST = (
    '-m comment --comment "kubernetes service nodeports; NOTE: this must be the last rule in this chain" '
    "-m addrtype --dst-type LOCAL -j KUBE-NODEPORTS"
)
NFACCT = 32  # the minor version from which rules count into nfacct objects
LOCALHOST = "-m nfacct --nfacct-name  localhost_nps_accepted_pkts "  # with two blanks, as iptables-save has it
INVALID = "-m nfacct --nfacct-name  ct_state_invalid_dropped_pkts "


def matches(port: ServicePort) -> Iterator[tuple[str, str]]:
    """Yields every address at which a port is reached, "" for the node's own, with the kind of rule for it."""
    yield port.cluster_ip, CLUSTER
    for ip in port.external_ips:
        yield ip, EXTERNAL
    for ip in port.load_balancer_ips:
        yield ip, LOAD_BALANCER
    if port.node_port:
        yield "", NODE_PORT


def is_external(port: ServicePort) -> bool:
    """Tells whether a port is reached from outside at all."""
    return bool(port.node_port or port.external_ips or port.load_balancer_ips)


def internal_chain(port: ServicePort) -> str:
    """Returns the chain that traffic to the cluster IP goes to."""
    return chains.local_chain(port) if port.internal_local else chains.service_chain(port)


@lru_cache(maxsize=1 << 13)
def entrance(port: ServicePort, ip: str, kind: str) -> str:
    """Returns the rule by which a destination is found."""
    if kind == NODE_PORT:
        return f"-A KUBE-NODEPORTS {chains.node_port(port)} -j {chains.external_chain(port)}"
    jump = internal_chain(port) if kind == CLUSTER else chains.external_chain(port)
    if kind == LOAD_BALANCER and port.source_ranges:
        jump = chains.firewall_chain(port)
    return f"-A KUBE-SERVICES {chains.destination(port, ip, kind)} -j {jump}"


def localhost_entrance(port: ServicePort) -> str:
    """Returns the rule for a node port at the loopback address, which counts how often that is used."""
    protocol = port.protocol.lower()
    return (
        f"-A KUBE-NODEPORTS -d 127.0.0.0/8 -p {protocol} {chains.quoted(port.name)} -m {protocol} "
        f"--dport {port.node_port} {LOCALHOST}-j {chains.external_chain(port)}"
    )


def firewall(port: ServicePort, node_ip: str) -> Iterator[str]:
    """Yields the rules of the nat table that let loadBalancerSourceRanges through."""
    chain, external = chains.firewall_chain(port), chains.external_chain(port)
    comment = chains.quoted(f"{port.name} loadbalancer IP")
    allowed = [str(each) for each in port.source_ranges]
    if any(subnet(each).holds(node_ip) for each in allowed):
        allowed += [f"{ip}/32" for ip in port.load_balancer_ips]
    for source in allowed:
        match = "" if source == "0.0.0.0/0" else f"-s {source} "
        yield f"-A {chain} {match}{comment} -j {external}"
    yield f"-A {chain} {chains.quoted(f'other traffic to {port.name} will be dropped by KUBE-PROXY-FIREWALL')}"


def firewall_drop(port: ServicePort, ip: str) -> str:
    """Returns the rule of the filter table that drops what loadBalancerSourceRanges do not name."""
    protocol = port.protocol.lower()
    why = chains.quoted(f"{port.name} traffic not accepted by {chains.firewall_chain(port)}")
    return f"-A KUBE-PROXY-FIREWALL -d {ip}/32 -p {protocol} {why} -m {protocol} --dport {port.port} -j DROP"


def health_check(port: ServicePort) -> str:
    """Returns the rule of the filter table that lets load balancers ask for a Service's health."""
    comment = chains.quoted(f"{port.name} health check node port")
    return f"-A KUBE-NODEPORTS -p tcp {comment} -m tcp --dport {port.health_port} -j ACCEPT"


@lru_cache(maxsize=1 << 13)
def internal_mark(port: ServicePort, pods: str) -> str:
    """Returns the rule that marks traffic to the cluster IP from beyond the Pods' range."""
    destination = chains.destination(port, port.cluster_ip, CLUSTER)
    return f"-A {internal_chain(port)} ! -s {pods} {destination} -j {MARK_MASQ}"


@lru_cache(maxsize=1 << 13)
def external(port: ServicePort, pods: str) -> tuple[str, ...]:
    """Returns the rules of the chain for traffic from outside, but for the last one.

    With the Cluster policy one rule that marks; with the Local policy one for Pods and two for the node itself.
    """
    chain, service = chains.external_chain(port), chains.service_chain(port)

    def said(text: str) -> str:
        return chains.quoted(f"{text} for {port.name} external destinations")

    if not port.external_local:
        return (f"-A {chain} {said('masquerade traffic')} -j {MARK_MASQ}",)
    return (
        f"-A {chain} -s {pods} {said('pod traffic')} -j {service}",
        f"-A {chain} {said('masquerade LOCAL traffic')} {FROM_NODE} -j {MARK_MASQ}",
        f"-A {chain} {said('route LOCAL traffic')} {FROM_NODE} -j {service}",
    )


def external_last(port: ServicePort) -> str:
    """Returns the rule by which traffic from outside goes on to the chain of its policy."""
    policy = chains.local_chain(port) if port.external_local else chains.service_chain(port)
    return f"-A {chains.external_chain(port)} -j {policy}"


def hairpin(port: ServicePort, endpoint: Endpoint) -> str:
    """Returns the rule that marks what an endpoint sends to itself."""
    chain = chains.endpoint_chain(port, endpoint)
    return f"-A {chain} -s {endpoint.ip}/32 {chains.quoted(port.name)} -j {MARK_MASQ}"


def written(
    port: ServicePort, usable: tuple[Endpoint, ...], local: tuple[Endpoint, ...], pods: str, node_ip: str, minor: int
) -> Iterator[str]:
    """Yields the rules of the nat table for a port that has endpoints, each with its chain in front.

    Args:
        usable, local: the endpoints by the Cluster and the Local policy.
        pods: the range of all Pods.
        minor: kube-proxy's minor version.
    """
    inside = local if port.internal_local else usable
    outside = local if port.external_local else usable
    for ip, kind in matches(port):
        if kind == NODE_PORT and minor >= NFACCT:
            yield localhost_entrance(port)
        if kind != CLUSTER or inside:
            yield entrance(port, ip, kind)
    if port.load_balancer_ips and port.source_ranges:
        yield from firewall(port, node_ip)
    if inside:
        yield internal_mark(port, pods)
    if is_external(port):
        yield from external(port, pods)
        if outside:
            yield external_last(port)
    uses_cluster = not port.internal_local or is_external(port)
    uses_local = port.internal_local or (port.external_local and is_external(port))
    reached: dict[Endpoint, None] = {}
    for chain, endpoints, used in (
        (chains.service_chain(port), usable, uses_cluster), (chains.local_chain(port), local, uses_local),
    ):  # fmt: skip
        if used:
            reached |= dict.fromkeys(endpoints)
            yield from _choices(port, chain, endpoints)
    for endpoint in reached:
        yield hairpin(port, endpoint)
        yield chains.translation(port, endpoint)


def _choices(port: ServicePort, chain: str, endpoints: tuple[Endpoint, ...]) -> Iterator[str]:
    if port.affinity:
        for endpoint in endpoints:
            yield chains.affinity(chain, port, endpoint)
    for index in range(len(endpoints)):
        yield chains.choice(chain, port, endpoints, index)


def way_in(port: ServicePort, ip: str, kind: str, source: str, pods: str, node_ip: str, came: str) -> list[str]:
    """Returns the rules that a packet passes until its policy's chain, in their order.

    Args:
        ip: the packet's destination; source: where it comes from.
        came: "pod", "node" or "wire".
    """
    lines = [entrance(port, ip, kind)]
    from_pods = subnet(pods).holds(source)
    if kind == CLUSTER:
        return lines if from_pods else [*lines, internal_mark(port, pods)]
    if kind == NODE_PORT:
        lines.insert(0, f"-A KUBE-SERVICES {LAST}")
    if kind == LOAD_BALANCER and port.source_ranges:
        lines.append(next(_passed(port, source, node_ip)))
    rules = external(port, pods)
    if not port.external_local:
        return [*lines, *rules, external_last(port)]
    if from_pods:
        return [*lines, rules[0]]
    return [*lines, *rules[1:]] if came == "node" else [*lines, external_last(port)]


def _passed(port: ServicePort, source: str, node_ip: str) -> Iterator[str]:
    """Yields the rules of the firewall's chain that let a source through."""
    for rule in firewall(port, node_ip):
        words = rule.split()
        if "-s" not in words or subnet(words[words.index("-s") + 1]).holds(source):
            yield rule
