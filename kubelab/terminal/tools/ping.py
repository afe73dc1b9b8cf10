"""ping: echo requests through the lab's network, told as iputils tells it and as BusyBox does.

Source: iputils 20240117, ping(8); busybox networking/ping.c.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from typing import Any

from kubelab.cluster.network import Walk
from kubelab.cluster.network import walk as ends
from kubelab.cluster.node.container import Container
from kubelab.terminal.tool import Context, Exit, Sleep, Steps, Wait, farewell, tool
from kubelab.terminal.tools.dialing import is_busybox, pause

TTL = 64
LINGER = 10.0  # seconds that iputils waits for the last answer
USAGE = "Usage\n  ping [options] <destination>\n\nOptions:\n  <destination>      DNS name or IP address\n"
WITH_VALUE = "cWiwstIMQS"
DENIED, NO_SOCKET = "permission denied (are you root?)", "socket: Operation not permitted"


@dataclass
class Options:
    """What ping was told.

    Args:
        count: how many requests, 0 for no end.
        interval: seconds between them.
        wait: seconds to wait for an answer, 0 for the program's own patience.
        deadline: seconds after which it ends whatever came, 0 for none.
    """

    count: int = 0
    interval: float = 1.0
    wait: float = 0.0
    deadline: float = 0.0
    size: int = 56
    quiet: bool = False
    host: str = ""


def parse(ctx: Context) -> Options:
    """Reads the command line.

    Raises:
        Exit: with the usage, where something is wrong with it.
    """
    options, left, busybox = Options(), list(ctx.args), is_busybox(ctx)
    while left:
        word = left.pop(0)
        if not word.startswith("-") or word == "-":
            options.host = word
            continue
        letter, value = word[1:2], word[2:]
        if letter in WITH_VALUE:
            value = value or (left.pop(0) if left else "")
            _set(ctx, options, letter, value)
        elif letter == "q":
            options.quiet = True
        elif letter not in "46nvOAD":
            wrong = "unrecognized option" if busybox else "invalid option --"
            raise Exit(1 if busybox else 2, f"ping: {wrong}{':' if busybox else ''} '{letter}'\n")
    if not options.host:
        raise Exit(1 if busybox else 2, "BusyBox v1.37.0 () multi-call binary.\n\nUsage: ping [OPTIONS] HOST\n"
                   if busybox else "ping: usage error: Destination address required\n")  # fmt: skip
    return options


def _set(ctx: Context, options: Options, letter: str, value: str) -> None:
    try:
        number = float(value)
    except ValueError:
        raise Exit(1, f"ping: invalid argument: '{value}'\n" if not is_busybox(ctx)
                   else f"ping: invalid number '{value}'\n") from None  # fmt: skip
    if letter == "c":
        options.count = int(number)
    elif letter == "i":
        options.interval = number
    elif letter == "W":
        options.wait = number
    elif letter == "w":
        options.deadline = number
    elif letter == "s":
        options.size = int(number)


@tool("ping", "ping4")
def ping(ctx: Context) -> Steps:
    """Sends echo requests."""
    options, busybox, network = parse(ctx), is_busybox(ctx), ctx.machine.cluster.network
    if not _may_ping(ctx):
        ctx.error(f"ping: {DENIED if busybox else NO_SOCKET}\n")
        return 1 if busybox else 2
    if "address" not in ctx.state:
        answer = network.resolve(ctx.machine.place, options.host) if not _is_ip(options.host) else None
        if answer is not None:
            ctx.state.setdefault("until", ctx.now + answer.seconds)
            yield from pause(ctx, ctx.state["until"])
            if not answer.addresses:
                return _no_name(ctx, options.host, answer.outcome == "try-again", busybox)
        ctx.state["address"] = answer.addresses[0] if answer is not None else options.host
        ctx.state["began"] = ctx.now
    address = ctx.state["address"]
    if "times" in ctx.state:
        pass  # it was said already
    elif not _has_route(ctx, address):
        ctx.error(f"ping: {'sendto' if busybox else 'connect'}: Network is unreachable\n")
        return 1 if busybox else 2
    elif busybox:
        ctx.write(f"PING {options.host} ({address}): {options.size} data bytes\n")
    else:
        ctx.write(f"PING {options.host} ({address}) {options.size}({options.size + 28}) bytes of data.\n")
    return (yield from _send_all(ctx, options, address, busybox))


def _may_ping(ctx: Context) -> bool:
    """Tells whether it gets a socket: with NET_RAW, or where everybody may ping (containerd since 2.0)."""
    machine = ctx.machine
    if not isinstance(machine, Container) or machine.has("NET_RAW"):
        return True
    return not machine.host_network and not machine.node.kubelet.containerd.startswith("1.")


def _has_route(ctx: Context, address: str) -> bool:
    """Tells whether the place's own routing table leads to an address."""
    network = ctx.machine.cluster.network
    with network.unnoticed():
        walk = network.connect(ctx.machine.place, address, 0, "ICMP")
    return walk.outcome != ends.UNREACHABLE or len(walk.hops) > 1


