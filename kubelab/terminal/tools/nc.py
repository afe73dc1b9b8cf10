"""nc: plain TCP connections, as OpenBSD's netcat and BusyBox's tell of them; and telnet, which is much the same.

A listening nc sends what it has from its standard input to the first who connects, writes what that one sent, and ends.
Source: netcat-openbsd 1.226; busybox networking/nc_bloaty.c, telnet.c.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, field
from typing import Any

from kubelab.cluster.network import Walk
from kubelab.cluster.network import walk as ends
from kubelab.cluster.network.http import Exchange, Url, send
from kubelab.cluster.node import serving
from kubelab.cluster.node.container import Container
from kubelab.cluster.sockets import TextReply, TextRequest
from kubelab.terminal.tool import Context, Exit, Poll, Sleep, Steps, Wait, tool
from kubelab.terminal.tools.curl_text import header_lines
from kubelab.terminal.tools.dialing import ERRORS, dial, is_busybox
from kubelab.terminal.tools.ss import SERVICES

FOREVER = 1e9  # seconds
METHODS = ("GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS")
BUSYBOX_USAGE = "BusyBox v1.37.0 () multi-call binary.\n\nUsage: nc [OPTIONS] HOST PORT  - connect\n"
USAGE = (
    "usage: nc [-46CDdFhklNnrStUuvZz] [-I length] [-i interval] [-M ttl]\n"
    "\t  [-m minttl] [-O length] [-P proxy_username] [-p source_port]\n"
    "\t  [-q seconds] [-s sourceaddr] [-T keyword] [-V rtable] [-W recvlimit]\n"
    "\t  [-w timeout] [-X proxy_protocol] [-x proxy_address[:port]]\n"
    "\t  [destination] [port]\n"
)


@dataclass
class Options:
    """What nc was told."""

    letters: str = ""
    wait: float | None = None
    port: int = 0
    words: list[str] = field(default_factory=list)


def parse(args: list[str]) -> Options:
    """Reads nc's command line."""
    options, left = Options(), list(args)
    while left:
        word = left.pop(0)
        if not word.startswith("-") or word == "-":
            options.words.append(word)
            continue
        letters = word[1:]
        while letters:
            letter, letters = letters[0], letters[1:]
            options.letters += letter
            if letter in "wpisqIOMXxTe":
                value = letters or (left.pop(0) if left else "")
                letters = ""
                if letter == "w" and value.replace(".", "").isdigit():
                    options.wait = float(value)
                elif letter == "p" and value.isdigit():
                    options.port = int(value)
    return options


@tool("nc", "netcat")
def nc(ctx: Context) -> Steps:
    """nc [-zvlkuw] HOST PORT"""
    options, busybox = parse(ctx.args), is_busybox(ctx)
    if "l" in options.letters:
        return (yield from _listen(ctx, options))
    if len(options.words) < 2:
        ctx.error(BUSYBOX_USAGE if busybox else USAGE)
        return 1
    host, ports = options.words[0], _ports(options.words[1])
    if not ports:
        ctx.error(
            f"nc: bad port '{options.words[1]}'\n" if busybox else f"nc: port number invalid: {options.words[1]}\n"
        )
        return 1
    status = 1
    for index in ctx.each(range(len(ports)), "port"):
        protocol = "UDP" if "u" in options.letters else "TCP"
        walk = yield from dial(ctx, host, ports[index], protocol, timeout=options.wait)
        if ctx.state.get("told") != index:
            words = _busybox_words(host, walk, options) if busybox else _openbsd_words(host, walk, options, protocol)
            ctx.error(words)
            ctx.state["told"] = index
        if not walk.connected and walk.outcome in (ends.NXDOMAIN, ends.DNS_TIMEOUT):
            return 1
        if walk.connected:
            status = 0
            if "z" not in options.letters:
                return (yield from _talk(ctx, walk))
    return status


def _ports(text: str) -> list[int]:
    first, dash, last = text.partition("-")
    if not first.isdigit() or (dash and not last.isdigit()):
        named = [number for number, name in SERVICES.items() if name == text]
        return named
    return list(range(int(first), int(last or first) + 1))[:100]


def _listen(ctx: Context, options: Options) -> Generator[Wait, Any, int]:
    words = [word for word in options.words if word.isdigit()]
    port = options.port or (int(words[-1]) if words else 0)
    if not port:
        ctx.error(USAGE if not is_busybox(ctx) else BUSYBOX_USAGE)
        return 1
    if "v" in options.letters and "@ports" not in ctx.state:
        ctx.error(f"Listening on 0.0.0.0 {port}\n" if not is_busybox(ctx) else f"listening on [::]:{port} ...\n")
    ctx.listen(port)
    machine = ctx.machine
    if not isinstance(machine, Container):
        yield Sleep(ctx.now + FOREVER)
        return 0
    if "offered" not in ctx.state:
        text = yield from ctx.read_all()
        serving.offer(machine, port, {"kind": serving.TEXT, "text": text})
        ctx.state["offered"] = True
    while (got := serving.taken(machine, port)) is None:
        yield Poll(ctx.now + FOREVER)
    ctx.write(got)
    return 0


