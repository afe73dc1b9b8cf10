"""What servers have in common: ports that may be taken, replies by path, an access log."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from kubelab.cluster.node import logs
from kubelab.cluster.node.program import FOREVER, QUICK, Life, Line, Program, Stop
from kubelab.cluster.sockets import HttpReply, HttpRequest, Reply, Request, TextReply

if TYPE_CHECKING:
    from kubelab.cluster.node.container import Container

    Handler = Callable[[Container, HttpRequest], HttpReply]

TEXT = {"Content-Type": "text/plain; charset=utf-8"}
HTML = {"Content-Type": "text/html"}
REASONS = {
    200: "OK", 201: "Created", 204: "No Content", 301: "Moved Permanently", 302: "Found", 304: "Not Modified",
    400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found", 405: "Not Allowed",
    408: "Request Timeout", 413: "Request Entity Too Large", 418: "I'm a teapot", 429: "Too Many Requests",
    500: "Internal Server Error", 501: "Not Implemented", 502: "Bad Gateway", 503: "Service Unavailable",
    504: "Gateway Timeout",
}  # fmt: skip


def reply(status: int, body: str, headers: Mapping[str, str] = TEXT) -> HttpReply:
    """Returns an answer with its usual reason."""
    return HttpReply(status, REASONS.get(status, "Unknown"), headers, body)


def say(container: Container, text: str, stream: str = "stdout") -> None:
    """Writes a line to a container's log."""
    logs.write(container, text + "\n", stream, container.now())


def common_log_time(seconds: float) -> str:
    """Returns a time as access logs write it: `01/Jan/2026:00:00:00 +0000`."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%d/%b/%Y:%H:%M:%S +0000")


class Server(Program):
    """Listens on ports; ends with an error where another container of its Pod has one of them.

    Args:
        clash: what it writes when a port is taken, "{port}" standing for it.
        handler: answers HTTP requests.
        log: what it writes when it starts.
    """

    def __init__(
        self,
        handler: Handler | None = None,
        *,
        ports: Sequence[int] = (),
        log: Sequence[str] = (),
        clash: str = "listen tcp :{port}: bind: address already in use",
        stop: Stop | None = QUICK,
        ready: float = 0.05,
        process: str = "",
    ) -> None:
        super().__init__(ports=ports, stop=stop, ready=ready, process=process)
        self._handler = handler
        self._log = log
        self._clash = clash

    def begin(self, container: Container) -> Life:
        """Runs for ever, unless a port is taken, or one that it may not have."""
        if container.plan.spec.get("securityContext") or container.pod["spec"].get("securityContext"):
            for port in self.listens(container):
                if not container.may_bind(port):
                    container.state["denied"] = port
                    return Life(0.2, 1)
        if len(container.pod["spec"]["containers"]) > 1:
            for port in self.listens(container):
                if container.port_taken(port):
                    container.state["clash"] = port
                    return Life(0.2, 1)
        return FOREVER

    def started_log(self, container: Container) -> Sequence[Line]:
        """Returns the lines of its start, or why it could not."""
        clash, denied = container.state.get("clash"), container.state.get("denied")
        if clash is not None:
            return [Line(0.1, text, "stderr") for text in self._clash.format(port=clash).split("\n")]
        if denied is not None:
            said = self._clash.format(port=denied).replace("address already in use", "permission denied")
            said = said.replace("(98)Address already in use", "(13)Permission denied")
            return [Line(0.1, text, "stderr") for text in said.split("\n")]
        return [Line(0.01, text) for text in self._log]

    def answer(self, container: Container, port: int, request: Request) -> Reply:
        """Lets the handler answer HTTP."""
        if not isinstance(request, HttpRequest):
            return TextReply(
                "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain\r\nConnection: close\r\n\r\n400 Bad Request"
            )
        if self._handler is None:
            return reply(200, "")
        return self._handler(container, request)


def flag(argv: Sequence[str], name: str, default: str = "") -> str:
    """Returns the value of a flag in a command line: `-name=value`, `--name value` ..."""
    for index, word in enumerate(argv):
        bare = word.lstrip("-")
        if word.startswith("-") and bare.partition("=")[0] == name:
            if "=" in bare:
                return bare.partition("=")[2]
            return argv[index + 1] if index + 1 < len(argv) else default
    return default
