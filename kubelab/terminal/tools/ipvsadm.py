"""ipvsadm and ipset: what kube-proxy in ipvs mode has the kernel do. Source: ipvsadm(8), ipset(8)."""

from __future__ import annotations

from collections.abc import Sequence

from kubelab.cluster.network import Place, calico_chains, conntrack, virtual_servers
from kubelab.cluster.network.virtual_servers import VirtualServer
from kubelab.terminal.tool import Context, tool
from kubelab.terminal.tools.interfaces import may_administer, stack_of

VERSION = "IP Virtual Server version 1.2.1 (size=4096)\n"
HEAD = "Prot LocalAddress:Port Scheduler Flags\n  -> RemoteAddress:Port           Forward Weight ActiveConn InActConn\n"
STATS = "Prot LocalAddress:Port               Conns   InPkts  OutPkts  InBytes OutBytes\n  -> RemoteAddress:Port\n"
RATES = "Prot LocalAddress:Port                 CPS    InPPS   OutPPS    InBPS   OutBPS\n  -> RemoteAddress:Port\n"
CONNECTIONS = "IPVS connection entries\npro expire state       source             virtual            destination\n"
MISSING = ("--thresholds", "--persistent-conn", "--daemon", "--timeout")
SET_FAMILY = "family inet hashsize 1024 maxelem 65536"


def _servers(ctx: Context) -> list[VirtualServer]:
    """Returns the virtual servers of the node, in the order in which they are listed."""
    if not stack_of(ctx).startswith("node/"):
        return []
    found = virtual_servers.virtual_servers(ctx.machine.cluster.network, Place.of(ctx.machine.place).node)
    return sorted(found, key=lambda each: (each.port.protocol, each.ip, each.number))


@tool("ipvsadm")
def ipvsadm(ctx: Context) -> int:
    """ipvsadm [-L] [-n] [-t|-u address:port]"""
    letters = "".join(word.lstrip("-") for word in ctx.args if word.startswith("-"))
    if not may_administer(ctx):
        ctx.error("Can't initialize ipvs: Permission denied (you must be root)\n")
        return 255
    if ctx.args and "L" not in letters and "l" not in letters:
        ctx.error("ipvsadm: only -L, with -n, is simulated in KubeLab\n")
        return 2
    if missing := next((word for word in ctx.args if word in MISSING), ""):
        ctx.error(f"ipvsadm: {missing} is not simulated in KubeLab\n")
        return 2
    if "--connection" in ctx.args or any("c" in word for word in ctx.args if word.startswith("-") and word[1:2] != "-"):
        ctx.write(CONNECTIONS + _connections(ctx))
        return 0
    servers, wanted = _servers(ctx), _wanted(ctx.args)
    if wanted:
        servers = [each for each in servers if (each.port.protocol, f"{each.ip}:{each.number}") == wanted]
        if not servers:
            ctx.error("No such service\n")
            return 255
    rates = "--rate" in ctx.args
    if rates or "--stats" in ctx.args:
        ctx.write(("" if wanted else VERSION) + (RATES if rates else STATS) + _counted(ctx, servers, rates=rates))
        return 0
    ctx.write(HEAD if wanted else VERSION + HEAD)
    for server in servers:
        sticky = f" persistent {server.port.affinity}" if server.port.affinity else ""
        ctx.print(f"{server.port.protocol}  {server.ip}:{server.number} rr{sticky}")
        for endpoint in server.endpoints:
            ctx.print(f"  -> {endpoint.address:<28} Masq    1      0          0         ")
    return 0


def _counted(ctx: Context, servers: Sequence[VirtualServer], *, rates: bool) -> str:
    """Returns what went through each server; rates are those of the last seconds, in which nothing is under way."""
    known = {} if rates else ctx.machine.cluster.network.counters.servers(stack_of(ctx))
    text = ""
    for server in servers:
        name = f"{server.port.protocol} {server.ip}:{server.number}"
        text += f"{server.port.protocol}  {f'{server.ip}:{server.number}':<28}{_row(known.get(name))}\n"
        for endpoint in server.endpoints:
            text += f"  -> {endpoint.address:<28}{_row(known.get(f'{name} -> {endpoint.address}'))}\n"
    return text


