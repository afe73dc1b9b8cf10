"""How the network tools open connections: names are looked up, SYNs are sent again, and virtual time passes meanwhile.

A connection that nothing answers is tried again when a kernel would send its SYN again, so a `curl` that hangs gets
through as soon as what blocked it is gone.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import nullcontext
from typing import Any

from kubelab.cluster.addresses import is_address
from kubelab.cluster.network import Place, Walk
from kubelab.cluster.network import walk as ends
from kubelab.cluster.network.resolver import FOUND, TRY_AGAIN
from kubelab.cluster.node.container import Container
from kubelab.terminal.tool import Context, Sleep, Wait

SYN_RETRIES = (1.0, 3.0, 7.0, 15.0, 31.0, 63.0)  # seconds after the first SYN
GIVES_UP = 127.0
NOTICEABLE = 0.05  # seconds; what passes quicker is not waited for
ETIMEDOUT, EHOSTUNREACH, ECONNREFUSED, ENETUNREACH = (
    "Connection timed out",
    "No route to host",
    "Connection refused",
    "Network is unreachable",
)
ERRORS = {
    ends.REFUSED: ECONNREFUSED,
    ends.TIMEOUT: ETIMEDOUT,
    ends.NO_ROUTE: EHOSTUNREACH,
    ends.UNREACHABLE: ENETUNREACH,
}

Trying = Callable[[str, "Walk | None"], None]


def pause(ctx: Context, until: float) -> Generator[Wait, Any, None]:
    """Waits until a virtual time, if that is long enough away to be noticed."""
    if until - ctx.now > NOTICEABLE:
        yield Sleep(until)


def dial(
    ctx: Context,
    host: str,
    port: int,
    protocol: str = "TCP",
    *,
    timeout: float | None = None,
    trying: Trying | None = None,
) -> Generator[Wait, Any, Walk]:
    """Opens a connection to a host's addresses, one after the other, until one answers.

    Args:
        host: a name or an address.
        timeout: seconds after which the program gives up by itself, names included; None for the kernel's patience.
        trying: is told each address before it is tried, and the last attempt's walk if that failed.

    Returns:
        The last attempt's walk; its `seconds` are all that passed, and are `timeout` where that ended it.
    """
    held = ctx.state.setdefault("@dial", {"since": ctx.now})
    since: float = held["since"]
    deadline = None if timeout is None else since + timeout
    if "addresses" not in held:
        nowhere = yield from _resolved(ctx, held, host, port, protocol, deadline)
        if nowhere is not None:
            del ctx.state["@dial"]
            return nowhere
    failed: Walk | None = None
    walk = Walk(Place.of(ctx.machine.place), host, port, protocol)
    for address in held["addresses"][held.get("at", 0) :]:
        if trying is not None:
            trying(address, failed)
        walk = yield from _attempt(ctx, held, host, address, port, protocol, deadline)
        if walk.connected or (deadline is not None and ctx.now >= deadline):
            break
        failed = walk
        held["at"] = held.get("at", 0) + 1
        held.pop("tries", None)
    walk.resolving = held["resolving"]
    walk.seconds = max(walk.seconds + walk.resolving, ctx.now - since)
    del ctx.state["@dial"]
    return walk


def _resolved(
    ctx: Context, held: dict[str, Any], host: str, port: int, protocol: str, deadline: float | None
) -> Generator[Wait, Any, Walk | None]:
    """Finds a host's addresses; returns the walk that ended there when it has none."""
    if is_address(host):
        held.update(addresses=[host], resolving=0.0, started=ctx.now)
        return None
    place = Place.of(ctx.machine.place)
    answer = ctx.machine.cluster.network.resolve(place, host)
    until = held["since"] + answer.seconds
    yield from pause(ctx, min(until, deadline) if deadline is not None else until)
    late = deadline is not None and until > deadline
    if answer.outcome == FOUND and answer.addresses and not late:
        held.update(addresses=answer.addresses, resolving=answer.seconds, started=ctx.now)
        return None
    walk = Walk(place, host, port, protocol, hops=answer.hops)
    walk.outcome = ends.DNS_TIMEOUT if late or answer.outcome == TRY_AGAIN else ends.NXDOMAIN
    walk.seconds = walk.resolving = max(answer.seconds if not late else 0.0, ctx.now - held["since"])
    return walk


