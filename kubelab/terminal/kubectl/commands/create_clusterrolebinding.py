"""kubectl create clusterrolebinding (kubectl/pkg/cmd/create/create_clusterrolebinding.go)."""

from __future__ import annotations

from kubelab.cluster.objects import Object
from kubelab.terminal.kubectl.call import Call
from kubelab.terminal.kubectl.command import Command
from kubelab.terminal.kubectl.creating import CREATION, Creation
from kubelab.terminal.kubectl.flags import Flag
from kubelab.terminal.kubectl.subjects import RBAC, subjects


def run(call: Call) -> None:
    """Creates a ClusterRoleBinding."""
    creation = Creation(call)
    binding: Object = {
        "apiVersion": f"{RBAC}/v1",
        "kind": "ClusterRoleBinding",
        "metadata": {"name": creation.name},
        "roleRef": {"apiGroup": RBAC, "kind": "ClusterRole", "name": call.flags.text("clusterrole")},
    }
    bound = subjects(call.flags)
    if bound:
        binding["subjects"] = bound
    creation.create(binding, "failed to create clusterrolebinding")


COMMAND = Command(
    path="create clusterrolebinding",
    usage=(
        "create clusterrolebinding NAME --clusterrole=NAME [--user=username] [--group=groupname] "
        "[--serviceaccount=namespace:serviceaccountname] [--dry-run=server|client|none]"
    ),
    short="Create a cluster role binding for a cluster role",
    run=run,
    required=("clusterrole",),
    examples="""
# user1, user2 and group1 hold the cluster role cluster-admin
kubectl create clusterrolebinding cluster-admin --clusterrole=cluster-admin --user=user1 --user=user2 --group=group1
""",
    flags=(
        *CREATION,
        Flag("clusterrole", "string", "", "The cluster role to bind"),
        Flag("group", "array", [], "Group that is to hold the role; may be given several times."),
        Flag(
            "serviceaccount",
            "array",
            [],
            "Service account that is to hold the role, written <namespace>:<name>; may be given several times.",
        ),
        Flag("user", "array", [], "User that is to hold the role; may be given several times."),
    ),
)
