"""ip: addresses, links, routes and neighbours. Source: iproute2, ip(8)."""

from __future__ import annotations

from collections.abc import Sequence

from kubelab.cluster.addresses import is_address, number, subnet
from kubelab.cluster.network import Place
from kubelab.cluster.network.interfaces import lookup
from kubelab.cluster.network.neighbours import neighbours_of
from kubelab.terminal.tool import Context, Steps, tool
from kubelab.terminal.tools import ip_changes, ip_json
from kubelab.terminal.tools.interfaces import Interface, interfaces_of, routes_of, stack_of
from kubelab.terminal.tools.nsenter import netns

OBJECTS = ("address", "link", "route", "neighbour", "neighbor", "netns", "rule")
SHOW = ("show", "list", "lst", "ls", "")
NOT_SIMULATED = ("6", "n", "netns", "b", "batch", "a", "all")
KNOWN = ("4", "br", "c", "d", "f", "h", "j", "o", "p", "r", "s", "t")
CHANGES = ("add", "del", "delete", "set", "flush", "replace", "change", "append")
USAGE = """Usage: ip [ OPTIONS ] OBJECT { COMMAND | help }
where  OBJECT := { address | link | neighbor | route | rule }
       OPTIONS := { -4 | -br[ief] | -d[etails] | -j[son] | -o[neline] | -p[retty] }
"""
RULES = "0:\tfrom all lookup local\n32766:\tfrom all lookup main\n32767:\tfrom all lookup default\n"


@tool("ip")
def ip(ctx: Context) -> int | Steps:
    """ip [OPTIONS] OBJECT [COMMAND]"""
    args, options = list(ctx.args), []
    while args and args[0].startswith("-"):
        options.append(args.pop(0).lstrip("-"))
    if any(option in ("V", "Version") for option in options):
        ctx.print("ip utility, iproute2-6.1.0, libbpf 1.1.2")
        return 0
    if not args or args[0] == "help":
        ctx.error(USAGE)
        return 255
    if not _are_known(ctx, options):
        return 255
    name = next((each for each in OBJECTS if each.startswith(args[0])), None)
    if name is None:
        ctx.error(f'Object "{args[0]}" is unknown, try "ip help".\n')
        return 1
    command, rest = (args[1], args[2:]) if len(args) > 1 else ("", [])
    if name == "netns":
        return netns(ctx, command, rest)
    if command == "get" and name == "route":
        return _route_to(ctx, rest, options)
    if command in CHANGES:
        return ip_changes.change(ctx, name, command, rest)
    if not any(known.startswith(command) for known in SHOW):
        if command != "dev":
            ctx.error(f'Command "{command}" is unknown, try "ip {name} help".\n')
            return 1
        rest = ["dev", *rest]
    return _shown(ctx, name, rest, options)


def _are_known(ctx: Context, options: Sequence[str]) -> bool:
    """Tells whether all options are among those that are simulated; says so when one is not."""
    for option in options:
        if option.removeprefix("-") in NOT_SIMULATED:
            ctx.error(f"ip: -{option} is not simulated in KubeLab\n")
            return False
        if not option.startswith(KNOWN):
            ctx.error(f'Option "-{option}" is unknown, try "ip -help".\n')
            return False
    return True


def _has(options: Sequence[str], letters: str) -> bool:
    """Tells whether an option is given, which may be shortened down to these letters."""
    return any(option.removeprefix("-").startswith(letters) for option in options)


def _shown(ctx: Context, name: str, rest: Sequence[str], options: Sequence[str]) -> int:
    if _has(options, "j"):
        return _json(ctx, name, rest, options)
    if name == "route":
        return _routes(ctx, rest)
    if name == "rule":
        ctx.write(RULES)
        return 0
    if name.startswith("neigh"):
        return _neighbours(ctx, rest)
    brief, only4 = any(each.startswith("br") for each in options), "4" in options
    if "o" in options or "oneline" in options:
        return _oneline(ctx, rest, only4)
    details = any(each.startswith("d") for each in options)
    counted = any(each.startswith("s") for each in options)
    return _interfaces(
        ctx, rest, addresses=name == "address", brief=brief, only4=only4, details=details, counted=counted
    )


