"""What CoreDNS answers, by its Corefile: rewrite, template, hosts, kubernetes and forward, in that order.

Source: coredns.io/plugins; the order of plugins is CoreDNS's own (plugin.cfg), whatever the Corefile's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kubelab.cluster.addresses import GATEWAY, is_address
from kubelab.cluster.cni import COREFILES
from kubelab.cluster.corefile import CorefileError, Plugin, ServerBlock, absolute, parse
from kubelab.cluster.network import dns, dns_templates, rewrites
from kubelab.cluster.network.dns import Record, Reply
from kubelab.cluster.network.dns_templates import in_zone
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
        final, applied = rewrites.rewritten(block, asked)
        reply = self._resolve(block, final, kind, target)
        for rule, before, after in reversed(applied):
            reply.answers = [rule.answered(record, before, after) for record in reply.answers]
        return reply

    def _block_for(self, name: str, target: Target | None) -> ServerBlock | None:
        best: tuple[int, ServerBlock] | None = None
        for block in self.blocks(target):
            for zone in block.zones:
                if block.port == 53 and in_zone(name, zone) and (best is None or len(zone) > best[0]):
                    best = (len(zone), block)
        return best[1] if best else None

    def _resolve(self, block: ServerBlock, name: str, kind: str, target: Target | None) -> Reply:
        for plugin in block.plugins:
            made = dns_templates.answer(plugin, name, kind) if plugin.name == "template" else None
            if made is not None:
                return made
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
        excepted = [absolute(zone) for line in forward.block if line[0] == "except" for zone in line[1:]]
        if any(in_zone(name, zone) for zone in excepted):
            return Reply(dns.REFUSED)
        failed = Reply(dns.SERVFAIL)
        for server in self._servers(forward, target):
            known = server in (GATEWAY, *NAME_SERVERS)
            if known and (target is None or self._reaches(target, server)):
                return self.upstream(name, kind)
            inside = self._inside(server, name, kind, target)
            if inside is not None:
                return inside
            failed.error = f"read udp {self._own_address(target)}:{self._port(name)}->{server}:53: i/o timeout"
        return failed

    def _servers(self, forward: Plugin, target: Target | None) -> list[str]:
        """Returns the addresses that a `forward` line names; a file stands for the name servers in it."""
        found: list[str] = []
        for server in forward.arguments[1:]:
            if server.startswith("/"):
                found += self.name_servers(target)
            else:
                address = server.partition("://")[2] or server
                found.append(address.partition(":")[0])
        return [server for server in found if is_address(server)]

    def name_servers(self, target: Target | None) -> tuple[str, ...]:
        """Returns the name servers in a CoreDNS Pod's resolv.conf."""
        if target is None:
            return (GATEWAY,)
        place = Place("container", target.node, target.namespace, target.pod, target.container)
        return self.network.name_servers(place)

    def _inside(self, server: str, name: str, kind: str, target: Target | None) -> Reply | None:
        """Asks a name server in the cluster, another CoreDNS say; None where none answers."""
        if target is None or server in (GATEWAY, *NAME_SERVERS):
            return None
        place = Place("container", target.node, target.namespace, target.pod, target.container)
        walk = Walk(place, server, DNS_PORT, "UDP", address=server)
        with self.network.unnoticed():
            self.network.send(walk, Packet("", 40000, server, DNS_PORT, "UDP"))
        found = walk.target
        listener = self.network.listener_at(walk) if walk.connected else None
        if found is None or listener is None or listener.speaks != "dns" or found.pod == target.pod:
            return None
        return self.answer(name, kind, walk.client, found)

    def _own_address(self, target: Target | None) -> str:
        attachment = self.network.attachments.by_name.get((target.namespace, target.pod)) if target else None
        return attachment.ip if attachment is not None else "0.0.0.0"

    def _port(self, name: str) -> int:
        return 32768 + self.network.cluster.random.index(28000, "forward", self.network.cluster.clock.now, name)

    def reports_errors(self, target: Target | None, name: str) -> bool:
        """Tells whether a Pod writes what failed for a name to its log."""
        block = self._block_for(absolute(name), target)
        return block is not None and block.plugin("errors") is not None

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


def root_authority() -> Record:
    """Returns the root zone's SOA, which comes with names that do not exist at all."""
    data = "a.root-servers.net. nstld.verisign-grs.com. 2026010100 1800 900 604800 86400"
    return Record(".", UPSTREAM_TTL, "SOA", data)


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
