"""kubectl describe endpoints."""

from __future__ import annotations

from kubelab.cluster.objects import Object
from kubelab.terminal.kubectl.describing.description import NONE, UNSET, Description
from kubelab.terminal.kubectl.describing.events import tell_events
from kubelab.terminal.kubectl.describing.metadata import head, marks


def describe(out: Description, endpoints: Object) -> None:
    """Writes the description of an Endpoints object."""
    head(out, endpoints)
    marks(out, endpoints)
    out.heading("Subsets")
    for subset in endpoints.get("subsets") or ():
        for label, name in (("Addresses", "addresses"), ("NotReadyAddresses", "notReadyAddresses")):
            out.field(label, ",".join(address["ip"] for address in subset.get(name) or ()) or NONE, 1)
        if subset.get("ports"):
            out.heading("Ports", 1)
            out.header(("Name", "Port", "Protocol"), 2)
            for port in subset["ports"]:
                out.row((port.get("name") or UNSET, str(port["port"]), port.get("protocol", "")), 2)
        out.put("\n")
    tell_events(out, endpoints)


DESCRIBERS = {"Endpoints": describe}
