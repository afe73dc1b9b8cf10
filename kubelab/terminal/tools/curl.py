"""curl: one request after the other through the lab's network, told as curl tells it.

Not simulated, and taken without effect: proxies, HTTP/2 and 3, upload of files, rate limits.
Source: curl 7.88 (Debian 12) and 8.5 (Ubuntu 24.04); libcurl-errors(3).
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from kubelab.cluster import servercertificates
from kubelab.cluster.file_errors import FileError
from kubelab.cluster.network import Walk
from kubelab.cluster.network import walk as ends
from kubelab.cluster.network.http import Exchange, Url, is_trusted, send
from kubelab.terminal.tool import Context, Sleep, Steps, Wait, tool
from kubelab.terminal.tools import curl_request, curl_text
from kubelab.terminal.tools.curl_options import Options, UsageError, parse
from kubelab.terminal.tools.curl_text import Failed, number
from kubelab.terminal.tools.curl_transfer import Transfer
from kubelab.terminal.tools.dialing import ERRORS, Replay, dial, release

VERSIONS = {
    ("debian", "12"): "7.88.1", ("debian", "11"): "7.74.0", ("debian", "13"): "8.14.1", ("ubuntu", "22.04"): "7.81.0",
    ("ubuntu", "24.04"): "8.5.0", ("alpine", "3.22.1"): "8.14.1",
}  # fmt: skip
DEFAULT_VERSION = "8.5.0"
MAX_REDIRECTS = 50
FOLLOWED = (301, 302, 303, 307, 308)
TRANSIENT = (408, 429, 500, 502, 503, 504)  # what --retry tries again
FIRST_RETRY, LONGEST_RETRY = 1.0, 600.0
TRY_HELP = "curl: try 'curl --help' or 'curl --manual' for more information\n"


@tool("curl")
def curl(ctx: Context) -> Steps:
    """Fetches URLs."""
    version = VERSIONS.get(release(ctx), DEFAULT_VERSION)
    try:
        options = parse(ctx.args)
        options.seconds("max-time"), options.seconds("connect-timeout")
    except UsageError as error:
        ctx.error(f"curl: {error}\n{TRY_HELP}")
        return 2
    if options.on("version"):
        ctx.write(curl_text.version_text(version))
        return 0
    if options.on("help") or options.on("manual"):
        ctx.write(curl_text.HELP)
        return 0
    if not options.urls:
        ctx.error(f"curl: (2) no URL specified\n{TRY_HELP}" if number(version) >= (8, 7) else TRY_HELP)
        return 2
    status = 0
    for index in ctx.each(range(len(options.urls)), "url"):
        status = yield from fetch(ctx, options, options.urls[index], index, version)
        if status and options.on("fail-early"):
            break
    return status


def fetch(ctx: Context, options: Options, text: str, index: int, version: str) -> Generator[Wait, Any, int]:
    """Fetches one URL, trying again as --retry says; returns curl's exit status."""
    retries = int(options.seconds("retry") or 0)
    while True:
        if "again" in ctx.state:
            if ctx.now < ctx.state["again"]:
                yield Sleep(ctx.state["again"])
            del ctx.state["again"]
            ctx.state["tries"] = ctx.state.get("tries", 0) + 1
        tries: int = ctx.state.get("tries", 0)
        replay = Replay(ctx, str(tries))
        transfer = Transfer(ctx, options, replay, version, index)
        status = 0
        try:
            yield from perform(ctx, transfer, text)
        except Failed as failed:
            status = failed.code
            transfer.failed(failed)
        code = transfer.reply.status if transfer.reply else 0
        again = status in (6, 28) or code in TRANSIENT or (status == 7 and options.on("retry-connrefused"))
        if not (again or (status and options.on("retry-all-errors"))) or tries >= retries:
            transfer.finish(status)
            replay.done()
            ctx.state.pop("tries", None)
            return status
        wait = options.seconds("retry-delay") or min(FIRST_RETRY * 2**tries, LONGEST_RETRY)
        transfer.warn_of_retry(status, wait, retries - tries)
        replay.done()
        ctx.state["again"] = ctx.now + wait


def perform(ctx: Context, transfer: Transfer, text: str) -> Generator[Wait, Any, None]:
    """Sends the request and follows redirects.

    Raises:
        Failed: with curl's exit status and message.
    """
    options = transfer.options
    url = curl_request.url_of(text, transfer.version)
    method, headers, body = curl_request.request_of(ctx, options, url)
    if options.on("get") and options.data:
        url = url._replace(path=f"{url.path}{'&' if '?' in url.path else '?'}{body}")
        body = ""
    limit = int(options.one("max-redirs") or MAX_REDIRECTS)
    while True:
        transfer.begin(url, method)
        yield from one_request(ctx, transfer, url, method, headers, body)
        reply = transfer.reply
        location = curl_request.header(reply.headers, "Location") if reply else ""
        if reply is None or reply.status not in FOLLOWED or not location or not follows(options):
            break
        if transfer.redirects >= limit:
            raise Failed(47, f"Maximum ({limit}) redirects followed")
        transfer.redirect(location)
        url = curl_request.joined(url, location)
        if reply.status == 303 or (reply.status in (301, 302) and method == "POST"):
            method, body = "GET" if method != "HEAD" else "HEAD", ""
            headers = {
                name: value for name, value in headers.items() if name.lower() not in ("content-type", "content-length")
            }
    transfer.deliver()


