"""The nodes' and Pods' addresses: which network namespace is plugged in where, and with which IP address.

Pods get theirs as the CNI plug-in host-local gives them: round robin through the node's podCIDR, from where the
last one was given. Source: containernetworking/plugins, plugins/ipam/host-local.
"""

from __future__ import annotations

from typing import NamedTuple

from kubelab.cluster import addresses
from kubelab.cluster.addresses import OUTSIDE, Subnet, dotted, number, subnet
from kubelab.cluster.cni import HOSTS, LEASES, NetworkSetupError
from kubelab.cluster.objects import Object
from kubelab.cluster.store import Store, prefix_of

FIRST_POD = 2  # .0 is the overlay's own address, .1 the bridge's


class Attachment(NamedTuple):
    """One Pod's end of the network."""

    ip: str
    node: str
    namespace: str
    pod: str
    uid: str


class Attachments:
    """Every address in use, kept in the store: one record for a node's own, one for its Pods'."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._leases = store.table(prefix_of(LEASES))
        self.hosts: dict[str, Object] = {}  # node -> its record
        self.nodes: dict[str, str] = {}  # node -> its IP address
        self.owners: dict[str, str] = {}  # IP address -> node
        self.pods: dict[str, Attachment] = {}  # IP address -> Pod
        self.by_uid: dict[str, Attachment] = {}
        self.by_name: dict[tuple[str, str], Attachment] = {}
        self.bridges: dict[int, str] = {}  # first address of a podCIDR -> the node that has it
        self._bridge_bits = 24
        self._next_node = addresses.FIRST_NODE

    def start(self) -> None:
        """Reads what the store holds."""
        for table in (self.hosts, self.nodes, self.owners, self.pods, self.by_uid, self.by_name, self.bridges):
            table.clear()
        self._next_node = addresses.FIRST_NODE
        for key, kept in self._store.items(HOSTS):
            self._host(key.removeprefix(HOSTS), kept)
        for key, kept in self._store.items(LEASES):
            node = key.removeprefix(LEASES)
            for ip, holder in kept["leases"].items():
                self._plugged(Attachment(ip, node, *holder.split("/")))

    # machines

    def host(self, node: str) -> Object:
        """Returns the record of a machine on the lab's network; its address is given at the first call."""
        known = self.hosts.get(node)
        return known if known is not None else self.keep_host(node, ip=dotted(OUTSIDE.base + self._next_node))

    def keep_host(self, node: str, **changes: object) -> Object:
        """Changes fields of a machine's record; None removes one."""
        kept = {**self.hosts.get(node, {}), **changes}
        kept = {field: value for field, value in kept.items() if value is not None}
        self._host(node, kept)
        return self._store.put(HOSTS + node, kept)

    def forget_host(self, node: str) -> None:
        """Takes a machine off the network, its Pods with it."""
        for attachment in [found for found in self.pods.values() if found.node == node]:
            self._unplugged(attachment)
        self._store.delete(LEASES + node)
        kept = self._store.delete(HOSTS + node)
        if kept is not None:
            self.nodes.pop(node, None)
            self.hosts.pop(node, None)
            self.owners.pop(kept["ip"], None)
            self.bridges = {base: other for base, other in self.bridges.items() if other != node}

    def _host(self, node: str, kept: Object) -> None:
        self.hosts[node] = kept
        self.nodes[node] = kept["ip"]
        self.owners[kept["ip"]] = node
        if "subnet" in kept:
            pod_range = subnet(kept["subnet"])
            self.bridges[pod_range.base] = node
            self._bridge_bits = pod_range.bits
        self._next_node = max(self._next_node, number(kept["ip"]) - OUTSIDE.base + 1)
        while self._next_node & 255 in (0, 255):  # a lab of hundreds of nodes goes on in the next range
            self._next_node += 1

    def bridge_of(self, ip: str) -> str | None:
        """Returns the node whose podCIDR an address lies in, whether or not a Pod has it."""
        shift = 32 - self._bridge_bits
        return self.bridges.get(number(ip) >> shift << shift)

    # Pods

    def attach(self, node: str, pod_range: str, namespace: str, pod: str, uid: str) -> Attachment:
        """Plugs a Pod in and gives it the next free address of the node's range.

        Args:
            pod_range: the node's podCIDR, e.g. "10.244.1.0/24".

        Raises:
            NetworkSetupError: if the range has none left.
        """
        held = self.by_uid.get(uid)
        if held is not None:
            return held
        kept = self._leases.rows.get(LEASES + node)
        leases = kept["leases"] if kept else {}
        ip = next_free(subnet(pod_range), leases, kept["last"] if kept else "")
        attachment = Attachment(ip, node, namespace, pod, uid)
        leased = {"last": ip, "leases": {**leases, ip: f"{namespace}/{pod}/{uid}"}}
        self._store.write(self._leases, LEASES + node, leased)
        self._plugged(attachment)
        return attachment

    def detach(self, uid: str) -> None:
        """Unplugs a Pod and frees its address; one that is not plugged in is no error, as in CNI's DEL."""
        attachment = self.by_uid.get(uid)
        if attachment is None:
            return
        kept = self._store.get(LEASES + attachment.node)
        self._unplugged(attachment)
        if kept is not None:
            leases = dict(kept["leases"])
            leases.pop(attachment.ip, None)
            self._store.put(LEASES + attachment.node, {**kept, "leases": leases})

    def _plugged(self, attachment: Attachment) -> None:
        self.pods[attachment.ip] = attachment
        self.by_uid[attachment.uid] = attachment
        self.by_name[attachment.namespace, attachment.pod] = attachment

    def _unplugged(self, attachment: Attachment) -> None:
        self.pods.pop(attachment.ip, None)
        self.by_uid.pop(attachment.uid, None)
        if self.by_name.get((attachment.namespace, attachment.pod)) == attachment:
            del self.by_name[attachment.namespace, attachment.pod]


def next_free(pod_range: Subnet, leases: Object, last: str) -> str:
    """Returns the first free address after `last`, starting over at the end of the range.

    Raises:
        NetworkSetupError: if there is none.
    """
    places = pod_range.size - FIRST_POD - 1  # the last one is the broadcast address
    first = pod_range.base + FIRST_POD
    start = number(last) + 1 - first if last and pod_range.holds(last) else 0
    for step in range(start, start + max(places, 0)):
        ip = dotted(first + step % places)
        if ip not in leases:
            return ip
    raise NetworkSetupError(
        'plugin type="flannel" failed (add): failed to delegate add: failed to allocate for range 0: '
        f"no IP addresses available in range set: {pod_range.at(1)}-{pod_range.at(pod_range.size - 2)}"
    )
