"""kubectl create priorityclass (kubectl/pkg/cmd/create/create_priorityclass.go)."""

from __future__ import annotations

from kubelab.cluster.objects import Object
from kubelab.terminal.kubectl.call import Call
from kubelab.terminal.kubectl.command import Command
from kubelab.terminal.kubectl.creating import CREATION, Creation
from kubelab.terminal.kubectl.flags import Flag


def run(call: Call) -> None:
    """Creates a PriorityClass."""
    creation = Creation(call)
    flags = call.flags
    priority: Object = {
        "apiVersion": "scheduling.k8s.io/v1",
        "kind": "PriorityClass",
        "metadata": {"name": creation.name},
        "value": flags.number("value"),
        "preemptionPolicy": flags.text("preemption-policy"),
    }
    if flags.on("global-default"):
        priority["globalDefault"] = True
    if flags.text("description"):
        priority["description"] = flags.text("description")
    creation.create(priority, "failed to create priorityclass")


COMMAND = Command(
    path="create priorityclass",
    usage="create priorityclass NAME --value=VALUE --global-default=BOOL [--dry-run=server|client|none]",
    short="Create a priority class with the given name",
    run=run,
    aliases=("pc",),
    long="Create a priority class with the given name, value and description, and say whether it is the default.",
    examples="""
# A priority class named high-priority
kubectl create priorityclass high-priority --value=1000 --description="high priority"

# One that all Pods have that name none
kubectl create priorityclass default-priority --value=1000 --global-default=true --description="default priority"

# One whose Pods push no others aside
kubectl create priorityclass high-priority --value=1000 --description="high priority" --preemption-policy="Never"
""",
    flags=(
        *CREATION,
        Flag("description", "string", "", "Text that says when the class is meant to be used."),
        Flag("global-default", "bool", False, "Whether Pods that name no class have this one."),
        Flag("preemption-policy", "string", "PreemptLowerPriority", "Whether lesser Pods may be pushed aside."),
        Flag("value", "int32", 0, "the priority that the class stands for."),
    ),
)
