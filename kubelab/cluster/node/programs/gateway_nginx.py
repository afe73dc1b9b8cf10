"""NGINX Gateway Fabric: nginx configured from a Gateway of its class and the HTTPRoutes attached to it.

Source: docs.nginx.com/nginx-gateway-fabric (1.6), overview/gateway-api-compatibility; gateway-api.sigs.k8s.io.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from kubelab.cluster.kinds import Namespace, Secret, Service
from kubelab.cluster.node.program import Line, Program, Stop
from kubelab.cluster.node.programs.gateway_routes import GROUP, Rule, rules_for
from kubelab.cluster.node.programs.proxying import endpoint, forwarding, page, passed_on
from kubelab.cluster.node.programs.server import common_log_time, reply, say
from kubelab.cluster.objects import Key, Object
from kubelab.cluster.servercertificates import certificate_in
from kubelab.cluster.sockets import HttpReply, HttpRequest, Reply, Request, TextReply

if TYPE_CHECKING:
    from kubelab.cluster.node.container import Container
    from kubelab.cluster.store import Store

CONTROLLER = "gateway.nginx.org/nginx-gateway-controller"
CLASSES, GATEWAYS, ROUTES = (
    f"/registry/{GROUP}/gatewayclasses/", f"/registry/{GROUP}/gateways/", f"/registry/{GROUP}/httproutes/",
)  # fmt: skip
STATUS = 8081


def gateway_of(store: Store) -> Object | None:
    """Returns the Gateway that is served: the oldest one of a class that names the controller."""
    classes = [
        each["metadata"]["name"]
        for each in store.table(CLASSES).rows.values()
        if (each.get("spec") or {}).get("controllerName") == CONTROLLER
    ]
    found = [each for each in store.table(GATEWAYS).rows.values() if each["spec"].get("gatewayClassName") in classes]
    return min(found, key=lambda one: (one["metadata"]["creationTimestamp"], one["metadata"]["name"]), default=None)


def namespaces_of(store: Store) -> dict[str, Object]:
    """Returns all namespaces by their names."""
    return {each["metadata"]["name"]: each for each in store.table(Namespace.prefix).rows.values()}


class GatewayNginx(Program):
    """The controller with its nginx; it listens where the Gateway's listeners say."""

    def __init__(self) -> None:
        super().__init__(ready=1.0, stop=Stop(0.5, 0))

    def listens(self, container: Container) -> Sequence[int]:
        """Returns the ports of the Gateway's listeners, and the one for health checks."""
        gateway = gateway_of(container.cluster.store)
        ports = [listener["port"] for listener in gateway["spec"].get("listeners") or ()] if gateway is not None else []
        return list(dict.fromkeys([STATUS, *ports]))

    def speaks(self, port: int) -> str:
        """HTTPS on its usual ports."""
        return "https" if port in (443, 8443) else "http"

    def started_log(self, container: Container) -> Sequence[Line]:
        """Returns the start's lines."""
        head = '{"level":"info","logger":"'
        texts = (
            f'{head}manager","msg":"Starting NGINX Gateway Fabric in static mode","version":"{container.version}"}}',
            f'{head}eventLoop","msg":"added an event to the next batch","type":"*events.UpsertEvent","total":1}}',
            f'{head}eventHandler","msg":"NGINX configuration was successfully updated"}}',
        )
        return [Line(0.3, text, "stderr") for text in texts]

    def certificate(self, container: Container, port: int, name: str) -> str:
        """Returns the certificate of the listener that serves a name."""
        store = container.cluster.store
        gateway = gateway_of(store)
        for listener in gateway["spec"].get("listeners") or () if gateway is not None else ():
            if listener["port"] != port or listener.get("hostname") not in (None, name):
                continue
            for reference in (listener.get("tls") or {}).get("certificateRefs") or ():
                namespace = reference.get("namespace") or (gateway or listener)["metadata"]["namespace"]
                return certificate_in(store.get(Secret.path(Key(namespace, reference["name"]))))
        return ""

    def answer(self, container: Container, port: int, request: Request) -> Reply:
        """Passes a request on, and logs it."""
        if not isinstance(request, HttpRequest):
            return TextReply("HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n")
        if port == STATUS:
            return reply(200, "") if request.path.startswith("/readyz") else reply(404, "404 page not found\n")
        store, host = container.cluster.store, request.host.partition(":")[0].lower()
        gateway = gateway_of(store)
        if gateway is None:
            return page(404)
        routes = store.table(ROUTES).rows.values()
        rules = rules_for(gateway, routes, namespaces_of(store), port, host)
        rule = next((each for each in rules if each.matches(request.method, request.path, request.headers)), None)
        answer = self._serve(container, rule, request) if rule is not None else page(404)
        agent = request.headers.get("User-Agent", "-")
        say(
            container,
            f'{request.client} - - [{common_log_time(container.now())}] "{request.method} {request.path} HTTP/1.1" '
            f'{answer.status} {len(answer.body.encode())} "-" "{agent}"',
        )
        return answer

    def _serve(self, container: Container, rule: Rule, request: HttpRequest) -> HttpReply:
        path, headers = request.path, {**request.headers, **forwarding(request), "Host": request.host}
        for each in rule.rule.get("filters") or ():
            if each["type"] == "RequestRedirect":
                return _redirect(each.get("requestRedirect") or {}, request)
            if each["type"] == "RequestHeaderModifier":
                headers = _modified(headers, each.get("requestHeaderModifier") or {})
            if each["type"] == "URLRewrite":
                path = _rewritten(each.get("urlRewrite") or {}, rule, path)
                headers["Host"] = (each.get("urlRewrite") or {}).get("hostname") or headers["Host"]
        chosen = _weighed(container, rule.rule.get("backendRefs") or [])
        if chosen is None:
            return page(500)
        namespace = chosen.get("namespace") or rule.route["metadata"]["namespace"]
        if container.cluster.store.get(Service.path(Key(namespace, chosen["name"]))) is None:
            return page(500)  # what the specification asks for, where no backend is valid
        address = endpoint(container, namespace, chosen["name"], {"number": chosen.get("port")})
        return passed_on(container, f"http://{address}{path}", request, headers) if address else page(503)


