"""What an Ingress and an IngressClass may not be, in the server's words.

Source: pkg/apis/networking/validation/validation.go.
"""

from __future__ import annotations

import re
from ipaddress import ip_address

from kubelab.cluster.kinds.causes import invalid, required, unsupported
from kubelab.cluster.kinds.kind import Cause
from kubelab.cluster.kinds.names import dns1035_label, dns_subdomain
from kubelab.cluster.kinds.service_validation import port_name
from kubelab.cluster.objects import Object, annotations_of

PATH_TYPES = ("Exact", "ImplementationSpecific", "Prefix")
SEQUENCES = ("//", "/./", "/../", "%2f", "%2F")
SUFFIXES = ("/..", "/.")
CLASS = "kubernetes.io/ingress.class"
WILDCARD = re.compile(r"\*\.[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
WRONG_WILDCARD = (
    "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must consist of "
    "lower case alphanumeric characters, '-' or '.' and end with an alphanumeric character (e.g. '*.example.com', "
    r"regex used for validation is '\*\.[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"
)


def ingress_causes(ingress: Object) -> list[Cause]:
    """Returns what is wrong with an Ingress."""
    spec = ingress.get("spec") or {}
    rules = spec.get("rules") or []
    causes: list[Cause] = []
    if not rules and spec.get("defaultBackend") is None:
        message = "Invalid value: null: either `defaultBackend` or `rules` must be specified"
        in_go = "Invalid value: []networking.IngressRule(nil): either `defaultBackend` or `rules` must be specified"
        causes.append(Cause("FieldValueInvalid", message, "spec", in_go))
    if spec.get("defaultBackend") is not None:
        causes += _backend_causes(spec["defaultBackend"], "spec.defaultBackend")
    for place, rule in enumerate(rules):
        path = f"spec.rules[{place}]"
        causes += _host_causes(rule.get("host") or "", f"{path}.host")
        if rule.get("http") is not None:
            causes += _http_causes(rule["http"], f"{path}.http")
    for place, tls in enumerate(spec.get("tls") or ()):
        causes += _tls_causes(tls, f"spec.tls[{place}]")
    if spec.get("ingressClassName") is not None:
        name = spec["ingressClassName"]
        causes += [invalid("spec.ingressClassName", name, wrong) for wrong in dns_subdomain(name)]
    return causes


def class_annotation_causes(ingress: Object) -> list[Cause]:
    """Returns what is wrong with the class that a new Ingress names twice."""
    annotated = annotations_of(ingress).get(CLASS)
    named = (ingress.get("spec") or {}).get("ingressClassName")
    if annotated is None or named is None or annotated == named:
        return []
    return [invalid(f"annotations.{CLASS}", annotated, "must match `ingressClassName` when both are specified")]


def _host_causes(host: str, path: str) -> list[Cause]:
    if not host:
        return []
    causes = [invalid(path, host, "must be a DNS name, not an IP address")] if _is_ip(host) else []
    if "*" in host:
        return causes if WILDCARD.fullmatch(host) else [*causes, invalid(path, host, WRONG_WILDCARD)]
    return causes + [invalid(path, host, wrong) for wrong in dns_subdomain(host)]


def _is_ip(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def _tls_causes(tls: Object, path: str) -> list[Cause]:
    causes: list[Cause] = []
    for place, host in enumerate(tls.get("hosts") or ()):
        where = f"{path}.hosts[{place}]"
        if "*" in host:
            causes += [] if WILDCARD.fullmatch(host) else [invalid(where, host, WRONG_WILDCARD)]
        else:
            causes += [invalid(where, host, wrong) for wrong in dns_subdomain(host)]
    name = tls.get("secretName") or ""
    if name:
        causes += [invalid(f"{path}.secretName", name, wrong) for wrong in dns_subdomain(name)]
    return causes


def _http_causes(http: Object, path: str) -> list[Cause]:
    paths = http.get("paths") or []
    if not paths:
        return [required(f"{path}.paths")]
    causes: list[Cause] = []
    for place, each in enumerate(paths):
        causes += _path_causes(each, f"{path}.paths[{place}]")
    return causes


def _path_causes(entry: Object, path: str) -> list[Cause]:
    kind, text = entry.get("pathType"), entry.get("path") or ""
    if kind is None:
        return [required(f"{path}.pathType", "pathType must be specified")]
    where = f"{path}.path"
    causes: list[Cause] = []
    if kind not in PATH_TYPES:
        causes.append(unsupported(f"{path}.pathType", kind, PATH_TYPES))
    elif not text.startswith("/") and (text or kind != "ImplementationSpecific"):
        causes.append(invalid(where, text, "must be an absolute path"))
    if kind in ("Exact", "Prefix"):
        causes += [invalid(where, text, f"must not contain '{part}'") for part in SEQUENCES if part in text]
        causes += [invalid(where, text, f"cannot end with '{end}'") for end in SUFFIXES if text.endswith(end)]
    return causes + _backend_causes(entry.get("backend") or {}, f"{path}.backend")


def _backend_causes(backend: Object, path: str) -> list[Cause]:
    service, resource = backend.get("service"), backend.get("resource")
    if service is not None and resource is not None:
        return [invalid(path, "", "cannot set both resource and service backends")]
    if resource is not None:
        return [required(f"{path}.resource.{field}") for field in ("kind", "name") if not resource.get(field)]
    if service is None:
        return [invalid(path, "", "resource or service backend is required")]
    name, port = service.get("name") or "", service.get("port") or {}
    causes = [invalid(f"{path}.service.name", name, wrong) for wrong in dns1035_label(name)] if name else []
    if not name:
        causes.append(required(f"{path}.service.name"))
    return causes + _port_causes(port.get("name") or "", port.get("number") or 0, path)


def _port_causes(name: str, number: int, path: str) -> list[Cause]:
    if name and number:
        return [invalid(path, "", "cannot set both port name & port number")]
    if name:
        return [invalid(f"{path}.service.port.name", name, wrong) for wrong in port_name(name)]
    if not number:
        return [required(path, "port name or number is required")]
    if not 1 <= number <= 65535:
        return [invalid(f"{path}.service.port.number", number, "must be between 1 and 65535, inclusive")]
    return []


def class_causes(ingressclass: Object) -> list[Cause]:
    """Returns what is wrong with an IngressClass."""
    spec = ingressclass.get("spec") or {}
    controller = spec.get("controller") or ""
    if not controller:
        return [required("spec.controller")]
    domain, slash, path = controller.partition("/")
    if not slash or not path:
        why = 'must be a domain-prefixed path (such as "acme.io/foo")'
        return [invalid("spec.controller", controller, why)]
    return [invalid("spec.controller", domain, wrong) for wrong in dns_subdomain(domain)]


def class_update_causes(new: Object, old: Object) -> list[Cause]:
    """Returns what an update of an IngressClass may not change."""
    after, before = (new.get("spec") or {}).get("controller"), (old.get("spec") or {}).get("controller")
    return [] if after == before else [invalid("spec.controller", after or "", "field is immutable")]
