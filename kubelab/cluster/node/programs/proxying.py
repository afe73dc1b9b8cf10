"""What proxies in front of Services have in common: they choose a Pod themselves, and say in headers who asked.

Source: kubernetes.github.io/ingress-nginx, user-guide/miscellaneous; nginx.org, ngx_http_proxy_module.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from kubelab.cluster.kinds import Service
from kubelab.cluster.node.programs.server import REASONS
from kubelab.cluster.objects import Key, Object
from kubelab.cluster.sockets import HttpReply, HttpRequest

if TYPE_CHECKING:
    from kubelab.cluster.node.container import Container

WORDS = {
    **REASONS,
    308: "Permanent Redirect",
    401: "Authorization Required",
    503: "Service Temporarily Unavailable",
    504: "Gateway Time-out",
}
TIMED_OUT = ("timeout", "no-route")


def endpoint(container: Container, namespace: str, name: str, wanted: Object) -> str:
    """Returns the address of a ready Pod behind a Service, by chance; "" where there is none.

    Args:
        wanted: the port's "number" or "name".
    """
    found = addresses(container, namespace, name, wanted)
    return found[container.cluster.network.draw(len(found))] if found else ""


def addresses(container: Container, namespace: str, name: str, wanted: Object) -> list[str]:
    """Returns the addresses of the ready Pods behind a Service's port; those of an ExternalName are its name."""
    service = container.cluster.store.get(Service.path(Key(namespace, name)))
    port = _port(service, wanted) if service is not None else None
    entry = container.cluster.network.rules.entries.get(f"{namespace}/{name}")
    if service is None or port is None or entry is None:
        return []
    if service["spec"].get("type") == "ExternalName":
        return [f"{service['spec']['externalName']}:{port['port']}"]
    return [found.address for found in entry.endpoints(port.get("name", "")) if found.ready]


def _port(service: Object, wanted: Object) -> Object | None:
    for port in service["spec"].get("ports") or ():
        if wanted.get("number") == port["port"] or (wanted.get("name") and wanted["name"] == port.get("name")):
            found: Object = port
            return found
    return None


def passed_on(container: Container, url: str, request: HttpRequest, headers: Mapping[str, str]) -> HttpReply:
    """Sends a request on, and returns the answer, or the page of a gateway that got none."""
    outcome = container.cluster.network.request(container.place, url, request.method, headers, request.body)
    if outcome.reply is None:
        return page(504 if outcome.walk.outcome in TIMED_OUT else 502)
    kept = {name: value for name, value in outcome.reply.headers.items() if name != "Server"}
    return HttpReply(outcome.reply.status, outcome.reply.reason, kept, outcome.reply.body)


def forwarding(request: HttpRequest) -> dict[str, str]:
    """Returns the headers that tell a backend who asked, and how."""
    scheme = "https" if request.tls else "http"
    return {
        "X-Real-IP": request.client,
        "X-Forwarded-For": request.client,
        "X-Forwarded-Host": request.host,
        "X-Forwarded-Port": "443" if request.tls else "80",
        "X-Forwarded-Proto": scheme,
        "X-Forwarded-Scheme": scheme,
        "X-Scheme": scheme,
    }


def page(status: int, headers: Mapping[str, str] | None = None) -> HttpReply:
    """Returns one of nginx's own pages, without its version."""
    title = f"{status} {WORDS.get(status, 'Unknown')}"
    body = (
        f"<html>\r\n<head><title>{title}</title></head>\r\n<body>\r\n<center><h1>{title}</h1></center>\r\n"
        "<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"
    )
    return HttpReply(status, WORDS.get(status, "Unknown"), {"Content-Type": "text/html", **(headers or {})}, body)
