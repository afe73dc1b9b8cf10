"""Which backend a request comes to by Gateways and their HTTPRoutes, and what a controller says of them.

Pure reading of objects. Of two matches the more exact one counts: an exact path, then the longest prefix, then the
method, then the most headers, then the most query parameters, then the older route.
Source: gateway-api.sigs.k8s.io, reference/spec (HTTPRoute, HTTPRouteRule), concepts/hostnames.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple
from urllib.parse import parse_qsl

from kubelab.cluster.objects import Object
from kubelab.cluster.selectors import from_label_selector

GROUP = "gateway.networking.k8s.io"
ANY_PATH = {"type": "PathPrefix", "value": "/"}


class Rule(NamedTuple):
    """One match of one rule of a route that is attached to a listener."""

    route: Object
    rule: Object
    match: Object

    def rank(self) -> tuple[object, ...]:
        """More exact matches first."""
        path = self.match.get("path") or ANY_PATH
        return (
            path.get("type") != "Exact",
            -len(path.get("value") or "/"),
            not self.match.get("method"),
            -len(self.match.get("headers") or ()),
            -len(self.match.get("queryParams") or ()),
            self.route["metadata"]["creationTimestamp"],
            self.route["metadata"]["name"],
        )

    def matches(self, method: str, path: str, headers: Mapping[str, str]) -> bool:
        """Tells whether a request is meant."""
        bare, _, query = path.partition("?")
        if self.match.get("method") not in (None, method) or not path_matches(self.match.get("path") or ANY_PATH, bare):
            return False
        given = {name.lower(): value for name, value in headers.items()}
        asked = dict(parse_qsl(query))
        wanted = self.match.get("headers") or (), self.match.get("queryParams") or ()
        return all(given.get(each["name"].lower()) == each["value"] for each in wanted[0]) and all(
            asked.get(each["name"]) == each["value"] for each in wanted[1]
        )


def path_matches(wanted: Object, path: str) -> bool:
    """Tells whether a path is one that a match names."""
    value = wanted.get("value") or "/"
    if wanted.get("type") == "Exact":
        return path == value
    bare = value.rstrip("/")
    return path == bare or path.startswith(f"{bare}/") or not bare


def attachments(gateway: Object, route: Object, namespaces: Mapping[str, Object]) -> Iterator[tuple[Object, Object]]:
    """Yields the listeners that a route is attached to, each with the parentRef that names it.

    Args:
        namespaces: all namespaces by their names.
    """
    for parent in (route.get("spec") or {}).get("parentRefs") or ():
        if not names(parent, route, gateway):
            continue
        for listener in gateway["spec"].get("listeners") or ():
            if parent.get("sectionName") not in (None, listener["name"]):
                continue
            if parent.get("port") not in (None, listener["port"]):
                continue
            if admits(listener, gateway, route, namespaces) and hosts_in_common(listener, route):
                yield listener, parent


def names(parent: Object, route: Object, gateway: Object) -> bool:
    """Tells whether a parentRef means a Gateway."""
    metadata = gateway["metadata"]
    namespace = parent.get("namespace") or route["metadata"]["namespace"]
    return (
        parent.get("group", GROUP) == GROUP
        and parent.get("kind", "Gateway") == "Gateway"
        and (namespace, parent["name"]) == (metadata["namespace"], metadata["name"])
    )


def admits(listener: Object, gateway: Object, route: Object, namespaces: Mapping[str, Object]) -> bool:
    """Tells whether a listener lets routes of a namespace in."""
    allowed = ((listener.get("allowedRoutes") or {}).get("namespaces")) or {}
    where = allowed.get("from", "Same")
    namespace = route["metadata"]["namespace"]
    if where == "All":
        return True
    if where == "Selector":
        labels = (namespaces.get(namespace) or {"metadata": {}})["metadata"].get("labels") or {}
        return from_label_selector(allowed.get("selector") or {}).matches(labels)
    return bool(namespace == gateway["metadata"]["namespace"])


def hosts_in_common(listener: Object, route: Object) -> list[str]:
    """Returns the hostnames for which a route serves at a listener; "" stands for all."""
    wanted = (route.get("spec") or {}).get("hostnames") or []
    own = listener.get("hostname") or ""
    if not own:
        return list(wanted) or [""]
    if not wanted:
        return [own]
    return [host if not host.startswith("*.") else own for host in wanted if is_host(own, host) or is_host(host, own)]


def is_host(pattern: str, host: str) -> bool:
    """Tells whether a hostname, maybe with a wildcard in front, holds another."""
    if pattern.startswith("*."):
        return host.removeprefix("*").endswith(pattern[1:]) and len(host) > len(pattern) - 1
    return pattern == host


def rules_for(
    gateway: Object, routes: Iterable[Object], namespaces: Mapping[str, Object], port: int, host: str
) -> list[Rule]:
    """Returns the rules that serve a host on a port, the most exact ones first."""
    found: list[tuple[int, Rule]] = []
    for route in routes:
        best = 0
        for listener, _ in attachments(gateway, route, namespaces):
            if listener["port"] != port:
                continue
            hosts = hosts_in_common(listener, route)
            best = max([best, *(1 + len(each) for each in hosts if not each or is_host(each, host) or each == host)])
        if best:
            for rule in (route.get("spec") or {}).get("rules") or ():
                matches: list[Object] = rule.get("matches") or [{}]
                found += [(best, Rule(route, rule, match)) for match in matches]
    most = max((length for length, _ in found), default=0)
    return sorted((rule for length, rule in found if length == most), key=Rule.rank)
