"""The Ingress controller of the ingress-nginx project: nginx configured from the Ingresses of its class.

It passes requests to the Pods behind a Service itself, past the Service's own address, and says who asked in headers.
Source: kubernetes.github.io/ingress-nginx; rootfs/etc/nginx/template/nginx.tmpl.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from kubelab.cluster.kinds import Ingress, IngressClass, Secret
from kubelab.cluster.klog import klog
from kubelab.cluster.node.program import FOREVER, Life, Line, Program, Stop
from kubelab.cluster.node.programs.ingress_annotations import (
    answered,
    cookie_name,
    cookie_of,
    cookies_of,
    refusal,
    takes_canary,
)
from kubelab.cluster.node.programs.ingress_routes import (
    Location,
    Routes,
    annotation,
    is_of_class,
    redirects_to_tls,
    rewritten,
)
from kubelab.cluster.node.programs.proxying import addresses, endpoint, forwarding, page, passed_on
from kubelab.cluster.node.programs.server import common_log_time, flag, reply, say
from kubelab.cluster.objects import Key, Object
from kubelab.cluster.servercertificates import FAKE, certificate_in
from kubelab.cluster.sockets import HttpReply, HttpRequest, Reply, Request, TextReply

if TYPE_CHECKING:
    from kubelab.cluster.node.container import Container

FAKE_FILE = "/etc/ingress-controller/ssl/default-fake-certificate.pem"
HTTP, HTTPS, STATUS = 80, 443, 10254
CONTROLLER = "k8s.io/ingress-nginx"
HSTS = {"Strict-Transport-Security": "max-age=31536000; includeSubDomains"}


class IngressNginx(Program):
    """nginx-ingress-controller."""

    def __init__(self) -> None:
        super().__init__(ports=(HTTP, HTTPS, STATUS, 8443, 8181), ready=1.5, stop=Stop(0.5, 0))

    def speaks(self, port: int) -> str:
        """HTTPS on its own port and for webhooks."""
        return "https" if port in (HTTPS, 8443) else "http"

    def begin(self, container: Container) -> Life:
        """Runs for ever."""
        return FOREVER

    def started_log(self, container: Container) -> Sequence[Line]:
        """Returns the start's lines."""
        texts = (
            'main.go:205] "Creating API client" host="https://10.96.0.1:443"',
            'main.go:248] "Running in Kubernetes cluster" major="1" minor="" state="clean" platform="linux/amd64"',
            f'main.go:101] "SSL fake certificate created" file="{FAKE_FILE}"',
            'nginx.go:273] "Starting NGINX Ingress controller"',
            'nginx.go:317] "Starting NGINX process"',
            "leaderelection.go:271] successfully acquired lease ingress-nginx/ingress-nginx-leader",
            'controller.go:196] "Configuration changes detected, backend reload required"',
            'controller.go:216] "Backend successfully reloaded"',
        )
        head = "-" * 79
        lines = [head, "NGINX Ingress controller", f"  Release:       {container.version}", head]
        found = [Line(0.2, text) for text in lines]
        return found + [Line(0.4, klog(container.started + 0.4, text, 7), "stderr") for text in texts]

    # what it serves

    def routes(self, container: Container) -> Routes:
        """Returns the routes of its class's Ingresses."""
        store, argv = container.cluster.store, container.argv
        wanted = flag(argv, "controller-class", CONTROLLER)
        classes = [
            each["metadata"]["name"]
            for each in store.table(IngressClass.prefix).rows.values()
            if (each.get("spec") or {}).get("controller") == wanted
        ]
        without = flag(argv, "watch-ingress-without-class", "false") == "true"
        ingresses = store.table(Ingress.prefix).rows.values()
        return Routes(each for each in ingresses if is_of_class(each, classes, without=without))

    def certificate(self, container: Container, port: int, name: str) -> str:
        """Returns the certificate for a name that a client asks for in its handshake (SNI)."""
        found = self.routes(container).secret(name)
        secret = container.cluster.store.get(Secret.path(Key(*found))) if found is not None and found[1] else None
        return certificate_in(secret) or FAKE

    # requests

    def answer(self, container: Container, port: int, request: Request) -> Reply:
        """Passes a request on, and logs it."""
        if not isinstance(request, HttpRequest):
            return TextReply("HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n")
        if port == STATUS:
            healthy = request.path.partition("?")[0] in ("/healthz", "/metrics")
            return reply(200, "ok") if healthy else reply(404, "404 page not found\n")
        host, routes = request.host.partition(":")[0].lower(), self.routes(container)
        location = routes.find(host, request.path.partition("?")[0])
        upstream = ""
        if location is None:
            answer = page(404)
        elif not request.tls and redirects_to_tls(routes, location, host):
            answer = page(308, {"Location": f"https://{host}{request.path}"})
        else:
            answer, upstream = self._pass_on(container, location, request)
        if request.tls and location is not None:
            answer = HttpReply(answer.status, answer.reason, {**answer.headers, **HSTS}, answer.body)
        self._log(container, request, answer, location, upstream)
        return answer

    def _pass_on(self, container: Container, location: Location, request: HttpRequest) -> tuple[HttpReply, str]:
        """Asks one of the backend's Pods; returns the answer and the Pod's address."""
        refused = refusal(container, location, request)
        if refused is not None:
            return refused, ""
        ingress = location.ingress
        canary = self.routes(container).canaries.get((location.host, location.path))
        if canary is not None and takes_canary(container, canary.ingress, request):
            location = canary
        backend, cookies = location.backend.get("service") or {}, cookies_of(request)
        port = backend.get("port") or {}
        address = kept_address(container, location, port, cookies.get(cookie_name(ingress), ""))
        if not address:
            return page(503), ""
        scheme = "https" if annotation(ingress, "backend-protocol") == "HTTPS" else "http"
        headers = {**request.headers, **forwarding(request), "X-Request-ID": _token(container, request)}
        headers["Host"] = annotation(ingress, "upstream-vhost") or request.host
        prefix = annotation(ingress, "x-forwarded-prefix")
        if prefix:
            headers["X-Forwarded-Prefix"] = prefix
        url = f"{scheme}://{address}{rewritten(location._replace(ingress=ingress), request.path)}"
        reply = passed_on(container, url, request, headers)
        return answered(location._replace(ingress=ingress), reply, address, cookies), address

    def _log(
        self, container: Container, request: HttpRequest, answer: HttpReply, location: Location | None, upstream: str
    ) -> None:
        agent, size = request.headers.get("User-Agent", "-"), len(answer.body.encode())
        name = upstream_name(location) if location is not None else "upstream-default-backend"
        shown = f"{upstream} {size} 0.001 {answer.status}" if upstream else "- - - -"
        token = _token(container, request)
        say(
            container,
            f'{request.client} - - [{common_log_time(container.now())}] "{request.method} {request.path} HTTP/1.1" '
            f'{answer.status} {size} "-" "{agent}" {len(request.path) + 74} 0.001 [{name}] [] {shown} {token}',
        )


def kept_address(container: Container, location: Location, port: Object, cookie: str) -> str:
    """Returns a Pod of a location's backend: the one that the client's cookie names, if it is ready, else any."""
    name, namespace = (location.backend.get("service") or {}).get("name", ""), location.ingress["metadata"]["namespace"]
    if cookie:
        for address in addresses(container, namespace, name, port):
            if cookie_of(address) == cookie:
                return address
    return endpoint(container, namespace, name, port)


def _token(container: Container, request: HttpRequest) -> str:
    """Returns the number by which a request is known in headers and log."""
    return container.cluster.random.hex(32, "request", container.now(), request.path, request.client)


def upstream_name(location: Location) -> str:
    """Returns a backend as ingress-nginx names it: namespace-service-port."""
    service = location.backend.get("service") or {}
    port = service.get("port") or {}
    namespace = location.ingress["metadata"]["namespace"]
    return f"{namespace}-{service.get('name', '')}-{port.get('number') or port.get('name', '')}"