def _row(numbers: Sequence[int] | None) -> str:
    return "".join(f" {_short(number):>8}" for number in numbers or (0, 0, 0, 0, 0))


def _short(number: int) -> str:
    """Returns a counter as ipvsadm writes it: in thousands from a hundred million on."""
    return f"{number}" if number < 10**8 else f"{number // 1000}K" if number < 10**11 else f"{number // 10**6}M"


def _connections(ctx: Context) -> str:
    """Returns the connections that ipvs remembers, those that a node's kernel rewrote."""
    network, text = ctx.machine.cluster.network, ""
    if not stack_of(ctx).startswith("node/"):
        return text
    virtual = {(each.ip, each.number) for each in _servers(ctx)}
    for row in conntrack.rows_of(network, Place.of(ctx.machine.place).node):
        source, source_port, destination, port, protocol = row["first"]
        if (destination, port) in virtual:
            left = max(int(row["until"] - ctx.now), 0)
            state = "TIME_WAIT" if row["answered"] and protocol == "TCP" else "UDP" if protocol == "UDP" else "SYN_RECV"
            text += (
                f"{protocol:<3} {left // 60:02d}:{left % 60:02d}  {state:<11} {f'{source}:{source_port}':<18} "
                f"{f'{destination}:{port}':<18} {row['last'][2]}:{row['last'][3]}\n"
            )
    return text


def _wanted(args: Sequence[str]) -> tuple[str, str] | None:
    """Returns the one virtual server that is asked for: its protocol, its address."""
    for at, word in enumerate(args[:-1]):
        if word in ("-t", "--tcp-service"):
            return "TCP", args[at + 1]
        if word in ("-u", "--udp-service"):
            return "UDP", args[at + 1]
    return None


def _sets(ctx: Context) -> dict[str, list[str]]:
    """Returns the node's sets: kube-proxy's in ipvs mode, Calico's."""
    network, node = ctx.machine.cluster.network, Place.of(ctx.machine.place).node
    if not stack_of(ctx).startswith("node/"):
        return {}
    found = virtual_servers.sets(network, node)
    return found | calico_chains.sets(network, node) if network.plugin(node).name == "calico" else found


@tool("ipset")
def ipset(ctx: Context) -> int:
    """ipset list [set] [-n] [-t]"""
    if not may_administer(ctx):
        ctx.error("ipset v7.19: Kernel error received: Operation not permitted\n")
        return 1
    wanted = [word for word in ctx.args if word not in ("list", "-L") and not word.startswith("-")]
    sets = _sets(ctx)
    if wanted and wanted[0] not in sets:
        ctx.error("ipset v7.19: The set with the given name does not exist\n")
        return 1
    chosen = {name: members for name, members in sets.items() if not wanted or name == wanted[0]}
    if {"-n", "-name"} & set(ctx.args):
        ctx.write("".join(f"{name}\n" for name in chosen))
        return 0
    terse = bool({"-t", "-terse"} & set(ctx.args))
    ctx.write("\n".join(_set(ctx, name, members, terse=terse) for name, members in chosen.items()))
    return 0


def _set(ctx: Context, name: str, members: Sequence[str], *, terse: bool) -> str:
    kind = virtual_servers.TYPES.get(name, "hash:net")
    bitmap = kind == virtual_servers.PORTS
    seed = ctx.machine.cluster.random.hex(8, "ipset", name)
    header = "range 0-65535" if bitmap else f"{SET_FAMILY} bucketsize 12 initval 0x{seed}"
    size = 8264 if bitmap else 216 + 64 * len(members)
    text = (
        f"Name: {name}\nType: {kind}\nRevision: {3 if bitmap else 7}\nHeader: {header}\nSize in memory: {size}\n"
        f"References: {_references(ctx, name)}\nNumber of entries: {len(members)}\n"
    )
    return text if terse else text + "Members:\n" + "".join(f"{member}\n" for member in members)


def _references(ctx: Context, name: str) -> int:
    """Returns how many rules match a set."""
    network, node = ctx.machine.cluster.network, Place.of(ctx.machine.place).node
    if name not in virtual_servers.TYPES:
        return 1
    return sum(f" {name} " in rule for rules in virtual_servers.rules(network, node) for rule in rules)
