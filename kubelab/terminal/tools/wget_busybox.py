"""BusyBox's wget. Source: busybox 1.37 networking/wget.c, libbb/progress.c."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from kubelab.cluster.file_errors import FileError
from kubelab.cluster.network import walk as ends
from kubelab.cluster.network.http import Exchange, Url, send
from kubelab.terminal.tool import Context, Wait
from kubelab.terminal.tools.curl_request import header, joined
from kubelab.terminal.tools.curl_text import header_lines
from kubelab.terminal.tools.dialing import ERRORS, Replay, dial, release
from kubelab.terminal.tools.wget_options import Options

USAGE = """BusyBox v1.37.0 () multi-call binary.

Usage: wget [-cqS] [--spider] [-O FILE] [-o LOGFILE] [--header STR]
\t[--post-data STR | --post-file FILE] [-Y on/off]
\t[-P DIR] [-U AGENT] [-T SEC] URL...
"""
STARS = "*" * 32
MAX_REDIRECTS = 5
MUSL = {"Connection timed out": "Operation timed out", "No route to host": "Host is unreachable"}


def run(ctx: Context, options: Options) -> Generator[Wait, Any, int]:
    """Fetches each URL; the first that fails ends it."""
    if not options.urls:
        ctx.error(USAGE)
        return 1
    for index in ctx.each(range(len(options.urls)), "url"):
        replay = Replay(ctx)
        problem = yield from _fetch(ctx, options, options.urls[index], replay)
        if problem:
            replay.err(f"wget: {problem}\n")
            return 1
        replay.done()
    return 0


def strerror(ctx: Context, outcome: str) -> str:
    """Returns the C library's words for how a connection failed: Alpine's musl has its own."""
    words = ERRORS.get(outcome, "Connection timed out")
    return MUSL.get(words, words) if release(ctx)[0] == "alpine" else words


def _fetch(ctx: Context, options: Options, text: str, replay: Replay) -> Generator[Wait, Any, str]:
    """Fetches one URL; returns what went wrong, "" for nothing."""
    try:
        url = Url.parse(text)
    except ValueError:
        return f"bad address '{text}'"
    if "://" in text and url.scheme not in ("http", "https"):
        return f"not an http or ftp url: {text}"
    quiet = options.on("q")
    agent = {"User-Agent": options.values.get("U", "Wget"), **options.headers}
    for _ in range(MAX_REDIRECTS + 1):
        walk = yield from dial(ctx, url.host, url.port, timeout=options.timeout)
        if not walk.address:
            return f"bad address '{url.host if url.authority == url.host else url.authority}'"
        if not quiet:
            replay.err(f"Connecting to {url.authority} ({walk.address}:{url.port})\n")
        if not walk.connected:
            if options.timeout is not None and walk.seconds >= options.timeout and walk.outcome == ends.TIMEOUT:
                return "download timed out"
            return f"can't connect to remote host ({walk.address}): {strerror(ctx, walk.outcome)}"
        if url.scheme == "https" and not quiet:
            replay.err("wget: note: TLS certificate validation not implemented\n")
        body = options.values.get("post-data", "")
        method = "POST" if body else "HEAD" if options.on("spider") else "GET"
        result = send(ctx.machine.cluster.network, Exchange(url, walk), method=method, headers=agent, body=body)
        if result.reply is None:
            return "error getting response" + (f": {result.raw}" if result.raw else "")
        reply = result.reply
        if options.on("S"):
            lines = [f"HTTP/1.1 {reply.status} {reply.reason}", *header_lines(reply, ctx.now)]
            replay.err("".join(f"  {line}\n" for line in lines) + "  \n")
        location = header(reply.headers, "Location")
        if reply.status in (301, 302, 303, 307, 308) and location:
            url = joined(url, location)
            continue
        if reply.status >= 300 or reply.status < 200:
            return f"server returned error: HTTP/1.1 {reply.status} {reply.reason}"
        return _deliver(ctx, options, url, reply.body, replay)
    return "too many redirections"


def _deliver(ctx: Context, options: Options, url: Url, body: str, replay: Replay) -> str:
    quiet = options.on("q")
    if options.on("spider"):
        replay.err("" if quiet else "remote file exists\n")
        return ""
    name = options.values.get("O") or url.path.partition("?")[0].rpartition("/")[2] or "index.html"
    output = name == "-"
    if not output:
        path = ctx.path(f"{options.values['P'].rstrip('/')}/{name}" if "P" in options.values else name)
        if "O" not in options.values and ctx.files.exists(path):
            return f"can't open '{name}': File exists"
        try:
            ctx.files.write(path, body)
        except FileError as error:
            return f"can't open '{name}': {error.reason}"
    if not quiet:
        replay.err("writing to stdout\n" if output else f"saving to '{name}'\n")
    if output:
        replay.out(body)
    if not quiet:
        size = len(body.encode("utf-8", "surrogateescape"))
        replay.err(f"\r{name[:20]:<20} 100% |{STARS}| {_size(size):>5}  0:00:00 ETA\n")
        replay.err("written to stdout\n" if output else f"'{name}' saved\n")
    return ""


def _size(size: int) -> str:
    return str(size) if size < 100_000 else f"{size // 1024}k"
