"""kubectl describe service."""

from __future__ import annotations

from kubelab.cluster.objects import Object
from kubelab.terminal.kubectl.describing.backends import endpoints_text, slices_of
from kubelab.terminal.kubectl.describing.description import NONE, UNSET, Description
from kubelab.terminal.kubectl.describing.events import tell_events
from kubelab.terminal.kubectl.describing.metadata import head, marks, pairs_text


def describe(out: Description, service: Object) -> None:
    """Writes the description of a Service."""
    spec = service["spec"]
    head(out, service)
    marks(out, service)
    out.field("Selector", pairs_text(spec.get("selector")))
    out.field("Type", spec.get("type", ""))
    _addresses(out, service, spec)
    slices = slices_of(out, service["metadata"]["namespace"], service["metadata"]["name"])
    for port in spec.get("ports") or ():
        _port(out, port, slices)
    out.field("Session Affinity", spec.get("sessionAffinity", ""))
    for label, name in (
        ("External Traffic Policy", "externalTrafficPolicy"),
        ("Internal Traffic Policy", "internalTrafficPolicy"),
        ("HealthCheck NodePort", "healthCheckNodePort"),
    ):
        if spec.get(name):
            out.field(label, spec[name])
    if spec.get("loadBalancerSourceRanges"):
        out.field("LoadBalancer Source Ranges", ",".join(spec["loadBalancerSourceRanges"]))
    if spec.get("trafficDistribution") and out.minor >= _DISTRIBUTION_SINCE:
        out.field("Traffic Distribution", spec["trafficDistribution"])
    tell_events(out, service)


_DISTRIBUTION_SINCE = 34
_APP_PROTOCOL_SINCE = 36


def _addresses(out: Description, service: Object, spec: Object) -> None:
    if spec.get("ipFamilyPolicy"):
        out.field("IP Family Policy", spec["ipFamilyPolicy"])
    out.field("IP Families", ",".join(spec.get("ipFamilies") or ()) or NONE)
    out.field("IP", spec.get("clusterIP", ""))
    out.field("IPs", ",".join(spec.get("clusterIPs") or ()) or NONE)
    if spec.get("externalIPs"):
        out.field("External IPs", ",".join(spec["externalIPs"]))
    if spec.get("loadBalancerIP"):
        out.field("Desired LoadBalancer IP", spec["loadBalancerIP"])
    if spec.get("externalName"):
        out.field("External Name", spec["externalName"])
    ingress = ((service.get("status") or {}).get("loadBalancer") or {}).get("ingress")
    if ingress:
        out.field("LoadBalancer Ingress", ", ".join(_ingress(each) for each in ingress))


def _ingress(point: Object) -> str:
    if not point.get("ip"):
        return str(point.get("hostname", ""))
    return f"{point['ip']} ({point['ipMode']})" if point.get("ipMode") else str(point["ip"])


def _port(out: Description, port: Object, slices: list[Object]) -> None:
    name, protocol = port.get("name") or UNSET, port.get("protocol", "")
    out.field("Port", f"{name}\t{port['port']}/{protocol}")
    out.field("TargetPort", f"{port.get('targetPort', 0)}/{protocol}")
    if port.get("appProtocol") and out.minor >= _APP_PROTOCOL_SINCE:
        out.field("AppProtocol", port["appProtocol"])
    if port.get("nodePort"):
        out.field("NodePort", f"{name}\t{port['nodePort']}/{protocol}")
    out.field("Endpoints", endpoints_text(out, slices, port.get("name", "")))


DESCRIBERS = {"Service": describe}
