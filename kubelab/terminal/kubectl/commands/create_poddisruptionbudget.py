"""kubectl create poddisruptionbudget (kubectl/pkg/cmd/create/create_pdb.go)."""

from __future__ import annotations

import re

from kubelab.terminal.kubectl.call import Call
from kubelab.terminal.kubectl.command import Command
from kubelab.terminal.kubectl.creating import CREATION, Creation
from kubelab.terminal.kubectl.errors import CommandError
from kubelab.terminal.kubectl.flags import Flag
from kubelab.terminal.kubectl.label_selectors import label_selector


def run(call: Call) -> None:
    """Creates a PodDisruptionBudget."""
    creation = Creation(call)
    selector = call.flags.text("selector")
    least, most = call.flags.text("min-available"), call.flags.text("max-unavailable")
    if not selector:
        raise CommandError("a selector must be specified")
    if not least and not most:
        raise CommandError("one of min-available or max-unavailable must be specified")
    if least and most:
        raise CommandError("min-available and max-unavailable cannot be both specified")
    for name, value in (("min-available", least), ("max-unavailable", most)):
        if value and not re.fullmatch("[0-9]+%?", value):
            raise CommandError(f"invalid format specified for {name}")
    field, value = ("minAvailable", least) if least else ("maxUnavailable", most)
    budget = {
        "apiVersion": "policy/v1",
        "kind": "PodDisruptionBudget",
        "metadata": creation.metadata(),
        "spec": {field: value if value.endswith("%") else int(value), "selector": label_selector(selector)},
    }
    creation.create(budget, "failed to create poddisruptionbudgets")


COMMAND = Command(
    path="create poddisruptionbudget",
    usage="create poddisruptionbudget NAME --selector=SELECTOR --min-available=N [--dry-run=server|client|none]",
    short="Create a pod disruption budget with the given name",
    run=run,
    aliases=("pdb",),
    long="Create a pod disruption budget with the given name, selector, and number of Pods that must stay available.",
    examples="""
# At least one of the Pods labeled app=rails stays available at any time
kubectl create poddisruptionbudget my-pdb --selector=app=rails --min-available=1

# At least half of the Pods labeled app=nginx do
kubectl create pdb my-pdb --selector=app=nginx --min-available=50%
""",
    flags=(
        *CREATION,
        Flag("max-unavailable", "string", "", "How many Pods, or how many percent, may be unavailable at the most."),
        Flag("min-available", "string", "", "How many Pods, or how many percent, must stay available."),
        Flag("selector", "string", "", "Labels of the Pods that are meant; only equality can be asked for."),
    ),
)
