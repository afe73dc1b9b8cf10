"""traceroute and tracepath: the routers on the way, one more each time.

Source: traceroute(8) of Dmitry Butskoy; BusyBox's; iputils.
"""

from __future__ import annotations

from kubelab.terminal.tool import Context, Sleep, Steps, tool
from kubelab.terminal.tools.dialing import Replay, is_busybox
from kubelab.terminal.tools.interfaces import interfaces_of

MAX_HOPS = 30
PROBES = 3
PATIENCE = 5.0  # seconds that an answer is waited for
HOP = 0.31  # milliseconds
FIRST_PORT = 33434  # UDP; nobody listens there, so the goal refuses, which is its answer


@tool("tracepath")
def tracepath(ctx: Context) -> Steps:
    """Shows the way to a host, and how large a packet may be on it. Source: iputils, tracepath(8)."""
    words = [word for word in ctx.args if not word.startswith("-")]
    if not words:
        ctx.error("tracepath: usage error: Destination required\n")
        return 255
    walk = ctx.machine.cluster.network.connect(ctx.machine.place, words[0], FIRST_PORT, "ICMP")
    if not walk.address:
        ctx.error(f"tracepath: {words[0]}: Name or service not known\n")
        return 255
    eth0 = next((each for each in interfaces_of(ctx) if each.name in ("eth0", "enp0s3")), None)
    size = eth0.mtu if eth0 is not None else 65535
    replay, began = Replay(ctx), ctx.state.setdefault("began", ctx.now)
    replay.out(f" 1?: [LOCALHOST]{'':<22}pmtu {size}\n")
    stations = [*walk.routers, walk.address] if walk.connected else list(walk.routers)
    random = ctx.machine.cluster.random
    for number, station in enumerate(stations, 1):
        shown = station if "-n" in ctx.args or station != walk.address else words[0]
        reached = " reached" if number == len(stations) and walk.connected else ""
        time = HOP * number + random.between(0.01, 0.06, "tracepath", began, number)
        replay.out(f"{number:2}:  {shown:<50}  {time:6.3f}ms{reached}\n")
    if walk.connected:
        replay.out(f"     Resume: pmtu {size} hops {len(stations)} back {len(stations)} \n")
        return 0
    for number in range(len(stations) + 1, MAX_HOPS + 1):
        replay.out(f"{number:2}:  no reply\n")
    replay.out(f"     Too many hops: pmtu {size}\n     Resume: pmtu {size} \n")
    until = began + MAX_HOPS * 3.0
    if ctx.now < until:
        yield Sleep(until)
    return 0


@tool("traceroute")
def traceroute(ctx: Context) -> Steps:
    """Shows the way to a host."""
    words, values, left = [], {}, list(ctx.args)
    while left:
        word = left.pop(0)
        if word.startswith("-") and word[1:2] in "mwqpf" and len(word) > 1:
            values[word[1]] = word[2:] or (left.pop(0) if left else "")
        elif not word.startswith("-"):
            words.append(word)
    if not words:
        ctx.error("Usage:\n  traceroute [ -46dFITnreAUDV ] [ -f first_ttl ] [ -m max_ttl ] host [ packetlen ]\n")
        return 2
    host, network = words[0], ctx.machine.cluster.network
    most = int(values["m"]) if values.get("m", "").isdigit() else MAX_HOPS
    patience = float(values["w"]) if values.get("w", "").isdigit() else PATIENCE
    walk = network.connect(ctx.machine.place, host, FIRST_PORT, "ICMP")
    if not walk.address:
        if is_busybox(ctx):
            ctx.error(f"traceroute: bad address '{host}'\n")
            return 1
        ctx.error(f'{host}: Name or service not known\nCannot handle "host" cmdline arg `{host}\' on position 1\n')
        return 2
    replay = Replay(ctx)
    size = 46 if is_busybox(ctx) else 60
    replay.out(f"traceroute to {host} ({walk.address}), {most} hops max, {size} byte packets\n")
    stations = [*walk.routers, walk.address] if walk.connected else list(walk.routers)
    began: float = ctx.state.setdefault("began", ctx.now)
    for number in range(1, most + 1):
        if number <= len(stations):
            station = stations[number - 1]
            random, share = ctx.machine.cluster.random, HOP * number
            times = [share + random.between(0.01, 0.06, "traceroute", began, number, each) for each in range(PROBES)]
            name = host if station == walk.address and station != host else station
            shown = station if "-n" in ctx.args else f"{name} ({station})"
            replay.out(f"{number:2}  {shown}  " + "  ".join(f"{time:.3f} ms" for time in times) + "\n")
            if number == len(stations) and walk.connected:
                break
        else:
            # All probes of all hops are under way together: what is not answered costs the patience once.
            replay.out(f"{number:2}  " + " ".join("*" * PROBES) + "\n")
    if not walk.connected:
        until = began + patience * (PROBES if is_busybox(ctx) else 1)
        if ctx.now < until:
            yield Sleep(until)
    return 0
