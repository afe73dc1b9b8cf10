"""What `ip -j` prints: the interfaces, routes, neighbours and rules as JSON, and with -p spread over lines.

Source: iproute2 6.1, ip/ipaddress.c, ip/iproute.c, lib/json_writer.c; judged by iproute2 itself.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

from kubelab.cluster.network.neighbours import Neighbour
from kubelab.cluster.objects import Object
from kubelab.terminal.tools.interfaces import Interface, Route

FOREVER = 4294967295
RULES: list[Object] = [
    {"priority": 0, "src": "all", "table": "local"},
    {"priority": 32766, "src": "all", "table": "main"},
    {"priority": 32767, "src": "all", "table": "default"},
]
WORDS = {"via": "gateway", "dev": "dev", "proto": "protocol", "scope": "scope", "src": "prefsrc", "metric": "metric"}


def written(found: Sequence[Object], *, pretty: bool) -> str:
    """Returns a list of objects as iproute2 writes it, with the line's end."""
    text = _pretty(found, 0) if pretty else json.dumps(found, separators=(",", ":"))
    return text + "\n"


def _pretty(value: Any, depth: int) -> str:
    if isinstance(value, dict):
        if not value:
            return "{}"
        members = (f"\n{'    ' * (depth + 1)}{json.dumps(k)}: {_pretty(v, depth + 1)}" for k, v in value.items())
        return "{" + ",".join(members) + "\n" + "    " * depth + "}"
    if isinstance(value, list):
        return f"[ {','.join(_pretty(each, depth + 1) for each in value)} ]" if value else "[ ]"
    return json.dumps(value)


def interface(found: Interface, *, addresses: bool, brief: bool, only4: bool) -> Object:
    """Returns one interface.

    Args:
        addresses: it is `ip addr` that asks, not `ip link`.
        brief: with -br.
        only4: with -4, which leaves the link's own lines out.
    """
    told: Object = {} if brief else {"ifindex": found.index}
    if found.peer:
        told["link_index"] = found.peer
    told["ifname"] = found.name
    if brief:
        told["operstate"] = found.state
        if addresses:
            return {**told, "addr_info": [_bare(each) for each in inet_addresses(found)]}
        return {**told, "address": found.mac, "flags": found.flags.split(",")}
    told |= {"flags": found.flags.split(","), "mtu": found.mtu, "qdisc": found.queue}
    if found.master:
        told["master"] = found.master
    told["operstate"] = found.state
    if not addresses:
        told["linkmode"] = "DEFAULT"
    told["group"] = "default"
    if found.kind != "vxlan":  # flanneld makes its own without a queue
        told["txqlen"] = 1000
    if not only4:
        told |= _hardware(found)
    if addresses:
        told["addr_info"] = [_inet(found, each) for each in inet_addresses(found)]
    return told


def inet_addresses(found: Interface) -> list[str]:
    """Returns the IPv4 addresses of an interface with the lengths of their prefixes."""
    return [*([f"{found.address}/{found.range}"] if found.address else []), *found.more]


def _hardware(found: Interface) -> Object:
    kind, wide = ("loopback", "00:00:00:00:00:00") if found.loopback else ("ether", "ff:ff:ff:ff:ff:ff")
    if found.kind == "ipip":
        kind, wide = "ipip", "0.0.0.0"
    told: Object = {"link_type": kind, "address": found.mac, "broadcast": wide}
    return {**told, "link_netnsid": 0} if found.netns else told


def _bare(address: str) -> Object:
    local, _, bits = address.partition("/")
    return {"local": local, "prefixlen": int(bits)}


def _inet(found: Interface, address: str) -> Object:
    told: Object = {"family": "inet", **_bare(address)}
    own = address == f"{found.address}/{found.range}"
    if own and not found.loopback and (found.range != 32 or found.broadcast not in ("", "0.0.0.0")):
        told["broadcast"] = found.broadcast or "0.0.0.0"
    scope = "host" if found.loopback else "global"
    return {**told, "scope": scope, "label": found.name,
            "valid_life_time": FOREVER, "preferred_life_time": FOREVER}  # fmt: skip


def route(found: Route, *, without_device: bool) -> Object:
    """Returns one route; whoever asks for those of a device is not told it again."""
    kind, _, destination = found.destination.rpartition(" ")
    told: Object = {"type": kind} if kind else {}
    told["dst"] = destination
    words, flags = found.way.split(), []
    while words:
        word = words.pop(0)
        if word not in WORDS or not words:
            flags.append(word)
            continue
        value = words.pop(0)
        if word != "dev" or not without_device:
            told[WORDS[word]] = int(value) if word == "metric" else value
    return {**told, "flags": flags}


def way(address: str, device: str, source: str, *, via: str = "", local: bool = False) -> Object:
    """Returns what `ip route get` found for an address."""
    told: Object = {"type": "local"} if local else {}
    told["dst"] = address
    if via:
        told["gateway"] = via
    return {**told, "dev": device, "prefsrc": source, "flags": [], "uid": 0, "cache": ["local"] if local else []}


def neighbours(found: Iterable[Neighbour], *, without_device: bool) -> list[Object]:
    """Returns the neighbours."""
    return [
        {"dst": each.address, **({} if without_device else {"dev": each.device}), "lladdr": each.mac,
         "state": [each.state]} for each in found
    ]  # fmt: skip
