"""What a Service may not be, in the server's words.

Source: pkg/apis/core/validation/validation.go (ValidateService, validateServicePort).
"""

from __future__ import annotations

import re
from functools import lru_cache
from ipaddress import ip_address

from kubelab.cluster.kinds.causes import duplicate, forbidden, invalid, required, unsupported
from kubelab.cluster.kinds.kind import Cause
from kubelab.cluster.kinds.names import dns_label, dns_subdomain, label_causes
from kubelab.cluster.kinds.service_policies import policy_causes
from kubelab.cluster.objects import Object

TYPES = ("ClusterIP", "ExternalName", "LoadBalancer", "NodePort")
PROTOCOLS = ("SCTP", "TCP", "UDP")
AFFINITIES = ("ClientIP", "None")


def service_causes(service: Object) -> list[Cause]:
    """Returns what is wrong with a Service."""
    spec = service["spec"]
    ports = spec.get("ports") or []
    headless = spec.get("clusterIP") == "None"
    causes: list[Cause] = []
    if not ports and spec["type"] != "ExternalName" and not headless:
        causes.append(required("spec.ports"))
    if spec["type"] in ("LoadBalancer", "NodePort") and headless:
        causes.append(invalid("spec.clusterIPs[0]", "None", f"may not be set to 'None' for {spec['type']} services"))
    if spec["type"] == "ExternalName":
        causes += _external_name_causes(spec)
    for place, port in enumerate(ports):
        causes += _port_causes(port, f"spec.ports[{place}]", needs_name=len(ports) > 1)
    causes += label_causes(spec.get("selector") or {}, "spec.selector")
    if spec["sessionAffinity"] not in AFFINITIES:
        causes.append(unsupported("spec.sessionAffinity", spec["sessionAffinity"], AFFINITIES))
    if spec["type"] not in TYPES:
        causes.append(unsupported("spec.type", spec["type"], TYPES))
    if spec["type"] == "ClusterIP":
        why = "may not be used when `type` is 'ClusterIP'"
        causes += [
            forbidden(f"spec.ports[{at}].nodePort", why) for at, port in enumerate(ports) if port.get("nodePort")
        ]
    return causes + policy_causes(spec) + _double_causes(ports)


def endpoints_causes(endpoints: Object) -> list[Cause]:
    """Returns what is wrong with Endpoints."""
    causes: list[Cause] = []
    for place, subset in enumerate(endpoints.get("subsets") or ()):
        path = f"subsets[{place}]"
        if not subset.get("addresses") and not subset.get("notReadyAddresses"):
            causes.append(required(path, "must specify `addresses` or `notReadyAddresses`"))
        for field in ("addresses", "notReadyAddresses"):
            ips = [address.get("ip", "") for address in subset.get(field) or ()]
            for number, ip in enumerate(ips) if not all(map(_is_ip, ips)) else ():
                if not _is_ip(ip):
                    why = "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)"
                    causes.append(invalid(f"{path}.{field}[{number}].ip", ip, why))
        for number, port in enumerate(subset.get("ports") or ()):
            if not 1 <= port.get("port", 0) <= 65535:
                why = "must be between 1 and 65535, inclusive"
                causes.append(invalid(f"{path}.ports[{number}].port", port.get("port", 0), why))
    return causes


@lru_cache(maxsize=1 << 16)
def _is_ip(text: str) -> bool:
    """Tells whether a text is an IP address; a list of a thousand is looked at with every Pod that joins it."""
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def _external_name_causes(spec: Object) -> list[Cause]:
    name = str(spec.get("externalName") or "").removesuffix(".")
    if not name:
        return [required("spec.externalName")]
    return [invalid("spec.externalName", name, wrong) for wrong in dns_subdomain(name)]


def _port_causes(port: Object, path: str, *, needs_name: bool) -> list[Cause]:
    causes: list[Cause] = []
    name = port.get("name")
    if name:
        causes += [invalid(f"{path}.name", name, wrong) for wrong in dns_label(name)]
    elif needs_name:
        causes.append(required(f"{path}.name"))
    for field in ("port", "targetPort"):
        number = port.get(field, 0)
        if isinstance(number, str):
            causes += [invalid(f"{path}.{field}", number, wrong) for wrong in port_name(number)]
        elif not 1 <= number <= 65535:
            causes.append(invalid(f"{path}.{field}", number, "must be between 1 and 65535, inclusive"))
    if port["protocol"] not in PROTOCOLS:
        causes.append(unsupported(f"{path}.protocol", port["protocol"], PROTOCOLS))
    return causes


def port_name(name: str) -> list[str]:
    """Returns what is wrong with the name of a port (validation.IsValidPortName)."""
    wrong = []
    if len(name) > 15:
        wrong.append("must be no more than 15 characters")
    if not re.fullmatch(r"[-a-z0-9]+", name):
        wrong.append("must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)")
    if not re.search(r"[a-z]", name):
        wrong.append("must contain at least one letter (a-z)")
    if "--" in name:
        wrong.append("must not contain consecutive hyphens")
    if name.startswith("-") or name.endswith("-"):
        wrong.append("must not begin or end with a hyphen")
    return wrong


def _double_causes(ports: list[Object]) -> list[Cause]:
    """Returns which ports say what another has said."""
    causes: list[Cause] = []
    names: set[str] = set()
    numbers: set[tuple[str, int]] = set()
    for place, port in enumerate(ports):
        name, number = port.get("name", ""), (port["protocol"], port.get("port", 0))
        if name and name in names:
            causes.append(duplicate(f"spec.ports[{place}].name", name))
        if number in numbers:
            causes.append(_double_port(*number, f"spec.ports[{place}]"))
        names.add(name)
        numbers.add(number)
    return causes


def _double_port(protocol: str, port: int, path: str) -> Cause:
    shown = f'{{"Name":"","Protocol":"{protocol}","AppProtocol":null,"Port":{port},"TargetPort":0,"NodePort":0}}'
    in_go = (
        f'core.ServicePort{{Name:"", Protocol:"{protocol}", AppProtocol:(*string)(nil), Port:{port}, '
        'TargetPort:intstr.IntOrString{Type:0, IntVal:0, StrVal:""}, NodePort:0}'
    )
    return Cause("FieldValueDuplicate", f"Duplicate value: {shown}", path, f"Duplicate value: {in_go}")
