"""NGINX Gateway Fabric: nginx configured from a Gateway of its class and the routes attached to it.

Source: docs.nginx.com/nginx-gateway-fabric (1.6), overview/gateway-api-compatibility; gateway-api.sigs.k8s.io.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from kubelab.cluster.kinds import Namespace, Secret
from kubelab.cluster.node.program import Line, Program, Stop
from kubelab.cluster.node.programs.gateway_routes import GROUP, GRPC, HTTP, Rule, is_host, rules_for
from kubelab.cluster.node.programs.gateway_rules import (
    is_valid,
    listener_conditions,
    wrong_with_backend,
    wrong_with_rules,
)
from kubelab.cluster.node.programs.proxying import endpoint, forwarding, page, passed_on
from kubelab.cluster.node.programs.server import common_log_time, reply, say
from kubelab.cluster.objects import Key, Object
from kubelab.cluster.servercertificates import certificate_in
from kubelab.cluster.sockets import HttpReply, HttpRequest, Reply, Request, TextReply

if TYPE_CHECKING:
    from kubelab.cluster.node.container import Container
    from kubelab.cluster.store import Store

CONTROLLER = "gateway.nginx.org/nginx-gateway-controller"
CLASSES, GATEWAYS = f"/registry/{GROUP}/gatewayclasses/", f"/registry/{GROUP}/gateways/"
ROUTES = {HTTP: f"/registry/{GROUP}/httproutes/", GRPC: f"/registry/{GROUP}/grpcroutes/"}
STATUS = 8081


def gateways_of(store: Store) -> list[Object]:
    """Returns the Gateways of classes that name the controller, the oldest one first: that one is served."""
    classes = [
        each["metadata"]["name"]
        for each in store.table(CLASSES).rows.values()
        if (each.get("spec") or {}).get("controllerName") == CONTROLLER
    ]
    found = [each for each in store.table(GATEWAYS).rows.values() if each["spec"].get("gatewayClassName") in classes]
    return sorted(found, key=lambda one: (one["metadata"]["creationTimestamp"], one["metadata"]["name"]))


def gateway_of(store: Store) -> Object | None:
    """Returns the Gateway that is served, None where there is none."""
    return next(iter(gateways_of(store)), None)


def routes_of(store: Store) -> list[tuple[str, Object]]:
    """Returns all routes, each with its kind."""
    return [(kind, route) for kind, prefix in ROUTES.items() for route in store.table(prefix).rows.values()]


def serving(store: Store, gateway: Object | None) -> list[Object]:
    """Returns the listeners of a Gateway that have nothing wrong with them."""
    listeners = gateway["spec"].get("listeners") or () if gateway is not None else ()
    return [each for each in listeners if is_valid(listener_conditions(store, gateway or {}, each))]


def namespaces_of(store: Store) -> dict[str, Object]:
    """Returns all namespaces by their names."""
    return {each["metadata"]["name"]: each for each in store.table(Namespace.prefix).rows.values()}


class GatewayNginx(Program):
    """The controller with its nginx; it listens where the Gateway's listeners say."""

    def __init__(self) -> None:
        super().__init__(ready=1.0, stop=Stop(0.5, 0))

    def listens(self, container: Container) -> Sequence[int]:
        """Returns the ports of the Gateway's listeners, and the one for health checks."""
        store = container.cluster.store
        ports = [listener["port"] for listener in serving(store, gateway_of(store))]
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
        wanted = [each for each in serving(store, gateway) if each["port"] == port]
        for listener in sorted(wanted, key=lambda each: -len(each.get("hostname") or "")):
            if listener.get("hostname") is not None and not is_host(listener["hostname"], name):
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
        served = {**gateway, "spec": {**gateway["spec"], "listeners": serving(store, gateway)}}
        rules = rules_for(served, routes_of(store), namespaces_of(store), port, host, wrong_with_rules)
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
        answered: list[Object] = []
        for each in rule.rule.get("filters") or ():
            if each["type"] == "RequestRedirect":
                return _redirect(each.get("requestRedirect") or {}, request)
            if each["type"] == "RequestHeaderModifier":
                headers = _modified(headers, each.get("requestHeaderModifier") or {})
            if each["type"] == "ResponseHeaderModifier":
                answered.append(each.get("responseHeaderModifier") or {})
            if each["type"] == "URLRewrite":
                path = _rewritten(each.get("urlRewrite") or {}, rule, path)
                headers["Host"] = (each.get("urlRewrite") or {}).get("hostname") or headers["Host"]
        answer = self._asked(container, rule, request, path, headers)
        for wanted in answered:
            answer = HttpReply(answer.status, answer.reason, _modified(dict(answer.headers), wanted), answer.body)
        return answer

    def _asked(
        self, container: Container, rule: Rule, request: HttpRequest, path: str, headers: dict[str, str]
    ) -> HttpReply:
        """Asks a backend; 500 where the one that was chosen is not valid, as the specification has it."""
        chosen = _weighed(container, rule.rule.get("backendRefs") or [])
        if chosen is None or wrong_with_backend(container.cluster.store, rule.kind, rule.route, chosen) is not None:
            return page(500)
        namespace = chosen.get("namespace") or rule.route["metadata"]["namespace"]
        address = endpoint(container, namespace, chosen["name"], {"number": chosen.get("port")})
        return passed_on(container, f"http://{address}{path}", request, headers) if address else page(503)


def _weighed(container: Container, references: list[Object]) -> Object | None:
    """Chooses a backend by the weights; None where all weights are zero."""
    weights = [int(reference.get("weight", 1)) for reference in references]
    if not sum(weights):
        return None
    drawn = container.cluster.network.draw(sum(weights))
    for reference, weight in zip(references, weights, strict=True):
        if drawn < weight:
            return reference
        drawn -= weight
    return None


def _redirect(wanted: Object, request: HttpRequest) -> HttpReply:
    host = wanted.get("hostname") or request.host.partition(":")[0]
    scheme = wanted.get("scheme") or ("https" if request.tls else "http")
    own = {"http": 80, "https": 443}.get(scheme, 80) if wanted.get("scheme") else 443 if request.tls else 80
    number = int(wanted.get("port") or own)
    port = f":{number}" if number != {"http": 80, "https": 443}[scheme] else ""
    return page(int(wanted.get("statusCode", 302)), {"Location": f"{scheme}://{host}{port}{request.path}"})


def _modified(headers: dict[str, str], wanted: Object) -> dict[str, str]:
    removed = {name.lower() for name in wanted.get("remove") or ()}
    kept = {name: value for name, value in headers.items() if name.lower() not in removed}
    for each in wanted.get("set") or ():
        kept = {name: value for name, value in kept.items() if name.lower() != each["name"].lower()}
        kept[each["name"]] = each["value"]
    for each in wanted.get("add") or ():
        before = next((name for name in kept if name.lower() == each["name"].lower()), "")
        kept[before or each["name"]] = f"{kept[before]},{each['value']}" if before else each["value"]
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
