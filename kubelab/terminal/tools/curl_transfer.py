"""One URL's transfer as curl tells of it: -v, the output, the progress meter, -w."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from kubelab.cluster import servercertificates
from kubelab.cluster.addresses import is_address
from kubelab.cluster.file_errors import FileError
from kubelab.cluster.network.http import HANDSHAKE, SERVER_TIME
from kubelab.cluster.sockets import HttpReply
from kubelab.terminal.tools.curl_options import Options
from kubelab.terminal.tools.curl_text import (
    METER,
    TLS_HANDSHAKE,
    UNTRUSTED,
    Failed,
    clock,
    connect_failed,
    header_lines,
    last_meter_line,
    number,
)
from kubelab.terminal.tools.dialing import ERRORS, Replay, Trying

if TYPE_CHECKING:
    from kubelab.cluster.network import Walk
    from kubelab.cluster.network.http import Url
    from kubelab.cluster.objects import Object
    from kubelab.terminal.tool import Context


class Transfer:
    """One URL's transfer, as it is told to the user."""

    def __init__(self, ctx: Context, options: Options, replay: Replay, version: str, index: int) -> None:
        self.ctx, self.options, self.replay, self.version = ctx, options, replay, version
        self.walk: Walk | None = None
        self.reply: HttpReply | None = None
        self.url: Url | None = None
        self.method = ""
        self.redirects = 0
        self.head = ""  # the last reply's status line and headers
        self.pieces: list[str] = []  # what goes to the output
        self.error = Failed(0, "")
        outputs = options.all("output")
        self.file = outputs[index] if index < len(outputs) else None
        self._modern = number(version) >= (8, 5)

    # -v

    def note(self, text: str) -> None:
        """Writes a line of -v about what curl does."""
        if self.options.on("verbose"):
            self.replay.err(f"* {text}\n")

    def begin(self, url: Url, method: str) -> None:
        """Starts a request."""
        self.url, self.method, self.reply = url, method, None
        if not self.redirects and self._meters():
            self.replay.err(METER)

    def trying(self, url: Url, host: str, port: int) -> Trying:
        """Returns what tells of each address that is tried."""

        def tell(address: str, failed: Walk | None) -> None:
            if failed is not None:
                self.note(connect_failed(self.version, failed, ERRORS.get(failed.outcome, "")))
            elif self._modern and not is_address(host):
                self.note(f"Host {url.host}:{url.port} was resolved.")
                self.note("IPv6: (none)")
                self.note(f"IPv4: {', '.join(self.ctx.state.get('@dial', {}).get('addresses') or [address])}")
            self.note(f"  Trying {address}:{port}...")

        return tell

    def connected(self, url: Url, walk: Walk) -> None:
        """Tells of the connection."""
        marker = "" if number(self.version) >= (8, 0) else " (#0)"
        if url.scheme == "telnet":
            self.note(f"Connected to {url.host} ({walk.address}) port {walk.port}{marker}")
            return
        self.note(f"Connected to {url.host} ({walk.address}) port {walk.port}{marker}")
        if url.scheme == "https":
            for line in TLS_HANDSHAKE:
                self.note(line)
        elif number(self.version) >= (8, 11):
            self.note("using HTTP/1.x")

    def told_certificate(self, pem: str, wrong: str) -> None:
        """Tells of the server's certificate."""
        said = servercertificates.read(pem) or {}
        self.note("Server certificate:")
        self.note(f" subject: {_name(said.get('subject'))}")
        if "notBefore" in said:
            self.note(f" start date: {said['notBefore']}")
            self.note(f" expire date: {said['notAfter']}")
        self.note(f" issuer: {_name(said.get('issuer'))}")
        if wrong:
            why = wrong.removeprefix("SSL certificate problem: ")
            code = {"self-signed certificate": 18}.get(why, 20)
            self.note(f" SSL certificate verify result: {why} ({code}), continuing anyway.")
        else:
            self.note(" SSL certificate verify ok.")

    def sent(self, url: Url, method: str, headers: dict[str, str], body: str) -> None:
        """Tells of the request."""
        if not self.options.on("verbose"):
            return
        own = {"Host": url.authority, "User-Agent": f"curl/{self.version}", "Accept": "*/*"}
        given = {name.lower(): name for name in headers}
        first = {name: headers[given[name.lower()]] if name.lower() in given else value for name, value in own.items()}
        rest = {name: value for name, value in headers.items() if name.title() not in own}
        removed = [line.partition(":")[0].strip().lower() for line in self.options.all("header") if line.endswith(":")]
        lines = [f"{name}: {value}" for name, value in {**first, **rest}.items() if name.lower() not in removed]
        self.replay.err("".join(f"> {line}\n" for line in [f"{method} {url.path} HTTP/1.1", *lines]) + "> \n")
        if number(self.version) >= (8, 7):
            self.note("Request completely sent off" if not body else f"upload completely sent off: {len(body)} bytes")

    def received(self, url: Url, reply: HttpReply) -> None:
        """Takes a reply."""
        self.reply = reply
        lines = [f"HTTP/1.1 {reply.status} {reply.reason}", *header_lines(reply, self.ctx.now)]
        self.head = "".join(f"{line}\r\n" for line in lines) + "\r\n"
        if self.options.on("verbose"):
            self.replay.err("".join(f"< {line}\n" for line in lines) + "< \n")
            body = reply.body.encode()
            if body and self.method != "HEAD" and not self._to_terminal():
                self.replay.err(f"{{ [{len(body)} bytes data]\n")
        if self.options.on("include") or self.options.on("head"):
            self.pieces.append(self.head)
        if self.method != "HEAD" and not (self.options.on("fail") and reply.status >= 400):
            self.pieces.append(reply.body)

    def redirect(self, location: str) -> None:
        """Goes on to where a redirect leads: its body is not shown."""
        self.redirects += 1
        if self.pieces and self.reply is not None and self.method != "HEAD":
            self.pieces.pop()
        if self.url is not None:
            self.note(f"Connection #0 to host {self.url.host} left intact")
        self.note(f"Issue another request to this URL: '{location}'")

    # the output

    def _to_terminal(self) -> bool:
        return self.file is None and not self.options.on("remote-name") and self.ctx.tty

    def _meters(self) -> bool:
        quiet = self.options.on("silent") or self.options.on("no-progress-meter") or self.options.on("progress-bar")
        return not quiet and not self._to_terminal()

    def deliver(self) -> None:
        """Writes what came to where it should go.

        Raises:
            Failed: if the file cannot be written.
        """
        text = "".join(self.pieces)
        path = self.file
        self._dump_headers()
        if path is None and self.options.on("remote-name") and self.url is not None:
            path = self.url.path.partition("?")[0].rpartition("/")[2]
            if not path:
                raise Failed(23, "Remote file name has no length!")
        if path is None or path == "-":
            self.replay.out(text)
        elif path != "/dev/null":
            try:
                self.ctx.files.write(self.ctx.path(path), text)
            except FileError as error:
                self.replay.err(f"Warning: Failed to open the file {path}: {error}\n")
                raise Failed(23, "Failure writing output to destination") from None
        if self.url is not None and self.url.scheme != "telnet":
            self.note(f"Connection #0 to host {self.url.host} left intact")

    def _dump_headers(self) -> None:
        """Writes the reply's headers where -D says."""
        path = self.options.one("dump-header")
        if path == "-":
            self.replay.out(self.head)
        elif path is not None:
            try:
                self.ctx.files.write(self.ctx.path(path), self.head)
            except FileError as error:
                self.replay.err(f"curl: Failed to open {path}: {error}\n")

    def failed(self, failed: Failed) -> None:
        """Tells why it failed."""
        self.error = failed
        if failed.code == 22 and self.pieces:
            self.replay.out("".join(self.pieces) if self.options.on("include") else "")
        if failed.code in (6, 7, 28, 47, 52):
            self.note(failed.message)
        self.note("Closing connection" if self._modern else "Closing connection 0")
        if self._meters() and failed.code in (6, 7, 28, 35, 52):
            spent = clock(self.walk.seconds if self.walk else 0)
            self.replay.err(f"\r  0     0    0     0    0     0      0      0 --:--:-- {spent} --:--:--     0\n")
        if not self.options.on("silent") or self.options.on("show-error"):
            self.replay.err(f"curl: ({failed.code}) {failed.message}\n")
            if failed.code == 60:
                self.replay.err(UNTRUSTED.format("webpage" if number(self.version) >= (8, 8) else "web page"))

    def warn_of_retry(self, status: int, wait: float, left: int) -> None:
        """Tells that it is going to try again."""
        if self.options.on("silent"):
            return
        code = self.reply.status if self.reply else 0
        kinds = {6: "DNS error", 28: "timeout", 7: "connection refused"}
        problem = kinds.get(status, "HTTP error" if code else "(retrying all errors)")
        tries = "retry" if left == 1 else "retries"
        self.replay.err(
            f"Warning: Problem: {problem}. Will retry in {wait:g} second{'' if wait == 1 else 's'}. "
            f"{left} {tries} left.\n"
        )

    def finish(self, status: int) -> None:
        """Ends the transfer: the meter's last line and -w."""
        if self._meters() and not status and self.reply is not None:
            size = 0 if self.method == "HEAD" else len(self.reply.body.encode())
            self.replay.err(last_meter_line(size, self.total()))
        form = self.options.one("write-out")
        if form is not None:
            if form.startswith("@"):
                try:
                    form = self.ctx.read_file(form[1:])
                except FileError:
                    form = ""
            self._write_out(form, status)

    # figures

    def total(self) -> float:
        """Returns how long it took, in seconds."""
        if self.walk is None:
            return 0.0
        tls = HANDSHAKE if self.url is not None and self.url.scheme == "https" and self.walk.connected else 0.0
        return self.walk.seconds + tls + (SERVER_TIME if self.reply else 0.0)

    def _write_out(self, form: str, status: int) -> None:
        figures = self.figures(status)

        def value(match: re.Match[str]) -> str:
            name = match.group(1)
            if name in ("stderr", "stdout"):
                return f"\0{name}\0"
            if name not in figures:
                self.replay.err(f"curl: unknown --write-out variable: '{name}'\n")
                return ""
            return figures[name]

        text = re.sub(r"%\{([^}]*)\}", value, form.replace("%%", "\1"))
        text = text.replace("\\n", "\n").replace("\\r", "\r").replace("\\t", "\t").replace("\1", "%")
        to_error = False
        for part in re.split(r"(\0std(?:err|out)\0)", text):
            if part in ("\0stderr\0", "\0stdout\0"):
                to_error = part == "\0stderr\0"
            elif to_error:
                self.replay.err(part)
            else:
                self.replay.out(part)

    def figures(self, status: int) -> dict[str, str]:
        """Returns the variables of -w."""
        walk, reply, url = self.walk, self.reply, self.url
        connect = walk.seconds if walk and walk.connected else 0.0
        tls = connect + HANDSHAKE if url and url.scheme == "https" and connect else 0.0
        body = len(reply.body.encode()) if reply and self.method != "HEAD" else 0
        total = self.total()
        location = (
            next((text for name, text in reply.headers.items() if name.lower() == "location"), "") if reply else ""
        )
        kind = (
            next((text for name, text in reply.headers.items() if name.lower() == "content-type"), "") if reply else ""
        )
        address = f"{url.scheme}://{url.authority}{url.path}" if url else ""
        return {
            "http_code": f"{reply.status if reply else 0:03d}",
            "response_code": f"{reply.status if reply else 0:03d}",
            "http_connect": "000",
            "http_version": "1.1" if reply else "0",
            "time_namelookup": f"{walk.resolving if walk else 0:.6f}",
            "time_connect": f"{connect:.6f}",
            "time_appconnect": f"{tls:.6f}",
            "time_pretransfer": f"{tls or connect:.6f}",
            "time_starttransfer": f"{total if reply else 0:.6f}",
            "time_redirect": "0.000000",
            "time_total": f"{total:.6f}",
            "size_download": str(body),
            "size_upload": "0",
            "size_header": str(len(self.head)),
            "size_request": "0",
            "speed_download": str(int(body / total)) if total else "0",
            "speed_upload": "0",
            "num_connects": "1" if connect else "0",
            "num_redirects": str(self.redirects),
            "redirect_url": location if reply and 300 <= reply.status < 400 else "",
            "remote_ip": walk.address if connect and walk else "",
            "remote_port": str(walk.port) if connect and walk else "0",
            "local_ip": walk.client if connect and walk else "",
            "local_port": str(walk.client_port) if connect and walk else "0",
            "content_type": kind,
            "method": self.method,
            "scheme": url.scheme if url and number(self.version) >= (8, 0) else url.scheme.upper() if url else "",
            "url": address,
            "url_effective": address,
            "exitcode": str(status),
            "errormsg": self.error.message,
            "ssl_verify_result": "0",
            "filename_effective": self.file or "",
        }


def _name(parts: Object | None) -> str:
    """Writes a subject as curl does: "O=Acme Co; CN=example.com"."""
    return "; ".join(f"{field}={value}" for field, value in (parts or {}).items())
