"""Service, Endpoints, EndpointSlice: stable names and addresses for Pods that come and go.

Source: pkg/apis/core/v1/defaults.go, pkg/registry/core/service, pkg/printers/internalversion/printers.go.
"""

from __future__ import annotations

from typing import Any

from kubelab.cluster.ages import age
from kubelab.cluster.kinds.kind import Cause, Column
from kubelab.cluster.kinds.service_policies import is_external, needs_health_check
from kubelab.cluster.kinds.service_validation import endpoints_causes, service_causes
from kubelab.cluster.objects import Object
from kubelab.cluster.selectors import from_map

MOST_SHOWN = 3
ADDRESS_TYPES = ("FQDN", "IPv4", "IPv6")


def default(service: Object) -> Object:
    """Returns a Service with its defaults."""
    spec = service.get("spec") or {}
    kind = spec.get("type") or "ClusterIP"
    filled: Object = {**spec, "type": kind, "sessionAffinity": spec.get("sessionAffinity") or "None"}
    if spec.get("ports"):
        filled["ports"] = [_default_port(port) for port in spec["ports"]]
    if filled["sessionAffinity"] == "ClientIP":
        filled.setdefault("sessionAffinityConfig", {"clientIP": {"timeoutSeconds": 10800}})
    elif "sessionAffinityConfig" in filled:
        del filled["sessionAffinityConfig"]
    if kind != "ExternalName":
        filled.setdefault("internalTrafficPolicy", "Cluster")
        filled.setdefault("ipFamilies", ["IPv4"])
        filled.setdefault("ipFamilyPolicy", "SingleStack")
    if is_external(filled):
        filled["externalTrafficPolicy"] = filled.get("externalTrafficPolicy") or "Cluster"
    if kind == "LoadBalancer":
        filled.setdefault("allocateLoadBalancerNodePorts", True)
    return {**service, "spec": filled}


def _default_port(port: Object) -> Object:
    filled = {**port, "protocol": port.get("protocol") or "TCP"}
    if filled.get("targetPort") in (None, 0, ""):
        filled["targetPort"] = port.get("port", 0)
    return filled


def prepare_create(service: Object) -> Object:
    """Returns a new Service as it is stored."""
    return {**service, "status": {"loadBalancer": {}}}


def prepare_update(new: Object, old: Object) -> Object:
    """Returns an update without what only the old type needed, where the update leaves it as it was.

    Source: pkg/registry/core/service/strategy.go, dropTypeDependentFields.
    """
    spec, before = dict(new["spec"]), old["spec"]

    def is_left(field: str) -> bool:
        return field in spec and spec[field] == before.get(field)

    if not has_node_ports(spec) and has_node_ports(before) and _node_ports(spec) == _node_ports(before):
        spec["ports"] = [
            {field: value for field, value in port.items() if field != "nodePort"} for port in spec["ports"]
        ]
    if is_external(before) and not is_external(spec) and is_left("externalTrafficPolicy"):
        del spec["externalTrafficPolicy"]
    if needs_health_check(before) and not needs_health_check(spec) and is_left("healthCheckNodePort"):
        del spec["healthCheckNodePort"]
    if before["type"] == "LoadBalancer" and spec["type"] != "LoadBalancer":
        for field in ("allocateLoadBalancerNodePorts", "loadBalancerClass"):
            if is_left(field):
                del spec[field]
    return {**new, "spec": spec}


def _without_node_port(port: Object) -> Object:
    return {field: value for field, value in port.items() if field != "nodePort"}


def has_node_ports(spec: Object) -> bool:
    """Tells whether a Service's type has node ports."""
    return spec["type"] in ("NodePort", "LoadBalancer")


def _node_ports(spec: Object) -> list[int]:
    return [port.get("nodePort", 0) for port in spec.get("ports") or ()]


def validate_update(new: Object, old: Object) -> list[Cause]:
    """Returns what an update may not change: the cluster IP, while the type keeps it."""
    before, after = old["spec"].get("clusterIP"), new["spec"].get("clusterIP")
    if "ExternalName" in (new["spec"]["type"], old["spec"]["type"]) or not before or before == after:
        return []
    message = f'Invalid value: ["{after}"]: may not change once set'
    in_go = f'Invalid value: []string{{"{after}"}}: may not change once set'
    return [Cause("FieldValueInvalid", message, "spec.clusterIPs[0]", in_go)]


def row(service: Object, now: float) -> list[Any]:
    """Returns the cells of a Service's row."""
    spec = service["spec"]
    return [
        service["metadata"]["name"],
        spec["type"],
        spec.get("clusterIP") or "<none>",
        external_ip(service),
        ports_text(spec.get("ports") or ()) or "<none>",
        age(service, now),
        str(from_map(spec.get("selector"))) or "<none>",
    ]


