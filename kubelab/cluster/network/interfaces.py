"""A network namespace's interfaces, addresses and routes: what `ip` shows, and what decides where a packet goes.

They follow from the attachments and the node's plug-in, with what was changed by hand on top (stacks.py); hardware
addresses and indexes come from the seed.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from kubelab.cluster.addresses import GATEWAY, OUTSIDE, WORKSTATION, number, subnet
from kubelab.cluster.network import stacks
from kubelab.cluster.network.attachments import Attachment
from kubelab.cluster.network.place import Place
from kubelab.cluster.network.plugins import plugin_of
from kubelab.cluster.objects import Object

if TYPE_CHECKING:
    from kubelab.cluster.network.network import Network

CALICO_MAC = "ee:ee:ee:ee:ee:ee"
FIRST_CABLE = 5  # the index of a cable's end is this plus the last number of its Pod's address


@dataclass(frozen=True)
class Interface:
    """One interface.

    Args:
        peer: the index of the cable's other end, 0 for none.
        range: the length of its network's prefix; 0 where it has no address.
        master: the bridge that it is plugged into.
        kind: "", "bridge", "vxlan", "ipip", "dummy".
        more: further addresses with their prefixes, as `ip addr add` gave them.
    """

    index: int
    name: str
    mac: str
    address: str = ""
    range: int = 0
    mtu: int = 1500
    peer: int = 0
    master: str = ""
    broadcast: str = "0.0.0.0"
    queue: str = "noqueue"
    netns: bool = False  # the other end is in another network namespace
    kind: str = ""
    up: bool = True
    more: tuple[str, ...] = ()

    @property
    def loopback(self) -> bool:
        """Whether it is lo."""
        return self.name == "lo"

    @property
    def flags(self) -> str:
        """The flags between < and >."""
        base = "LOOPBACK" if self.loopback else "NOARP" if self.kind == "ipip" else "BROADCAST,MULTICAST"
        if self.kind == "dummy":
            return "BROADCAST,NOARP"
        return f"{base},UP,LOWER_UP" if self.up else base

    @property
    def state(self) -> str:
        """The operational state."""
        if not self.up or self.kind == "dummy":
            return "DOWN"
        return "UNKNOWN" if self.loopback or self.kind in ("vxlan", "ipip") else "UP"


class Route(NamedTuple):
    """One line of the routing table: where to, the rest of the line, the interface."""

    destination: str
    way: str
    device: str

    @property
    def via(self) -> str:
        """The next router, "" where the destination is on the link."""
        words = self.way.split()
        return words[1] if words and words[0] == "via" else ""

    @property
    def source(self) -> str:
        """The source address that the route prefers, "" without one."""
        words = self.way.split()
        return words[words.index("src") + 1] if "src" in words else ""


LOOPBACK = Interface(1, "lo", "00:00:00:00:00:00", "127.0.0.1", 8, 65536)


def stack_of(network: Network, place: Place) -> str:
    """Returns the name of the stack that a place uses."""
    attachment = attachment_of(network, place)
    return stacks.of_pod(attachment.uid) if attachment is not None else stacks.of_node(place.node)


def attachment_of(network: Network, place: Place) -> Attachment | None:
    """Returns a Pod's own end of the network, None for a place that uses a machine's."""
    return network.attachments.by_name.get((place.namespace, place.pod)) if place.pod else None


def interfaces_of(network: Network, place: Place) -> list[Interface]:
    """Returns the interfaces of a place, in the order of their indexes."""
    attachment = attachment_of(network, place)
    if attachment is not None:
        found = [LOOPBACK, _eth0(network, attachment)]
    elif not place.node:
        wire = Interface(2, "enp0s3", mac(network, "workstation"), WORKSTATION, OUTSIDE.bits,
                         broadcast=OUTSIDE.at(OUTSIDE.size - 1), queue="fq_codel")  # fmt: skip
        found = [LOOPBACK, wire]
    else:
        found = _of_node(network, place.node)
    changes = network.stacks.of(stack_of(network, place))
    return [_changed(each, changes) for each in found] if changes else found


def _changed(interface: Interface, changes: Object) -> Interface:
    addresses = changes.get("addresses") or {}
    own = f"{interface.address}/{interface.range}"
    more = tuple(found for found, link in addresses.items() if link == interface.name)
    if addresses.get(own) == "":
        interface = replace(interface, address="", range=0)
    return replace(interface, up=interface.name not in (changes.get("down") or ()), more=more)


def _eth0(network: Network, attachment: Attachment) -> Interface:
    plugin = plugin_of(network.attachments.host(attachment.node))
    pod_range = subnet(str(network.attachments.host(attachment.node)["subnet"]))
    flat = plugin.on_link
    return Interface(
        2, "eth0", mac(network, attachment.uid), attachment.ip, pod_range.bits if flat else 32, plugin.pod_mtu(),
        peer=index_of(attachment), broadcast=pod_range.at(pod_range.size - 1) if flat else "", netns=True,
    )  # fmt: skip


def _of_node(network: Network, node: str) -> list[Interface]:
    host = network.attachments.host(node)
    found = [LOOPBACK, Interface(2, "eth0", mac(network, node), str(host["ip"]), OUTSIDE.bits,
                                 broadcast=OUTSIDE.at(OUTSIDE.size - 1), queue="fq_codel")]  # fmt: skip
    if "subnet" not in host:
        return found + _proxys(network, node)
    plugin, pod_range = plugin_of(host), subnet(str(host["subnet"]))
    mtu = plugin.pod_mtu()
    if plugin.tunnel:
        kind = "ipip" if plugin.tunnel == "tunl0" else "vxlan"
        address = "" if plugin.name == "cilium-cni" else fill(plugin.to_remote, network, node)
        hardware = "0.0.0.0" if kind == "ipip" else mac(network, "tunnel", node)
        found.append(Interface(3, plugin.tunnel, hardware, address, 32 if address else 0, mtu, kind=kind))
    pods = [each for each in network.attachments.pods.values() if each.node == node]
    if plugin.bridge and pods:
        found.append(Interface(4, plugin.bridge, mac(network, "cni0", node), pod_range.at(1), pod_range.bits, mtu,
                               broadcast=pod_range.at(pod_range.size - 1), kind="bridge"))  # fmt: skip
    if plugin.name == "cilium-cni":
        found.append(Interface(4, "cilium_host", mac(network, "cilium_host", node), pod_range.at(1), 32))
    for each in sorted(pods, key=lambda pod: number(pod.ip)):
        hardware = CALICO_MAC if plugin.name == "calico" else mac(network, "veth", each.uid)
        found.append(Interface(index_of(each), network.links.veth(each), hardware, mtu=mtu, peer=2,
                               master=plugin.bridge, netns=True))  # fmt: skip
    return found + _proxys(network, node)


def _proxys(network: Network, node: str) -> list[Interface]:
    """kube-ipvs0, to which kube-proxy in ipvs mode binds every Service's address."""
    if network.rules.mode(node) != "ipvs":
        return []
    bound = tuple(f"{ip}/32" for ip in network.rules.bound_addresses(node))
    return [Interface(250, "kube-ipvs0", mac(network, "ipvs", node), kind="dummy", more=bound)]