def follows(options: Options) -> bool:
    """Tells whether redirects are followed."""
    return options.on("location") or options.on("location-trusted")


def one_request(
    ctx: Context, transfer: Transfer, url: Url, method: str, headers: dict[str, str], body: str
) -> Generator[Wait, Any, None]:
    """Connects, sends one request and takes the reply.

    Raises:
        Failed: with curl's exit status and message.
    """
    options = transfer.options
    host, port = curl_request.address_for(options, url)
    overall, connecting = options.seconds("max-time"), options.seconds("connect-timeout")
    if options.on("ipv6"):  # the lab has no addresses of that family
        raise Failed(6, f"Could not resolve host: {url.host}")
    patience = min((seconds for seconds in (overall, connecting) if seconds), default=None)
    walk = yield from dial(ctx, host, port, timeout=patience, trying=transfer.trying(url, host, port))
    transfer.walk = walk
    if not walk.connected:
        raise not_connected(transfer, url, walk, overall, connecting, patience)
    transfer.connected(url, walk)
    if url.scheme == "telnet":
        return
    check_certificate(ctx, transfer, url, walk)
    transfer.sent(url, method, headers, body)
    own = {"User-Agent": f"curl/{transfer.version}", "Accept": "*/*"}
    result = send(
        ctx.machine.cluster.network, Exchange(url, walk), method=method, headers={**own, **headers}, body=body
    )
    judge(transfer, url, result)


def not_connected(
    transfer: Transfer, url: Url, walk: Walk, overall: float | None, connecting: float | None, patience: float | None
) -> Failed:
    """Returns the failure of a connection that was not made."""
    milliseconds = round(walk.seconds * 1000)
    ran_out = patience is not None and walk.seconds >= patience
    if walk.outcome in (ends.NXDOMAIN, ends.DNS_TIMEOUT):
        if ran_out:
            return Failed(28, f"Resolving timed out after {milliseconds} milliseconds")
        return Failed(6, f"Could not resolve host: {url.host}")
    if ran_out and overall is not None and overall == patience:
        return Failed(28, f"Connection timed out after {milliseconds} milliseconds")
    reason = "Timeout was reached" if ran_out else curl_text.cannot_connect(transfer.version)
    error = ERRORS.get(walk.outcome, "")
    if not ran_out:
        transfer.note(curl_text.connect_failed(transfer.version, walk, error))
    code = 28 if ran_out or walk.outcome == ends.TIMEOUT else 7
    return Failed(code, f"Failed to connect to {url.host} port {url.port} after {milliseconds} ms: {reason}")


def check_certificate(ctx: Context, transfer: Transfer, url: Url, walk: Walk) -> None:
    """Ends a TLS connection to a server whose certificate nobody knows.

    Raises:
        Failed: with curl's exit status and message.
    """
    options = transfer.options
    if url.scheme != "https":
        return
    listener = ctx.machine.cluster.network.listener_at(walk)
    if listener is not None and listener.speaks != "https":
        error = "error:0A00010B:SSL routines::wrong version number"
        raise Failed(35, f"TLS connect error: {error}" if number(transfer.version) >= (8, 12) else error)
    pem = ctx.machine.cluster.network.certificate_at(walk, url.host)
    known = _known_authorities(ctx, options)
    wrong = ""
    if pem:
        wrong = wrong_with(pem, url.host, known)
    elif not is_trusted(walk) and not options.one("cacert"):
        wrong = "SSL certificate problem: unable to get local issuer certificate"
    if wrong and not options.on("insecure"):
        raise Failed(60, wrong)
    if pem:
        transfer.told_certificate(pem, wrong)


def _known_authorities(ctx: Context, options: Options) -> str:
    """Returns the certificates that --cacert names."""
    path = options.one("cacert")
    try:
        return ctx.read_file(path) if path else ""
    except FileError:
        raise Failed(77, f"error adding trust anchors from file: {path}") from None


def wrong_with(pem: str, host: str, authorities: str) -> str:
    """Returns why a server's certificate is not accepted, "" where it is."""
    if not servercertificates.is_signed_by(pem, authorities):
        self_signed = servercertificates.is_self_signed(pem)
        why = "self-signed certificate" if self_signed else "unable to get local issuer certificate"
        return f"SSL certificate problem: {why}"
    if not servercertificates.is_for(pem, host):
        return f"SSL: no alternative certificate subject name matches target host name '{host}'"
    return ""


def judge(transfer: Transfer, url: Url, result: Exchange) -> None:
    """Takes an exchange's reply, or raises what went wrong.

    Raises:
        Failed: with curl's exit status and message.
    """
    options = transfer.options
    if result.failure == "not-http":
        raise Failed(1, "Received HTTP/0.9 when not allowed")
    if result.failure or result.reply is None:
        raise Failed(52, "Empty reply from server")
    transfer.received(url, result.reply)
    if options.on("fail") and result.reply.status >= 400:
        raise Failed(22, f"The requested URL returned error: {result.reply.status}")
