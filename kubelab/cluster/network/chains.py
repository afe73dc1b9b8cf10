"""The names and the wording of kube-proxy's iptables rules, as iptables-save prints them.

Source: pkg/proxy/iptables/proxier.go; iptables-save of Kubernetes 1.30 with flannel.
"""

from __future__ import annotations

from base64 import b32encode
from functools import lru_cache
from hashlib import sha256

from kubelab.cluster.network.services import Endpoint, ServicePort


@lru_cache(maxsize=1 << 14)
def _hash(text: str) -> str:
    return b32encode(sha256(text.encode()).digest())[:16].decode()


def service_chain(port: ServicePort) -> str:
    """Returns the chain that chooses an endpoint by the Cluster policy, e.g. KUBE-SVC-2CMXP7HKUVJN7L6M."""
    return "KUBE-SVC-" + _hash(port.name + port.protocol.lower())


def local_chain(port: ServicePort) -> str:
    """Returns the chain that chooses an endpoint of this node."""
    return "KUBE-SVL-" + _hash(port.name + port.protocol.lower())


def external_chain(port: ServicePort) -> str:
    """Returns the chain for traffic from outside of the cluster."""
    return "KUBE-EXT-" + _hash(port.name + port.protocol.lower())


def firewall_chain(port: ServicePort) -> str:
    """Returns the chain that holds loadBalancerSourceRanges."""
    return "KUBE-FW-" + _hash(port.name + port.protocol.lower())


def endpoint_chain(port: ServicePort, endpoint: Endpoint) -> str:
    """Returns the chain that rewrites the destination to one endpoint."""
    return "KUBE-SEP-" + _hash(port.name + port.protocol.lower() + endpoint.address)


def quoted(comment: str) -> str:
    """Returns a comment match; iptables-save quotes comments that hold more than letters, digits, - and _."""
    bare = comment.replace("-", "").replace("_", "").isalnum()
    return f"-m comment --comment {comment}" if bare else f'-m comment --comment "{comment}"'


def destination(port: ServicePort, ip: str, kind: str) -> str:
    """Returns the match of a Service's address and port."""
    protocol = port.protocol.lower()
    return f"-d {ip}/32 -p {protocol} {quoted(f'{port.name} {kind}')} -m {protocol} --dport {port.port}"


def node_port(port: ServicePort) -> str:
    """Returns the match of a node port."""
    protocol = port.protocol.lower()
    return f"-p {protocol} {quoted(port.name)} -m {protocol} --dport {port.node_port}"


def choice(chain: str, port: ServicePort, endpoints: tuple[Endpoint, ...], index: int) -> str:
    """Returns the rule by which a chain takes one endpoint among several."""
    endpoint = endpoints[index]
    rule = f"-A {chain} {quoted(f'{port.name} -> {endpoint.address}')}"
    left = len(endpoints) - index
    if left > 1:
        rule += f" -m statistic --mode random --probability {probability(left)}"
    return f"{rule} -j {endpoint_chain(port, endpoint)}"


def affinity(chain: str, port: ServicePort, endpoint: Endpoint) -> str:
    """Returns the rule by which a chain takes the endpoint that a client had before."""
    name = endpoint_chain(port, endpoint)
    return (
        f"-A {chain} {quoted(f'{port.name} -> {endpoint.address}')} -m recent --rcheck --seconds {port.affinity} "
        f"--reap --name {name} --mask 255.255.255.255 --rsource -j {name}"
    )


def translation(port: ServicePort, endpoint: Endpoint) -> str:
    """Returns the rule that rewrites the destination."""
    protocol = port.protocol.lower()
    recent = ""
    if port.affinity:
        recent = f"-m recent --set --name {endpoint_chain(port, endpoint)} --mask 255.255.255.255 --rsource "
    return (
        f"-A {endpoint_chain(port, endpoint)} -p {protocol} {quoted(port.name)} {recent}-m {protocol} "
        f"-j DNAT --to-destination {endpoint.address}"
    )


def probability(left: int) -> str:
    """Returns 1/left as the kernel keeps it (31 bits) and iptables-save prints it."""
    return f"{round(2**31 / left) / 2**31:.11f}"


def refusal(table_chain: str, port: ServicePort, match: str, why: str, verdict: str) -> str:
    """Returns a rule of the filter table against traffic that no endpoint can take.

    Args:
        match: the destination, "-d 10.96.1.2/32 " or "".
        why: "has no endpoints" or "has no local endpoints".
        verdict: "REJECT" or "DROP".
    """
    protocol = port.protocol.lower()
    local = "" if match else "-m addrtype --dst-type LOCAL "
    number = port.port if match else port.node_port
    jump = "REJECT --reject-with icmp-port-unreachable" if verdict == "REJECT" else verdict
    comment = quoted(f"{port.name} {why}")
    return f"-A {table_chain} {match}-p {protocol} {comment} {local}-m {protocol} --dport {number} -j {jump}"
