"""What routes, links and kernel settings that were changed by hand do to a packet; untouched places never come here.

Source: ip-route(8), ip-link(8); kernel documentation, networking/ip-sysctl. A link that goes down takes the routes over
it along; packets then follow what is left.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kubelab.cluster.addresses import GATEWAY
from kubelab.cluster.network import firewall
from kubelab.cluster.network import walk as ends
from kubelab.cluster.network.attachments import Attachment
from kubelab.cluster.network.interfaces import Route, lookup, routes_of
from kubelab.cluster.network.place import Place
from kubelab.cluster.network.stacks import of_node, of_pod, sysctl
from kubelab.cluster.network.translation import FROM_NODE, FROM_POD

if TYPE_CHECKING:
    from kubelab.cluster.network.journey import Journey

ROUTING = ("down", "addresses", "routes", "unknown")
FORWARDING = "net.ipv4.ip_forward"


def leaves_pod(journey: Journey, sender: Attachment) -> bool:
    """Tells whether a packet gets out of its Pod and onto the node; ends the walk where it does not."""
    network, destination = journey.network, journey.packet.destination
    place = f"Pod {sender.namespace}/{sender.pod}"
    own = network.stacks.of(of_pod(sender.uid))
    if own:
        routes = routes_of(network, Place("container", sender.node, sender.namespace, sender.pod))
        if lookup(routes, destination) is None:
            return unreachable(journey, place)
        if not firewall.passes(journey, of_pod(sender.uid), "OUTPUT", place):
            return False
    down = network.stacks.of(of_node(sender.node)).get("down") or ()
    cable, bridge = network.links.veth(sender), journey.plugin(sender.node).bridge
    broken = next((link for link in (cable, bridge) if link and link in down), "")
    if broken:
        journey.hop(place, "eth0", f"{broken} is down on node {sender.node}: nobody answers ARP", "lost")
        journey.end(ends.NO_ROUTE, ends.ARP_FAILURE)
        return False
    return True


def reaches_pod(journey: Journey, node: str, target: Attachment, device: str) -> bool:
    """Tells whether a packet gets from a node into one of its Pods; ends the walk where it does not."""
    network = journey.network
    down = network.stacks.of(of_node(node)).get("down") or ()
    cable = network.links.veth(target)
    pods = network.stacks.of(of_pod(target.uid)).get("down") or ()
    if cable in down or "eth0" in pods:
        broken = f"{cable} is down" if cable in down else f"eth0 of Pod {target.namespace}/{target.pod} is down"
        journey.hop(f"node {node}", device, f"{broken}: nobody answers ARP", "lost")
        journey.end(ends.NO_ROUTE, ends.ARP_FAILURE)
        return False
    return True


def tunnel_ends(journey: Journey, other: str, tunnel: str) -> bool:
    """Tells whether the other node takes a packet out of the tunnel."""
    changes = journey.network.stacks.of(of_node(other))
    return not {tunnel, "eth0"} & set(changes.get("down") or ())


def routed(journey: Journey, node: str, came: str) -> bool:
    """Routes a packet where something was changed by hand.

    Args:
        node: "" for the workstation.

    Returns:
        True when it has taken the packet on, or ended the walk; False where all is as it was made.
    """
    changes = journey.network.stacks.of(of_node(node))
    if not changes:
        return False
    place = f"node {node}" if node else "outside host"
    if came != FROM_NODE:
        bridged = came == FROM_POD and journey.plugin(node).bridge and _is_local(journey, node)
        if not bridged and sysctl(changes, FORWARDING, "1") == "0":
            journey.lost(place, "kernel", f"{FORWARDING} = 0")
            return True
        if not firewall.passes(journey, of_node(node), "FORWARD", place):
            return True
    if not any(changes.get(field) for field in ROUTING):
        return False
    route = lookup(routes_of(journey.network, Place("node" if node else "outside", node)), journey.packet.destination)
    if route is None:
        unreachable(journey, place)
    elif not node:
        journey.over_wire(place, route.device, _router(route))
    else:
        _send(journey, node, route)
    return True


def _is_local(journey: Journey, node: str) -> bool:
    return journey.attachments.bridge_of(journey.packet.destination) == node


def answers(journey: Journey, node: str, pod: Attachment | None, place: str) -> bool:
    """Tells whether an answer finds its way back from where a packet was delivered; ends the walk where it does not.

    Answers are not walked, but the routes by which they would go are looked at.
    """
    network, source = journey.network, journey.packet.source
    if pod is not None and network.stacks.of(of_pod(pod.uid)):
        routes = routes_of(network, Place("container", node, pod.namespace, pod.pod))
        if lookup(routes, source) is None and source != pod.ip:
            journey.lost(place, "kernel", f"no route back to {source}")
            return False
    changes = network.stacks.of(of_node(node))
    if not changes or source in network.links.own_addresses(node) or _is_from(journey, node, source):
        return True
    if pod is not None and sysctl(changes, FORWARDING, "1") == "0":
        journey.lost(f"node {node}", "kernel", f"{FORWARDING} = 0, for the answer to {source}")
        return False
    route = lookup(routes_of(network, Place("node", node)), source)
    owner = journey.attachments.bridge_of(source)
    plugin = journey.plugin(node)
    wanted = {"eth0"} if owner is None or not plugin.tunnel else {plugin.tunnel, "cilium_host"}
    if route is None or route.device not in wanted or (owner is not None and not _knows(journey, node, owner)):
        way = f"{route.destination} {route.way}" if route is not None else "no route"
        journey.lost(f"node {node}", "kernel", f"the answer to {source} goes {way}")
        return False
    return True


def _is_from(journey: Journey, node: str, source: str) -> bool:
    return journey.attachments.bridge_of(source) == node


def _router(route: Route) -> str:
    return route.via if route.via != GATEWAY else ""


def _send(journey: Journey, node: str, route: Route) -> None:
    plugin = journey.plugin(node)
    destination = journey.packet.destination
    owner = journey.attachments.bridge_of(destination)
    if route.device == "eth0" and not (owner not in (None, node) and not plugin.tunnel):
        journey.out_of_cluster(node, _router(route))
    elif owner == node:
        journey.to_local_pod(node)
    elif owner is not None and (route.device in (plugin.tunnel, "cilium_host", "eth0")):
        if _knows(journey, node, owner):
            journey.to_node(node, owner)
        else:
            journey.lost(f"node {node}", plugin.tunnel, f"no forwarding entry for {owner} on {plugin.tunnel}")
    else:
        journey.hop(f"node {node}", route.device, f"{route.destination} {route.way}: nobody answers ARP", "lost")
        journey.end(ends.NO_ROUTE, ends.ARP_FAILURE)


def _knows(journey: Journey, node: str, owner: str) -> bool:
    unknown = journey.network.stacks.of(of_node(node)).get("unknown") or ()
    return owner not in unknown


def unreachable(journey: Journey, place: str) -> bool:
    """Ends a walk where no route leads on; returns False."""
    journey.hop(place, "kernel", f"no route to {journey.packet.destination}", "unreachable")
    journey.end(ends.UNREACHABLE)
    return False
