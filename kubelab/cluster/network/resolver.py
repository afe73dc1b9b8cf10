"""How programs find the address of a name: the C library's resolver, on whatever machine they run.

/etc/hosts first, then the name servers of /etc/resolv.conf with its search list. Each question is itself walked
to the name server. Source: resolv.conf(5); glibc resolv/res_query.c (res_nsearch), res_send.c; musl's
lookup_name.c, which differs in when it gives up.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from kubelab.cluster.addresses import is_address
from kubelab.cluster.corefile import absolute
from kubelab.cluster.network import dns
from kubelab.cluster.network import walk as ends
from kubelab.cluster.network.dns import Record, Reply
from kubelab.cluster.network.internet import BEYOND
from kubelab.cluster.network.place import Place
from kubelab.cluster.network.resolv import ResolvConf, read_hosts
from kubelab.cluster.network.walk import Hop, Packet, Walk
from kubelab.cluster.sockets import TextRequest

if TYPE_CHECKING:
    from kubelab.cluster.network.network import Network

DNS_PORT = 53
ANSWER_TIME = 0.0008  # seconds that a name server takes
FOUND, NO_NAME, NO_DATA, TRY_AGAIN = "found", "no-name", "no-data", "try-again"


@dataclass
class Answer:
    """What became of looking a name up.

    Args:
        outcome: FOUND; NO_NAME: it does not exist; NO_DATA: it has no record of that type;
            TRY_AGAIN: no server answered.
        name: the name that was found, in full, after the search list.
        reply: the last name server's reply, None where none came.
        server: the address of the name server that was asked last.
        seconds: how long it took.
        hops: the way of the last question, and the reply.
    """

    outcome: str = NO_NAME
    name: str = ""
    addresses: list[str] = field(default_factory=list)
    reply: Reply | None = None
    server: str = ""
    seconds: float = 0.0
    hops: list[Hop] = field(default_factory=list)


class Resolver:
    """Looks names up for every place."""

    def __init__(self, network: Network) -> None:
        self.network = network

    def conf(self, place: Place) -> ResolvConf:
        """Returns what the place's /etc/resolv.conf says."""
        return ResolvConf.parse(self.network.file(place, "/etc/resolv.conf"))

    def lookup(self, place: Place, name: str, kind: str = "A") -> Answer:
        """Finds a name as programs do: in /etc/hosts, then by the search list."""
        if kind in ("A", "ANY"):
            found = read_hosts(self.network.file(place, "/etc/hosts")).get(name.lower().rstrip("."))
            if found:
                return Answer(FOUND, name, found)
        return self.search(place, name, kind)

    def search(self, place: Place, name: str, kind: str = "A") -> Answer:
        """Asks the name servers, trying the domains of the search list in their order."""
        conf = self.conf(place)
        if not conf.nameservers:
            conf = conf._replace(nameservers=("127.0.0.1",))
        answer = Answer()
        empty: Answer | None = None
        for candidate in candidates(name, conf):
            found = self.ask(place, candidate, kind, conf)
            found.seconds += answer.seconds
            answer = found
            if found.outcome == NO_DATA and empty is None:
                empty = found
            if found.outcome in (FOUND, TRY_AGAIN):
                break
        if answer.outcome == NO_NAME and empty is not None:
            empty.seconds = answer.seconds
            return empty
        return answer

    def ask(self, place: Place, name: str, kind: str, conf: ResolvConf) -> Answer:
        """Asks the name servers one question, each in turn, as often as `attempts` says."""
        answer = Answer(TRY_AGAIN, name)
        for _ in range(conf.option("attempts", 2)):
            refused = 0
            for server in conf.nameservers:
                walk, reply = self.query(place, server, name, kind)
                answer.server, answer.hops = server, walk.hops
                if reply is not None:
                    answer.seconds += walk.seconds
                    answer.reply = reply
                    return _judged(answer, reply, kind)
                refused += walk.outcome == ends.REFUSED
                answer.seconds += walk.seconds if walk.outcome == ends.REFUSED else conf.option("timeout", 5)
            if refused == len(conf.nameservers):
                break  # an ICMP error came at once from each: glibc does not ask again
        return answer

    def query(
        self, place: Place, server: str, name: str, kind: str, protocol: str = "UDP"
    ) -> tuple[Walk, Reply | None]:
        """Sends one question to one name server.

        Returns:
            The question's walk, and the reply; None where none came.
        """
        walk = Walk(place, server, DNS_PORT, protocol, address=server)
        self.network.send(walk, Packet("", self.network.source_port(walk), server, DNS_PORT, protocol))
        reply = self._reply(walk, name, kind) if walk.connected else None
        if self.network.leaves_traces and protocol == "UDP":
            size = len(name) + 17
            self.network.counters.datagrams(walk, size, size + 16 * len(reply.answers) if reply is not None else 0)
        if self.network.captures.running and self.network.leaves_traces:
            self.network.captures.question(walk, name, kind, reply)
        if reply is not None:
            said = reply.data(kind) or reply.data("CNAME")
            text = f"{name} {kind}: {', '.join(said) or reply.code}"
            end = walk.hops[-1]
            walk.hops.append(Hop(end.place, "name server", text, end.after, "", "answer"))
            walk.seconds += ANSWER_TIME
        return walk, reply

    def _reply(self, walk: Walk, name: str, kind: str) -> Reply | None:
        target = walk.target
        if target is None:
            return None
        if target.node in BEYOND:
            return self.network.coredns.upstream(absolute(name), kind)
        listener = self.network.sockets.listener(target.node, target.namespace, target.pod, target.port, walk.protocol)
        if listener is None or listener.speaks != "dns":
            return None
        reply = self.network.coredns.answer(name, kind, walk.client, target)
        if self.network.leaves_traces:
            lines = [_logged(walk, name, kind, reply)] if self.network.coredns.logs(target, name) else []
            if reply.error and self.network.coredns.reports_errors(target, name):
                lines.append(f"[ERROR] plugin/errors: 2 {absolute(name)} {kind}: {reply.error}")
            for line in lines:
                self.network.sockets.answer(target.node, target.namespace, target.pod, listener, TextRequest(line))
        return reply


