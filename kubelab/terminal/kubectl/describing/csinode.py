"""kubectl describe csinode."""

from __future__ import annotations

from kubelab.cluster.objects import Object
from kubelab.terminal.kubectl.describing.description import Description
from kubelab.terminal.kubectl.describing.events import tell_events
from kubelab.terminal.kubectl.describing.metadata import created, head, marks


def describe(out: Description, csinode: Object) -> None:
    """Writes the description of a CSINode."""
    head(out, csinode, namespaced=False)
    marks(out, csinode)
    created(out, csinode)
    out.heading("Spec")
    drivers = (csinode.get("spec") or {}).get("drivers")
    if drivers:
        out.heading("Drivers", 1)
    for driver in drivers or ():
        out.heading(driver["name"], 2)
        out.field("Node ID", driver.get("nodeID", ""), 3)
        count = (driver.get("allocatable") or {}).get("count")
        if count is not None:
            out.heading("Allocatables", 3)
            out.field("Count", str(count), 4)
        if driver.get("topologyKeys"):
            out.field("Topology Keys", driver["topologyKeys"], 3)
    tell_events(out, csinode)


DESCRIBERS = {"CSINode": describe}
