"""nginx: serves files from its container by its configuration, and writes its logs.

Source: nginx.org; the official image's entrypoint and configuration.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from kubelab.cluster.file_errors import FileError
from kubelab.cluster.node.program import FOREVER, Life, Line, Program, Stop
from kubelab.cluster.node.programs import nginxconf, nginxstart
from kubelab.cluster.node.programs.nginxconf import ConfigError, Directive, find_all, value
from kubelab.cluster.node.programs.server import REASONS, common_log_time, say
from kubelab.cluster.node.systems import system_of
from kubelab.cluster.sockets import HttpReply, HttpRequest, Reply, Request, TextReply

if TYPE_CHECKING:
    from kubelab.cluster.node.container import Container

CONF = "/etc/nginx/nginx.conf"
TYPES = {
    "html": "text/html", "htm": "text/html", "css": "text/css", "js": "application/javascript",
    "json": "application/json", "txt": "text/plain", "xml": "text/xml",
    "svg": "image/svg+xml", "png": "image/png", "ico": "image/x-icon",
}  # fmt: skip
ENTRYPOINT = "/docker-entrypoint.sh"
WORKERS = (29, 30)


class Nginx(Program):
    """The web server of the official image."""

    def __init__(self) -> None:
        super().__init__(ports=(80,), ready=0.08)

    # configuration

    def servers(self, container: Container) -> list[list[Directive]]:
        """Returns the server blocks in force.

        Raises:
            ConfigError: with nginx's words, the file in front.
        """
        servers: list[list[Directive]] = []
        for directive in self._read(container, CONF):
            if directive.name == "http":
                for inner in self._included(container, directive.body or []):
                    if inner.name == "server" and inner.body is not None:
                        servers.append(inner.body)
        return servers

    def _read(self, container: Container, path: str) -> list[Directive]:
        try:
            return nginxconf.parse(container.files.read(path))
        except FileError:
            raise ConfigError(f'open() "{path}" failed (2: No such file or directory)', 0) from None
        except ConfigError as error:
            raise ConfigError(f"{error} in {path}:{error.line}", error.line) from None

    def _included(self, container: Container, body: list[Directive]) -> list[Directive]:
        found: list[Directive] = []
        for directive in body:
            if directive.name != "include":
                found.append(directive)
                continue
            pattern = directive.words[1]
            if pattern.endswith("mime.types"):
                continue
            folder, _, name = (pattern if pattern.startswith("/") else f"/etc/nginx/{pattern}").rpartition("/")
            wanted = re.compile(re.escape(name).replace(r"\*", "[^/]*"))
            if container.files.is_dir(folder):
                for each in container.files.listdir(folder):
                    if wanted.fullmatch(each):
                        found += self._read(container, f"{folder}/{each}")
        return found

    # life

    def begin(self, container: Container) -> Life:
        """Ends at once where the configuration is wrong or a port is taken."""
        ports: Sequence[int] = self.ports
        if _mounts_configuration(container):
            try:
                ports = self._ports(self.servers(container))
            except ConfigError as error:
                container.state["emerg"] = str(error)
                return Life(0.15, 1)
        trouble = nginxstart.trouble(container, ports)
        if trouble:
            container.state["emerg"] = trouble
            return Life(0.15, 1)
        if len(container.pod["spec"]["containers"]) > 1:
            for port in ports:
                if container.port_taken(port):
                    container.state["clash"] = port
                    return Life(2.6, 1)
        return FOREVER

    def listens(self, container: Container) -> Sequence[int]:
        """Returns the ports of its `listen` directives."""
        if not _mounts_configuration(container) and not container.wrote_below("/etc/nginx"):
            return self.ports
        try:
            return self._ports(self.servers(container))
        except ConfigError:
            return self.ports

    def _ports(self, servers: list[list[Directive]]) -> list[int]:
        ports: dict[int, None] = {}
        for server in servers:
            listens = find_all(server, "listen")
            for directive in listens:
                number = directive.words[1].rpartition(":")[2].rstrip("]")
                if number.isdigit():
                    ports[int(number)] = None
            if not listens:
                ports[80] = None
        return list(ports)

    def on_signal(self, container: Container, signal: str) -> Stop | None:
        """QUIT ends it gracefully, TERM and INT fast; HUP reads the configuration anew."""
        if signal == "HUP":
            self._notice(container, "signal 1 (SIGHUP) received, reconfiguring")
            return None
        number = {"QUIT": 3, "TERM": 15, "INT": 2}.get(signal)
        if number is None:
            return None
        stamp = self.stamp(container.now())
        how = "gracefully shutting down" if signal == "QUIT" else "exiting"
        doing = "shutting down" if signal == "QUIT" else "exiting"
        lines = [f"{stamp} [notice] 1#1: signal {number} (SIG{signal}) received, {doing}"]
        for pid in WORKERS:
            lines += [f"{stamp} [notice] {pid}#{pid}: {how}", f"{stamp} [notice] {pid}#{pid}: exit"]
        for pid in WORKERS:
            lines.append(f"{stamp} [notice] 1#1: signal 17 (SIGCHLD) received from {pid}")
            lines.append(f"{stamp} [notice] 1#1: worker process {pid} exited with code 0")
        lines.append(f"{stamp} [notice] 1#1: exit")
        return Stop(0.12, 0, [Line(0.05, text, "stderr") for text in lines])

    def processes(self, container: Container) -> Sequence[tuple[int, str, str]]:
        """Returns the master and its workers."""
        master = (1, "", "nginx: master process nginx -g daemon off;")
        return (master, *((pid, "nginx", "nginx: worker process") for pid in WORKERS))

    # logs

    def started_log(self, container: Container) -> Sequence[Line]:
        """Returns what the entrypoint and nginx write at their start."""
        scripts = [
            f"{ENTRYPOINT}: /docker-entrypoint.d/ is not empty, will attempt to perform configuration",
            f"{ENTRYPOINT}: Looking for shell scripts in /docker-entrypoint.d/",
            f"{ENTRYPOINT}: Launching /docker-entrypoint.d/10-listen-on-ipv6-by-default.sh",
            *(f"10-listen-on-ipv6-by-default.sh: info: {text}" for text in nginxstart.ipv6(container)),
            f"{ENTRYPOINT}: Sourcing /docker-entrypoint.d/15-local-resolvers.envsh",
            f"{ENTRYPOINT}: Launching /docker-entrypoint.d/20-envsubst-on-templates.sh",
            f"{ENTRYPOINT}: Launching /docker-entrypoint.d/30-tune-worker-processes.sh",
            f"{ENTRYPOINT}: Configuration complete; ready for start up",
        ]
        lines = [Line(0.01, text) for text in scripts] if container.argv[0] == ENTRYPOINT else []
        return [*lines, *(Line(0.06, text, "stderr") for text in self.start_lines(container, container.started))]

    def start_lines(self, container: Container, seconds: float) -> list[str]:
        """Returns what nginx itself writes when it is started at a time."""
        stamp = self.stamp(seconds)
        warned = nginxstart.warning(container)
        lines = [f"{stamp} [warn] 1#1: {warned}", f"nginx: [warn] {warned}"] if warned else []
        if "emerg" in container.state:
            why = container.state["emerg"]
            return [*lines, f"{stamp} [emerg] 1#1: {why}", f"nginx: [emerg] {why}"]
        if "clash" in container.state:
            why = f"bind() to 0.0.0.0:{container.state['clash']} failed (98: Address already in use)"
            return [
                f"{stamp} [emerg] 1#1: {why}",
                f"nginx: [emerg] {why}",
                f"{stamp} [notice] 1#1: try again to bind() after 500ms",
                f"{stamp} [emerg] 1#1: still could not bind()",
                "nginx: [emerg] still could not bind()",
            ]
        notices = [
            'using the "epoll" event method',
            f"nginx/{container.version}",
            "built by gcc 12.2.0 (Debian 12.2.0-14+deb12u1)",
            f"OS: Linux {system_of(container.node.record).kernel}",
            "getrlimit(RLIMIT_NOFILE): 1048576:1048576",
            "start worker processes",
            *(f"start worker process {pid}" for pid in WORKERS),
        ]
        return [*lines, *(f"{stamp} [notice] 1#1: {text}" for text in notices)]

    def stamp(self, seconds: float) -> str:
        """Returns a time as nginx writes it in its log."""
        return datetime.fromtimestamp(seconds, UTC).strftime("%Y/%m/%d %H:%M:%S")

    def _notice(self, container: Container, text: str) -> None:
        say(container, f"{self.stamp(container.now())} [notice] 1#1: {text}", "stderr")

    # requests

    def answer(self, container: Container, port: int, request: Request) -> Reply:
        """Serves a request by the configuration, and logs it."""
        if not isinstance(request, HttpRequest):
            return TextReply(self._page(container, 400).body)
        try:
            server = self._server(self.servers(container), port, request.host)
        except ConfigError:
            server = []
        answer = self._serve(container, server, request)
        agent, referer = request.headers.get("User-Agent", "-"), request.headers.get("Referer", "-")
        size = 0 if request.method == "HEAD" else len(answer.body.encode("utf-8", "surrogateescape"))
        forwarded = request.headers.get("X-Forwarded-For", "-")
        say(
            container,
            f"{request.client or '-'} - - [{common_log_time(container.now())}] "
            f'"{request.method} {request.path} HTTP/1.1" {answer.status} '
            f'{size} "{referer}" "{agent}" "{forwarded}"',
        )
        return answer

    def _server(self, servers: list[list[Directive]], port: int, host: str) -> list[Directive]:
        here = [server for server in servers if port in self._ports([server])]
        name = host.partition(":")[0]
        for server in here:
            if any(name in directive.words[1:] for directive in find_all(server, "server_name")):
                return server
        return here[0] if here else []

    def _serve(self, container: Container, server: list[Directive], request: HttpRequest) -> HttpReply:
        path = request.path.partition("?")[0]
        location, prefix = _location(server, path)
        scope = [*location, *server]
        for directive in scope:
            if directive.name == "return":
                return self._return(container, directive, request)
            if directive.name == "stub_status":
                return self._reply(container, 200, _STATUS, "text/plain")
            if directive.name == "proxy_pass":
                return self._proxy(container, directive.words[1], prefix, request)
        if request.method not in ("GET", "HEAD"):
            return self._page(container, 405)
        return self._file(container, scope, prefix, path, request)

    def _return(self, container: Container, directive: Directive, request: HttpRequest) -> HttpReply:
        words = directive.words
        code = int(words[1]) if words[1].isdigit() else 302
        text = _variables(" ".join(words[2:]) if words[1].isdigit() else words[1], container, request)
        if code in (301, 302, 303, 307, 308):
            page = self._page(container, code)
            return HttpReply(code, page.reason, {**page.headers, "Location": text}, page.body)
        return self._reply(container, code, text, "text/plain") if text else self._page(container, code)

    def _proxy(self, container: Container, target: str, prefix: str, request: HttpRequest) -> HttpReply:
        rest = request.path[len(prefix) :] if target.count("/") > 2 else request.path
        url = target.rstrip("/") + (rest if rest.startswith("/") else f"/{rest}")
        outcome = container.cluster.network.request(
            container.place, url, request.method, dict(request.headers), request.body
        )
        found = getattr(outcome, "reply", None)
        return found if isinstance(found, HttpReply) else self._page(container, 502)

    def _file(
        self, container: Container, scope: list[Directive], prefix: str, path: str, request: HttpRequest
    ) -> HttpReply:
        root = value(scope, "root", "/etc/nginx/html" if not scope else "/usr/share/nginx/html")
        alias = value(scope, "alias")
        name = f"{alias}{path[len(prefix) :]}" if alias else f"{root.rstrip('/')}{path}"
        files = container.files
        try:
            if files.is_dir(name):
                if not path.endswith("/"):
                    page = self._page(container, 301)
                    return HttpReply(301, page.reason, {**page.headers, "Location": f"{path}/"}, page.body)
                return self._index(container, scope, name, request)
            return self._reply(
                container, 200, files.read(name), TYPES.get(name.rpartition(".")[2], "application/octet-stream")
            )
        except FileError as error:
            fallback = _try_files(scope)
            if fallback and fallback != path:
                return self._file(container, [d for d in scope if d.name != "try_files"], "/", fallback, request)
            return self._no_file(container, name, error, request)

    def _index(self, container: Container, scope: list[Directive], folder: str, request: HttpRequest) -> HttpReply:
        names = next((d.words[1:] for d in scope if d.name == "index"), ["index.html", "index.htm"])
        for name in names:
            if container.files.is_file(f"{folder.rstrip('/')}/{name}"):
                return self._reply(container, 200, container.files.read(f"{folder.rstrip('/')}/{name}"), "text/html")
        self._error(container, f'directory index of "{folder}" is forbidden', request)
        return self._page(container, 403)

    def _no_file(self, container: Container, name: str, error: FileError, request: HttpRequest) -> HttpReply:
        if error.args and "denied" in str(error):
            self._error(container, f'open() "{name}" failed (13: Permission denied)', request)
            return self._page(container, 403)
        self._error(container, f'open() "{name}" failed (2: No such file or directory)', request)
        return self._page(container, 404)

    def _error(self, container: Container, what: str, request: HttpRequest) -> None:
        pid = WORKERS[0]
        say(
            container,
            f"{self.stamp(container.now())} [error] {pid}#{pid}: *1 {what}, client: {request.client}, "
            f'server: localhost, request: "{request.method} {request.path} HTTP/1.1", host: "{request.host}"',
            "stderr",
        )

    def _page(self, container: Container, status: int) -> HttpReply:
        title = f"{status} {REASONS.get(status, 'Unknown')}"
        body = (
            f"<html>\r\n<head><title>{title}</title></head>\r\n<body>\r\n<center><h1>{title}</h1></center>\r\n"
            f"<hr><center>nginx/{container.version}</center>\r\n</body>\r\n</html>\r\n"
        )
        return self._reply(container, status, body, "text/html")

    def _reply(self, container: Container, status: int, body: str, kind: str) -> HttpReply:
        headers = {"Server": f"nginx/{container.version}", "Content-Type": kind}
        return HttpReply(status, REASONS.get(status, "Unknown"), headers, body)


def _mounts_configuration(container: Container) -> bool:
    mounts = container.plan.spec.get("volumeMounts") or ()
    return any(mount["mountPath"].startswith("/etc/nginx") for mount in mounts)


def _location(server: list[Directive], path: str) -> tuple[list[Directive], str]:
    """Returns the body of the location that a path falls into, and its prefix."""
    best: tuple[list[Directive], str] = ([], "/")
    length = -1
    for directive in find_all(server, "location"):
        modifier, pattern = (
            (directive.words[1], directive.words[2]) if len(directive.words) > 2 else ("", directive.words[1])
        )
        body = directive.body or []
        if modifier == "=" and pattern == path:
            return body, pattern
        if modifier in ("~", "~*"):
            if re.search(pattern, path, re.IGNORECASE if modifier == "~*" else 0):
                return body, "/"
        elif modifier != "=" and path.startswith(pattern) and len(pattern) > length:
            best, length = (body, pattern), len(pattern)
    return best


def _try_files(scope: list[Directive]) -> str:
    words = next((d.words for d in scope if d.name == "try_files"), [])
    return words[-1] if words and words[-1].startswith("/") else ""


def _variables(text: str, container: Container, request: HttpRequest) -> str:
    values = {
        "hostname": container.hostname,
        "host": request.host.partition(":")[0],
        "remote_addr": request.client,
        "request_uri": request.path,
        "uri": request.path.partition("?")[0],
        "server_addr": container.ip,
        "request_method": request.method,
        "scheme": "https" if request.tls else "http",
    }
    text = re.sub(r"\$\{?(\w+)\}?", lambda match: values.get(match[1], ""), text)
    return text.replace("\\n", "\n").replace("\\t", "\t")


_STATUS = "Active connections: 1 \nserver accepts handled requests\n 1 1 1 \nReading: 0 Writing: 1 Waiting: 0 \n"
