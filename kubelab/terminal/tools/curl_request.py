"""What curl sends: the URL, the method, the headers and the body that its options make."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from typing import TYPE_CHECKING
from urllib.parse import quote_plus, urljoin

from kubelab.cluster.file_errors import FileError
from kubelab.cluster.network.http import PORTS, Url
from kubelab.terminal.tools.curl_options import Options
from kubelab.terminal.tools.curl_text import Failed, number

if TYPE_CHECKING:
    from kubelab.terminal.tool import Context

SCHEMES = ("http", "https", "telnet")
TELNET = 23
BAD_URL = "URL using bad/illegal format or missing URL"


def url_of(text: str, version: str) -> Url:
    """Reads a URL.

    Raises:
        Failed: for one that curl does not take.
    """
    rest = text.partition("://")[2] or text
    port = rest.split("/")[0].rpartition("@")[2].partition(":")[2]
    if port.isdigit() and int(port) > 65535:
        raise Failed(
            3,
            "URL rejected: Port number was not a decimal number between 0 and 65535"
            if number(version) >= (8, 0)
            else BAD_URL,
        )
    try:
        url = Url.parse(text)
    except ValueError:
        raise Failed(3, "URL rejected: Bad hostname" if number(version) >= (8, 0) else BAD_URL) from None
    if url.scheme not in SCHEMES:
        supported = "" if number(version) >= (8, 0) else " or disabled in libcurl"
        raise Failed(1, f'Protocol "{url.scheme}" not supported{supported}')
    return url._replace(port=url.port or TELNET)


def joined(url: Url, location: str) -> Url:
    """Returns where a redirect leads."""
    return Url.parse(urljoin(f"{url.scheme}://{url.authority}{url.path}", location))


def address_for(options: Options, url: Url) -> tuple[str, int]:
    """Returns the host and port to connect to, as --resolve and --connect-to say."""
    for rule in options.all("resolve"):
        name, port, address = [*rule.lstrip("+").split(":", 2), "", ""][:3]
        if name.lower() in (url.host.lower(), "*") and port == str(url.port) and address:
            return address.split(",")[0], url.port
    for rule in options.all("connect-to"):
        name, port, host, new_port = [*rule.split(":", 3), "", "", ""][:4]
        if name in ("", url.host) and port in ("", str(url.port)):
            return host or url.host, int(new_port) if new_port else url.port
    return url.host, url.port


def request_of(ctx: Context, options: Options, url: Url) -> tuple[str, dict[str, str], str]:
    """Returns the method, the headers beyond curl's own three, and the body."""
    headers: dict[str, str] = {}
    user = options.one("user")
    if user is not None:
        credentials = user if ":" in user else f"{user}:"
        headers["Authorization"] = "Basic " + b64encode(credentials.encode()).decode()
    if options.one("oauth2-bearer"):
        headers["Authorization"] = f"Bearer {options.one('oauth2-bearer')}"
    if options.one("user-agent") is not None:
        headers["User-Agent"] = options.one("user-agent") or ""
    if options.one("referer"):
        headers["Referer"] = options.one("referer") or ""
    if options.one("cookie"):
        headers["Cookie"] = options.one("cookie") or ""
    if options.one("range"):
        headers["Range"] = f"bytes={options.one('range')}"
    body = body_of(ctx, options)
    if options.data and not options.on("get"):
        is_json = options.data[-1][0] == "json"
        headers["Content-Length"] = str(len(body.encode()))
        headers["Content-Type"] = "application/json" if is_json else "application/x-www-form-urlencoded"
        if is_json:
            headers["Accept"] = "application/json"
    for line in options.all("header"):
        name, _, value = line.partition(":")
        headers = {known: text for known, text in headers.items() if known.lower() != name.strip().lower()}
        if value.strip():
            headers[name.strip()] = value.strip()
        elif line.endswith(";"):
            headers[line.rstrip(";").strip()] = ""
    posts = bool(options.data) and not options.on("get")
    method = options.one("request") or ("HEAD" if options.on("head") else "POST" if posts else "GET")
    return method, headers, body


def body_of(ctx: Context, options: Options) -> str:
    """Returns the data of all data options, joined as curl joins them.

    Raises:
        Failed: if a file cannot be read.
    """
    parts = []
    for name, value in options.data:
        if name == "data-urlencode":
            key, sign, text = value.partition("=")
            parts.append(f"{key}={quote_plus(text)}" if sign and key else quote_plus(text or key))
        elif value.startswith("@") and name != "data-raw":
            try:
                text = ctx.read_file(value[1:])
            except FileError as error:
                raise Failed(26, f"Failed to open {value[1:]}: {error}") from None
            parts.append(text if name == "data-binary" else text.replace("\n", "").replace("\r", ""))
        else:
            parts.append(value)
    return "&".join(parts) if not (options.data and options.data[0][0] == "json") else "".join(parts)


def header(headers: Mapping[str, str], name: str) -> str:
    """Returns a header's value, however its name is written, "" where it is missing."""
    return next((value for known, value in headers.items() if known.lower() == name.lower()), "")


def default_port(url: Url) -> bool:
    """Tells whether a URL's port is its scheme's own."""
    return url.port == PORTS.get(url.scheme)