@farewell("ping", "ping4")
def statistics(ctx: Context) -> None:
    """Says what came of it so far."""
    if "times" in ctx.state:
        text = _summary(parse(ctx), ctx.state["times"], ctx.state.get("errors", []), is_busybox(ctx))
        ctx.write(text.removeprefix("\n") if ctx.tty else text)  # a terminal has ended the line of its ^C


def _is_ip(host: str) -> bool:
    return host.replace(".", "").isdigit() and host.count(".") == 3


def _no_name(ctx: Context, host: str, silent: bool, busybox: bool) -> int:
    if busybox:
        ctx.error(f"ping: bad address '{host}'\n")
        return 1
    ctx.error(f"ping: {host}: {'Temporary failure in name resolution' if silent else 'Name or service not known'}\n")
    return 2


def _send_all(ctx: Context, options: Options, address: str, busybox: bool) -> Generator[Wait, Any, int]:
    began: float = ctx.state["began"]
    times: list[float | None] = ctx.state.setdefault("times", [])
    errors: list[int] = ctx.state.setdefault("errors", [])
    while not options.count or len(times) < options.count:
        if options.deadline and ctx.now >= began + options.deadline:
            break
        due = began + len(times) * options.interval
        if due > ctx.now:
            yield Sleep(due)
        walk = ctx.machine.cluster.network.connect(ctx.machine.place, address, 0, "ICMP")
        times.append(walk.seconds * 1000 + _jitter(ctx, len(times)) if walk.connected else None)
        if not options.quiet:
            ctx.write(_line(options, address, walk, len(times), times[-1], errors, busybox))
    if times and times[-1] is None:
        wait = options.wait or LINGER
        until = began + (len(times) - 1) * options.interval + wait
        if until > ctx.now:
            yield Sleep(until)
    ctx.write(_summary(options, times, errors, busybox))
    return 0 if any(time is not None for time in times) else 1


def _jitter(ctx: Context, number: int) -> float:
    return ctx.machine.cluster.random.between(0.02, 0.12, "ping", ctx.now, number)


def _line(
    options: Options, address: str, walk: Walk, number: int, time: float | None, errors: list[int], busybox: bool
) -> str:
    if time is not None:
        ttl = TTL - len(walk.routers)
        size = options.size + 8
        if busybox:
            return f"{size} bytes from {address}: seq={number - 1} ttl={ttl} time={time:.3f} ms\n"
        digits = 3 if time < 1 else 2 if time < 10 else 1 if time < 100 else 0
        return f"{size} bytes from {address}: icmp_seq={number} ttl={ttl} time={time:.{digits}f} ms\n"
    unreachable = {ends.NO_ROUTE: "Host", ends.REFUSED: "Port"}.get(walk.outcome, "")
    if unreachable and not busybox:
        errors.append(number)
        source = next((str(hop.before).partition(":")[0] for hop in reversed(walk.hops)), "")
        source = address if walk.outcome == ends.REFUSED else source
        return f"From {source} icmp_seq={number} Destination {unreachable} Unreachable\n"
    return ""


def _summary(options: Options, times: list[float | None], errors: list[int], busybox: bool) -> str:
    came = [time for time in times if time is not None]
    loss = round(100 * (1 - len(came) / len(times))) if times else 0
    text = f"\n--- {options.host} ping statistics ---\n{len(times)} packets transmitted, "
    if busybox:
        text += f"{len(came)} packets received, {loss}% packet loss\n"
        if came:
            text += f"round-trip min/avg/max = {min(came):.3f}/{sum(came) / len(came):.3f}/{max(came):.3f} ms\n"
        return text
    wrong = f"+{len(errors)} errors, " if errors else ""
    lasted = round(max(len(times) - 1, 0) * options.interval * 1000)
    text += f"{len(came)} received, {wrong}{loss}% packet loss, time {lasted}ms\n"
    if came:
        mean = sum(came) / len(came)
        deviation = (sum(time * time for time in came) / len(came) - mean * mean) ** 0.5
        text += f"rtt min/avg/max/mdev = {min(came):.3f}/{mean:.3f}/{max(came):.3f}/{deviation.real:.3f} ms\n"
    return text + ("\n" if not came else "")
