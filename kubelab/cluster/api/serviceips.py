"""Gives Services their cluster IPs and node ports.

Source: pkg/registry/core/service/storage/alloc.go; kubernetes.io, reference/networking/virtual-ips.
"""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv4Network, ip_address
from typing import TYPE_CHECKING

from kubelab.cluster.api import errors
from kubelab.cluster.kinds.causes import unsupported
from kubelab.cluster.kinds.kind import Cause, Kind
from kubelab.cluster.kinds.service_policies import family_causes, needs_health_check
from kubelab.cluster.objects import Object

if TYPE_CHECKING:
    from kubelab.cluster.api.server import ApiServer

RANGE = IPv4Network("10.96.0.0/12")
FIRST_PORT, LAST_PORT = 30000, 32767
# The lower part of each range is left to those who ask for an address by name (KEP-3070, KEP-3668).
RESERVED_IPS = 256
RESERVED_PORTS = 86
JSON_SINCE = 34  # before, messages show lists as Go writes them
CLOSE, PREFERENCES_SINCE = "PreferClose", 34  # PreferSameZone and PreferSameNode (KEP-3015)


def allocated(server: ApiServer, kind: Kind, new: Object, old: Object | None) -> Object:
    """Returns a Service with the addresses and ports that its type needs.

    Raises:
        Invalid: if it asks for one that is taken or out of range.
    """
    spec = dict(new["spec"])
    if spec["type"] == "ExternalName":
        for field in ("clusterIP", "clusterIPs"):
            spec.pop(field, None)
        return {**new, "spec": spec}
    others = [
        service["spec"]
        for service in server.store.table(kind.prefix).rows.values()
        if service["metadata"].get("uid") != new["metadata"].get("uid")
    ]
    before = old["spec"] if old else {}
    wrong = family_causes(spec)
    distribution = spec.get("trafficDistribution")
    if distribution not in (None, CLOSE) and _minor(server) < PREFERENCES_SINCE:
        wrong.append(unsupported("spec.trafficDistribution", distribution, (CLOSE,)))
    if wrong:
        raise errors.invalid(kind, new["metadata"]["name"], wrong)
    if not spec.get("clusterIP"):
        spec["clusterIP"] = before.get("clusterIP") or _next_ip(server, others)
    elif spec["clusterIP"] != "None" and spec["clusterIP"] != before.get("clusterIP"):
        _check_ip(server, kind, new, spec["clusterIP"], others)
    spec["clusterIPs"] = [spec["clusterIP"]]
    others = [*others, {"ports": [{"nodePort": port, "protocol": "TCP"} for port in _health_ports(others)]}]
    if spec.get("ports"):
        spec["ports"] = _with_node_ports(server, kind, new, before, others)
    if needs_health_check(spec):
        _take_health_port(server, kind, new, spec, before, others)
    return {**new, "spec": spec}


def _next_ip(server: ApiServer, others: Iterable[Object]) -> str:
    taken = {spec.get("clusterIP") for spec in others}
    room = RANGE.num_addresses - RESERVED_IPS - 1
    start = server.random.index(room, "clusterIP", server.store.revision)
    for step in range(room):
        address = str(RANGE[RESERVED_IPS + (start + step) % room])
        if address not in taken:
            return address
    raise errors.InternalError("Internal error occurred: failed to allocate a serviceIP: range is full")


def _minor(server: ApiServer) -> int:
    return int(server.version.split(".")[1])


def _check_ip(server: ApiServer, kind: Kind, service: Object, address: str, others: Iterable[Object]) -> None:
    name = service["metadata"]["name"]
    listed = f'["{address}"]' if _minor(server) >= JSON_SINCE else f'[]string{{"{address}"}}'
    shown = f"Invalid value: {listed}"
    try:
        parsed = ip_address(address)
    except ValueError:
        message = f'Invalid value: "{address}": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)'
        raise errors.invalid(kind, name, [Cause("FieldValueInvalid", message, "spec.clusterIPs[0]")]) from None
    if parsed.version == 6:  # alloc.go, initIPFamilyFields
        message = f"{shown}: may not use IPv6 on a cluster which is not configured for it"
        raise errors.invalid(kind, name, [Cause("FieldValueInvalid", message, "spec.clusterIPs[0]")])
    if parsed not in RANGE:
        message = f"{shown}: failed to allocate IP {address}: the provided network does not match the current range"
        raise errors.invalid(kind, name, [Cause("FieldValueInvalid", message, "spec.clusterIPs")])
    if any(spec.get("clusterIP") == address for spec in others):
        message = f"{shown}: failed to allocate IP {address}: provided IP is already allocated"
        raise errors.invalid(kind, name, [Cause("FieldValueInvalid", message, "spec.clusterIPs")])


