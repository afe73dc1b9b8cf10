"""What running tcpdumps catch: packets are written down only while somebody listens.

A capture is a record at `/machine/network/captures/<number>`: where it listens, by which filter, and its lines so far.
The format is tcpdump 4.99's with -n. Source: tcpdump(8), pcap-filter(7).
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from kubelab.cluster.cni import PREFIX
from kubelab.cluster.network import filters
from kubelab.cluster.network import walk as ends
from kubelab.cluster.network.dns import Reply
from kubelab.cluster.network.sightings import Sighting, sightings
from kubelab.cluster.network.walk import Packet, Walk
from kubelab.cluster.objects import Object

if TYPE_CHECKING:
    from kubelab.cluster.network.network import Network

CAPTURES = PREFIX + "captures/"
MOST = 400  # lines that wait to be read; what comes then is dropped, as a kernel's buffer drops it
STEP = 0.000021  # seconds between two packets that follow each other

Said = list[tuple[bool, str]]  # (towards the target?, what stands behind the addresses)


class Captures:
    """The running captures of all machines."""

    def __init__(self, network: Network) -> None:
        self._network = network
        self._store = network.store
        self.running: dict[str, Object] = {}

    def start(self) -> None:
        """Reads what the store holds."""
        self.running = {key.removeprefix(CAPTURES): kept for key, kept in self._store.items(CAPTURES)}

    def open(self, stack: str, interface: str, expression: str) -> str:
        """Begins a capture; returns the name under which it is found again.

        Raises:
            ValueError: if the filter cannot be understood.
        """
        filters.parse(expression)
        number = str(1 + max((int(name) for name in self.running), default=0))
        record: Object = {"stack": stack, "interface": interface, "filter": expression, "lines": [], "base": 0}
        self.running[number] = self._store.put(CAPTURES + number, record)
        return number

    def close(self, name: str) -> None:
        """Ends a capture."""
        if self.running.pop(name, None) is not None:
            self._store.delete(CAPTURES + name)

    def read(self, name: str, position: int) -> list[str]:
        """Returns a capture's lines from a position on; earlier ones are forgotten."""
        kept = self.running.get(name)
        if kept is None:
            return []
        fresh: list[str] = kept["lines"][position - kept["base"] :]
        if fresh:
            self.running[name] = self._store.put(CAPTURES + name, {**kept, "lines": [], "base": position + len(fresh)})
        return fresh

    # what passes

    def connection(self, walk: Walk) -> None:
        """Catches a connection's first packets, and what answered them."""
        said: Said = [(True, _opening(walk))]
        if walk.protocol == "ICMP":
            said = [(True, f"ICMP echo request, id {walk_id(walk)}, seq 1, length 64")]
            if walk.connected:
                said.append((False, f"ICMP echo reply, id {walk_id(walk)}, seq 1, length 64"))
        elif walk.protocol == "TCP" and walk.connected:
            said += [(False, f"Flags [S.], seq {_sequence(walk, 1)}, ack {_sequence(walk) + 1}, win 64308, length 0"),
                     (True, "Flags [.], ack 1, win 507, length 0")]  # fmt: skip
        elif walk.protocol == "TCP" and walk.outcome == ends.REFUSED:
            said.append((False, f"Flags [R.], seq 0, ack {_sequence(walk) + 1}, win 0, length 0"))
        if walk.protocol != "UDP":
            self._take(walk, said)

    def exchange(self, walk: Walk, request: str, size: int, reply: str, reply_size: int) -> None:
        """Catches an HTTP request, its reply, and the connection's end."""
        said: Said = [
            (True, f"Flags [P.], seq 1:{size + 1}, ack 1, win 507, length {size}{_http(request)}"),
            (False, f"Flags [.], ack {size + 1}, win 502, length 0"),
        ]
        if reply_size:
            text = f"Flags [P.], seq 1:{reply_size + 1}, ack {size + 1}, win 502, length {reply_size}{_http(reply)}"
            said.append((False, text))
        said += [(True, f"Flags [F.], seq {size + 1}, ack {reply_size + 1}, win 502, length 0"),
                 (False, f"Flags [F.], seq {reply_size + 1}, ack {size + 2}, win 502, length 0"),
                 (True, f"Flags [.], ack {reply_size + 2}, win 502, length 0")]  # fmt: skip
        self._take(walk, said, first=3)

    def question(self, walk: Walk, name: str, kind: str, reply: Reply | None) -> None:
        """Catches a DNS question and its reply."""
        number = walk_id(walk)
        said: Said = [(True, f"{number}+ {kind}? {name} ({len(name) + 17})")]
        if reply is not None:
            sign = "*" if reply.authoritative else ""
            code = {"NXDOMAIN": " NXDomain", "SERVFAIL": " ServFail", "REFUSED": " Refused"}.get(reply.code, "")
            counts = f"{len(reply.answers)}/{len(reply.authority)}/{len(reply.additional)}"
            records = ", ".join(f"{record.type} {record.data}" for record in reply.answers)
            length = len(name) + 17 + 16 * len(reply.answers)
            said.append((False, f"{number}{code}{sign} {counts}{' ' + records if records else ''} ({length})"))
        self._take(walk, said)

    def _take(self, walk: Walk, said: Said, first: int = 0) -> None:
        """Writes down what each capture sees of packets that follow each other, the `first` one in its number."""
        seen = sightings(self._network, walk)
        for name, kept in list(self.running.items()):
            if len(kept["lines"]) >= MOST:
                continue
            caught: list[tuple[float, str]] = []
            for step, (forward, text) in enumerate(said, first):
                for sighting in seen:
                    if sighting.stack == kept["stack"] and kept["interface"] in ("any", sighting.interface):
                        caught += self._caught(walk, sighting, kept, forward, text, step, seen[-1].at)
            if caught:
                lines = [*kept["lines"], *(line for _, line in sorted(caught, key=lambda each: each[0]))]
                self.running[name] = self._store.put(CAPTURES + name, {**kept, "lines": lines[:MOST]})

    def _caught(
        self, walk: Walk, sighting: Sighting, kept: Object, forward: bool, text: str, step: int, last: int
    ) -> list[tuple[float, str]]:
        """Returns one packet's line with its time, none where the filter does not want it."""
        if not filters.parse(kept["filter"])(_filtered(sighting, forward)):
            return []
        place = sighting.at if forward else last - sighting.at
        when = self._network.cluster.clock.now + (step * (last + 1) + place) * STEP
        line = _line(sighting, text, forward, walk)
        return [(when, _stamped(when, sighting, forward, line, kept["interface"] == "any"))]


