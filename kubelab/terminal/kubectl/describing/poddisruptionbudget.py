"""kubectl describe poddisruptionbudget."""

from __future__ import annotations

from kubelab.cluster.objects import Object
from kubelab.terminal.kubectl.describing.description import UNSET, Description
from kubelab.terminal.kubectl.describing.events import tell_events
from kubelab.terminal.kubectl.describing.metadata import head
from kubelab.terminal.kubectl.describing.scheduling import selector_text

_COUNTS = (
    ("Allowed disruptions", "disruptionsAllowed"),
    ("Current", "currentHealthy"),
    ("Desired", "desiredHealthy"),
    ("Total", "expectedPods"),
)


def describe(out: Description, budget: Object) -> None:
    """Writes the description of a PodDisruptionBudget."""
    spec, status = budget.get("spec") or {}, budget.get("status") or {}
    head(out, budget)
    if spec.get("minAvailable") is not None:
        out.field("Min available", str(spec["minAvailable"]))
    elif spec.get("maxUnavailable") is not None:
        out.field("Max unavailable", str(spec["maxUnavailable"]))
    out.field("Selector", UNSET if spec.get("selector") is None else selector_text(spec["selector"]))
    out.heading("Status")
    out.fields(((label, str(status.get(name, 0))) for label, name in _COUNTS), 2)
    tell_events(out, budget)


DESCRIBERS = {"PodDisruptionBudget": describe}
