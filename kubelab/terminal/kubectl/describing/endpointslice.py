"""kubectl describe endpointslice."""

from __future__ import annotations

from kubelab.cluster.objects import Object
from kubelab.terminal.kubectl.describing.description import NONE, UNSET, Description
from kubelab.terminal.kubectl.describing.events import tell_events
from kubelab.terminal.kubectl.describing.metadata import head, marks
from kubelab.terminal.kubectl.golang import go_text


def describe(out: Description, endpointslice: Object) -> None:
    """Writes the description of an EndpointSlice."""
    head(out, endpointslice)
    marks(out, endpointslice)
    out.field("AddressType", endpointslice.get("addressType", ""))
    ports = endpointslice.get("ports") or ()
    out.put("Ports:\n" if ports else f"Ports: {UNSET}\n")
    if ports:
        out.header(("Name", "Port", "Protocol"))
    for port in ports:
        out.row((port.get("name") or UNSET, str(port.get("port", UNSET)), port.get("protocol", "")))
    endpoints = endpointslice.get("endpoints") or ()
    out.put("Endpoints:\n" if endpoints else f"Endpoints: {NONE}\n")
    for endpoint in endpoints:
        _endpoint(out, endpoint)
    tell_events(out, endpointslice)


def _endpoint(out: Description, endpoint: Object) -> None:
    out.field("- Addresses", ", ".join(endpoint.get("addresses") or ()) or NONE, 1)
    out.heading("Conditions", 2)
    out.field("Ready", go_text((endpoint.get("conditions") or {}).get("ready", UNSET)), 3)
    out.field("Hostname", endpoint.get("hostname", UNSET), 2)
    target = endpoint.get("targetRef")
    if target:
        out.field("TargetRef", f"{target.get('kind', '')}/{target.get('name', '')}", 2)
    out.field("NodeName", endpoint.get("nodeName", UNSET), 2)
    out.field("Zone", endpoint.get("zone", UNSET), 2)


DESCRIBERS = {"EndpointSlice": describe}
