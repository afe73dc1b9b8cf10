"""What NGINX Gateway Fabric 1.6 says of each listener, route and reference: accepted, or why not.

Pure reading of objects. Source: nginx/nginx-gateway-fabric 1.6, internal/mode/static/state/conditions and graph;
docs.nginx.com/nginx-gateway-fabric, overview/gateway-api-compatibility.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from kubelab.cluster.kinds import Secret, Service
from kubelab.cluster.node.programs.gateway_routes import (
    GRANTS,
    GROUP,
    GRPC,
    HTTP,
    admits,
    hosts_in_common,
    permits,
)
from kubelab.cluster.objects import Key, Object

if TYPE_CHECKING:
    from kubelab.cluster.store import Store

PROTOCOLS = {"HTTP": 80, "HTTPS": 443}
HTTP_FILTERS = ("RequestRedirect", "URLRewrite", "RequestHeaderModifier", "ResponseHeaderModifier", "ExtensionRef")
GRPC_FILTERS = ("RequestHeaderModifier", "ResponseHeaderModifier", "ExtensionRef")
TLS_TYPE = "kubernetes.io/tls"


class Told(NamedTuple):
    """One condition: its type, what it says, why."""

    kind: str
    status: str
    reason: str
    message: str


def _no(kind: str, reason: str, message: str) -> Told:
    return Told(kind, "False", reason, message)


# listeners


def listener_conditions(store: Store, gateway: Object, listener: Object) -> list[Told]:
    """Returns the conditions of a listener."""
    wrong = list(_wrong_with_listener(store, gateway, listener))
    told = {
        "Accepted": Told("Accepted", "True", "Accepted", "Listener is accepted"),
        "Programmed": Told("Programmed", "True", "Programmed", "Listener is programmed"),
        "ResolvedRefs": Told("ResolvedRefs", "True", "ResolvedRefs", "All references are resolved"),
        "Conflicted": _no("Conflicted", "NoConflicts", "No conflicts"),
    }
    for each in wrong:
        told[each.kind] = each
    if wrong:
        told["Programmed"] = _no("Programmed", "Invalid", wrong[0].message)
    return list(told.values())


def is_valid(conditions: Sequence[Told]) -> bool:
    """Tells whether a listener serves."""
    return all(each.status == "True" for each in conditions if each.kind == "Programmed")


def _wrong_with_listener(store: Store, gateway: Object, listener: Object) -> Iterator[Told]:
    protocol = listener.get("protocol")
    if protocol not in PROTOCOLS:
        known = '"HTTP", "HTTPS"'
        yield _no("Accepted", "UnsupportedProtocol",
                  f'protocol: Unsupported value: "{protocol}": supported values: {known}')  # fmt: skip
        return
    for other in gateway["spec"].get("listeners") or ():
        if other["port"] == listener["port"] and other["protocol"] != protocol and other["protocol"] in PROTOCOLS:
            message = f"Multiple listeners for the same port {listener['port']} specify incompatible protocols; "
            message += "ensure only one protocol per port"
            yield _no("Accepted", "ProtocolConflict", message)
            yield Told("Conflicted", "True", "ProtocolConflict", message)
            return
    kinds = ((listener.get("allowedRoutes") or {}).get("kinds")) or ()
    for kind in kinds:
        if kind.get("group", GROUP) != GROUP or kind["kind"] not in (HTTP, GRPC):
            message = f'Unsupported route kind "{kind.get("group", GROUP)}/{kind["kind"]}"'
            yield _no("ResolvedRefs", "InvalidRouteKinds", message)
            return
    if protocol == "HTTPS":
        yield from _wrong_with_certificates(store, gateway, (listener.get("tls") or {}).get("certificateRefs") or ())


def _wrong_with_certificates(store: Store, gateway: Object, references: Sequence[Object]) -> Iterator[Told]:
    if not references:
        message = "tls.certificateRefs: Required value: certificateRefs must be defined for TLS mode terminate"
        yield _no("Accepted", "UnsupportedValue", message)
        return
    reference = references[0]
    namespace = reference.get("namespace") or gateway["metadata"]["namespace"]
    name = f"{namespace}/{reference['name']}"
    if namespace != gateway["metadata"]["namespace"] and not permits(
        store.table(GRANTS).rows.values(), (GROUP, "Gateway", gateway["metadata"]["namespace"]),
        ("", "Secret", namespace, reference["name"]),
    ):  # fmt: skip
        message = f"Certificate ref to secret {name} not permitted by any ReferenceGrant"
        for kind in ("Accepted", "ResolvedRefs"):
            yield _no(kind, "RefNotPermitted", message)
        return
    secret = store.get(Secret.path(Key(namespace, reference["name"])))
    why = "secret does not exist" if secret is None else ""
    if secret is not None and secret.get("type") != TLS_TYPE:
        why = f'secret type must be "{TLS_TYPE}" not "{secret.get("type")}"'
    if why:
        message = f'tls.certificateRefs[0]: Invalid value: "{name}": {why}'
        for kind in ("Accepted", "ResolvedRefs"):
            yield _no(kind, "InvalidCertificateRef", message)


# routes


def wrong_with_rules(kind: str, route: Object) -> dict[int, list[str]]:
    """Returns what is not supported in each of a route's rules; rules with nothing wrong are not in it."""
    found: dict[int, list[str]] = {}
    for number, rule in enumerate((route.get("spec") or {}).get("rules") or ()):
        wrong = [*_wrong_with_matches(kind, rule, number), *_wrong_with_filters(kind, rule, number)]
        if wrong:
            found[number] = wrong
    return found