def _logged(walk: Walk, name: str, kind: str, reply: Reply) -> str:
    """Returns a question as CoreDNS's `log` plugin writes it (coredns.io/plugins/log)."""
    size = len(name) + 17
    flags = "qr,aa,rd" if reply.authoritative else "qr,rd,ra"
    answered = size + 16 * len(reply.answers) + (75 if reply.authority else 0)
    asked = f"{kind} IN {absolute(name)} {walk.protocol.lower()} {size} false 512"
    took = f"0.000{walk.client_port % 900 + 100}s"
    port = walk.client_port
    return f'[INFO] {walk.client}:{port} - {port} "{asked}" {reply.code} {flags} {answered} {took}'


def candidates(name: str, conf: ResolvConf) -> list[str]:
    """Returns the full names that are tried for `name`, in their order.

    A name with a dot at its end is taken as it is; one with at least `ndots` dots is tried as it is first,
    others last.
    """
    if name.endswith("."):
        return [name]
    searched = [f"{name}.{domain.strip('.')}." for domain in conf.searches if domain != "."]
    as_it_is = f"{name}."
    if name.count(".") >= conf.option("ndots", 1):
        return [as_it_is, *searched]
    return [*searched, as_it_is]


def _judged(answer: Answer, reply: Reply, kind: str) -> Answer:
    held = _meant(reply, absolute(answer.name))
    answer.addresses = [each.data for each in held if each.type == kind and (kind != "A" or is_address(each.data))]
    if reply.code == dns.NXDOMAIN:
        answer.outcome = NO_NAME
    elif reply.code != dns.NOERROR:
        answer.outcome = TRY_AGAIN
    else:
        answer.outcome = FOUND if held else NO_DATA
    return answer


def _meant(reply: Reply, asked: str) -> list[Record]:
    """Returns the records of the name that was asked for, and of those that its aliases lead to; others are dropped."""
    names = {asked}
    for record in reply.answers:
        if record.type == "CNAME" and record.name.lower() in names:
            names.add(record.data.lower())
    return [record for record in reply.answers if record.name.lower() in names]
