"""kubectl describe servicecidr, and ipaddress."""

from __future__ import annotations

from kubelab.cluster.objects import Object
from kubelab.terminal.kubectl.describing.description import Description
from kubelab.terminal.kubectl.describing.events import tell_events
from kubelab.terminal.kubectl.describing.metadata import head, marks
from kubelab.terminal.kubectl.describing.namespace import dated_conditions


def describe(out: Description, servicecidr: Object) -> None:
    """Writes the description of a ServiceCIDR."""
    head(out, servicecidr, namespaced=False)
    marks(out, servicecidr)
    out.field("CIDRs", ", ".join((servicecidr.get("spec") or {}).get("cidrs") or ()))
    conditions = (servicecidr.get("status") or {}).get("conditions")
    if conditions:
        out.heading("Status")
        dated_conditions(out, conditions)
    tell_events(out, servicecidr)


def describe_address(out: Description, address: Object) -> None:
    """Writes the description of an IPAddress."""
    head(out, address, namespaced=False)
    marks(out, address)
    parent = (address.get("spec") or {}).get("parentRef")
    if parent:
        out.heading("Parent Reference")
        for name in ("group", "resource", "namespace", "name"):
            out.field(name.capitalize(), parent.get(name, ""), 1)
    tell_events(out, address)


DESCRIBERS = {"ServiceCIDR": describe, "IPAddress": describe_address}
