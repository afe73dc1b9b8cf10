"""Which addresses are a node's own, which one it sends from, and how its cables are called: asked at every hop."""

from __future__ import annotations

from functools import lru_cache

from kubelab.cluster.addresses import subnet
from kubelab.cluster.network.attachments import Attachment, Attachments
from kubelab.cluster.network.plugins import plugin_of
from kubelab.cluster.network.stacks import Stacks, of_node
from kubelab.cluster.objects import Object
from kubelab.cluster.randomness import Randomness

DIGITS = {"veth": 8, "cali": 11, "lxc": 12}  # of the hash in the name of a cable's end


class Links:
    """The interfaces of every machine and Pod."""

    def __init__(self, attachments: Attachments, stacks: Stacks, random: Randomness) -> None:
        self._attachments = attachments
        self._stacks = stacks
        self._random = random
        self._cables: dict[str, str] = {}
        self._own: dict[str, tuple[Object, Object, tuple[str, ...]]] = {}

    def own_addresses(self, node: str) -> tuple[str, ...]:
        """Returns the addresses that a node's kernel takes for its own (addrtype LOCAL)."""
        host, changes = self._attachments.host(node), self._stacks.of(of_node(node))
        known = self._own.get(node)
        if known is not None and known[0] is host and known[1] is changes:
            return known[2]
        own: tuple[str, ...] = ("127.0.0.1", host["ip"])
        if "subnet" in host:
            pod_range = subnet(host["subnet"])
            own = (*own, pod_range.at(1))
            if plugin_of(host).to_remote == "{first}":
                own = (*own, pod_range.at(0))
        for address, link in (changes.get("addresses") or {}).items():
            bare = address.partition("/")[0]
            own = (*own, bare) if link else tuple(each for each in own if each != bare)
        self._own[node] = (host, changes, own)
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
        plugin = plugin_of(host)
        return _address(plugin.to_local if owner == node else plugin.to_remote, host["subnet"], host["ip"])

    def veth(self, attachment: Attachment) -> str:
        """Returns the name of the node's end of a Pod's cable, e.g. "veth5f0c1a2b"."""
        known = self._cables.get(attachment.uid)
        if known is None:
            cable = plugin_of(self._attachments.host(attachment.node)).cable
            known = cable + self._random.hex(DIGITS[cable], "veth", attachment.uid)
            self._cables[attachment.uid] = known
        return known

    def forget(self, uid: str) -> None:
        """Drops what is remembered of a Pod that was unplugged."""
        self._cables.pop(uid, None)


@lru_cache(maxsize=1 << 13)
def _address(template: str, pod_range: str, ip: str) -> str:
    found = subnet(pod_range)
    return template.format(gateway=found.at(1), first=found.at(0), ip=ip)
