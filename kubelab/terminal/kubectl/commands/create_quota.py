"""kubectl create quota (kubectl/pkg/cmd/create/create_quota.go)."""

from __future__ import annotations

from kubelab.cluster import quantity
from kubelab.cluster.objects import Object
from kubelab.terminal.kubectl.call import Call
from kubelab.terminal.kubectl.command import Command
from kubelab.terminal.kubectl.creating import CREATION, Creation
from kubelab.terminal.kubectl.errors import CommandError
from kubelab.terminal.kubectl.flags import Flag


def run(call: Call) -> None:
    """Creates a ResourceQuota."""
    creation = Creation(call)
    spec: Object = {}
    if call.flags.text("hard"):
        spec["hard"] = resource_list(call.flags.text("hard"))
    if call.flags.text("scopes"):
        spec["scopes"] = call.flags.text("scopes").split(",")
        if "" in spec["scopes"]:
            raise CommandError('invalid resource quota scope ""')
    quota = {"apiVersion": "v1", "kind": "ResourceQuota", "metadata": creation.metadata(), "spec": spec}
    creation.create(quota, "failed to create quota")


def resource_list(text: str) -> dict[str, str]:
    """Reads `cpu=1,memory=1Gi`.

    Raises:
        CommandError: it is not of that form, or a value is no quantity.
    """
    found = {}
    for part in text.split(","):
        words = part.split("=")
        if len(words) != 2:
            raise CommandError(f"Invalid argument syntax {part}, expected <resource>=<value>")
        try:
            found[words[0]] = quantity.canonical(words[1])
        except ValueError as error:
            raise CommandError(str(error)) from None
    return found


COMMAND = Command(
    path="create quota",
    usage="create quota NAME [--hard=key1=value1,key2=value2] [--scopes=Scope1,Scope2] [--dry-run=server|client|none]",
    short="Create a quota with the given name",
    run=run,
    aliases=("resourcequota",),
    long="Create a resource quota with the given name, limits and, if wanted, scopes.",
    examples="""
# A quota named my-quota
kubectl create quota my-quota --hard=cpu=1,memory=1G,pods=2,services=3,secrets=5,persistentvolumeclaims=10

# A quota for Pods that promise nothing of themselves
kubectl create quota best-effort --hard=pods=100 --scopes=BestEffort
""",
    flags=(
        *CREATION,
        Flag("hard", "string", "", "What there may be at most, as resource=quantity pairs with commas between."),
        Flag("scopes", "string", "", "What the quota counts, as scopes with commas between; without any, everything."),
    ),
)