def _with_node_ports(
    server: ApiServer, kind: Kind, service: Object, before: Object, others: Iterable[Object]
) -> list[Object]:
    spec = service["spec"]
    needs = spec["type"] == "NodePort" or (
        spec["type"] == "LoadBalancer" and spec.get("allocateLoadBalancerNodePorts", True)
    )
    taken = _taken(others)
    had = {
        (port.get("name"), port["port"], port["protocol"]): port.get("nodePort") for port in before.get("ports") or ()
    }
    ports = []
    for place, port in enumerate(spec["ports"]):
        if not needs:
            ports.append({field: value for field, value in port.items() if field != "nodePort"})
            continue
        number = port.get("nodePort") or had.get((port.get("name"), port["port"], port["protocol"]))
        if port.get("nodePort"):
            _check_port(kind, service, port, place, taken)
        number = number or _next_port(server, taken, place)
        taken.add((number, port["protocol"]))
        ports.append({**port, "nodePort": number})
    return ports


def _health_ports(others: Iterable[Object]) -> list[int]:
    return [spec["healthCheckNodePort"] for spec in others if spec.get("healthCheckNodePort")]


def _take_health_port(
    server: ApiServer, kind: Kind, service: Object, spec: Object, before: Object, others: Iterable[Object]
) -> None:
    """Gives a Service the port at which load balancers ask nodes for their health."""
    taken = _taken(others) | {(port["nodePort"], port["protocol"]) for port in spec["ports"] if port.get("nodePort")}
    wanted = spec.get("healthCheckNodePort") or before.get("healthCheckNodePort")
    if wanted and wanted != before.get("healthCheckNodePort") and (wanted, "TCP") in taken:
        why = f"failed to allocate requested HealthCheck NodePort {wanted}: provided port is already allocated"
        raise errors.InternalError(f"Internal error occurred: {why}")
    spec["healthCheckNodePort"] = wanted or _next_port(server, taken, len(spec["ports"]))


def _taken(others: Iterable[Object]) -> set[tuple[int, str]]:
    return {
        (port["nodePort"], port["protocol"])
        for other in others
        for port in other.get("ports") or ()
        if port.get("nodePort")
    }


def _check_port(kind: Kind, service: Object, port: Object, place: int, taken: set[tuple[int, str]]) -> None:
    number = port["nodePort"]
    why = ""
    if not FIRST_PORT <= number <= LAST_PORT:
        why = f"provided port is not in the valid range. The range of valid ports is {FIRST_PORT}-{LAST_PORT}"
    elif (number, port["protocol"]) in taken:
        why = "provided port is already allocated"
    if why:
        cause = Cause("FieldValueInvalid", f"Invalid value: {number}: {why}", f"spec.ports[{place}].nodePort")
        raise errors.invalid(kind, service["metadata"]["name"], [cause])


def _next_port(server: ApiServer, taken: set[tuple[int, str]], place: int) -> int:
    used = {number for number, _ in taken}
    room = LAST_PORT - FIRST_PORT + 1 - RESERVED_PORTS
    start = server.random.index(room, "nodePort", server.store.revision, place)
    for step in range(room):
        number = FIRST_PORT + RESERVED_PORTS + (start + step) % room
        if number not in used:
            return number
    raise errors.InternalError("Internal error occurred: failed to allocate a nodePort: range is full")


def without_allocated(new: Object, asked: Object) -> Object:
    """Returns a new Service without the families that nobody asked for: they are allocated with the addresses."""
    families = {"ipFamilies", "ipFamilyPolicy"} - (asked.get("spec") or {}).keys()
    return {**new, "spec": {field: value for field, value in new["spec"].items() if field not in families}}
