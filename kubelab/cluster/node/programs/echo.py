"""Small servers that tell who answered: what tutorials expose, scale and balance."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

from kubelab.cluster.clock import micro
from kubelab.cluster.node.program import Life, Line, Stop
from kubelab.cluster.node.programs.server import Server, common_log_time, flag, reply, say
from kubelab.cluster.sockets import HttpReply, HttpRequest, Reply, Request, TextReply

if TYPE_CHECKING:
    from kubelab.cluster.node.container import Container


class HelloApp(Server):
    """gcr.io/google-samples/hello-app: version 1 and 2, on $PORT or 8080."""

    def __init__(self) -> None:
        super().__init__(self._hello, ports=(8080,), stop=Stop(0.01, 2))

    def listens(self, container: Container) -> Sequence[int]:
        """Returns the port that the environment names."""
        port = container.env.get("PORT", "8080")
        return (int(port),) if port.isdigit() else self.ports

    def started_log(self, container: Container) -> Sequence[Line]:
        """Returns its one line."""
        return [
            Line(0.02, f"{_go_time(container.started)} Server listening on port {self.listens(container)[0]}", "stderr")
        ]

    def _hello(self, container: Container, request: HttpRequest) -> HttpReply:
        say(container, f"{_go_time(container.now())} Serving request: {request.path}", "stderr")
        version = "2.0.0" if container.version.startswith("2") else "1.0.0"
        return reply(200, f"Hello, world!\nVersion: {version}\nHostname: {container.hostname}\n")


class HttpEcho(Server):
    """hashicorp/http-echo: answers what -text says, on -listen or 5678."""

    def __init__(self) -> None:
        super().__init__(self._echo, ports=(5678,), stop=Stop(0.01, 0))

    def begin(self, container: Container) -> Life:
        """Wants to be told its text."""
        return super().begin(container) if self._text(container) else Life(0.05, 127)

    def _text(self, container: Container) -> str:
        return flag(container.argv, "text", container.env.get("ECHO_TEXT", ""))

    def listens(self, container: Container) -> Sequence[int]:
        """Returns the port of -listen."""
        port = flag(container.argv, "listen", ":5678").rpartition(":")[2]
        return (int(port),) if port.isdigit() else self.ports

    def started_log(self, container: Container) -> Sequence[Line]:
        """Returns its one line."""
        if not self._text(container):
            return [Line(0.02, "Missing -text option or ECHO_TEXT env var!", "stderr")]
        stamp = _go_time(container.started)
        return [Line(0.02, f"{stamp} [INFO] server is listening on :{self.listens(container)[0]}")]

    def _echo(self, container: Container, request: HttpRequest) -> HttpReply:
        text = self._text(container)
        return HttpReply(200, "OK", {"X-App-Name": "http-echo", "X-App-Version": container.version}, f"{text}\n")


HEALTH_HTTP = 8080  # where grpc-health-checking is told what to answer


class Agnhost(Server):
    """registry.k8s.io/e2e-test-images/agnhost: netexec, serve-hostname, liveness, pause and more in one."""

    def __init__(self) -> None:
        super().__init__(None, ports=(), stop=Stop(0.01, 0))

    def _command(self, container: Container) -> str:
        words = [word for word in container.argv[1:] if not word.startswith("-")]
        return words[0] if words else "pause"

    def started_log(self, container: Container) -> Sequence[Line]:
        """Returns what its subcommand says when it starts."""
        ports = self.listens(container)
        texts = {
            "netexec": [f"Started HTTP server on port {ports[0] if ports else 0}", "Started UDP server on port  8081"],
            "serve-hostname": [f"Serving on port {ports[0] if ports else 0}."],
            "pause": ["Paused"],
            "grpc-health-checking": [f"Http server starting to listen on :{HEALTH_HTTP}"],
        }.get(self._command(container), [])
        return [Line(0.02, self._klog(container.started + 0.02, text), "stderr") for text in texts]

    def _klog(self, seconds: float, text: str) -> str:
        return f"I{datetime.fromtimestamp(seconds, UTC).strftime('%m%d %H:%M:%S.%f')} {1:7d} log.go:245] {text}"

    def listens(self, container: Container) -> Sequence[int]:
        """Returns the port of its subcommand."""
        command = self._command(container)
        if command == "netexec":
            return (int(flag(container.argv, "http-port", "8080")),)
        if command == "serve-hostname":
            return (int(flag(container.argv, "port", "9376")),)
        if command == "liveness":
            return (8080,)
        if command == "grpc-health-checking":
            return (int(flag(container.argv, "port", "5000")), HEALTH_HTTP)
        return (int(flag(container.argv, "port", "80")),) if command in ("porter", "test-webserver") else ()

    def health(self, container: Container, port: int) -> str:
        """Serves until it was told not to, or until its time is over (--delay-unhealthy-sec)."""
        if self._command(container) != "grpc-health-checking" or port == HEALTH_HTTP:
            return ""
        delay = float(flag(container.argv, "delay-unhealthy-sec", "-1"))
        late = 0 <= delay <= container.now() - container.started
        return "NOT_SERVING" if late or container.memory().get("serves") is False else "SERVING"

    def answer(self, container: Container, port: int, request: Request) -> Reply:
        """Answers by its subcommand."""
        if not isinstance(request, HttpRequest):
            return TextReply(container.hostname)
        command, url = self._command(container), urlsplit(request.path)
        if command == "serve-hostname":
            return reply(200, container.hostname)
        if command == "liveness":
            late = container.now() - container.started
            return reply(200, "ok") if late <= 10 else reply(500, f"error: {late:.6f}")
        if command == "grpc-health-checking" and url.path in ("/make-serving", "/make-not-serving"):
            container.remember({**container.memory(), "serves": url.path == "/make-serving"})
        if command != "netexec":
            return reply(200, "")
        return self._netexec(container, url.path, parse_qs(url.query), request)

    def _netexec(self, container: Container, path: str, query: dict[str, list[str]], request: HttpRequest) -> HttpReply:
        say(container, self._klog(container.now(), f"{request.method} {request.path}"), "stderr")
        if path == "/hostname":
            return reply(200, container.hostname)
        if path in ("/healthz", "/readyz"):
            return reply(200, "")
        if path == "/clientip":
            return reply(200, f"{request.client}:40000")
        if path == "/echo":
            return reply(int(query.get("code", ["200"])[0]), query.get("msg", [""])[0])
        if path == "/header":
            return reply(200, request.headers.get(query.get("key", [""])[0], ""))
        if path == "/":
            now, up = container.now(), container.now() - container.started
            stamp = datetime.fromtimestamp(now, UTC).strftime("%Y-%m-%d %H:%M:%S.%f")
            return reply(200, f"NOW: {stamp}000 +0000 UTC m=+{up:.9f}")
        return reply(404, "404 page not found\n")


class EchoServer(Server):
    """registry.k8s.io/echoserver: tells the whole request."""

    def __init__(self, port: int = 8080) -> None:
        super().__init__(self._echo, ports=(port,), stop=Stop(0.05, 0))

    def _echo(self, container: Container, request: HttpRequest) -> HttpReply:
        headers = "".join(f"\t{name.lower()}={value}  \n" for name, value in sorted(request.headers.items()))
        body = (
            f"\n\nHostname: {container.hostname}\n\nPod Information:\n\t-no pod information available-\n\n"
            f"Server values:\n\tserver_version=nginx: 1.13.3 - lua: 10008\n\nRequest Information:\n"
            f"\tclient_address={request.client}\n\tmethod={request.method}\n\treal path={request.path}\n\tquery=\n"
            f"\trequest_version=1.1\n\trequest_scheme=http\n\trequest_uri=http://{request.host.partition(':')[0]}:8080{request.path}\n\n"
            f"Request Headers:\n{headers}\thost={request.host}  \n\nRequest Body:\n"
            f"\t{request.body or '-no body in request-'}\n\n"
        )
        return reply(200, body, {"Content-Type": "text/plain", "Server": "echoserver"})


class Whoami(Server):
    """traefik/whoami: host name, addresses and the request."""

    def __init__(self) -> None:
        super().__init__(self._who, ports=(80,), log=("Starting up on port 80",), stop=Stop(0.01, 2))

    def listens(self, container: Container) -> Sequence[int]:
        """Returns the port of --port or $WHOAMI_PORT_NUMBER."""
        port = flag(container.argv, "port", container.env.get("WHOAMI_PORT_NUMBER", "80"))
        return (int(port),) if port.isdigit() else self.ports

    def _who(self, container: Container, request: HttpRequest) -> HttpReply:
        headers = "".join(f"{name}: {value}\n" for name, value in sorted(request.headers.items()))
        if request.path.startswith("/health"):
            return reply(200, "")
        return reply(
            200,
            f"Hostname: {container.hostname}\nIP: 127.0.0.1\nIP: ::1\nIP: {container.ip}\n"
            f"RemoteAddr: {request.client}:40000\n"
            f"{request.method} {request.path} HTTP/1.1\nHost: {request.host}\n{headers}\n",
        )


class Podinfo(Server):
    """stefanprodan/podinfo: JSON about itself, with health endpoints."""

    def __init__(self) -> None:
        super().__init__(self._info, ports=(9898, 9999), stop=Stop(3.0, 0))

    def _info(self, container: Container, request: HttpRequest) -> HttpReply:
        json_type = {"Content-Type": "application/json; charset=utf-8"}
        path = request.path.partition("?")[0]
        if path in ("/healthz", "/readyz"):
            return reply(200, json.dumps({"status": "OK"}, indent=2), json_type)
        if path.startswith("/status/") and path[8:].isdigit():
            return reply(int(path[8:]), json.dumps({"status": int(path[8:])}, indent=2), json_type)
        version = "6.9.4" if container.version == "latest" else container.version
        info = {
            "hostname": container.hostname,
            "version": version,
            "revision": "",
            "color": container.env.get("PODINFO_UI_COLOR", "#34577c"),
            "logo": "https://raw.githubusercontent.com/stefanprodan/podinfo/gh-pages/cuddle_clap.gif",
            "message": container.env.get("PODINFO_UI_MESSAGE", f"greetings from podinfo v{version}"),
            "goos": "linux",
            "goarch": "amd64",
            "runtime": "go1.25.5",
            "num_goroutine": "9",
            "num_cpu": "2",
        }
        return reply(200, json.dumps(info, indent=2), json_type)


class NginxHello(Server):
    """nginxdemos/hello: address, name, time and URI as plain text or as a page."""

    def __init__(self) -> None:
        super().__init__(self._hello, ports=(80,))

    def _hello(self, container: Container, request: HttpRequest) -> HttpReply:
        return reply(
            200,
            f"Server address: {container.ip}:80\nServer name: {container.hostname}\n"
            f"Date: {_date(container.now())}\nURI: {request.path}\nRequest ID: {container.id[:32]}\n",
            {"Content-Type": "text/plain"},
        )


class Bootcamp(Server):
    """gcr.io/google-samples/kubernetes-bootcamp: the tutorial's application."""

    def __init__(self) -> None:
        super().__init__(self._hello, ports=(8080,))

    def started_log(self, container: Container) -> Sequence[Line]:
        """Returns its start line."""
        return [
            Line(
                0.1,
                f"Kubernetes Bootcamp App Started At: {_iso(container.started)} | Running On:  {container.hostname}\n",
            )
        ]

    def _hello(self, container: Container, request: HttpRequest) -> HttpReply:
        version = container.version.removeprefix("v") if container.version != "latest" else "1"
        up = container.now() - container.started
        say(
            container,
            f"Running On: {container.hostname} | Total Requests: 1 | App Uptime: {up:.3f} seconds | "
            f"Log Time: {_iso(container.now())}",
        )
        return reply(200, f"Hello Kubernetes bootcamp! | Running on: {container.hostname} | v={version}\n")


def _go_time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y/%m/%d %H:%M:%S")


def _date(seconds: float) -> str:
    return common_log_time(seconds)


def _iso(seconds: float) -> str:
    return f"{micro(seconds)[:-4]}Z"