def _weighed(container: Container, references: list[Object]) -> Object | None:
    """Chooses a backend by the weights."""
    slots = [reference for reference in references for _ in range(int(reference.get("weight", 1)))]
    return slots[container.cluster.network.draw(len(slots))] if slots else None


def _redirect(wanted: Object, request: HttpRequest) -> HttpReply:
    host = wanted.get("hostname") or request.host.partition(":")[0]
    scheme = wanted.get("scheme") or ("https" if request.tls else "http")
    port = f":{wanted['port']}" if wanted.get("port") else ""
    return page(int(wanted.get("statusCode", 302)), {"Location": f"{scheme}://{host}{port}{request.path}"})


def _modified(headers: dict[str, str], wanted: Object) -> dict[str, str]:
    removed = {name.lower() for name in wanted.get("remove") or ()}
    kept = {name: value for name, value in headers.items() if name.lower() not in removed}
    for each in (*(wanted.get("set") or ()), *(wanted.get("add") or ())):
        kept[each["name"]] = each["value"]
    return kept


def _rewritten(wanted: Object, rule: Rule, path: str) -> str:
    change = wanted.get("path") or {}
    bare, mark, query = path.partition("?")
    if change.get("type") == "ReplaceFullPath":
        bare = change.get("replaceFullPath") or "/"
    elif change.get("type") == "ReplacePrefixMatch":
        prefix = (rule.match.get("path") or {}).get("value") or "/"
        rest = bare[len(prefix.rstrip("/")) :]
        bare = ((change.get("replacePrefixMatch") or "/").rstrip("/") + rest) or "/"
    return bare + mark + query
