"""nslookup of BusyBox until 1.28, whose words tutorials show: it asks the C library, and for the name of each address.

Source: busybox 1.28 networking/nslookup.c (print_host, server_print).
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from kubelab.cluster.addresses import is_address
from kubelab.cluster.network.resolver import FOUND
from kubelab.cluster.node.container import Container
from kubelab.terminal.tool import Context, Wait
from kubelab.terminal.tools.dialing import Replay, pause
from kubelab.terminal.tools.lookups import ask, question_for, resolv_conf, server_address, without_dot

LAST = (1, 28)  # the last minor version that has it
ALWAYS = "registry.k8s.io/busybox"  # whose content is older than that, whatever its tag


def is_classic(ctx: Context) -> bool:
    """Tells whether a container's BusyBox is one of those."""
    machine = ctx.machine
    if not isinstance(machine, Container) or machine.plan.resolved is None:
        return False
    image = machine.plan.resolved.image
    numbers = machine.version.partition("-")[0].split(".")
    if image.base != "busybox":
        return False
    if image.repository == ALWAYS:
        return True
    return len(numbers) > 1 and all(part.isdigit() for part in numbers[:2]) and (
        (int(numbers[0]), int(numbers[1])) <= LAST
    )  # fmt: skip


def classic(ctx: Context, name: str, given: str) -> Generator[Wait, Any, int]:
    """Looks a name up; returns the exit status."""
    replay, conf = Replay(ctx), resolv_conf(ctx)
    server = server_address(ctx, given) if given else conf.nameservers[0]
    if server is None:
        replay.err(f"nslookup: bad address '{given}'\n")
        return 1
    told = yield from _named(ctx, server, server)
    replay.out(f"{'Server:':<10} {given or server}\nAddress 1: {told}\n\n")
    addresses = yield from _addresses(ctx, name, given, server)
    if not addresses:
        replay.err(f"nslookup: can't resolve '{name}'\n")
        return 1
    replay.out(f"{'Name:':<10} {name}\n")
    for number, address in enumerate(addresses, 1):
        told = yield from _named(ctx, server, address)
        replay.out(f"Address {number}: {told}\n")
    return 0


def _addresses(ctx: Context, name: str, given: str, server: str) -> Generator[Wait, Any, list[str]]:
    if is_address(name):
        return [name]
    network = ctx.machine.cluster.network
    if given:
        conf = resolv_conf(ctx)
        tried = [name] if name.count(".") >= conf.option("ndots", 1) else [f"{name}.{each}" for each in conf.searches]
        for each in [*tried, name]:
            asked = yield from ask(ctx, server, f"{each.rstrip('.')}.", "A")
            if asked.reply is not None and asked.reply.data("A"):
                return asked.reply.data("A")
        return []
    answer = ctx.state.get("@classic")
    if answer is None:
        found = network.resolve(ctx.machine.place, name)
        answer = ctx.state["@classic"] = {
            "addresses": found.addresses if found.outcome == FOUND else [], "until": ctx.now + found.seconds,
        }  # fmt: skip
    yield from pause(ctx, answer["until"])
    return list(answer["addresses"])


def _named(ctx: Context, server: str, address: str) -> Generator[Wait, Any, str]:
    """Returns an address with its name behind it, where it has one."""
    asked = yield from ask(ctx, server, *question_for(address, ""))
    names = asked.reply.data("PTR") if asked.reply is not None else []
    return f"{address} {without_dot(names[0])}" if names else address