def _filtered(sighting: Sighting, forward: bool) -> Packet:
    """Returns the packet that a filter judges."""
    packet = sighting.packet
    if isinstance(packet, str):
        source, _, rest = packet.partition(" > ")
        packet = Packet(source, 45123, rest.split()[0], 8472, "UDP" if "VXLAN" in rest else "IPIP")
    return packet if forward else _turned(packet)


def _turned(packet: Packet) -> Packet:
    return Packet(packet.destination, packet.port, packet.source, packet.source_port, packet.protocol)


def _addresses(packet: Packet) -> str:
    if packet.protocol in ("ICMP", "IPIP"):
        return f"{packet.source} > {packet.destination}"
    return f"{packet.source}.{packet.source_port} > {packet.destination}.{packet.port}"


def _line(sighting: Sighting, text: str, forward: bool, walk: Walk) -> str:
    packet = _filtered(sighting, forward)
    if not forward and walk.outcome == ends.REFUSED and walk.target is None and walk.protocol == "TCP":
        asked = sighting.packet if isinstance(sighting.packet, Packet) else packet
        router = asked.destination
        return f"IP {router} > {asked.source}: ICMP {asked.destination} tcp port {asked.port} unreachable, length 68"
    if sighting.inner is None:
        return f"IP {_addresses(packet)}: {text}"
    inner = sighting.inner if forward else _turned(sighting.inner)
    wrapped = f"IP {_addresses(inner)}: {text}"
    if packet.protocol == "IPIP":
        return f"IP {packet.source} > {packet.destination}: {wrapped}"
    return f"IP {_addresses(packet)}: OTV, flags [I] (0x08), overlay 0, instance 1\n{wrapped}"


def _stamped(when: float, sighting: Sighting, forward: bool, line: str, every: bool) -> str:
    stamp = datetime.fromtimestamp(when, UTC).strftime("%H:%M:%S.%f")
    direction = sighting.direction if forward else ("Out" if sighting.direction == "In" else "In")
    return f"{stamp} {sighting.interface:<5} {direction:<3} {line}" if every else f"{stamp} {line}"


def walk_id(walk: Walk) -> int:
    """Returns the number by which question and answer belong together."""
    return _sequence(walk) % 65536


def _sequence(walk: Walk, side: int = 0) -> int:
    packet = next((hop.after for hop in walk.hops if isinstance(hop.after, Packet)), None)
    port = packet.source_port if packet is not None else 1
    return (port * 2654435761 + side * 40503) % 4294967296


def _http(line: str) -> str:
    return f": HTTP: {line}" if line else ""


def _opening(walk: Walk) -> str:
    return f"Flags [S], seq {_sequence(walk)}, win 64860, options [mss 1410,sackOK,nop,wscale 7], length 0"
