"""What CoreDNS answers, by its Corefile: rewrite, hosts, kubernetes and forward, in that order.

Source: coredns.io/plugins; the order of plugins is CoreDNS's own (plugin.cfg), whatever the Corefile's.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from kubelab.cluster.addresses import GATEWAY, is_address
from kubelab.cluster.cni import COREFILES
from kubelab.cluster.corefile import CorefileError, Plugin, ServerBlock, absolute, parse
from kubelab.cluster.network import dns
from kubelab.cluster.network.dns import Record, Reply
from kubelab.cluster.network.internet import HOSTS, NAME_SERVERS
from kubelab.cluster.network.place import Place
from kubelab.cluster.network.resolv import read_hosts
from kubelab.cluster.network.walk import Packet, Target, Walk
from kubelab.cluster.network.zone import KubernetesZone

if TYPE_CHECKING:
    from kubelab.cluster.network.network import Network

UPSTREAM_TTL = 30
DNS_PORT = 53
MOST_CONFIGURATIONS = 16  # that are kept read


class CoreDns:
    """Answers as the CoreDNS Pods do, each by the Corefile that it has read."""

    def __init__(self, network: Network) -> None:
        self.network = network
        self._parsed: dict[str, tuple[ServerBlock, ...]] = {}

    def blocks(self, target: Target | None) -> tuple[ServerBlock, ...]:
        """Returns the configuration of one CoreDNS Pod; none where it was broken from the start."""
        text = self._text(target)
        known = self._parsed.get(text)
        if known is None:
            if len(self._parsed) >= MOST_CONFIGURATIONS:
                self._parsed.clear()
            try:
                known = parse(text)
            except CorefileError:
                known = ()
            self._parsed[text] = known
        return known

    def _text(self, target: Target | None) -> str:
        attachments = self.network.attachments
        attachment = attachments.by_name.get((target.namespace, target.pod)) if target is not None else None
        kept = self.network.store.get(COREFILES + attachment.uid) if attachment is not None else None
        return str(kept["text"]) if kept is not None else self.network.corefile()

    def logs(self, target: Target | None, name: str) -> bool:
        """Tells whether a Pod writes questions for a name to its log."""
        block = self._block_for(absolute(name), target)
        return block is not None and block.plugin("log") is not None

    def answer(self, name: str, kind: str, client: str = "", target: Target | None = None) -> Reply:
        """Answers a question.

        Args:
            name: as it was asked, with or without the dot at its end.
            kind: "A", "AAAA", "SRV", "PTR", "CNAME", "TXT", "SOA", "NS" or "ANY".
            client: the address that asks.
            target: the CoreDNS Pod that is asked, by whose Corefile it is answered; None for the ConfigMap's.
        """
        asked = absolute(name)
        block = self._block_for(asked, target)
        if block is None:
            return Reply(dns.REFUSED)
        rewritten, plugin = self._rewritten(block, asked)
        reply = self._resolve(block, rewritten, kind, target)
        if plugin is not None:
            # `answer auto`, and exact rewrites always: the client sees the name that it asked for.
            reply.answers = [record._replace(name=_back(record.name, rewritten, asked)) for record in reply.answers]
        return reply

    def _block_for(self, name: str, target: Target | None) -> ServerBlock | None:
        best: tuple[int, ServerBlock] | None = None
        for block in self.blocks(target):
            for zone in block.zones:
                if block.port == 53 and in_zone(name, zone) and (best is None or len(zone) > best[0]):
                    best = (len(zone), block)
        return best[1] if best else None

    def _rewritten(self, block: ServerBlock, name: str) -> tuple[str, Plugin | None]:
        for plugin in block.plugins:
            if plugin.name == "rewrite":
                result = rewrite(plugin.arguments, name)
                if result is not None and result != name:
                    return result, plugin
        return name, None

    def _resolve(self, block: ServerBlock, name: str, kind: str, target: Target | None) -> Reply:
        hosts = block.plugin("hosts")
        if hosts is not None:
            reply = from_hosts(hosts, name, kind)
            if reply is not None:
                return reply
        kubernetes = block.plugin("kubernetes")
        if kubernetes is not None:
            reply = KubernetesZone(self.network, kubernetes, lambda alias: self.answer(alias, kind, "", target)).answer(
                name, kind
            )
            if reply is not None:
                return reply
        forward = block.plugin("forward")
        if forward is not None and forward.arguments and in_zone(name, absolute(forward.arguments[0])):
            return self._forwarded(forward, name, kind, target)
        return Reply(dns.REFUSED if hosts is None and kubernetes is None else dns.NXDOMAIN)

    def _forwarded(self, forward: Plugin, name: str, kind: str, target: Target | None) -> Reply:
        """Asks the servers that a `forward` line names; SERVFAIL where none of them answers."""
        for server in forward.arguments[1:]:
            address = GATEWAY if server.startswith("/") else server.removeprefix("dns://").partition(":")[0]
            if not is_address(address):
                continue
            if address in (GATEWAY, *NAME_SERVERS) and (target is None or self._reaches(target, address)):
                return self.upstream(name, kind)
        return Reply(dns.SERVFAIL)

    def _reaches(self, target: Target, address: str) -> bool:
        """Tells whether a CoreDNS Pod gets through to a name server outside."""
        place = Place("container", target.node, target.namespace, target.pod, target.container)
        walk = Walk(place, address, DNS_PORT, "UDP", address=address)
        with self.network.unnoticed():
            self.network.send(walk, Packet("", 40000, address, DNS_PORT, "UDP"))
        return walk.connected

    def upstream(self, name: str, kind: str) -> Reply:
        """Answers as the lab's router does, which knows the few names of the stand-in internet."""
        address = HOSTS.get(name.rstrip("."))
        if address is None:
            return Reply(dns.NXDOMAIN, authority=[root_authority()])
        answers = [Record(name, UPSTREAM_TTL, "A", address)] if kind in ("A", "ANY") else []
        return Reply(answers=answers)


