"""Which connections the nodes' kernels remember, for `conntrack -L`: the last ones, until their time is over.

A finished TCP connection stays in TIME_WAIT for 120 s, a UDP exchange for 30 s; one that nothing answered waits in
SYN_SENT for 120 s. Source: kernel documentation, networking/nf_conntrack-sysctl.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kubelab.cluster.cni import PREFIX
from kubelab.cluster.network.walk import CONNECTED, Packet, Walk
from kubelab.cluster.objects import Object

if TYPE_CHECKING:
    from kubelab.cluster.network.network import Network

CONNECTIONS = PREFIX + "conntrack/"
KEPT = 24  # connections a node; a kernel keeps all of them
LIFE = {"TCP": 120.0, "UDP": 30.0, "ICMP": 30.0}


def note(network: Network, walk: Walk) -> None:
    """Notes a walk on each node whose kernel saw it."""
    first: dict[str, Packet] = {}
    last: dict[str, Packet] = {}
    for hop in walk.hops:
        if hop.place.startswith("node ") and isinstance(hop.before, Packet) and isinstance(hop.after, Packet):
            node = hop.place[5:]
            first.setdefault(node, hop.before)
            last[node] = hop.after
    now = network.cluster.clock.now
    for node, packet in first.items():
        kept = network.store.get(CONNECTIONS + node)
        rows = [row for row in kept["rows"] if row["until"] > now] if kept else []
        until = now + LIFE.get(walk.protocol, 30.0)
        row = {"until": until, "first": list(packet), "last": list(last[node]), "answered": walk.outcome == CONNECTED}
        network.store.put(CONNECTIONS + node, {"rows": [*rows[1 - KEPT :], row]})


def rows_of(network: Network, node: str) -> list[Object]:
    """Returns the connections that a node's kernel still remembers."""
    kept = network.store.get(CONNECTIONS + node)
    now = network.cluster.clock.now
    return [row for row in kept["rows"] if row["until"] > now] if kept else []


def forget(network: Network, node: str) -> None:
    """Drops what a node's kernel remembers."""
    network.store.delete(CONNECTIONS + node)
