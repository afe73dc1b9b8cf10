"""kubectl describe ingress, and ingressclass."""

from __future__ import annotations

from kubelab.cluster.api.errors import ApiError
from kubelab.cluster.objects import Object, annotations_of, labels_of
from kubelab.terminal.kubectl.describing.backends import endpoints_text, slices_of
from kubelab.terminal.kubectl.describing.description import NONE, Description
from kubelab.terminal.kubectl.describing.events import tell_events
from kubelab.terminal.kubectl.describing.metadata import annotation_lines, head, marks, pairs


def describe(out: Description, ingress: Object) -> None:
    """Writes the description of an Ingress."""
    spec, namespace = ingress.get("spec") or {}, ingress["metadata"]["namespace"]
    out.field("Name", ingress["metadata"]["name"])
    pairs(out, "Labels", labels_of(ingress))
    out.field("Namespace", namespace)
    out.field("Address", _address(ingress))
    out.field("Ingress Class", spec.get("ingressClassName", NONE))
    default = _backend(out, namespace, spec["defaultBackend"]) if spec.get("defaultBackend") else "<default>"
    out.field("Default backend", default)
    if spec.get("tls"):
        _tls(out, spec["tls"])
    out.heading("Rules")
    out.header(("Host", "Path", "Backends"))
    rules = [rule for rule in spec.get("rules") or () if rule.get("http") is not None]
    for rule in rules:
        out.put(f"{rule.get('host') or '*'}\t\n", 1)
        for path in rule["http"].get("paths") or ():
            out.put(f"\t{path.get('path', '')} \t{_backend(out, namespace, path['backend'])}\n", 2)
    if not rules:
        out.row(("*", "*", default))
    annotation_lines(out, "Annotations", annotations_of(ingress))
    tell_events(out, ingress)


def _address(ingress: Object) -> str:
    points = ((ingress.get("status") or {}).get("loadBalancer") or {}).get("ingress") or ()
    return ",".join(sorted({point.get("ip") or point.get("hostname", "") for point in points} - {""}))


def _tls(out: Description, entries: list[Object]) -> None:
    out.heading("TLS")
    for entry in entries:
        hosts = ",".join(entry.get("hosts") or ())
        secret = entry.get("secretName")
        out.put(f"{secret} terminates {hosts}\n" if secret else f"SNI routes {hosts}\n", 1)


def _backend(out: Description, namespace: str, backend: Object) -> str:
    service = backend.get("service")
    if service:
        port = service.get("port") or {}
        text = f"{service['name']}:{port.get('number') or port.get('name', '')}"
        return f"{text} ({_endpoints(out, namespace, service['name'], port)})"
    resource = backend.get("resource")
    if resource:
        return f"APIGroup: {resource.get('apiGroup', NONE)}, Kind: {resource['kind']}, Name: {resource['name']}"
    return ""


def _endpoints(out: Description, namespace: str, name: str, port: Object) -> str:
    kind = out.api.kinds.by_gvk("v1", "Service")
    if kind is None:
        return ""
    try:
        slices = slices_of(out, namespace, name)
        service = out.api.get(kind, namespace, name)
    except ApiError as error:
        return f"<error: {error.message}>"
    port_name = ""
    for found in service["spec"].get("ports") or ():
        if found["port"] == port.get("number") or (port.get("name") and found.get("name") == port["name"]):
            port_name = found.get("name", "")
    return endpoints_text(out, slices, port_name)


def describe_class(out: Description, ingressclass: Object) -> None:
    """Writes the description of an IngressClass."""
    spec = ingressclass.get("spec") or {}
    head(out, ingressclass, namespaced=False)
    marks(out, ingressclass)
    out.field("Controller", spec.get("controller", ""))
    parameters = spec.get("parameters")
    if parameters:
        out.heading("Parameters")
        labels = {"APIGroup": "apiGroup", "Kind": "kind", "Name": "name"}
        out.fields(((label, parameters[field]) for label, field in labels.items() if field in parameters), 1)
    tell_events(out, ingressclass)


DESCRIBERS = {"Ingress": describe, "IngressClass": describe_class}
