"""The trace of a request through the network: what each hop did with the packet, and how it ended.

A walk is data that the page draws and that curl, traceroute and the kubelet's probes report from.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from kubelab.cluster.network.place import Place

# How a connection attempt ends, in the kernel's terms.
CONNECTED = "connected"
REFUSED = "refused"  # ECONNREFUSED: a RST, or an ICMP port unreachable
TIMEOUT = "timeout"  # ETIMEDOUT: nothing ever comes back
NO_ROUTE = "no-route"  # EHOSTUNREACH: the last router finds nobody at that address
UNREACHABLE = "unreachable"  # ENETUNREACH: no route leads there
NXDOMAIN = "nxdomain"  # the name does not exist
DNS_TIMEOUT = "dns-timeout"  # no name server answers

# Virtual seconds that pass before a program hears of it.
ARP_FAILURE = 3.07  # three ARP requests, a second apart (mcast_solicit = 3)
SYN_TIMEOUT = 127.0  # six SYN retries: 1 + 2 + 4 + ... + 64 s (net.ipv4.tcp_syn_retries = 6)
LOCAL_HOP = 0.00004
BRIDGE_HOP = 0.0002
OVERLAY_HOP = 0.0005
WIRE_HOP = 0.0004


class Packet(NamedTuple):
    """What the hops look at and rewrite."""

    source: str
    source_port: int
    destination: str
    port: int
    protocol: str = "TCP"

    def __str__(self) -> str:
        return f"{self.source}:{self.source_port} > {self.destination}:{self.port}"


class Hop(NamedTuple):
    """One station of a walk.

    Args:
        place: where it is: "Pod default/web", "node worker-1", "outside host".
        component: what acts there: "kube-proxy", "cni0", "flannel.1", "CoreDNS", "NetworkPolicy" ...
        rule: the state that decided: an iptables rule, a route, a line of a file.
        before: the packet as it came; a text where it is wrapped in another one, or answered.
        after: the packet as it went on.
        verdict: "forward", "DNAT", "SNAT", "MASQUERADE", "deliver", "REJECT", "DROP", "refused", "lost", "answer".
    """

    place: str
    component: str
    rule: str
    before: Packet | str
    after: Packet | str
    verdict: str

    def row(self) -> dict[str, str]:
        """Returns it as the page takes it."""
        return {field: str(value) for field, value in self._asdict().items()}


class Target(NamedTuple):
    """The program that a connection reached.

    Args:
        container: the listening container's name, or the process's name on a machine.
        service: "namespace/name:port" of the Service that the way led through, "" without one.
    """

    node: str
    namespace: str
    pod: str
    container: str
    address: str
    port: int
    service: str = ""


@dataclass
class Walk:
    """One attempt to reach something, with every hop on the way.

    Args:
        source: who asks.
        host: the name or address that was asked for.
        port: the port that was asked for.
    """

    source: Place
    host: str
    port: int
    protocol: str = "TCP"
    address: str = ""  # what the name resolved to, or the address itself
    outcome: str = TIMEOUT
    seconds: float = 0.0  # until the outcome was known, name resolution included
    resolving: float = 0.0  # the part of it that name resolution took
    client: str = ""  # the address that the server sees
    client_port: int = 0
    target: Target | None = None
    hops: list[Hop] = field(default_factory=list)
    routers: list[str] = field(default_factory=list)  # the addresses that answer a traceroute on the way
    passed: list[tuple[str, str]] = field(default_factory=list)  # rules by hand that let it through, by their stacks

    @property
    def connected(self) -> bool:
        """Whether the connection was made."""
        return self.outcome == CONNECTED
