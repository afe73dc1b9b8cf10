"""What `ip` changes: links up and down, addresses, routes, neighbours. Source: iproute2, ip-link(8), ip-route(8)."""

from __future__ import annotations

from collections.abc import Sequence

from kubelab.cluster.addresses import is_address, subnet
from kubelab.cluster.network import Place
from kubelab.cluster.network.neighbours import neighbours_of
from kubelab.cluster.objects import Object
from kubelab.terminal.tool import Context
from kubelab.terminal.tools.interfaces import interfaces_of, may_administer, routes_of, stack_of

NOT_PERMITTED = "RTNETLINK answers: Operation not permitted\n"
EXISTS = "RTNETLINK answers: File exists\n"
NO_SUCH_ROUTE = "RTNETLINK answers: No such process\n"
NO_SUCH_ADDRESS = "RTNETLINK answers: Cannot assign requested address\n"
NO_SUCH_ENTRY = "RTNETLINK answers: No such file or directory\n"


def change(ctx: Context, name: str, command: str, rest: Sequence[str]) -> int:
    """Does what `ip <name> <command>` changes; returns the exit status."""
    doing = {"link": _link, "address": _address, "route": _route, "neighbour": _neighbour}.get(name)
    if doing is None:
        ctx.error(f"ip: '{name} {command}' is not simulated in KubeLab\n")
        return 2
    if not may_administer(ctx):
        ctx.error(NOT_PERMITTED)
        return 2
    return doing(ctx, "del" if command == "delete" else command, list(rest))


def _changes(ctx: Context) -> Object:
    return ctx.machine.cluster.network.stacks.of(stack_of(ctx))


def _keep(ctx: Context, **fields: object) -> int:
    ctx.machine.cluster.network.stacks.change(stack_of(ctx), **fields)
    return 0


def _no_device(ctx: Context, device: str) -> int:
    ctx.error(f'Cannot find device "{device}"\n')
    return 1


def _link(ctx: Context, command: str, rest: list[str]) -> int:
    words = [word for word in rest if word != "dev"]
    if command != "set" or len(words) < 2 or words[1] not in ("up", "down"):
        ctx.error("ip: of links, only 'set DEVICE up' and 'set DEVICE down' are simulated in KubeLab\n")
        return 2
    device, state = words[0], words[1]
    if device not in [each.name for each in interfaces_of(ctx)]:
        return _no_device(ctx, device)
    down = [each for each in _changes(ctx).get("down") or () if each != device]
    if state == "down":
        return _keep(ctx, down=[*down, device], routes={**(_changes(ctx).get("routes") or {}), **_lost(ctx, device)})
    return _keep(ctx, down=down)


def _lost(ctx: Context, device: str) -> dict[str, str]:
    """Returns the routes that go with a link for good: all but those that the kernel, or a daemon, writes again.

    flanneld does not: flannel-io/flannel#1070, #1759. BIRD, systemd-networkd and NetworkManager do.
    """
    place = Place.of(ctx.machine.place)
    of_pod = stack_of(ctx).startswith("pod/")
    plugin = ctx.machine.cluster.network.plugin(place.node) if place.node else None
    if not of_pod and (plugin is None or plugin.name != "flannel" or device != plugin.tunnel):
        return {}
    return {each.destination: "" for each in routes_of(ctx) if each.device == device and "proto kernel" not in each.way}


def _address(ctx: Context, command: str, rest: list[str]) -> int:
    words = [word for word in rest if word not in ("dev", "brd", "+", "label")]
    address = words[0] if words else ""
    device = rest[rest.index("dev") + 1] if "dev" in rest[:-1] else ""
    if not is_address(address.partition("/")[0]):
        ctx.error(f'Error: any valid prefix is expected rather than "{address}".\n')
        return 1
    if not device:
        ctx.error('Not enough information: "dev" argument is required.\n')
        return 255
    found = next((each for each in interfaces_of(ctx) if each.name == device), None)
    if found is None:
        return _no_device(ctx, device)
    if "/" not in address:
        address += "/32"
    has = [f"{found.address}/{found.range}", *found.more]
    kept = dict(_changes(ctx).get("addresses") or {})
    if command in ("add", "replace"):
        if address in has and command == "add":
            ctx.error("Error: ipv4: Address already assigned.\n")
            return 2
        if kept.get(address) == "":
            del kept[address]
        else:
            kept[address] = device
    elif address not in has:
        ctx.error(NO_SUCH_ADDRESS)
        return 2
    elif address in kept:
        del kept[address]
    else:
        kept[address] = ""
    return _keep(ctx, addresses=kept)


def _destination(text: str) -> str:
    if text in ("default", "0.0.0.0/0"):
        return "default"
    found = subnet(text)
    return text.partition("/")[0] if found.bits == 32 else str(found)


def _route(ctx: Context, command: str, rest: list[str]) -> int:
    if not rest:
        ctx.error("Error: argument is required.\n")
        return 1
    try:
        destination = _destination(rest[0])
    except ValueError:
        ctx.error(f'Error: any valid prefix is expected rather than "{rest[0]}".\n')
        return 1
    present = {route.destination for route in routes_of(ctx)}
    kept = dict(_changes(ctx).get("routes") or {})
    if command == "flush":
        return _keep(ctx, routes={**kept, destination: ""})
    if command == "del":
        if destination not in present:
            ctx.error(NO_SUCH_ROUTE)
            return 2
        return _keep(ctx, routes={**kept, destination: ""})
    if destination in present and command == "add":
        ctx.error(EXISTS)
        return 2
    way = _way(ctx, rest[1:])
    if way is None:
        return 2
    return _keep(ctx, routes={**kept, destination: way})


def _way(ctx: Context, words: list[str]) -> str | None:
    """Returns a new route's text, completed as the kernel does; None where it refuses it."""
    interfaces = {each.name: each for each in interfaces_of(ctx)}
    device = words[words.index("dev") + 1] if "dev" in words[:-1] else ""
    if device and device not in interfaces:
        _no_device(ctx, device)
        return None
    via = words[words.index("via") + 1] if "via" in words[:-1] else ""
    if via and not is_address(via):
        ctx.error(f'Error: inet address is expected rather than "{via}".\n')
        return None
    if via and not device:
        device = next((each.name for each in interfaces.values() if _holds(each.address, each.range, via)), "")
        if not device:
            ctx.error("Error: Nexthop has invalid gateway.\n")
            return None
    if not device:
        ctx.error(NO_SUCH_ENTRY if not words else "RTNETLINK answers: No such device\n")
        return None
    more = [word for word in words if word not in ("via", via, "dev", device)]
    return " ".join([*(("via", via) if via else ()), "dev", device, *(() if via else ("scope", "link")), *more])


def _holds(address: str, bits: int, other: str) -> bool:
    return bool(address) and 0 < bits < 32 and subnet(f"{address}/{bits}").holds(other)


def _neighbour(ctx: Context, command: str, rest: list[str]) -> int:
    place = Place.of(ctx.machine.place)
    address = rest[0] if rest else ""
    found = next((each for each in neighbours_of(ctx.machine.cluster.network, place) if each.address == address), None)
    if command not in ("del", "flush"):
        ctx.error(f"ip: 'neigh {command}' is not simulated in KubeLab\n")
        return 2
    if found is None:
        ctx.error(NO_SUCH_ENTRY)
        return 2
    if not found.node:
        return 0  # it is learned anew with the next packet
    return _keep(ctx, unknown=sorted({*(_changes(ctx).get("unknown") or ()), found.node}))
