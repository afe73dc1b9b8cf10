"""bridge: the ports of bridges and the forwarding databases of bridges and tunnels. Source: iproute2, bridge(8)."""

from __future__ import annotations

from collections.abc import Sequence

from kubelab.cluster.network import Place
from kubelab.cluster.network.neighbours import Forwarding, forwarding_of
from kubelab.terminal.tool import Context, tool
from kubelab.terminal.tools.interfaces import interfaces_of, may_administer, stack_of

USAGE = """Usage: bridge [ OPTIONS ] OBJECT { COMMAND | help }
where  OBJECT := { link | fdb | vlan }
"""


@tool("bridge")
def bridge(ctx: Context) -> int:
    """bridge link|fdb [show|del]"""
    args = [word for word in ctx.args if not word.startswith("-")]
    if not args:
        ctx.error(USAGE)
        return 255
    name, command, rest = args[0], args[1] if len(args) > 1 else "show", args[2:]
    if name == "link":
        return _links(ctx, rest)
    if name == "fdb":
        return _delete(ctx, rest) if command in ("del", "delete") else _entries(ctx, rest)
    if name == "vlan":
        ctx.print("port              vlan-id")
        return 0
    ctx.error(f'Object "{name}" is unknown, try "bridge help".\n')
    return 255


def _links(ctx: Context, rest: Sequence[str]) -> int:
    device = rest[rest.index("dev") + 1] if "dev" in rest[:-1] else ""
    for each in interfaces_of(ctx):
        if each.master and device in ("", each.name):
            state = "forwarding" if each.up else "disabled"
            ctx.print(
                f"{each.index}: {each.name}@if{each.peer}: <{each.flags}> mtu {each.mtu} master {each.master} "
                f"state {state} priority 32 cost 2 "
            )
    return 0


def _found(ctx: Context) -> list[Forwarding]:
    place = Place.of(ctx.machine.place)
    if not place.node or "@" in place.pod or stack_of(ctx).startswith("pod/"):
        return []
    return forwarding_of(ctx.machine.cluster.network, place.node)


def _entries(ctx: Context, rest: Sequence[str]) -> int:
    named = {word: rest[at + 1] for at, word in enumerate(rest[:-1]) if word in ("dev", "br", "brport")}
    for each in _found(ctx):
        if named.get("dev", each.device) != each.device or named.get("br", each.master) != each.master:
            continue
        if each.master:
            ctx.print(f"{each.mac} dev {each.device} master {each.master} ")
        else:
            shown = "" if "dev" in named else f"dev {each.device} "
            ctx.print(f"{each.mac} {shown}dst {each.destination} self permanent")
    return 0


def _delete(ctx: Context, rest: Sequence[str]) -> int:
    if not may_administer(ctx):
        ctx.error("RTNETLINK answers: Operation not permitted\n")
        return 255
    found = next((each for each in _found(ctx) if rest and each.mac == rest[0]), None)
    if found is None:
        ctx.error("RTNETLINK answers: No such file or directory\n")
        return 255
    if found.node:
        network = ctx.machine.cluster.network
        unknown = network.stacks.of(stack_of(ctx)).get("unknown") or ()
        network.stacks.change(stack_of(ctx), unknown=sorted({*unknown, found.node}))
    return 0
