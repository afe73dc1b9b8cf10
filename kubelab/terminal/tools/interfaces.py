"""The network interfaces, addresses and routes of the place where a command runs, for ip and ifconfig.

They follow from the lab's network: Pods have eth0, nodes have eth0 and what flannel made, the workstation its wire.
"""

from __future__ import annotations

from dataclasses import dataclass

from kubelab.cluster.addresses import GATEWAY, OUTSIDE, WORKSTATION, subnet
from kubelab.cluster.network import Network, Place
from kubelab.terminal.tool import Context

OVERLAY_MTU = 1450


@dataclass(frozen=True)
class Interface:
    """One interface.

    Args:
        peer: the index of the cable's other end, 0 for none.
        range: the length of its network's prefix; 0 where it has no address.
        master: the bridge that it is plugged into.
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

    @property
    def loopback(self) -> bool:
        """Whether it is lo."""
        return self.name == "lo"

    @property
    def flags(self) -> str:
        """The flags between < and >."""
        return "LOOPBACK,UP,LOWER_UP" if self.loopback else "BROADCAST,MULTICAST,UP,LOWER_UP"


LOOPBACK = Interface(1, "lo", "00:00:00:00:00:00", "127.0.0.1", 8, 65536)


def interfaces_of(ctx: Context) -> list[Interface]:
    """Returns the interfaces where the command runs, in the order of their indexes."""
    network, place = ctx.machine.cluster.network, Place.of(ctx.machine.place)
    attachment = network.attachments.by_name.get((place.namespace, place.pod)) if place.pod else None
    if attachment is not None:
        pod_range = subnet(str(network.attachments.host(attachment.node)["subnet"]))
        last = attachment.ip.rpartition(".")[2]
        eth0 = Interface(2, "eth0", _mac(network, attachment.uid), attachment.ip, pod_range.bits, OVERLAY_MTU,
                         peer=int(last) + 5, broadcast=pod_range.at(pod_range.size - 1), netns=True)  # fmt: skip
        return [LOOPBACK, eth0]
    if not place.node:
        wire = Interface(2, "enp0s3", _mac(network, "workstation"), WORKSTATION, OUTSIDE.bits,
                         broadcast=OUTSIDE.at(OUTSIDE.size - 1), queue="fq_codel")  # fmt: skip
        return [LOOPBACK, wire]
    return _of_node(network, place.node)


def _of_node(network: Network, node: str) -> list[Interface]:
    host = network.attachments.host(node)
    found = [LOOPBACK, Interface(2, "eth0", _mac(network, node), str(host["ip"]), OUTSIDE.bits,
                                 broadcast=OUTSIDE.at(OUTSIDE.size - 1), queue="fq_codel")]  # fmt: skip
    if "subnet" not in host:
        return found
    pod_range = subnet(str(host["subnet"]))
    found.append(Interface(3, "flannel.1", _mac(network, "flannel", node), pod_range.at(0), 32, OVERLAY_MTU))
    pods = [each for each in network.attachments.pods.values() if each.node == node]
    if pods:
        found.append(Interface(4, "cni0", _mac(network, "cni0", node), pod_range.at(1), pod_range.bits, OVERLAY_MTU,
                               broadcast=pod_range.at(pod_range.size - 1)))  # fmt: skip
    for each in sorted(pods, key=lambda pod: int(pod.ip.rpartition(".")[2])):
        index = int(each.ip.rpartition(".")[2]) + 5
        found.append(Interface(index, network.links.veth(each), _mac(network, "veth", each.uid), mtu=OVERLAY_MTU,
                               peer=2, master="cni0", netns=True))  # fmt: skip
    return found


def _mac(network: Network, *about: str) -> str:
    """Returns a hardware address: locally administered, the same whenever it is asked for."""
    digits = network.cluster.random.hex(12, "mac", *about)
    first = f"{int(digits[:2], 16) & 0xFC | 2:02x}"
    return ":".join([first, *(digits[index : index + 2] for index in range(2, 12, 2))])


def routes_of(ctx: Context) -> list[tuple[str, str, str]]:
    """Returns the routing table: destination, what follows in a line of `ip route`, the interface."""
    network, place = ctx.machine.cluster.network, Place.of(ctx.machine.place)
    attachment = network.attachments.by_name.get((place.namespace, place.pod)) if place.pod else None
    if attachment is not None:
        pod_range = subnet(str(network.attachments.host(attachment.node)["subnet"]))
        return [
            ("default", f"via {pod_range.at(1)} dev eth0", "eth0"),
            (network.pod_subnet, f"via {pod_range.at(1)} dev eth0", "eth0"),
            (str(pod_range), f"dev eth0 proto kernel scope link src {attachment.ip}", "eth0"),
        ]
    if not place.node:
        own = f"src {WORKSTATION} metric 100"
        return [
            ("default", f"via {GATEWAY} dev enp0s3 proto dhcp {own}", "enp0s3"),
            (str(OUTSIDE), f"dev enp0s3 proto kernel scope link {own}", "enp0s3"),
        ]
    host = network.attachments.host(place.node)
    routes = [("default", f"via {GATEWAY} dev eth0 proto static", "eth0")]
    if "subnet" in host:
        for node, other in sorted(network.attachments.hosts.items(), key=lambda each: str(each[1].get("subnet", ""))):
            if "subnet" not in other:
                continue
            pod_range = subnet(str(other["subnet"]))
            if node == place.node:
                routes.append((str(pod_range), f"dev cni0 proto kernel scope link src {pod_range.at(1)}", "cni0"))
            else:
                routes.append((str(pod_range), f"via {pod_range.at(0)} dev flannel.1 onlink", "flannel.1"))
    routes.append((str(OUTSIDE), f"dev eth0 proto kernel scope link src {host['ip']}", "eth0"))
    return routes