def _openbsd_words(host: str, walk: Walk, options: Options, protocol: str) -> str:
    where = f"{host} ({walk.address})" if walk.address != host else host
    if walk.connected:
        if "v" not in options.letters:
            return ""
        service = SERVICES.get(walk.port, "*")
        named = f"{walk.address} {walk.port} port" if walk.address == host else f"{where} {walk.port} port"
        return f"Connection to {named} [{protocol.lower()}/{service}] succeeded!\n"
    if walk.outcome in (ends.NXDOMAIN, ends.DNS_TIMEOUT):
        why = "Name or service not known" if walk.outcome == ends.NXDOMAIN else "Temporary failure in name resolution"
        return f'nc: getaddrinfo for host "{host}" port {walk.port}: {why}\n'
    if "v" not in options.letters:
        return ""
    late = options.wait is not None and walk.seconds >= options.wait and walk.outcome == ends.TIMEOUT
    failed = "timed out: Operation now in progress" if late else f"failed: {ERRORS.get(walk.outcome, '')}"
    return f"nc: connect to {where} port {walk.port} ({protocol.lower()}) {failed}\n"


def _busybox_words(host: str, walk: Walk, options: Options) -> str:
    if walk.outcome in (ends.NXDOMAIN, ends.DNS_TIMEOUT):
        return f"nc: bad address '{host}'\n"
    loud = options.letters.count("v")
    if walk.connected:
        return f"{host} ({walk.address}:{walk.port}) open\n" if loud else ""
    if loud > 1 or (loud and walk.outcome != ends.REFUSED):
        return f"nc: {host} ({walk.address}:{walk.port}): {ERRORS.get(walk.outcome, 'Connection timed out')}\n"
    return ""


def _talk(ctx: Context, walk: Walk) -> Generator[Wait, Any, int]:
    """Sends what comes from standard input, and writes what is answered: line by line on a terminal."""
    if not ctx.stdin_tty:
        text = yield from ctx.read_all()
        ctx.write(spoken(ctx, walk, text))
        return 0
    while (line := (yield from ctx.line())) is not None:
        typed: str = ctx.state.get("typed", "") + line
        request = typed.split(" ")[0] in METHODS
        if request and line.strip():
            ctx.state["typed"] = typed  # a request goes on until an empty line
            continue
        ctx.state["typed"] = ""
        ctx.write(spoken(ctx, walk, typed))
        if request:
            break
    return 0


def spoken(ctx: Context, walk: Walk, text: str) -> str:
    """Returns what the program at a walk's end answers to a text."""
    network, target = ctx.machine.cluster.network, walk.target
    listener = network.listener_at(walk)
    if target is None or not text:
        return ""
    first = text.split("\r\n")[0].split("\n")[0].split()
    if len(first) > 1 and first[0] in METHODS and (listener is None or listener.speaks.startswith("http")):
        return _http(ctx, walk, text, first)
    if listener is None:
        return ""
    where = (target.node, target.namespace, target.pod)
    reply = network.sockets.answer(*where, listener, TextRequest(text, walk.client))
    return reply.text if isinstance(reply, TextReply) else ""


def _http(ctx: Context, walk: Walk, text: str, first: list[str]) -> str:
    """Lets a web server answer a request that was typed by hand."""
    head, _, body = text.replace("\r\n", "\n").partition("\n\n")
    pairs = [line.partition(":") for line in head.split("\n")[1:] if ":" in line]
    headers = {name.strip(): value.strip() for name, _, value in pairs}
    url = Url("http", headers.get("Host", walk.address).partition(":")[0], walk.port, first[1])
    result = send(
        ctx.machine.cluster.network, Exchange(url, walk), method=first[0], headers=headers, body=body.rstrip("\n")
    )
    if result.reply is None:
        return result.raw
    lines = [f"HTTP/1.1 {result.reply.status} {result.reply.reason}", *header_lines(result.reply, ctx.now)]
    return "".join(f"{line}\r\n" for line in lines) + "\r\n" + (result.reply.body if first[0] != "HEAD" else "")


@tool("telnet")
def telnet(ctx: Context) -> Steps:
    """telnet HOST [PORT]"""
    words = [word for word in ctx.args if not word.startswith("-")]
    if not words:
        raise Exit(1, "telnet: usage: telnet HOST [PORT]\n")
    host, port = words[0], int(words[1]) if len(words) > 1 and words[1].isdigit() else 23
    busybox = is_busybox(ctx)
    walk = yield from dial(ctx, host, port)
    if walk.outcome in (ends.NXDOMAIN, ends.DNS_TIMEOUT):
        missing = f"telnet: could not resolve {host}/{port}: Name or service not known\n"
        ctx.error(f"telnet: bad address '{host}'\n" if busybox else missing)
        return 1
    if not busybox and "told" not in ctx.state:
        ctx.print(f"Trying {walk.address}...")
    if not walk.connected:
        error = ERRORS.get(walk.outcome, "")
        what = f"telnet: can't connect to remote host ({walk.address}): {error}\n"
        ctx.error(what if busybox else f"telnet: Unable to connect to remote host: {error}\n")
        return 1
    if ctx.state.setdefault("told", 0) == 0:
        ctx.state["told"] = 1
        ctx.write(f"Connected to {host}\n\n" if busybox else f"Connected to {host}.\nEscape character is '^]'.\n")
    yield from _talk(ctx, walk)
    ctx.write("Connection closed by foreign host\n" if busybox else "Connection closed by foreign host.\n")
    return 1
