"""Who can reach whom: every Pod asked about every other, as data for a page to show before and after a change.

Each cell is a walk that nobody notices: nothing is kept of it, no draw is counted, no tcpdump sees it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from kubelab.cluster.kinds import Pod
from kubelab.cluster.network.attachments import Attachment
from kubelab.cluster.network.place import WORKSTATION, Place
from kubelab.cluster.network.walk import Packet, Walk
from kubelab.cluster.objects import Key, Object

if TYPE_CHECKING:
    from kubelab.cluster.network.network import Network

MOST = 60  # Pods that are asked at the most
OUTSIDE = "outside"


class Reach(NamedTuple):
    """What became of one attempt.

    Args:
        outcome: "connected", "refused", "timeout", "no-route", "unreachable".
        component: who decided at the last hop: "socket", "calico-node (felix)", "kube-proxy", "kernel" ...
        rule: by what.
    """

    outcome: str
    component: str = ""
    rule: str = ""


class Target(NamedTuple):
    """Who is tried: a Pod's port, or a host."""

    name: str
    address: str
    port: int
    protocol: str = "TCP"


class Matrix(NamedTuple):
    """Who was asked about whom.

    Args:
        sources: "namespace/pod", and "outside" for the workstation.
        cells: (source, "namespace/pod:port", with "/UDP" where it is not TCP) -> what became of it.
        left_out: how many Pods were not asked, because there are too many.
    """

    sources: tuple[str, ...]
    targets: tuple[Target, ...]
    cells: dict[tuple[str, str], Reach]
    left_out: int = 0

    def rows(self) -> list[Object]:
        """Returns it as JSON: a row for each source, in the order of the targets."""
        return [
            {"source": source, "cells": [self.cells[source, target.name]._asdict() for target in self.targets]}
            for source in self.sources
        ]

    def changes(self, before: Matrix) -> dict[tuple[str, str], tuple[str, str]]:
        """Returns the cells whose outcome is another one than before: cell -> (before, now)."""
        found = {}
        for cell, reach in self.cells.items():
            old = before.cells.get(cell)
            if old is not None and old.outcome != reach.outcome:
                found[cell] = (old.outcome, reach.outcome)
        return found


def who_reaches_whom(
    network: Network,
    namespaces: tuple[str, ...] = (),
    chosen: Callable[[Object], bool] = lambda pod: True,
    most: int = MOST,
) -> Matrix:
    """Tries from every Pod, and from outside, whether each Pod's ports are reached.

    Args:
        namespaces: only Pods of these; all where none is named.
        chosen: only Pods for which this is true.
        most: how many Pods are asked at the most.
    """
    pods = [pod for pod in _pods(network, namespaces) if chosen(pod[1])]
    asked = pods[:most]
    sources = {f"{one.namespace}/{one.pod}": place_of(one, pod) for one, pod in asked}
    sources[OUTSIDE] = WORKSTATION
    targets = tuple(target for one, pod in asked for target in targets_of(network, one, pod))
    cells = {
        (name, target.name): attempt(network, place, target) for name, place in sources.items() for target in targets
    }
    return Matrix(tuple(sources), targets, cells, len(pods) - len(asked))


def _pods(network: Network, namespaces: tuple[str, ...]) -> list[tuple[Attachment, Object]]:
    found = []
    for (namespace, name), attachment in sorted(network.attachments.by_name.items()):
        pod = network.store.get(Pod.path(Key(namespace, name)))
        if pod is not None and (not namespaces or namespace in namespaces):
            found.append((attachment, pod))
    return found


def place_of(attachment: Attachment, pod: Object) -> Place:
    """Returns a Pod's first container as a place."""
    container = pod["spec"]["containers"][0]["name"]
    return Place("container", attachment.node, attachment.namespace, attachment.pod, container)


def targets_of(network: Network, attachment: Attachment, pod: Object) -> list[Target]:
    """Returns the ports of a Pod: those that it declares, else those that something in it listens on."""
    name = f"{attachment.namespace}/{attachment.pod}"
    ports = [
        (port["containerPort"], port.get("protocol", "TCP"))
        for container in pod["spec"]["containers"]
        for port in container.get("ports") or ()
    ]
    if not ports:
        listening = network.sockets.listeners(attachment.node, attachment.namespace, attachment.pod)
        ports = [(each.port, each.protocol) for each in listening]
    return [
        Target(f"{name}:{port}" if protocol == "TCP" else f"{name}:{port}/{protocol}", attachment.ip, port, protocol)
        for port, protocol in dict.fromkeys(ports)
    ]


def attempt(network: Network, source: Place, target: Target) -> Reach:
    """Tries to reach a target, leaving no trace."""
    walk = Walk(source, target.address, target.port, target.protocol, address=target.address)
    with network.unnoticed():
        network.send(walk, Packet("", 40000, target.address, target.port, target.protocol))
    last = walk.hops[-1] if walk.hops else None
    return Reach(walk.outcome, last.component if last else "", last.rule if last else "")


def trace(network: Network, source: Place, host: str, port: int, protocol: str = "TCP") -> Object:
    """Walks from a place to a host and port, and returns the whole way as JSON, leaving no trace.

    Returns:
        "source", "host", "port", "protocol", "address" (what the name resolved to), "outcome", "seconds", "client" (the
        address that the server sees), "target" (who was reached, None for nobody) and "hops": each with "place",
        "component", "rule", "before", "after" and "verdict".
    """
    with network.unnoticed():
        walk = network.connect(source, host, port, protocol)
    return {
        "source": str(source),
        "host": host,
        "port": port,
        "protocol": protocol,
        "address": walk.address,
        "outcome": walk.outcome,
        "seconds": walk.seconds,
        "client": walk.client,
        "target": walk.target._asdict() if walk.target is not None else None,
        "hops": [hop.row() for hop in walk.hops],
    }