def _json(ctx: Context, name: str, rest: Sequence[str], options: Sequence[str]) -> int:
    """Prints what is shown as JSON."""
    device, pretty = _device(rest), _has(options, "p")
    beside = "d" if _has(options, "d") else "s" if _has(options, "s") else ""
    if beside:
        ctx.error(f"ip: -{beside} together with -j is not simulated in KubeLab\n")
        return 255
    if name == "rule":
        found = ip_json.RULES
    elif name == "route":
        routes = [each for each in routes_of(ctx) if device in ("", each.device, each.destination)]
        found = [ip_json.route(each, without_device="dev" in rest) for each in routes]
    elif name.startswith("neigh"):
        known = neighbours_of(ctx.machine.cluster.network, Place.of(ctx.machine.place))
        listed = [each for each in known if device in ("", each.device)]
        found = ip_json.neighbours(listed, without_device=bool(device))
    else:
        only4, brief, addresses = "4" in options, _has(options, "br"), name == "address"
        interfaces = _wanted(ctx, rest)
        if interfaces is None:
            return 1
        found = [ip_json.interface(each, addresses=addresses, brief=brief, only4=only4)
                 for each in interfaces if not only4 or ip_json.inet_addresses(each)]  # fmt: skip
    ctx.write(ip_json.written(found, pretty=pretty))
    return 0


def _neighbours(ctx: Context, rest: Sequence[str]) -> int:
    device = _device(rest)
    for each in neighbours_of(ctx.machine.cluster.network, Place.of(ctx.machine.place)):
        if device in ("", each.device):
            ctx.print(f"{each.address} dev {each.device} lladdr {each.mac} {each.state} ")
    return 0


def _oneline(ctx: Context, rest: Sequence[str], only4: bool) -> int:
    for each in interfaces_of(ctx):
        if _device(rest) in ("", each.name) and each.address:
            scope = "scope host lo" if each.loopback else f"brd {each.broadcast} scope global {each.name}"
            ctx.print(
                f"{each.index}: {each.name}    inet {each.address}/{each.range} {scope}\\       "
                "valid_lft forever preferred_lft forever"
            )
    return 0


def _device(rest: Sequence[str]) -> str:
    words = [word for word in rest if word not in ("dev", "up", "scope", "global", "to", "exact")]
    if "type" in words:
        del words[words.index("type") : words.index("type") + 2]
    return words[0] if words else ""


def _wanted(ctx: Context, rest: Sequence[str]) -> list[Interface] | None:
    """Returns the interfaces that are asked for; None when there is none of that name, which is said."""
    device, kind = _device(rest), rest[rest.index("type") + 1] if "type" in rest[:-1] else ""
    found = [each for each in interfaces_of(ctx) if device in ("", each.name) and kind in ("", _kind(each))]
    if not found and not kind:
        ctx.error(f'Device "{device}" does not exist.\n')
        return None
    return found


def _interfaces(
    ctx: Context, rest: Sequence[str], *, addresses: bool, brief: bool, only4: bool, details: bool, counted: bool
) -> int:
    found = _wanted(ctx, rest)
    if found is None:
        return 1
    counts = ctx.machine.cluster.network.counters.links(stack_of(ctx)) if counted else {}
    for each in found:
        if brief:
            ctx.write(_brief(each, addresses))
        elif not only4 or each.address:
            ctx.write(_long(ctx, each, addresses, only4, details))
            if counted:
                ctx.write(_statistics(counts.get(each.name) or [0, 0, 0, 0]))
    return 0


def _statistics(counts: Sequence[int]) -> str:
    """Returns the lines of -s. Source: iproute2 6.1, ip/ipaddress.c (__print_link_stats, size_columns)."""
    packets_in, in_bytes, packets_out, out_bytes = counts
    wide = max(10, len(str(in_bytes)), len(str(out_bytes)))
    narrow = max(7, len(str(packets_in)), len(str(packets_out)))
    text = ""
    for side, size, packets, last in (("RX", in_bytes, packets_in, (" missed", "  mcast")),
                                      ("TX", out_bytes, packets_out, ("carrier", "collsns"))):  # fmt: skip
        heads = f"{'bytes':>{wide - 4}} {'packets':>{narrow}} errors dropped {last[0]} {last[1]}"
        text += f"    {side}: {heads} {'':>10}\n    {size:>{wide}} {packets:>{narrow}} {0:>6} {0:>7} {0:>7} {0:>7} \n"
    return text


def _kind(interface: Interface) -> str:
    return interface.kind or ("veth" if interface.peer else "")