def _attempt(
    ctx: Context, held: dict[str, Any], host: str, address: str, port: int, protocol: str, deadline: float | None
) -> Generator[Wait, Any, Walk]:
    """Tries one address until it answers, or the kernel or the program loses patience."""
    network = ctx.machine.cluster.network
    if "tries" not in held:
        held.update(tries=0, started=ctx.now)
    started: float = held["started"]
    sends = (
        deadline is None or ctx.now < deadline or not held["tries"] or ctx.now >= started + _again(held["tries"] - 1)
    )
    with nullcontext() if sends else network.unnoticed():  # whoever gives up between two SYNs sends none
        walk = network.connect(ctx.machine.place, address, port, protocol)
    while walk.outcome == ends.TIMEOUT:
        tries: int = held["tries"]  # SYNs that were sent again
        if tries > len(SYN_RETRIES) or (deadline is not None and ctx.now >= deadline):
            walk.seconds = ctx.now - started
            break
        again = started + _again(tries)
        held["tries"] = tries + 1
        yield Sleep(again if deadline is None else min(again, deadline))
        walk = network.connect(ctx.machine.place, address, port, protocol)
    until = started + walk.seconds
    if walk.outcome == ends.NO_ROUTE:
        yield from pause(ctx, until if deadline is None else min(until, deadline))
    elif walk.outcome in (ends.CONNECTED, ends.REFUSED) and walk.seconds >= NOTICEABLE:
        yield from pause(ctx, until if deadline is None else min(until, deadline))
        if deadline is not None and until > deadline:
            walk.outcome, walk.seconds = ends.TIMEOUT, deadline - started
    walk.host = host
    return walk


def _again(tries: int) -> float:
    """Returns the seconds after which a SYN is sent again that was sent so often, or given up."""
    return SYN_RETRIES[tries] if tries < len(SYN_RETRIES) else GIVES_UP


class Replay:
    """Writes what a tool says in one stretch; called again after a restart, it leaves out what was written already."""

    def __init__(self, ctx: Context, stretch: str = "") -> None:
        self.ctx = ctx
        self._name = f"@said{stretch}"
        self._written: dict[str, int] = ctx.state.setdefault(self._name, {"out": 0, "err": 0})
        self._skip = dict(self._written)

    def out(self, text: str) -> None:
        """Writes to standard output."""
        self.ctx.write(self._new("out", text))

    def err(self, text: str) -> None:
        """Writes to standard error."""
        self.ctx.error(self._new("err", text))

    def _new(self, stream: str, text: str) -> str:
        skipped = min(self._skip[stream], len(text))
        self._skip[stream] -= skipped
        self._written[stream] += len(text) - skipped
        return text[skipped:]

    def done(self) -> None:
        """Ends the stretch."""
        self.ctx.state.pop(self._name, None)


def is_busybox(ctx: Context) -> bool:
    """Tells whether the running tool is BusyBox's: it is where nobody installed the full one beside it."""
    machine = ctx.machine
    if isinstance(machine, Container) and machine.plan.resolved and ctx.name in machine.plan.resolved.image.tools:
        return False
    return ctx.machine.find("busybox") is not None and ctx.machine.find("apt") is None


def release(ctx: Context) -> tuple[str, str]:
    """Returns the machine's distribution and its version, e.g. ("debian", "12"); both empty where it has none."""
    found = {"ID": "", "VERSION_ID": ""}
    if ctx.files.exists("/etc/os-release"):
        for line in ctx.files.read("/etc/os-release").splitlines():
            name, _, value = line.partition("=")
            found[name] = value.strip('"')
    return found["ID"], found["VERSION_ID"]
