"""Apache httpd: serves the files in its htdocs. Source: the official image; httpd.apache.org, logs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from kubelab.cluster.file_errors import FileError
from kubelab.cluster.node.program import Life, Line, Stop
from kubelab.cluster.node.programs.server import REASONS, Server, common_log_time, say
from kubelab.cluster.node.usage import note_work
from kubelab.cluster.sockets import HttpReply, HttpRequest

if TYPE_CHECKING:
    from kubelab.cluster.node.container import Container

SQUARE_ROOTS = 0.006  # seconds of processor time
HTDOCS = "/usr/local/apache2/htdocs"
PID = "/usr/local/apache2/logs/httpd.pid"


class Httpd(Server):
    """The web server of the official image."""

    def __init__(self) -> None:
        clash = (
            "(98)Address already in use: AH00072: make_sock: could not bind to address 0.0.0.0:{port}\n"
            "no listening sockets available, shutting down\nAH00015: Unable to open logs"
        )
        super().__init__(self._serve, ports=(80,), clash=clash, ready=0.1)

    def begin(self, container: Container) -> Life:
        """Ends where it cannot write its process id, as another user than root or on a read-only root."""
        life = super().begin(container)
        restricted = container.plan.spec.get("securityContext") or container.pod["spec"].get("securityContext")
        if life.seconds is None and restricted:
            try:
                container.files.write(PID, "1\n")
            except FileError as error:
                container.state["unlogged"] = f"{13 if error.code == 'EACCES' else 30}){error.reason}"
                return Life(0.2, 1)
        return life

    def started_log(self, container: Container) -> Sequence[Line]:
        """Returns what httpd writes at its start."""
        if "clash" in container.state or "denied" in container.state:
            return super().started_log(container)
        name = (
            "AH00558: httpd: Could not reliably determine the server's fully qualified domain name, "
            f"using {container.ip}. Set the 'ServerName' directive globally to suppress this message"
        )
        stamp = datetime.fromtimestamp(container.started + 0.09, UTC).strftime("%a %b %d %H:%M:%S.%f %Y")
        if "unlogged" in container.state:
            said = f"[{stamp}] [core:error] [pid 1:tid 1]"
            why = f"({container.state['unlogged']}"
            return [
                Line(0.09, name, "stderr"),
                Line(0.09, f"{said} {why}: AH00099: could not create {PID}.7kUbGe", "stderr"),
                Line(0.09, f"{said} AH00100: httpd: could not log pid to file {PID}", "stderr"),
            ]
        lines = [
            name,
            name,
            f"[{stamp}] [mpm_event:notice] [pid 1:tid 1] AH00489: Apache/{container.version} (Unix) configured "
            "-- resuming normal operations",
            f"[{stamp}] [core:notice] [pid 1:tid 1] AH00094: Command line: 'httpd -D FOREGROUND'",
        ]
        return [Line(0.09, text, "stderr") for text in lines]

    def on_signal(self, container: Container, signal: str) -> Stop | None:
        """WINCH ends it gracefully, TERM at once."""
        if signal not in ("WINCH", "TERM", "INT"):
            return None
        stamp = datetime.fromtimestamp(container.now(), UTC).strftime("%a %b %d %H:%M:%S.%f %Y")
        how = "caught SIGWINCH, shutting down gracefully" if signal == "WINCH" else "caught SIGTERM, shutting down"
        code = "AH00492" if signal == "WINCH" else "AH00491"
        return Stop(0.1, 0, [Line(0.01, f"[{stamp}] [mpm_event:notice] [pid 1:tid 1] {code}: {how}", "stderr")])

    def _serve(self, container: Container, request: HttpRequest) -> HttpReply:
        path = request.path.partition("?")[0]
        name = HTDOCS + path
        try:
            if container.files.is_dir(name):
                name = f"{name.rstrip('/')}/index.html"
            answer = self._reply(container, 200, container.files.read(name))
        except FileError:
            answer = self._page(container, 404)
        say(
            container,
            f"{request.client or '-'} - - [{common_log_time(container.now())}] "
            f'"{request.method} {request.path} HTTP/1.1" '
            f"{answer.status} {'-' if request.method == 'HEAD' else len(answer.body)}",
        )
        return answer

    def _reply(self, container: Container, status: int, body: str) -> HttpReply:
        headers = {"Server": f"Apache/{container.version} (Unix)", "Content-Type": "text/html"}
        return HttpReply(status, REASONS[status], headers, body)

    def _page(self, container: Container, status: int) -> HttpReply:
        return self._reply(
            container,
            status,
            '<!DOCTYPE HTML PUBLIC "-//IETF//DTD HTML 2.0//EN">\n<html><head>\n'
            f"<title>{status} {REASONS[status]}</title>\n</head><body>\n<h1>{REASONS[status]}</h1>\n"
            "<p>The requested URL was not found on this server.</p>\n</body></html>\n",
        )


class HpaExample(Httpd):
    """registry.k8s.io/hpa-example: a page in PHP that takes a million square roots, and says OK!"""

    def _serve(self, container: Container, request: HttpRequest) -> HttpReply:
        if request.path.partition("?")[0] not in ("/", "/index.php"):
            return super()._serve(container, request)
        note_work(container, SQUARE_ROOTS)
        return self._reply(container, 200, "OK!")
