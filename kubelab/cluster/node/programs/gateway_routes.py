"""Which backend a request comes to by Gateways and their HTTPRoutes and GRPCRoutes.

Pure reading of objects. Of two matches the more exact one counts: an exact path, then the longest prefix, then the
method, then the most headers, then the most query parameters, then the older route.
Source: gateway-api.sigs.k8s.io, reference/spec (HTTPRoute, HTTPRouteRule), concepts/hostnames.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import NamedTuple
from urllib.parse import parse_qsl

from kubelab.cluster.objects import Object
from kubelab.cluster.selectors import from_label_selector

GROUP = "gateway.networking.k8s.io"
HTTP, GRPC = "HTTPRoute", "GRPCRoute"
ANY_PATH = {"type": "PathPrefix", "value": "/"}
GRANTS = f"/registry/{GROUP}/referencegrants/"


class Rule(NamedTuple):
    """One match of one rule of a route that is attached to a listener."""

    kind: str
    route: Object
    rule: Object
    match: Object

    @property
    def path(self) -> Object:
        """The path that it matches: for GRPCRoutes the one that a method is called by."""
        if self.kind == HTTP:
            return self.match.get("path") or ANY_PATH
        method = self.match.get("method") or {}
        service, name = method.get("service"), method.get("method")
        if service and name:
            return {"type": "Exact", "value": f"/{service}/{name}"}
        return {"type": "PathPrefix", "value": f"/{service}"} if service else {**ANY_PATH, "method": name}

    def rank(self) -> tuple[object, ...]:
        """More exact matches first."""
        path = self.path
        return (
            path.get("type") != "Exact",
            -len(path.get("value") or "/"),
            self.kind == HTTP and not self.match.get("method"),
            -len(self.match.get("headers") or ()),
            -len(self.match.get("queryParams") or ()),
            self.route["metadata"]["creationTimestamp"],
            self.route["metadata"]["name"],
        )

    def matches(self, method: str, path: str, headers: Mapping[str, str]) -> bool:
        """Tells whether a request is meant."""
        bare, _, query = path.partition("?")
        if self.kind == HTTP and self.match.get("method") not in (None, method):
            return False
        if not path_matches(self.path, bare):
            return False
        called = self.path.get("method")
        if called and bare.rpartition("/")[2] != called:
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


def attachments(
    gateway: Object, kind: str, route: Object, namespaces: Mapping[str, Object]
) -> Iterator[tuple[Object, Object]]:  # fmt: skip
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
            if admits(listener, gateway, kind, route, namespaces) and hosts_in_common(listener, route):
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


def admits(listener: Object, gateway: Object, kind: str, route: Object, namespaces: Mapping[str, Object]) -> bool:
    """Tells whether a listener lets routes of a kind and a namespace in."""
    kinds = (listener.get("allowedRoutes") or {}).get("kinds")
    if kinds and kind not in [each["kind"] for each in kinds]:
        return False
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


def permits(grants: Iterable[Object], source: tuple[str, str, str], target: tuple[str, str, str, str]) -> bool:
    """Tells whether a ReferenceGrant allows a reference into another namespace.

    Args:
        source: group, kind and namespace of what refers.
        target: group, kind, namespace and name of what is referred to.
    """
    for grant in grants:
        spec = grant.get("spec") or {}
        if grant["metadata"]["namespace"] != target[2]:
            continue
        sources = [(each.get("group", ""), each["kind"], each["namespace"]) for each in spec.get("from") or ()]
        if source in sources and any(
            (each.get("group", ""), each["kind"]) == target[:2] and each.get("name") in (None, "", target[3])
            for each in spec.get("to") or ()
        ):
            return True
    return False


def rules_for(
    gateway: Object,
    routes: Iterable[tuple[str, Object]],
    namespaces: Mapping[str, Object],
    port: int,
    host: str,
    dropped: Callable[[str, Object], Iterable[int]] = lambda kind, route: (),
) -> list[Rule]:
    """Returns the rules that serve a host on a port, the most exact ones first.

    Args:
        routes: each with its kind.
        dropped: tells which of a route's rules are left out.
    """
    found: list[tuple[int, Rule]] = []
    for kind, route in routes:
        best = 0
        for listener, _ in attachments(gateway, kind, route, namespaces):
            if listener["port"] != port:
                continue
            hosts = hosts_in_common(listener, route)
            best = max([best, *(1 + len(each) for each in hosts if not each or is_host(each, host) or each == host)])
        if best:
            without = set(dropped(kind, route))
            for number, rule in enumerate((route.get("spec") or {}).get("rules") or ()):
                matches: list[Object] = rule.get("matches") or [{}]
                if number not in without:
                    found += [(best, Rule(kind, route, rule, match)) for match in matches]
    most = max((length for length, _ in found), default=0)
    return sorted((rule for length, rule in found if length == most), key=Rule.rank)