def index_of(attachment: Attachment) -> int:
    """Returns the index of the node's end of a Pod's cable."""
    return number(attachment.ip) % 256 + FIRST_CABLE


def mac(network: Network, *about: str) -> str:
    """Returns a hardware address: locally administered, the same whenever it is asked for."""
    digits = network.cluster.random.hex(12, "mac", *about)
    first = f"{int(digits[:2], 16) & 0xFC | 2:02x}"
    return ":".join([first, *(digits[index : index + 2] for index in range(2, 12, 2))])


def fill(text: str, network: Network, node: str, seen_from: str = "") -> str:
    """Fills a plug-in's text in for a node's Pods, as another node (or the node itself) has it."""
    hosts = network.attachments.hosts
    host, viewer = hosts[node], hosts[seen_from or node]
    return _filled(text, host["subnet"], host["ip"], viewer["subnet"], network.pod_subnet)


@lru_cache(maxsize=1 << 13)
def _filled(text: str, pod_range: str, ip: str, viewer: str, pods: str) -> str:
    found, own = subnet(pod_range), subnet(viewer)
    return text.format(
        range=found, first=found.at(0), gateway=found.at(1), ip=ip, other=ip, own=own.at(1), pods=pods
    )  # fmt: skip


# routes


def routes_of(network: Network, place: Place) -> list[Route]:
    """Returns the routing table of a place, in the order of `ip route`."""
    routes = _made_routes(network, place)
    changes = network.stacks.of(stack_of(network, place))
    return _changed_routes(routes, changes) if changes else routes


