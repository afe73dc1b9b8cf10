"""HTTP over a walk: a request goes to whatever listens at its end, and a reply or the kind of failure comes back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from kubelab.cluster.network.haproxy import NAME as BALANCER
from kubelab.cluster.network.haproxy import STATISTICS
from kubelab.cluster.network.internet import BEYOND
from kubelab.cluster.network.place import Place
from kubelab.cluster.network.services import Entry
from kubelab.cluster.network.walk import Walk
from kubelab.cluster.sockets import HttpReply, HttpRequest, TextReply, TextRequest

if TYPE_CHECKING:
    from kubelab.cluster.network.network import Network

PORTS = {"http": 80, "https": 443}
SERVER_TIME = 0.001  # seconds that a web server takes
HANDSHAKE = 0.004  # seconds that TLS takes

UNRESOLVED, UNCONNECTED, NOT_TLS, NOT_HTTP, EMPTY = "unresolved", "unconnected", "not-tls", "not-http", "empty"


class Url(NamedTuple):
    """The parts of a URL; `path` holds the query string."""

    scheme: str
    host: str
    port: int
    path: str

    @classmethod
    def parse(cls, text: str) -> Url:
        """Reads a URL as curl does: without a scheme it is HTTP.

        Raises:
            ValueError: if it has no host, or its port is no number.
        """
        scheme, found, rest = text.partition("://")
        if not found:
            scheme, rest = "http", text
        cut = min((rest.find(mark) for mark in "/?#" if mark in rest), default=len(rest))
        authority, path = rest[:cut].rpartition("@")[2], rest[cut:].partition("#")[0]
        host, _, port = authority.partition(":")
        if not host or (port and not port.isdigit()):
            raise ValueError(f"bad URL: {text}")
        if not path.startswith("/"):
            path = "/" + path
        return cls(scheme.lower(), host, int(port) if port else PORTS.get(scheme.lower(), 0), path)

    @property
    def authority(self) -> str:
        """The Host header's value: the port is left out where it is the scheme's own."""
        return self.host if self.port == PORTS.get(self.scheme) else f"{self.host}:{self.port}"


@dataclass
class Exchange:
    """A request and what became of it.

    Args:
        walk: the way of the connection.
        reply: what the server answered; None where `failure` says why there is none.
        failure: UNRESOLVED, UNCONNECTED, NOT_TLS (no TLS at the other end), NOT_HTTP (another protocol answers:
            its text is in `raw`) or EMPTY (the server closed without a word); "" for a reply.
    """

    url: Url
    walk: Walk
    reply: HttpReply | None = None
    failure: str = ""
    raw: str = ""

    @property
    def seconds(self) -> float:
        """How long it took altogether, in virtual seconds."""
        handshake = HANDSHAKE if self.url.scheme == "https" and self.walk.connected else 0.0
        return self.walk.seconds + handshake + (SERVER_TIME if self.reply else 0.0)


def exchange(
    network: Network,
    place: Place,
    url: Url,
    *,
    method: str = "GET",
    headers: Mapping[str, str] | None = None,
    body: str = "",
    at: str = "",
) -> Exchange:
    """Sends one HTTP request.

    Args:
        at: connect to this address or name instead of the URL's host (curl's --resolve and --connect-to).
    """
    walk = network.connect(place, at or url.host, url.port)
    return send(network, Exchange(url, walk), method=method, headers=headers, body=body)


def is_trusted(walk: Walk) -> bool:
    """Tells whether the server at a walk's end has a certificate that everybody trusts."""
    return walk.target is not None and walk.target.node in BEYOND


def send(
    network: Network,
    result: Exchange,
    *,
    method: str = "GET",
    headers: Mapping[str, str] | None = None,
    body: str = "",
) -> Exchange:
    """Sends a request over a connection that was made, or notes why there is none."""
    url, walk = result.url, result.walk
    if not walk.connected:
        result.failure = UNCONNECTED if walk.address else UNRESOLVED
        return result
    sent = dict(headers or {})
    host = sent.get("Host", url.authority)
    request = HttpRequest(method, url.path, host, sent, body, walk.client, url.scheme == "https")
    if is_trusted(walk):
        result.reply = network.internet.answer(request)
    else:
        _asked(network, result, request)
    _passed(network, result, request)
    return result


def _passed(network: Network, result: Exchange, request: HttpRequest) -> None:
    """Counts the exchange, and lets running tcpdumps see it; of what is encrypted, only the sizes."""
    reply = result.reply
    head = sum(len(name) + len(value) + 4 for name, value in request.headers.items())
    size = len(request.method) + len(request.path) + len(request.host) + 21 + head + len(request.body)
    said = f"HTTP/1.1 {reply.status} {reply.reason}" if reply is not None else ""
    back = len(said) + len(reply.body) + 160 if reply is not None else 0
    if network.leaves_traces:
        network.counters.carried(result.walk, size, back)
    if not network.captures.running:
        return
    if request.tls:
        network.captures.exchange(result.walk, "", size, "", back)
    else:
        network.captures.exchange(result.walk, f"{request.method} {request.path} HTTP/1.1", size, said, back)


def _asked(network: Network, result: Exchange, request: HttpRequest) -> Exchange:
    target = result.walk.target
    if target is not None and target.node == BALANCER and target.port == STATISTICS:
        result.reply = network.haproxy.answer(request)
        return result
    health = network.rules.health_check(target.node, target.port) if target is not None and not target.pod else None
    if target is not None and health is not None:
        result.reply = health_of(health, target.node)
        return result
    listener = network.listener_at(result.walk)
    if target is None or listener is None:
        result.failure = EMPTY
        return result
    if request.tls and listener.speaks != "https":
        result.failure = NOT_TLS
        return result
    if not request.tls and listener.speaks == "https":
        text = "Client sent an HTTP request to an HTTPS server.\n"  # as Go's net/http says
        result.reply = HttpReply(400, "Bad Request", {}, text)
        return result
    where = (target.node, target.namespace, target.pod)
    if listener.speaks == "text":
        text_request = TextRequest(f"{request.method} {request.path}", request.client)
        spoken = network.sockets.answer(*where, listener, text_request)
        result.failure, result.raw = NOT_HTTP, spoken.text if isinstance(spoken, TextReply) else ""
        return result
    reply = network.sockets.answer(*where, listener, request)
    if isinstance(reply, HttpReply):
        result.reply = reply
    else:
        result.failure = EMPTY
    return result


def health_of(entry: Entry, node: str) -> HttpReply:
    """Returns what a node's kube-proxy tells load balancers about a Service: 200 where the node has endpoints.

    Source: pkg/proxy/healthcheck/service_health.go.
    """
    ready = {endpoint.ip for port in entry.ports for endpoint in entry.local(port, node)}
    metadata = (entry.service or {"metadata": {"namespace": "", "name": ""}})["metadata"]
    body = {
        "service": {"namespace": metadata["namespace"], "name": metadata["name"]},
        "localEndpoints": len(ready),
        "serviceProxyHealthy": True,
    }
    headers = {
        "Content-Type": "application/json",
        "X-Content-Type-Options": "nosniff",
        "X-Load-Balancing-Endpoint-Weight": str(len(ready)),
    }
    status, reason = (200, "OK") if ready else (503, "Service Unavailable")
    return HttpReply(status, reason, headers, json.dumps(body, indent="\t"))
