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
    seen: dict[str, tuple[Packet, Packet]] = {}  # node -> the packet as it came, and as it went
    for place, _, _, before, after, _ in walk.hops:
        if type(before) is Packet and type(after) is Packet and place.startswith("node "):
            known = seen.get(place)
            seen[place] = (known[0] if known is not None else before, after)
    now = network.cluster.clock.now
    until, answered = now + LIFE.get(walk.protocol, 30.0), walk.outcome == CONNECTED
    for place, (first, last) in seen.items():
        key = CONNECTIONS + place[5:]
        kept = network.store.get(key)
        rows = kept["rows"][1 - KEPT :] if kept is not None else []
        row = {"until": until, "first": list(first), "last": list(last), "answered": answered}
        network.store.put(key, {"rows": [*rows, row]})


def rows_of(network: Network, node: str) -> list[Object]:
    """Returns the connections that a node's kernel still remembers."""
    kept = network.store.get(CONNECTIONS + node)
    now = network.cluster.clock.now
    return [row for row in kept["rows"] if row["until"] > now] if kept else []


def forget(network: Network, node: str) -> None:
    """Drops what a node's kernel remembers."""
    network.store.delete(CONNECTIONS + node)