def _wrong_with_matches(kind: str, rule: Object, number: int) -> Iterator[str]:
    for at, match in enumerate(rule.get("matches") or ()):
        path = f"spec.rules[{number}].matches[{at}]"
        place, field, known = ("path.type", "path", '"Exact", "PathPrefix"')
        if kind == GRPC:
            place, field, known = ("method.type", "method", '"Exact"')
        wanted = match.get(field)
        if isinstance(wanted, dict) and wanted.get("type") == "RegularExpression":
            yield f'{path}.{place}: Unsupported value: "RegularExpression": supported values: {known}'
        for each in ("headers", "queryParams"):
            for index, header in enumerate(match.get(each) or ()):
                if header.get("type") == "RegularExpression":
                    yield (f'{path}.{each}[{index}].type: Unsupported value: "RegularExpression": supported values: '
                           '"Exact"')  # fmt: skip


def _wrong_with_filters(kind: str, rule: Object, number: int) -> Iterator[str]:
    known = GRPC_FILTERS if kind == GRPC else HTTP_FILTERS
    for at, each in enumerate(rule.get("filters") or ()):
        path = f"spec.rules[{number}].filters[{at}]"
        if each["type"] not in known:
            listed = ", ".join(f'"{name}"' for name in known)
            yield f'{path}.type: Unsupported value: "{each["type"]}": supported values: {listed}'
        if (each.get("requestRedirect") or {}).get("path") is not None:
            yield f"{path}.requestRedirect.path: Forbidden: path is not supported"


def accepted(
    store: Store, gateway: Object, kind: str, route: Object, parent: Object, namespaces: dict[str, Object]
) -> list[Told]:
    """Returns the conditions about a route's acceptance by one of its parents.

    Args:
        namespaces: all namespaces by their names.
    """
    listeners = [
        each for each in gateway["spec"].get("listeners") or ()
        if parent.get("sectionName") in (None, each["name"]) and parent.get("port") in (None, each["port"])
    ]  # fmt: skip
    if parent.get("port") is not None:
        path = f"spec.parentRefs[{_index(route, parent)}].port: Forbidden: cannot be set"
        return [_no("Accepted", "UnsupportedValue", path)]
    if not listeners:
        return [_no("Accepted", "NoMatchingParent", "Listener is not found for this parent ref")]
    rules = (route.get("spec") or {}).get("rules") or ()
    wrong = wrong_with_rules(kind, route)
    said = ", ".join(text for texts in wrong.values() for text in texts)
    if wrong and len(wrong) == len(rules):
        return [_no("Accepted", "UnsupportedValue", f"All rules are invalid: {said}")]
    valid = [each for each in listeners if is_valid(listener_conditions(store, gateway, each))]
    if not valid:
        return [_no("Accepted", "InvalidListener", "Listener is invalid for this parent ref")]
    admitted = [each for each in valid if admits(each, gateway, kind, route, namespaces)]
    if not admitted:
        return [_no("Accepted", "NotAllowedByListeners", "Route is not allowed by any listener")]
    if not any(hosts_in_common(each, route) for each in admitted):
        message = "Listener hostname does not match the Route hostnames"
        return [_no("Accepted", "NoMatchingListenerHostname", message)]
    told = [Told("Accepted", "True", "Accepted", "The route is accepted")]
    if wrong:
        told.append(Told("PartiallyInvalid", "True", "UnsupportedValue", f"Dropped Rule(s): {said}"))
    return told


def _index(route: Object, parent: Object) -> int:
    parents = (route.get("spec") or {}).get("parentRefs") or ()
    return next((index for index, each in enumerate(parents) if each is parent), 0)


def resolved(store: Store, kind: str, route: Object) -> Told:
    """Returns the condition about the Services that a route leads to."""
    for number, rule in enumerate((route.get("spec") or {}).get("rules") or ()):
        for at, reference in enumerate(rule.get("backendRefs") or ()):
            wrong = wrong_with_backend(store, kind, route, reference, f"spec.rules[{number}].backendRefs[{at}]")
            if wrong is not None:
                return wrong
    return Told("ResolvedRefs", "True", "ResolvedRefs", "All references are resolved")


def wrong_with_backend(store: Store, kind: str, route: Object, reference: Object, path: str = "") -> Told | None:
    """Returns what is wrong with a reference to a Service, None where it leads to one."""
    own = route["metadata"]["namespace"]
    namespace = reference.get("namespace") or own
    if reference.get("group") or reference.get("kind", "Service") != "Service":
        message = f'{path}.kind: Unsupported value: "{reference.get("kind")}": supported values: "Service"'
        return _no("ResolvedRefs", "InvalidKind", message)
    grants = store.table(GRANTS).rows.values()
    if namespace != own and not permits(grants, (GROUP, kind, own), ("", "Service", namespace, reference["name"])):
        message = f"Backend ref to Service {namespace}/{reference['name']} not permitted by any ReferenceGrant"
        return _no("ResolvedRefs", "RefNotPermitted", message)
    service = store.get(Service.path(Key(namespace, reference["name"])))
    if service is None:
        return _no("ResolvedRefs", "BackendNotFound", f'{path}.name: Not found: "{reference["name"]}"')
    ports = [port["port"] for port in service["spec"].get("ports") or ()]
    if reference.get("port") not in ports:
        message = f"{path}.port: Not found: {reference.get('port')}"
        return _no("ResolvedRefs", "BackendNotFound", message)
    return None
