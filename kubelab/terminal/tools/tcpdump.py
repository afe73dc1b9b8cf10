"""tcpdump: prints what passes an interface while it runs. Addresses are not looked up, as with -n.

Source: tcpdump(8), 4.99.
"""

from __future__ import annotations

from kubelab.terminal.tool import Context, Poll, Steps, farewell, tool
from kubelab.terminal.tools.interfaces import interfaces_of, stack_of

WITH_VALUE = ("-i", "-c", "-s", "-w", "-r", "-C", "-B", "--interface")
LENGTH = 262144
VERSION = "tcpdump version 4.99.4\nlibpcap version 1.10.4 (with TPACKET_V3)\nOpenSSL 3.0.13 30 Jan 2024\n"


@tool("tcpdump")
def tcpdump(ctx: Context) -> Steps:
    """tcpdump [-i interface] [-n] [-c count] [expression]"""
    values, letters, words, left = {}, "", [], list(ctx.args)
    while left:
        word = left.pop(0)
        if word in WITH_VALUE:
            values[word] = left.pop(0) if left else ""
        elif word.startswith("-i") and len(word) > 2 and word[1] == "i":
            values["-i"] = word[2:]
        elif word.startswith("-"):
            letters += word.lstrip("-")
            if word[-1] in "ic" and not word.startswith("--") and left:
                values[f"-{word[-1]}"] = left.pop(0)
        else:
            words.append(word)
    if "version" in letters or "help" in letters:
        ctx.write(VERSION)
        return 0
    if "D" in letters:
        return _devices(ctx)
    if "-w" in values or "-r" in values:
        ctx.error("tcpdump: capture files (-w, -r) are not simulated in KubeLab\n")
        return 1
    return (yield from _capture(ctx, values.get("-i") or values.get("--interface", ""), values.get("-c", ""),
                                " ".join(words), quiet="q" in letters))  # fmt: skip


def _devices(ctx: Context) -> int:
    for number, each in enumerate([*(found.name for found in interfaces_of(ctx)), "any"], 1):
        ctx.print(f"{number}.{each} [Up, Running]")
    return 0


def _capture(ctx: Context, interface: str, count: str, expression: str, *, quiet: bool) -> Steps:
    captures = ctx.machine.cluster.network.captures
    names = [found.name for found in interfaces_of(ctx)]
    interface = interface or next((name for name in names if name != "lo"), "lo")
    if ctx.user != "root":
        ctx.error(f"tcpdump: {interface}: You don't have permission to perform this capture on that device\n"
                  "(socket: Operation not permitted)\n")  # fmt: skip
        return 1
    if interface not in (*names, "any"):
        ctx.error(f"tcpdump: {interface}: No such device exists\n(No such device exists)\n")
        return 1
    if "capture" not in ctx.state:
        try:
            ctx.state.update(capture=captures.open(stack_of(ctx), interface, expression), read=0)
        except ValueError:
            ctx.error(f"tcpdump: can't parse filter expression: syntax error\n")  # noqa: F541
            return 1
        kind = "LINUX_SLL2 (Linux cooked v2)" if interface == "any" else "EN10MB (Ethernet)"
        ctx.error("tcpdump: verbose output suppressed, use -v[v]... for full protocol decode\n"
                  f"listening on {interface}, link-type {kind}, snapshot length {LENGTH} bytes\n")  # fmt: skip
    most = int(count) if count.isdigit() else 0
    while True:
        lines = captures.read(ctx.state["capture"], ctx.state["read"])
        if most:
            lines = lines[: most - ctx.state["read"]]
        ctx.state["read"] += len(lines)
        ctx.write("".join(f"{line}\n" for line in lines))
        if most and ctx.state["read"] >= most:
            _summary(ctx)
            return 0
        yield Poll()


@farewell("tcpdump")
def _summary(ctx: Context) -> None:
    count = ctx.state.get("read", 0)
    if "capture" in ctx.state:
        ctx.machine.cluster.network.captures.close(ctx.state["capture"])
        ctx.error(f"{count} packet{'' if count == 1 else 's'} captured\n{count} packets received by filter\n"
                  "0 packets dropped by kernel\n")  # fmt: skip