def in_zone(name: str, zone: str) -> bool:
    """Tells whether a name lies in a zone; both end in a dot."""
    return zone == "." or name == zone or name.endswith("." + zone)


def root_authority() -> Record:
    """Returns the root zone's SOA, which comes with names that do not exist at all."""
    data = "a.root-servers.net. nstld.verisign-grs.com. 2026010100 1800 900 604800 86400"
    return Record(".", UPSTREAM_TTL, "SOA", data)


def rewrite(arguments: tuple[str, ...], name: str) -> str | None:
    """Returns a name as a `rewrite` line makes it, or None where the line does not apply.

    Source: coredns.io/plugins/rewrite; name rewrites of all five kinds.
    """
    words = list(arguments)
    if words and words[0] in ("stop", "continue"):
        words.pop(0)
    if len(words) < 3 or words[0] != "name":
        return None
    words.pop(0)
    how = words.pop(0) if words[0] in ("exact", "prefix", "suffix", "substring", "regex") else "exact"
    if len(words) < 2:
        return None
    old, new = words[0].lower(), words[1]
    if how == "regex":
        replacement = re.sub(r"\{(\d+)\}", r"\\\1", new)
        found = re.search(old, name)
        return absolute(found.expand(replacement)) if found else None
    if how == "prefix":
        return new + name[len(old) :] if name.startswith(old) else None
    if how == "suffix":
        old, new = absolute(old), absolute(new)
        return name[: -len(old)] + new if name.endswith(old) else None
    if how == "substring":
        return name.replace(old, new) if old in name else None
    return absolute(new) if name == absolute(old) else None


def from_hosts(plugin: Plugin, name: str, kind: str) -> Reply | None:
    """Answers from the lines of a `hosts` block; None where the next plugin is to be asked."""
    entries = read_hosts("\n".join(" ".join(line) for line in plugin.block if is_address(line[0])))
    ttl = int((plugin.setting("ttl") or ("3600",))[0])
    found = entries.get(name.rstrip("."))
    if found is not None:
        return Reply(authoritative=True, answers=[Record(name, ttl, "A", ip) for ip in found if kind in ("A", "ANY")])
    ip = dns.address_in(name) if kind == "PTR" else None
    names = [host for host, addresses in entries.items() if ip in addresses]
    if names:
        return Reply(authoritative=True, answers=[Record(name, ttl, "PTR", absolute(host)) for host in names])
    return None if plugin.setting("fallthrough") is not None else Reply(dns.NXDOMAIN, authoritative=True)


def _back(name: str, rewritten: str, asked: str) -> str:
    return asked if name == rewritten else name