def external_ip(service: Object) -> str:
    """Returns the EXTERNAL-IP column."""
    spec = service["spec"]
    if spec["type"] == "ExternalName":
        return str(spec.get("externalName", ""))
    ips = list(spec.get("externalIPs") or ())
    if spec["type"] == "LoadBalancer":
        ingress = (service.get("status", {}).get("loadBalancer") or {}).get("ingress") or ()
        ips += [found.get("ip") or found.get("hostname", "") for found in ingress]
        return ",".join(ips) or "<pending>"
    return ",".join(ips) or "<none>"


def ports_text(ports: Any) -> str:
    """Returns ports as the PORT(S) column has them: 80/TCP,443:30443/TCP."""
    return ",".join(
        f"{port['port']}:{port['nodePort']}/{port['protocol']}"
        if port.get("nodePort")
        else f"{port['port']}/{port['protocol']}"
        for port in ports
    )


def endpoints_row(endpoints: Object, now: float) -> list[Any]:
    """Returns the cells of an Endpoints' row."""
    shown: list[str] = []
    count = 0
    for subset in endpoints.get("subsets") or ():
        ports = subset.get("ports") or [None]
        for port in ports:
            for address in subset.get("addresses") or ():
                count += 1
                if len(shown) < MOST_SHOWN:
                    shown.append(address["ip"] if port is None else f"{address['ip']}:{port['port']}")
    text = ",".join(shown)
    if count > MOST_SHOWN:
        text += f" + {count - MOST_SHOWN} more..."
    return [endpoints["metadata"]["name"], text or "<none>", age(endpoints, now)]


def validate_slice(endpointslice: Object) -> list[Cause]:
    """Returns what is wrong with an EndpointSlice."""
    kind = endpointslice.get("addressType")
    if not kind:
        return [Cause("FieldValueRequired", "Required value", "addressType")]
    if kind not in ADDRESS_TYPES:
        listed = ", ".join(f'"{found}"' for found in ADDRESS_TYPES)
        message = f'Unsupported value: "{kind}": supported values: {listed}'
        return [Cause("FieldValueNotSupported", message, "addressType")]
    return [
        Cause("FieldValueRequired", "Required value: must contain at least 1 address", f"endpoints[{place}].addresses")
        for place, endpoint in enumerate(endpointslice.get("endpoints") or ())
        if not endpoint.get("addresses")
    ]


def validate_slice_update(new: Object, old: Object) -> list[Cause]:
    """Returns what an update of an EndpointSlice may not change."""
    if new.get("addressType") == old.get("addressType"):
        return []
    message = f'Invalid value: "{new.get("addressType", "")}": field is immutable'
    return [Cause("FieldValueInvalid", message, "addressType")]


def slice_row(endpointslice: Object, now: float) -> list[Any]:
    """Returns the cells of an EndpointSlice's row."""
    ports = [str(port.get("port", "*")) for port in endpointslice.get("ports") or ()]
    addresses = [address for endpoint in endpointslice.get("endpoints") or () for address in endpoint["addresses"]]
    return [
        endpointslice["metadata"]["name"],
        endpointslice["addressType"],
        _some(ports, "<unset>"),
        _some(addresses, "<unset>"),
        age(endpointslice, now),
    ]


def _some(texts: list[str], none: str) -> str:
    if len(texts) > MOST_SHOWN:
        return f"{','.join(texts[:MOST_SHOWN])} + {len(texts) - MOST_SHOWN} more..."
    return ",".join(texts) or none


NAME, AGE = Column("Name", format="name"), Column("Age")

RULES: dict[str, dict[str, Any]] = {
    "Service": {
        "default": default,
        "prepare_create": prepare_create,
        "prepare_update": prepare_update,
        "validate": service_causes,
        "validate_update": validate_update,
        "columns": (
            NAME,
            Column("Type"),
            Column("Cluster-IP"),
            Column("External-IP"),
            Column("Port(s)"),
            AGE,
            Column("Selector", priority=1),
        ),
        "row": row,
        "field_labels": ("spec.clusterIP", "spec.type"),
    },
    "Endpoints": {
        "columns": (NAME, Column("Endpoints"), AGE),
        "row": endpoints_row,
        "validate": endpoints_causes,
    },
    "EndpointSlice": {
        "columns": (NAME, Column("AddressType"), Column("Ports"), Column("Endpoints"), AGE),
        "row": slice_row,
        "validate": validate_slice,
        "validate_update": validate_slice_update,
    },
}
