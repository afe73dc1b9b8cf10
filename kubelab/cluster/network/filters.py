"""Filters of packets, as people write them for tcpdump: `tcp port 80 and not host 10.96.0.10`.

Source: pcap-filter(7).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from kubelab.cluster.addresses import is_address, subnet
from kubelab.cluster.network.walk import Packet

Filter = Callable[[Packet], bool]
PROTOCOLS = ("tcp", "udp", "icmp")


@lru_cache(maxsize=64)
def parse(expression: str) -> Filter:
    """Reads a filter.

    Raises:
        ValueError: if it cannot be understood.
    """
    words = expression.replace("(", " ( ").replace(")", " ) ").split()
    if not words:
        return lambda packet: True
    found = _either(words)
    if words:
        raise ValueError("syntax error")
    return found


def _either(words: list[str]) -> Filter:
    parts = [_both(words)]
    while words and words[0] in ("or", "||"):
        words.pop(0)
        parts.append(_both(words))
    return lambda packet: any(part(packet) for part in parts)


def _both(words: list[str]) -> Filter:
    parts = [_one(words)]
    while words and words[0] in ("and", "&&"):
        words.pop(0)
        parts.append(_one(words))
    return lambda packet: all(part(packet) for part in parts)


def _one(words: list[str]) -> Filter:
    if not words:
        raise ValueError("syntax error")
    word = words.pop(0)
    if word in ("not", "!"):
        denied = _one(words)
        return lambda packet: not denied(packet)
    if word == "(":
        inner = _either(words)
        if not words or words.pop(0) != ")":
            raise ValueError("syntax error")
        return inner
    if word in PROTOCOLS:
        more = _one(words) if words and words[0] in ("port", "src", "dst", "host", "portrange") else None
        return lambda packet: packet.protocol == word.upper() and (more is None or more(packet))
    if word in ("ip", "arp", "ip6"):
        return lambda packet: word == "ip"
    return _primitive(word, words)


def _primitive(word: str, words: list[str]) -> Filter:
    side = ""
    if word in ("src", "dst"):
        side, word = word, words.pop(0) if words else ""
    if is_address(word):
        words.insert(0, word)
        word = "host"
    if not words:
        raise ValueError("syntax error")
    value = words.pop(0)
    if word == "port" and value.isdigit():
        number = int(value)
        return lambda packet: number in _ports(packet, side)
    if word == "host" and is_address(value):
        return lambda packet: value in _hosts(packet, side)
    if word == "net":
        wanted = subnet(value)
        return lambda packet: any(wanted.holds(host) for host in _hosts(packet, side))
    raise ValueError("syntax error")


def _ports(packet: Packet, side: str) -> tuple[int, ...]:
    sides = {"src": (packet.source_port,), "dst": (packet.port,)}
    return sides.get(side, (packet.source_port, packet.port)) if packet.protocol != "ICMP" else ()


def _hosts(packet: Packet, side: str) -> tuple[str, ...]:
    sides = {"src": (packet.source,), "dst": (packet.destination,)}
    return sides.get(side, (packet.source, packet.destination))
