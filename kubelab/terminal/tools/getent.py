"""getent: entries of the system's databases: hosts, and passwd and group from their files. Source: glibc, getent(1)."""

from __future__ import annotations

from kubelab.cluster.addresses import is_address
from kubelab.cluster.network import Place
from kubelab.cluster.network.dns import reverse_name
from kubelab.cluster.network.resolv import read_hosts
from kubelab.terminal.tool import Context, Steps, tool
from kubelab.terminal.tools.dialing import pause

NOT_FOUND = 2
FILES = {"passwd": "/etc/passwd", "group": "/etc/group"}


@tool("getent")
def getent(ctx: Context) -> Steps:
    """getent DATABASE [KEY ...]"""
    if not ctx.args:
        ctx.error("getent: wrong number of arguments\nTry `getent --help' or `getent --usage' for more information.\n")
        return 1
    database, keys = ctx.args[0], ctx.args[1:]
    if database in FILES:
        return _from_file(ctx, FILES[database], keys)
    if database not in ("hosts", "ahosts", "ahostsv4"):
        ctx.error(f"Unknown database: {database}\nTry `getent --help' or `getent --usage' for more information.\n")
        return 1
    if not keys:
        hosts = read_hosts(ctx.machine.cluster.network.file(Place.of(ctx.machine.place), "/etc/hosts"))
        addresses: dict[str, list[str]] = {}
        for name, found in hosts.items():
            for address in found:
                addresses.setdefault(address, []).append(name)
        ctx.write("".join(f"{address:<15} {' '.join(names)}\n" for address, names in addresses.items()))
        return 0
    status = 0
    for key in ctx.each(keys, "key"):
        lines, seconds = _lookup(ctx, database, key)
        if "until" not in ctx.state:
            ctx.state["until"] = ctx.now + seconds
        yield from pause(ctx, ctx.state["until"])
        del ctx.state["until"]
        ctx.write("".join(f"{line}\n" for line in lines))
        status = status if lines else NOT_FOUND
    return status


def _lookup(ctx: Context, database: str, key: str) -> tuple[list[str], float]:
    network = ctx.machine.cluster.network
    if is_address(key):
        if database != "hosts":
            return _by_kind(key, [key]), 0.0
        hosts = read_hosts(network.file(Place.of(ctx.machine.place), "/etc/hosts"))
        names = [name for name, addresses in hosts.items() if key in addresses]
        if names:
            return [f"{key:<15} {' '.join(names)}"], 0.0
        answer = network.resolve(ctx.machine.place, reverse_name(key), "PTR")
        pointed = [name.rstrip(".") for name in (answer.reply.data("PTR") if answer.reply else ())]
        return ([f"{key:<15} {pointed[0]}"] if pointed else []), answer.seconds
    answer = network.resolve(ctx.machine.place, key)
    name = answer.name.rstrip(".") or key
    if database == "hosts":
        return [f"{address:<15} {name}" for address in answer.addresses], answer.seconds
    return _by_kind(name, answer.addresses), answer.seconds


def _by_kind(name: str, addresses: list[str]) -> list[str]:
    lines = []
    for index, address in enumerate(addresses):
        lines += [
            f"{address:<15} STREAM{f' {name}' if index == 0 else ''}",
            f"{address:<15} DGRAM",
            f"{address:<15} RAW",
        ]
    return lines


def _from_file(ctx: Context, path: str, keys: list[str]) -> int:
    lines = ctx.files.read(path).splitlines() if ctx.files.exists(path) else []
    if not keys:
        ctx.write("".join(f"{line}\n" for line in lines))
        return 0
    status = 0
    for key in keys:
        found = [line for line in lines if key in (line.split(":")[0], line.split(":")[2])]
        ctx.write("".join(f"{line}\n" for line in found[:1]))
        status = status if found else NOT_FOUND
    return status