def _changed_routes(routes: list[Route], changes: Object) -> list[Route]:
    touched, down = changes.get("routes") or {}, changes.get("down") or ()
    kept = [route for route in routes if route.destination not in touched and route.device not in down]
    for destination, way in touched.items():
        words = way.split()
        device = words[words.index("dev") + 1] if "dev" in words else ""
        if way and device not in down:
            kept.append(Route(destination, way, device))
    addresses = changes.get("addresses") or {}
    for address, link in addresses.items():
        found, _, bits = address.partition("/")
        if link and bits not in ("", "32") and link not in down:
            kept.append(Route(str(subnet(address)), f"dev {link} proto kernel scope link src {found}", link))
    return kept


def _made_routes(network: Network, place: Place) -> list[Route]:
    attachment = attachment_of(network, place)
    if attachment is not None:
        return _pod_routes(network, attachment)
    if not place.node:
        own = f"src {WORKSTATION} metric 100"
        return [
            Route("default", f"via {GATEWAY} dev enp0s3 proto dhcp {own}", "enp0s3"),
            Route(str(OUTSIDE), f"dev enp0s3 proto kernel scope link {own}", "enp0s3"),
        ]
    return _node_routes(network, place.node)


def _pod_routes(network: Network, attachment: Attachment) -> list[Route]:
    node = attachment.node
    plugin = plugin_of(network.attachments.host(node))
    pod_range, gateway = subnet(str(network.attachments.host(node)["subnet"])), fill(plugin.pod_gateway, network, node)
    default = Route("default", f"via {gateway} dev eth0", "eth0")
    if not plugin.on_link:
        return [default, Route(gateway, "dev eth0 scope link", "eth0")]
    return [
        default,
        Route(network.pod_subnet, f"via {gateway} dev eth0", "eth0"),
        Route(str(pod_range), f"dev eth0 proto kernel scope link src {attachment.ip}", "eth0"),
    ]


def _node_routes(network: Network, node: str) -> list[Route]:
    host = network.attachments.host(node)
    routes = [Route("default", f"via {GATEWAY} dev eth0 proto static", "eth0")]
    if "subnet" in host:
        plugin = plugin_of(host)
        for other, record in sorted(network.attachments.hosts.items(), key=lambda each: _place(each[1])):
            if "subnet" not in record:
                continue
            if other != node:
                routes.append(_split(fill(plugin.remote, network, other, node)))
            elif plugin.local:
                routes.append(_split(fill(plugin.local, network, node)))
            else:
                routes += _cables(network, node, str(record["subnet"]))
    routes.append(Route(str(OUTSIDE), f"dev eth0 proto kernel scope link src {host['ip']}", "eth0"))
    return routes


def _place(record: Object) -> int:
    return number(str(record["subnet"]).partition("/")[0]) if "subnet" in record else 0


def _cables(network: Network, node: str, pod_range: str) -> list[Route]:
    """A route for each Pod's cable, and a black hole for the rest of the range, as Calico has it."""
    pods = sorted((each for each in network.attachments.pods.values() if each.node == node), key=lambda p: number(p.ip))
    cables = [(each.ip, network.links.veth(each)) for each in pods]
    return [Route(f"blackhole {pod_range}", "proto bird", ""),
            *(Route(ip, f"dev {cable} scope link", cable) for ip, cable in cables)]  # fmt: skip


def _split(line: str) -> Route:
    destination, _, way = line.partition(" ")
    words = way.split()
    return Route(destination, way, words[words.index("dev") + 1])


def lookup(routes: list[Route], destination: str) -> Route | None:
    """Returns the route with the longest prefix that holds an address, None where there is none."""
    best: tuple[int, Route] | None = None
    for route in routes:
        bare = route.destination.removeprefix("blackhole ")
        bits = 0 if bare == "default" else subnet(bare).bits
        holds = bare == "default" or subnet(bare).holds(destination)
        if holds and (best is None or bits > best[0]):
            best = (bits, route)
    return best[1] if best else None
