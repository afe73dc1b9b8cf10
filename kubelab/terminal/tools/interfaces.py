"""The network interfaces and routes of the place where a command runs, for ip, ifconfig, route and their like."""

from __future__ import annotations

from kubelab.cluster.network import Place
from kubelab.cluster.network import interfaces as made
from kubelab.cluster.network.interfaces import Interface, Route
from kubelab.cluster.node.container import Container
from kubelab.terminal.tool import Context


def interfaces_of(ctx: Context) -> list[Interface]:
    """Returns the interfaces where the command runs, in the order of their indexes."""
    return made.interfaces_of(ctx.machine.cluster.network, Place.of(ctx.machine.place))


def routes_of(ctx: Context) -> list[Route]:
    """Returns the routing table."""
    return made.routes_of(ctx.machine.cluster.network, Place.of(ctx.machine.place))


def stack_of(ctx: Context) -> str:
    """Returns the name of the network namespace's stack, under which changes by hand are kept."""
    return made.stack_of(ctx.machine.cluster.network, Place.of(ctx.machine.place))


def may_administer(ctx: Context) -> bool:
    """Tells whether a command may change its network namespace: root, and in a Pod with NET_ADMIN (capabilities(7))."""
    if ctx.user != "root":
        return False
    machine = ctx.machine
    if not isinstance(machine, Container):
        return True
    return machine.has("NET_ADMIN")


__all__ = ["Interface", "Route", "interfaces_of", "may_administer", "routes_of", "stack_of"]
