"""kubectl describe priorityclass."""

from __future__ import annotations

from kubelab.cluster.objects import Object, annotations_of
from kubelab.terminal.kubectl.describing.description import Description
from kubelab.terminal.kubectl.describing.events import tell_events
from kubelab.terminal.kubectl.describing.metadata import head, pairs_text


def describe(out: Description, priorityclass: Object) -> None:
    """Writes the description of a PriorityClass."""
    head(out, priorityclass, namespaced=False)
    out.field("Value", priorityclass.get("value", 0))
    out.field("GlobalDefault", bool(priorityclass.get("globalDefault")))
    out.field("PreemptionPolicy", priorityclass.get("preemptionPolicy", "PreemptLowerPriority"))
    out.field("Description", priorityclass.get("description", ""))
    out.field("Annotations", pairs_text(annotations_of(priorityclass)))
    tell_events(out, priorityclass)


DESCRIBERS = {"PriorityClass": describe}
