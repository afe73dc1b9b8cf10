"""The words of curl: messages that differ from version to version, headers, the progress meter.

Source: curl 7.88 (Debian 12), 8.5 (Ubuntu 24.04), 8.14 (Alpine 3.22); the manual of --write-out.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from kubelab.cluster.sockets import HttpReply

if TYPE_CHECKING:
    from kubelab.cluster.network import Walk

METER = (
    "  % Total    % Received % Xferd  Average Speed   Time    Time     Time  Current\n"
    "                                 Dload  Upload   Total   Spent    Left  Speed\n"
)
UNTRUSTED = """More details here: https://curl.se/docs/sslcerts.html

curl failed to verify the legitimacy of the server and therefore could not
establish a secure connection to it. To learn more about this situation and
how to fix it, please visit the {} mentioned above.
"""
HELP = """Usage: curl [options...] <url>
 -d, --data <data>           HTTP POST data
 -f, --fail                  Fail fast with no output on HTTP errors
 -h, --help <category>       Get help for commands
 -i, --include               Include response headers in output
 -o, --output <file>         Write to file instead of stdout
 -O, --remote-name           Write output to file named as remote file
 -s, --silent                Silent mode
 -T, --upload-file <file>    Transfer local FILE to destination
 -u, --user <user:password>  Server user and password
 -A, --user-agent <name>     Send User-Agent <name> to server
 -v, --verbose               Make the operation more talkative
 -V, --version               Show version number and quit

This is not the full help, this menu is stripped into categories.
Use "--help category" to get an overview of all categories.
For all options use the manual or "--help all".
"""


class Failed(Exception):
    """curl gives up: its exit status and its message."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


def number(version: str) -> tuple[int, int]:
    """Returns a version's first two parts."""
    major, minor = version.split(".")[:2]
    return int(major), int(minor)


def cannot_connect(version: str) -> str:
    """Returns libcurl's text for CURLE_COULDNT_CONNECT."""
    return "Could not connect to server" if number(version) >= (8, 12) else "Couldn't connect to server"


def connect_failed(version: str, walk: Walk, error: str) -> str:
    """Returns the line of -v about one address that did not answer."""
    source = f" from {walk.client or '0.0.0.0'} port {walk.client_port}" if number(version) >= (8, 6) else ""
    return f"connect to {walk.address} port {walk.port}{source} failed: {error}"


def version_text(version: str) -> str:
    """Returns what `curl --version` prints."""
    return (
        f"curl {version} (x86_64-pc-linux-gnu) libcurl/{version} OpenSSL/3.0.15 zlib/1.2.13\n"
        "Protocols: dict file ftp ftps gopher gophers http https imap imaps mqtt pop3 pop3s rtsp smb smbs smtp smtps "
        "telnet tftp\n"
        "Features: alt-svc AsynchDNS HSTS HTTPS-proxy IPv6 Largefile libz NTLM SSL threadsafe UnixSockets\n"
    )


TLS_HANDSHAKE = (
    "ALPN: curl offers h2,http/1.1",
    "TLSv1.3 (OUT), TLS handshake, Client hello (1):",
    "TLSv1.3 (IN), TLS handshake, Server hello (2):",
    "TLSv1.3 (IN), TLS handshake, Encrypted Extensions (8):",
    "TLSv1.3 (IN), TLS handshake, Certificate (11):",
    "TLSv1.3 (IN), TLS handshake, CERT verify (15):",
    "TLSv1.3 (IN), TLS handshake, Finished (20):",
    "TLSv1.3 (OUT), TLS change cipher, Change cipher spec (1):",
    "TLSv1.3 (OUT), TLS handshake, Finished (20):",
    "SSL connection using TLSv1.3 / TLS_AES_128_GCM_SHA256",
)


def header_lines(reply: HttpReply, now: float) -> list[str]:
    """Returns a reply's headers with those that every server adds: the date and the length."""
    headers = dict(reply.headers)
    names = {name.lower() for name in headers}
    date = datetime.fromtimestamp(now, UTC).strftime("%a, %d %b %Y %H:%M:%S GMT")
    lines: list[str] = []
    for name, value in headers.items():
        lines.append(f"{name}: {value}")
        if name.lower() == "server" and "date" not in names:
            lines.append(f"Date: {date}")
            names.add("date")
        if name.lower() == "content-type" and "content-length" not in names:
            lines.append(f"Content-Length: {len(reply.body.encode())}")
            names.add("content-length")
    if "date" not in names:
        lines.append(f"Date: {date}")
    if "content-length" not in names and "transfer-encoding" not in names:
        lines.append(f"Content-Length: {len(reply.body.encode())}")
    if "connection" not in names and str(headers.get("Server", "")).startswith("nginx"):
        lines.append("Connection: keep-alive")
    return lines


def clock(seconds: float) -> str:
    """Returns a time as the meter shows it."""
    whole = int(seconds)
    return f"{whole // 3600:2d}:{whole // 60 % 60:02d}:{whole % 60:02d}" if whole else "--:--:--"


def short(count: float) -> str:
    """Returns a number in five letters, as the meter shows sizes and speeds."""
    for limit, divisor, unit in ((100_000, 1, ""), (10_000 * 1024, 1024, "k"), (100 * 1024**2, 1024**2, "M")):
        if count < limit:
            return f"{int(count / divisor)}{unit}"
    return f"{int(count / 1024**2)}M"


def last_meter_line(size: int, seconds: float) -> str:
    """Returns the progress meter's last line."""
    speed = short(size / seconds if seconds else 0)
    percent, amount = (100, short(size)) if size else (0, "0")
    spent = clock(seconds)
    return (
        f"\r{percent:3d} {amount:>5}  {percent:3d} {amount:>5}    0     0  {speed:>5}      0 "
        f"--:--:-- {spent} --:--:-- {speed:>5}\n"
    )
