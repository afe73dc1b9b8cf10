"""Where on its way a packet shows itself: the interfaces that it crosses, as tcpdump would catch it there."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from kubelab.cluster.network import stacks
from kubelab.cluster.network.walk import Hop, Packet, Walk

if TYPE_CHECKING:
    from kubelab.cluster.network.network import Network

NODE, POD = "node ", "Pod "


class Sighting(NamedTuple):
    """A packet on an interface.

    Args:
        stack: the network namespace's name (stacks.py).
        direction: "In" or "Out", seen from that namespace.
        packet: as it is there; a text for a packet that wraps another one.
        inner: the packet in a tunnel's.
        at: the number of the hop.
    """

    stack: str
    interface: str
    direction: str
    packet: Packet | str
    at: int
    inner: Packet | None = None


def stack_at(network: Network, place: str) -> str:
    """Returns the stack of a hop's place."""
    if place.startswith(NODE):
        return stacks.of_node(place[len(NODE) :])
    if place.startswith(POD):
        namespace, _, pod = place[len(POD) :].partition("/")
        attachment = network.attachments.by_name.get((namespace, pod))
        return stacks.of_pod(attachment.uid) if attachment is not None else ""
    return stacks.OUTSIDE


def sightings(network: Network, walk: Walk) -> list[Sighting]:
    """Returns where a walk's packet was seen, in order."""
    found: list[Sighting] = []
    previous: Hop | None = None
    for at, hop in enumerate(walk.hops):
        stack = stack_at(network, hop.place)
        if previous is not None and previous.place != hop.place:
            found += _arrivals(network, previous, hop, stack, at)
        found += _departures(hop, stack, at)
        previous = hop
    return found


def _arrivals(network: Network, previous: Hop, hop: Hop, stack: str, at: int) -> list[Sighting]:
    """What comes in at a place that the packet enters: over the wire, out of a tunnel, or into a Pod."""
    packet = previous.after
    if hop.verdict == "decapsulate":
        inner = hop.after if isinstance(hop.after, Packet) else None
        outer = Sighting(stack, "eth0", "In", packet, at, inner)
        return [outer, Sighting(stack, hop.component, "In", hop.after, at)]
    if hop.place.startswith(POD):
        return [Sighting(stack, "eth0", "In", packet, at)] if previous.place.startswith(NODE) else []
    if previous.place.startswith(POD):
        pod = previous.place[len(POD) :].partition("/")
        attachment = network.attachments.by_name.get((pod[0], pod[2]))
        if attachment is None:
            return []
        cable = network.links.veth(attachment)
        bridged = [Sighting(stack, hop.component, "In", packet, at)] if hop.component != cable else []
        return [Sighting(stack, cable, "In", packet, at), *bridged]
    wire = "enp0s3" if stack == stacks.OUTSIDE else "eth0"
    return [Sighting(stack, wire, "In", packet, at)]


def _departures(hop: Hop, stack: str, at: int) -> list[Sighting]:
    """What goes out of a place."""
    if hop.verdict == "encapsulate":
        inner = hop.before if isinstance(hop.before, Packet) else None
        return [
            Sighting(stack, hop.component, "Out", hop.before, at),
            Sighting(stack, "eth0", "Out", hop.after, at, inner),
        ]
    if hop.verdict not in ("forward", "lost"):
        return []
    if hop.component == "lo":
        return [Sighting(stack, "lo", "In", hop.after, at)]
    if hop.verdict == "lost" or " master " in hop.rule or "@if2" in hop.rule:
        return []
    return [Sighting(stack, hop.component, "Out", hop.after, at)]
