"""A network namespace's interfaces, addresses and routes: what `ip addr` and `ip route` show.

They are worked out from the attachments when somebody looks; hardware addresses and indexes come from the seed.
"""

from __future__ import annotations

from kubelab.cluster.addresses import subnet
from kubelab.cluster.network.attachments import Attachment, Attachments
from kubelab.cluster.objects import Object
from kubelab.cluster.randomness import Randomness


class Links:
    """The interfaces of every machine and Pod."""

    def __init__(self, attachments: Attachments, random: Randomness) -> None:
        self._attachments = attachments
        self._random = random
        self._own: dict[str, tuple[Object, tuple[str, ...]]] = {}

    def own_addresses(self, node: str) -> tuple[str, ...]:
        """Returns the addresses that a node's kernel takes for its own (addrtype LOCAL)."""
        host = self._attachments.host(node)
        known = self._own.get(node)
        if known is not None and known[0] is host:
            return known[1]
        own: tuple[str, ...] = ("127.0.0.1", host["ip"])
        if "subnet" in host:
            pod_range = subnet(host["subnet"])
            own = (*own, pod_range.at(1), pod_range.at(0))
        self._own[node] = (host, own)
        return own

    def source_for(self, node: str, destination: str) -> str:
        """Returns the address that a node's kernel sends from, by the route to `destination`."""
        host = self._attachments.host(node)
        own = self.own_addresses(node)
        if destination in own:
            return destination
        owner = self._attachments.bridge_of(destination) if "subnet" in host else None
        if owner is None:
            return str(host["ip"])
        pod_range = subnet(host["subnet"])
        return pod_range.at(1) if owner == node else pod_range.at(0)

    def veth(self, attachment: Attachment) -> str:
        """Returns the name of the node's end of a Pod's cable, e.g. "veth5f0c1a2b"."""
        return "veth" + self._random.hex(8, "veth", attachment.uid)