def _titled(interface: Interface) -> str:
    return f"{interface.name}@if{interface.peer}" if interface.peer else interface.name


def _brief(interface: Interface, addresses: bool) -> str:
    text = f"{_titled(interface):<16} {interface.state:<14} "
    if addresses:
        own = (f"{interface.address}/{interface.range}",) if interface.address else ()
        return text + "".join(f"{each} " for each in (*own, *interface.more)) + "\n"
    return text + f"{interface.mac} <{interface.flags}> \n"


def _long(ctx: Context, interface: Interface, addresses: bool, only4: bool, details: bool) -> str:
    state = interface.state
    master = f" master {interface.master}" if interface.master else ""
    mode = "" if addresses else " mode DEFAULT"
    length = "" if interface.kind == "vxlan" else " qlen 1000"  # flanneld makes its own without a queue
    text = (
        f"{interface.index}: {_titled(interface)}: <{interface.flags}> mtu {interface.mtu} qdisc {interface.queue}"
        f"{master} state {state}{mode} group default{length}\n"
    )
    if not only4:
        kind, wide = ("loopback", "00:00:00:00:00:00") if interface.loopback else ("ether", "ff:ff:ff:ff:ff:ff")
        if interface.kind == "ipip":
            kind, wide = "ipip", "0.0.0.0"
        netns = " link-netnsid 0" if interface.netns else ""
        text += f"    link/{kind} {interface.mac} brd {wide}{netns}\n"
        if details:
            text += _details(ctx, interface)
    if addresses:
        text += _inet(interface)
    return text


def _details(ctx: Context, interface: Interface) -> str:
    """Returns what -d tells of an interface's kind: how a tunnel wraps, what a cable is plugged into."""
    own = next((each.address for each in interfaces_of(ctx) if each.name == "eth0"), "")
    text = {
        "flannel.1": f"vxlan id 1 local {own} dev eth0 srcport 0 0 dstport 8472 nolearning ttl auto ageing 300",
        "cilium_vxlan": "vxlan external id 0 srcport 0 0 dstport 8472 nolearning ttl auto ageing 300",
        "tunl0": "ipip any remote any local any ttl inherit nopmtudisc",
    }.get(interface.name, _kind(interface))
    return f"    {text} \n" if text else ""


def _inet(interface: Interface) -> str:
    """Returns the lines of an interface's addresses."""
    lines = []
    if interface.address:
        wide = f"brd {interface.broadcast} " if interface.broadcast not in ("", "0.0.0.0") else ""
        if interface.range != 32 and not wide:
            wide = "brd 0.0.0.0 "
        lines.append(f"{interface.address}/{interface.range} {wide}")
    lines += [f"{each} " for each in interface.more]
    scope = "scope host lo" if interface.loopback else f"scope global {interface.name}"
    if interface.loopback and lines:
        lines[0] = f"{interface.address}/{interface.range} "
    return "".join(f"    inet {line}{scope}\n       valid_lft forever preferred_lft forever\n" for line in lines)


def _routes(ctx: Context, rest: Sequence[str]) -> int:
    device = _device(rest)
    for destination, way, interface in routes_of(ctx):
        if device in ("", interface, destination):
            shown = way.replace(f" dev {interface}", "").removeprefix(f"dev {interface} ") if "dev" in rest else way
            ctx.print(f"{destination} {shown} ")
    return 0


def _route_to(ctx: Context, rest: Sequence[str], options: Sequence[str]) -> int:
    address = _device(rest)
    if not is_address(address):
        ctx.error(f'Error: any valid prefix is expected rather than "{address}".\n')
        return 1
    own = {each.address: each for each in interfaces_of(ctx) if each.address}
    as_json, pretty = _has(options, "j"), _has(options, "p")
    if address in own:
        told = ip_json.written([ip_json.way(address, "lo", address, local=True)], pretty=pretty)
        ctx.write(told if as_json else f"local {address} dev lo src {address} uid 0 \n    cache <local> \n")
        return 0
    route = lookup(routes_of(ctx), address)
    if route is None:
        ctx.error("RTNETLINK answers: Network is unreachable\n")
        return 2
    via = f"via {route.via} " if route.via else ""
    source = route.source or next((each.address for each in interfaces_of(ctx) if each.name == route.device), "")
    if as_json:
        found = ip_json.way(address, route.device, source, via=route.via)
        ctx.write(ip_json.written([found], pretty=pretty))
        return 0
    ctx.write(f"{address} {via}dev {route.device} src {source} uid 0 \n    cache \n")
    return 0


