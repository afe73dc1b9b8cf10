"""wget: fetches files over HTTP, told as GNU's tells it; BusyBox's is in wget_busybox.py.

Source: wget 1.21.4, run against a local server.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from datetime import UTC, datetime
from typing import Any

from kubelab.cluster.addresses import is_address
from kubelab.cluster.file_errors import FileError
from kubelab.cluster.network import Walk
from kubelab.cluster.network import walk as ends
from kubelab.cluster.network.http import Exchange, Url, is_trusted, send
from kubelab.cluster.sockets import HttpReply
from kubelab.terminal.tool import Context, Sleep, Steps, Wait, tool
from kubelab.terminal.tools import wget_busybox
from kubelab.terminal.tools.curl_request import header, joined
from kubelab.terminal.tools.curl_text import header_lines
from kubelab.terminal.tools.dialing import ERRORS, Replay, dial, is_busybox
from kubelab.terminal.tools.wget_options import Options, UsageError, parse

VERSION = "1.21.4"
MAX_REDIRECTS = 20
NETWORK, TLS, SERVER = 4, 5, 8  # exit statuses
DOTS_WIDTH = 55
LONGEST_WAIT = 10.0  # seconds between two tries, which begin a second apart


Say = Callable[[str], None]


class Again(Exception):
    """Nobody answered: what was said so far is gone through again, and the next attempt made."""


class Failed(Exception):
    """The transfer ended; `status` is the exit status."""

    def __init__(self, status: int) -> None:
        super().__init__()
        self.status = status


@tool("wget")
def wget(ctx: Context) -> Steps:
    """wget [OPTION]... [URL]..."""
    try:
        options = parse(ctx.args)
    except UsageError as error:
        if is_busybox(ctx):
            ctx.error(f"wget: {str(error).replace(' -- ', ': ')}\n{wget_busybox.USAGE}")
            return 1
        ctx.error(f"wget: {error}\nUsage: wget [OPTION]... [URL]...\n\nTry `wget --help' for more options.\n")
        return 2
    if is_busybox(ctx):
        return (yield from wget_busybox.run(ctx, options))
    if options.on("V"):
        ctx.print(f"GNU Wget {VERSION} built on linux-gnu.")
        return 0
    if not options.urls:
        ctx.error("wget: missing URL\nUsage: wget [OPTION]... [URL]...\n\nTry `wget --help' for more options.\n")
        return 1
    status = 0
    for index in ctx.each(range(len(options.urls)), "url"):
        while True:
            try:
                yield from fetch(ctx, options, options.urls[index])
            except Again:
                continue
            except Failed as failed:
                status = status or failed.status
            break
        for held in ("@said", "failed", "began"):
            ctx.state.pop(held, None)
    return status


def fetch(ctx: Context, options: Options, text: str) -> Generator[Wait, Any, None]:
    """Fetches one URL.

    Raises:
        Failed: with the exit status; what went wrong was told.
    """
    try:
        url = Url.parse(text)
    except ValueError:
        ctx.error(f"{text}: Invalid host name.\n")
        raise Failed(1) from None
    replay = Replay(ctx)
    say: Say = _silent if options.on("q") or options.on("nv") else replay.err
    if options.on("spider"):
        say("Spider mode enabled. Check if remote file exists.\n")
    began: float = ctx.state.setdefault("began", ctx.now)
    for redirects in range(MAX_REDIRECTS + 1):
        say(f"--{_stamp(ctx.now if redirects else began)}--  {url.scheme}://{url.authority}{url.path}\n")
        walk = yield from _connected(ctx, options, url, replay, say)
        reply = _asked(ctx, options, url, walk, replay, say)
        location = header(reply.headers, "Location")
        if reply.status not in (301, 302, 303, 307, 308) or not location:
            break
        if redirects == MAX_REDIRECTS:
            say(f"{MAX_REDIRECTS} redirections exceeded.\n")
            raise Failed(SERVER)
        say(f"Location: {location} [following]\n")
        url = joined(url, location)
    _deliver(ctx, options, url, walk, reply, replay, say)


def _silent(_text: str) -> None:
    """Says nothing."""


def _stamp(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S")


def _connected(ctx: Context, options: Options, url: Url, replay: Replay, say: Say) -> Generator[Wait, Any, Walk]:
    """Connects, again and again where nobody answers, as often as -t says."""
    host, name = url.host, not is_address(url.host)
    failed: list[list[Any]] = ctx.state.setdefault("failed", [])  # error, address, when it is tried again
    if name:
        say(f"Resolving {host} ({host})... ")
    for number, (error, address, again) in enumerate(failed, 2):
        _tell_attempt(url, address, number == 2, say)
        say(f"failed: {error}.\nRetrying.\n\n")
        if ctx.now < again:
            yield Sleep(again)
        say(f"--{_stamp(again)}--  (try:{number:2})  {url.scheme}://{url.authority}{url.path}\n")
    first = not failed
    told = lambda address, _failed: _tell_attempt(url, address, first, say)  # noqa: E731
    walk = yield from dial(ctx, host, url.port, timeout=options.timeout, trying=told)
    if not walk.address:
        why = "Name or service not known" if walk.outcome == ends.NXDOMAIN else "Temporary failure in name resolution"
        say(f"failed: {why}.\n")
        replay.err("" if options.on("q") else f"wget: unable to resolve host address ‘{host}’\n")
        raise Failed(NETWORK)
    if walk.connected:
        say("connected.\n")
        return walk
    error = ERRORS.get(walk.outcome, "Connection timed out")
    # A refusal is taken for an answer; only silence is tried again.
    if walk.outcome != ends.TIMEOUT or len(failed) + 1 >= options.tries:
        say(f"failed: {error}.\n" + ("Giving up.\n\n" if walk.outcome == ends.TIMEOUT else ""))
        raise Failed(NETWORK)
    failed.append([error, walk.address, ctx.now + min(len(failed) + 1, LONGEST_WAIT)])
    raise Again


def _tell_attempt(url: Url, address: str, first: bool, say: Say) -> None:
    host = url.host
    name = not is_address(host)
    if name and first:
        say(f"{address}\n")
    say(f"Connecting to {f'{host} ({host})|{address}|' if name else host}:{url.port}... ")


def _asked(ctx: Context, options: Options, url: Url, walk: Walk, replay: Replay, say: Say) -> HttpReply:
    """Sends the request and takes the reply."""
    network = ctx.machine.cluster.network
    if url.scheme == "https" and not is_trusted(walk) and not options.on("k"):
        if not options.on("q"):
            replay.err(
                f"ERROR: cannot verify {url.host}'s certificate, issued by ‘CN=kubernetes’:\n"
                "  Unable to locally verify the issuer's authority.\n"
                f"To connect to {url.host} insecurely, use `--no-check-certificate'.\n"
            )
        raise Failed(TLS)
    body = options.values.get("post-data", "")
    method = options.values.get("method") or ("POST" if body else "HEAD" if options.on("spider") else "GET")
    agent = {"User-Agent": options.values.get("U", f"Wget/{VERSION}"), "Accept": "*/*"}
    result = send(network, Exchange(url, walk), method=method, headers={**agent, **options.headers}, body=body)
    say("HTTP request sent, awaiting response... ")
    if result.reply is None:
        say("No data received.\n" if not result.raw else "200 No headers, assuming HTTP/0.9\n")
        raise Failed(NETWORK)
    reply = result.reply
    if options.on("S"):
        lines = [f"HTTP/1.1 {reply.status} {reply.reason}", *header_lines(reply, ctx.now)]
        replay.err("\n" + "".join(f"  {line}\n" for line in lines))
    else:
        say(f"{reply.status} {reply.reason}\n")
    return reply


def _deliver(ctx: Context, options: Options, url: Url, walk: Walk, reply: HttpReply, replay: Replay, say: Say) -> None:
    """Writes what came to where it should go, or tells that there is nothing."""
    if reply.status >= 400:
        if options.on("spider"):
            say("Remote file does not exist -- broken link!!!\n\n")
            raise Failed(SERVER)
        if options.on("nv"):
            replay.err(f"{url.scheme}://{url.authority}{url.path}:\n")
        if not options.on("q"):
            replay.err(f"{_stamp(ctx.now)} ERROR {reply.status}: {reply.reason}.\n\n")
        raise Failed(SERVER)
    size = len(reply.body.encode("utf-8", "surrogateescape"))
    kind = header(reply.headers, "Content-Type").partition(";")[0]
    say(f"Length: {size}{_human(size)}{f' [{kind}]' if kind else ''}\n")
    if options.on("spider"):
        say("Remote file exists.\n\n")
        return
    name = options.values.get("O") or _file_name(ctx, url)
    output = name == "-"
    say(f"Saving to: ‘{'STDOUT' if output else name}’\n\n")
    if output:
        replay.out(reply.body)
    else:
        try:
            ctx.files.write(ctx.path(name), reply.body)
        except FileError as error:
            replay.err(f"{name}: {error.reason}\n\nCannot write to ‘{name}’ (Success).\n")
            raise Failed(3) from None
    if ctx.tty:
        say(f"{name[:19]:<19} 100%[===================>] {_short(size):>7}  --.-KB/s    in 0s      \n\n")
    else:
        say(f"     0K{_dots(size)}100% {_speed(size):>5}=0s\n\n")
    rate = f"{_stamp(ctx.now)} ({_rate(size)})"
    say(f"{rate} - " + (f"written to stdout [{size}/{size}]\n\n" if output else f"‘{name}’ saved [{size}/{size}]\n\n"))
    if options.on("nv"):
        replay.err(f'{_stamp(ctx.now)} URL:{url.scheme}://{url.authority}{url.path} [{size}/{size}] -> "{name}" [1]\n')


def _file_name(ctx: Context, url: Url) -> str:
    name = url.path.partition("?")[0].rpartition("/")[2] or "index.html"
    number, found = 0, name
    while ctx.files.exists(ctx.path(found)):
        number += 1
        found = f"{name}.{number}"
    return found


def _human(size: int) -> str:
    return f" ({_short(size)})" if size >= 1024 else ""


def _short(size: int) -> str:
    return str(size) if size < 1024 else f"{size / 1024:.1f}K" if size < 10_240 else f"{size // 1024}K"


def _dots(size: int) -> str:
    """Returns the dots of the last row: one a kilobyte, in groups of ten."""
    dots = "." * (size // 1024 % 50)
    return "".join(" " + dots[at : at + 10] for at in range(0, len(dots), 10)).ljust(DOTS_WIDTH)


def _speed(size: int) -> str:
    rate = size / 0.00002
    return f"{rate / 1024:.0f}K" if rate < 1024**2 else f"{rate / 1024**2:.1f}M"


def _rate(size: int) -> str:
    rate = size / 0.00002
    return f"{rate / 1024:.0f} KB/s" if rate < 1024**2 else f"{rate / 1024**2:.1f} MB/s"
