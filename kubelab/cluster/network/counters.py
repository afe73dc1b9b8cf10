"""What passed: packets and bytes on interfaces, at netfilter's rules, at ipvs' servers, as the nodes' tools count them.

Each connection's way (the stations and the rules that decided) is kept once with how often it was taken, so that a
request costs one write; what that comes to on each interface and rule is worked out when somebody looks. Health
checks of kubelets are not counted.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from hashlib import blake2b
from typing import TYPE_CHECKING

from kubelab.cluster.cni import PREFIX
from kubelab.cluster.network import passages
from kubelab.cluster.network import walk as ends
from kubelab.cluster.network.sightings import Sighting, sightings
from kubelab.cluster.network.walk import Walk
from kubelab.cluster.objects import Object

if TYPE_CHECKING:
    from kubelab.cluster.network.network import Network

WAYS, TOTALS, ZEROED = PREFIX + "ways/", PREFIX + "totals/", PREFIX + "zeroed/"
MOST = 512  # ways that are kept apart; then they become totals
MOST_RULES = 1024  # of which a stack's totals are kept
SYN, ACK, RESET, FRAME, ECHO = 60, 52, 40, 14, 84  # bytes
MSS = 1410
VXLAN = 50
NOTHING = [0, 0, 0, 0, 0, 0]
Sums = dict[str, list[int]]


# What a connection begins with: packets and bytes there, packets and bytes back, connections, the first one's bytes.
OPENINGS: dict[tuple[str, str], tuple[int, ...]] = {
    ("TCP", ends.CONNECTED): (2, SYN + ACK, 1, SYN, 1, SYN),
    ("TCP", ends.REFUSED): (1, SYN, 1, RESET, 1, SYN),
    ("ICMP", ends.CONNECTED): (1, ECHO, 1, ECHO, 1, ECHO),
}
ALONE = {  # and where nothing comes back
    "TCP": (1, SYN, 0, 0, 1, SYN), "UDP": (1, 28, 0, 0, 1, 28), "ICMP": (1, ECHO, 0, 0, 1, ECHO),
    "SCTP": (1, 68, 0, 0, 1, 68),
}  # fmt: skip


class Counters:
    """All that was carried, by the ways that it took."""

    def __init__(self, network: Network) -> None:
        self._network = network
        self._store = network.store
        self._ways: dict[str, Object] = {}
        self._names: dict[tuple[object, ...], str] = {}  # what a way consists of -> its key in the store

    def start(self) -> None:
        """Reads what the store holds."""
        self._ways = dict(self._store.items(WAYS))

    # counting

    def opened(self, walk: Walk) -> None:
        """Counts a connection's first packets, or a packet that is all of it."""
        key = self._name(walk)
        kept = self._ways.get(key)
        if kept is None:
            if len(self._ways) >= MOST:
                self.fold()
            kept = {"way": self._expanded(walk), "sums": NOTHING}
        self._add(key, kept, OPENINGS.get((walk.protocol, walk.outcome)) or ALONE[walk.protocol])

    def carried(self, walk: Walk, out: int, back: int) -> None:
        """Counts what went over a connection after it was made: so many bytes of payload each way, and its end."""
        asked, answers = -(-out // MSS), -(-back // MSS)
        packets, replies = asked + answers + 2, answers + asked + 1
        key = self._name(walk)
        kept = self._ways.get(key)
        if kept is not None:
            self._add(key, kept, (packets, out + ACK * packets, replies, back + ACK * replies, 0, 0))

    def datagrams(self, walk: Walk, out: int, back: int) -> None:
        """Counts the sizes of a question and its answer, beyond the bare header that `opened` counted."""
        key = self._name(walk)
        kept = self._ways.get(key)
        if kept is not None:
            self._add(key, kept, (0, out, 1 if back else 0, back + 28 if back else 0, 0, out))

    def _add(self, key: str, kept: Object, more: tuple[int, ...]) -> None:
        a, b, c, d, e, f = kept["sums"]
        sums = [a + more[0], b + more[1], c + more[2], d + more[3], e + more[4], f + more[5]]
        self._ways[key] = self._store.put(key, {"way": kept["way"], "sums": sums})

    def _name(self, walk: Walk) -> str:
        """Returns the key of a walk's way: the same for all that took it."""
        told: list[object] = [walk.protocol, walk.outcome]
        for place, _, rule, _, _, verdict in walk.hops:
            if verdict != "answer":
                told += (place, rule, verdict)
        if walk.passed:
            told += walk.passed
        parts = tuple(told)
        known = self._names.get(parts)
        if known is None:
            if len(self._names) >= 2 * MOST:
                self._names.clear()
            known = self._names[parts] = WAYS + blake2b(repr(parts).encode(), digest_size=9).hexdigest()
        return known

    def _expanded(self, walk: Walk) -> Object:
        """Returns what a way touches: interfaces, rules that see its first packet, rules that see the others."""
        links = [
            [each.stack, each.interface, "rx" if each.direction == "In" else "tx",
             FRAME + (VXLAN - FRAME if each.inner is not None else 0)]
            for each in _crossed(sightings(self._network, walk))
        ]  # fmt: skip
        first, rest, served = passages.rules(self._network, walk)
        return {"links": links, "first": first, "rest": rest, "served": served}

    # looking

    def links(self, stack: str) -> Sums:
        """Returns what each interface of a stack received and sent: packets in, bytes in, packets out, bytes out."""
        return self._known(stack, "links")

    def rules(self, stack: str) -> Sums:
        """Returns packets and bytes of each rule of a stack ("-A chain rule"; "table -P chain" for policies)."""
        return self._known(stack, "rules")

    def servers(self, stack: str) -> Sums:
        """Returns connections, packets in, packets out, bytes in, bytes out of ipvs' virtual and real servers."""
        return self._known(stack, "servers")

    def _known(self, stack: str, sort: str) -> Sums:
        sums = self._counted(stack, sort)
        zeroed = (self._store.get(ZEROED + stack) or {}).get(sort) or {}
        for name, numbers in zeroed.items():
            if name in sums:
                sums[name] = [max(a - b, 0) for a, b in zip(sums[name], numbers, strict=True)]
        return sums

    def _counted(self, stack: str, sort: str) -> Sums:
        """Returns a stack's sums since ever."""
        totals = (self._store.get(TOTALS + stack) or {}).get(sort) or {}
        sums: Sums = {name: list(value) for name, value in totals.items()}
        told = {"links": self._links_of, "rules": self._rules_of, "servers": self._servers_of}[sort]
        for kept in self._ways.values():
            for name, numbers in told(stack, kept):
                _sum(sums, name, numbers)
        return sums

    @staticmethod
    def _links_of(stack: str, kept: Object) -> Iterator[tuple[str, list[int]]]:
        out, size, back, back_size = kept["sums"][:4]
        for where, interface, direction, more in kept["way"]["links"]:
            if where == stack:
                there, home = [out, size + out * more], [back, back_size + back * more]
                yield interface, [*there, *home] if direction == "rx" else [*home, *there]

    @staticmethod
    def _rules_of(stack: str, kept: Object) -> Iterator[tuple[str, list[int]]]:
        out, size, back, back_size, opened, first = kept["sums"]
        for where, rule in kept["way"]["first"]:
            if where == stack:
                yield rule, [opened, first]
        for where, rule in kept["way"]["rest"]:
            if where == stack and out + back > opened:
                yield rule, [out + back - opened, size + back_size - first]

    @staticmethod
    def _servers_of(stack: str, kept: Object) -> Iterator[tuple[str, list[int]]]:
        out, size, back, back_size, opened, _ = kept["sums"]
        for where, server in kept["way"]["served"]:
            if where == stack:
                yield server, [opened, out, back, size, back_size]

    # beginning anew

    def zero(self, stack: str, names: Iterable[str] | None = None) -> None:
        """Sets a stack's rules to zero, or those that are named; without names also its interfaces and servers."""
        now = {"rules": self._counted(stack, "rules")}
        if names is None:
            now |= {"links": self._counted(stack, "links"), "servers": self._counted(stack, "servers")}
        else:
            before = (self._store.get(ZEROED + stack) or {}).get("rules") or {}
            wanted = set(names)
            now["rules"] = {**before, **{name: sums for name, sums in now["rules"].items() if name in wanted}}
        self._store.put(ZEROED + stack, {**(self._store.get(ZEROED + stack) or {}), **now})

    def forget(self, stack: str) -> None:
        """Drops what was counted in a stack that is gone."""
        for prefix in (TOTALS, ZEROED):
            if self._store.get(prefix + stack) is not None:
                self._store.delete(prefix + stack)

    def fold(self) -> None:
        """Adds all ways up to each stack's totals, and forgets them one by one."""
        stacks = {
            each[0] for kept in self._ways.values()
            for sort in ("links", "first", "rest", "served") for each in kept["way"][sort]
        }  # fmt: skip
        for stack in sorted(stacks):
            rules = self._counted(stack, "rules")
            latest = dict(list(rules.items())[-MOST_RULES:])
            totals = {
                "links": self._counted(stack, "links"),
                "rules": latest,
                "servers": self._counted(stack, "servers"),
            }
            self._store.put(TOTALS + stack, totals)
        for key in self._ways:
            self._store.delete(key)
        self._ways.clear()


def _sum(sums: Sums, name: str, numbers: list[int]) -> None:
    known = sums.get(name)
    sums[name] = [a + b for a, b in zip(known, numbers, strict=True)] if known is not None else list(numbers)


def _crossed(seen: list[Sighting]) -> list[Sighting]:
    """Returns where interfaces count: a bridge does not count what only goes from one of its cables to another."""
    bridged = [
        (one.stack, one.interface) for one in seen for other in seen
        if one.direction == "In" and other.direction == "Out" and one.packet == other.packet
        and (one.stack, one.interface) == (other.stack, other.interface)
    ]  # fmt: skip
    return [each for each in seen if (each.stack, each.interface) not in bridged]
