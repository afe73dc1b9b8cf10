"""What CoreDNS answers, by its Corefile: rewrite, hosts, kubernetes and forward, in that order.

Source: coredns.io/plugins; the order of plugins is CoreDNS's own (plugin.cfg), whatever the Corefile's.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from kubelab.cluster.addresses import is_address
from kubelab.cluster.network import dns
from kubelab.cluster.network.corefile import CorefileError, Plugin, ServerBlock, absolute, parse
from kubelab.cluster.network.dns import Record, Reply
from kubelab.cluster.network.internet import HOSTS
from kubelab.cluster.network.resolv import read_hosts
from kubelab.cluster.network.zone import KubernetesZone

if TYPE_CHECKING:
    from kubelab.cluster.network.network import Network

UPSTREAM_TTL = 30


class CoreDns:
    """Answers as every CoreDNS Pod with one Corefile does."""

    def __init__(self, network: Network) -> None:
        self.network = network
        self._parsed: tuple[str, tuple[ServerBlock, ...]] = ("", ())

    def blocks(self) -> tuple[ServerBlock, ...]:
        """Returns the configuration in force; none where it was broken from the start."""
        text = self.network.corefile()
        if text != self._parsed[0]:
            try:
                self._parsed = (text, parse(text))
            except CorefileError:
                self._parsed = (text, ())
        return self._parsed[1]

    def answer(self, name: str, kind: str, client: str = "") -> Reply:
        """Answers a question.

        Args:
            name: as it was asked, with or without the dot at its end.
            kind: "A", "AAAA", "SRV", "PTR", "CNAME", "TXT", "SOA", "NS" or "ANY".
            client: the address that asks.
        """
        asked = absolute(name)
        block = self._block_for(asked)
        if block is None:
            return Reply(dns.REFUSED)
        rewritten, plugin = self._rewritten(block, asked)
        reply = self._resolve(block, rewritten, kind)
        if plugin is not None:
            # `answer auto`, and exact rewrites always: the client sees the name that it asked for.
            reply.answers = [record._replace(name=_back(record.name, rewritten, asked)) for record in reply.answers]
        return reply

    def _block_for(self, name: str) -> ServerBlock | None:
        best: tuple[int, ServerBlock] | None = None
        for block in self.blocks():
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

    def _resolve(self, block: ServerBlock, name: str, kind: str) -> Reply:
        hosts = block.plugin("hosts")
        if hosts is not None:
            reply = from_hosts(hosts, name, kind)
            if reply is not None:
                return reply
        kubernetes = block.plugin("kubernetes")
        if kubernetes is not None:
            reply = KubernetesZone(self.network, kubernetes, self).answer(name, kind)
            if reply is not None:
                return reply
        forward = block.plugin("forward")
        if forward is not None and in_zone(name, absolute(forward.arguments[0])):
            return self.upstream(name, kind)
        return Reply(dns.REFUSED if hosts is None and kubernetes is None else dns.NXDOMAIN)

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