@tool("ifconfig")
def ifconfig(ctx: Context) -> int:
    """ifconfig [interface]. Source: net-tools and BusyBox, whose output is the same but for its counters."""
    wanted = [word for word in ctx.args if not word.startswith("-")]
    found = [each for each in interfaces_of(ctx) if not wanted or each.name == wanted[0]]
    if not found:
        ctx.error(f"{wanted[0]}: error fetching interface information: Device not found\n")
        return 1
    counts = ctx.machine.cluster.network.counters.links(stack_of(ctx))
    for each in sorted(found, key=lambda interface: interface.name):
        ctx.write(_classic(each) + _classic_counts(counts.get(each.name) or [0, 0, 0, 0]))
    return 0


def _classic_counts(counts: Sequence[int]) -> str:
    """Returns the counters' lines. Source: busybox networking/interface.c (ife_print)."""
    packets_in, in_bytes, packets_out, out_bytes = counts
    return (
        f"          RX packets:{packets_in} errors:0 dropped:0 overruns:0 frame:0\n"
        f"          TX packets:{packets_out} errors:0 dropped:0 overruns:0 carrier:0\n"
        "          collisions:0 txqueuelen:1000 \n"
        f"          RX bytes:{in_bytes} ({_humane(in_bytes)})  TX bytes:{out_bytes} ({_humane(out_bytes)})\n\n"
    )


def _humane(size: int) -> str:
    value = float(size)
    for unit in ("B", "KiB", "MiB"):
        if value < 1024:
            return f"{value:.1f} {unit}"
        value /= 1024
    return f"{value:.1f} GiB"


def _classic(interface: Interface) -> str:
    if interface.loopback:
        return (
            "lo        Link encap:Local Loopback  \n          inet addr:127.0.0.1  Mask:255.0.0.0\n"
            "          UP LOOPBACK RUNNING  MTU:65536  Metric:1\n"
        )
    text = f"{interface.name:<9} Link encap:Ethernet  HWaddr {interface.mac.upper()}  \n"
    if interface.address:
        mask = ".".join(str((0xFFFFFFFF << 32 - interface.range) >> shift & 255) for shift in (24, 16, 8, 0))
        text += f"          inet addr:{interface.address}  Bcast:{interface.broadcast}  Mask:{mask}\n"
    return text + f"          UP BROADCAST RUNNING MULTICAST  MTU:{interface.mtu}  Metric:1\n"


@tool("route")
def route(ctx: Context) -> int:
    """route [-n]: the routing table. Source: net-tools, route(8)."""
    ctx.print("Kernel IP routing table")
    ctx.print("Destination     Gateway         Genmask         Flags Metric Ref    Use Iface")
    for destination, way, interface in routes_of(ctx):
        words = way.split()
        gateway = words[1] if words[0] == "via" else "0.0.0.0"
        if destination.startswith("blackhole"):
            continue
        base, mask = ("0.0.0.0", "0.0.0.0") if destination == "default" else _masked(destination)
        flags = "UG" if words[0] == "via" else "U"
        metric = words[words.index("metric") + 1] if "metric" in words else "0"
        ctx.print(f"{base:<15} {gateway:<15} {mask:<15} {flags:<5} {metric:<6} 0        0 {interface}")
    return 0


def _masked(destination: str) -> tuple[str, str]:
    found = subnet(destination)
    mask = (0xFFFFFFFF << 32 - found.bits) & 0xFFFFFFFF
    return destination.partition("/")[0], ".".join(str(mask >> shift & 255) for shift in (24, 16, 8, 0))


@tool("arp")
def arp(ctx: Context) -> int:
    """arp [-n]: the neighbours. Source: net-tools, arp(8)."""
    found = neighbours_of(ctx.machine.cluster.network, Place.of(ctx.machine.place))
    if found:
        ctx.print("Address                  HWtype  HWaddress           Flags Mask            Iface")
    for each in found:
        flags = "CM" if each.state == "PERMANENT" else "C"
        ctx.print(f"{each.address:<24} ether   {each.mac:<19} {flags:<5} {'':<16} {each.device}".rstrip())
    return 0


__all__ = ["Place", "ifconfig", "ip", "number", "route"]
