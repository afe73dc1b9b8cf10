"""kubectl create rolebinding (kubectl/pkg/cmd/create/create_rolebinding.go)."""

from __future__ import annotations

from kubelab.cluster.objects import Object
from kubelab.terminal.kubectl.call import Call
from kubelab.terminal.kubectl.command import Command
from kubelab.terminal.kubectl.creating import CREATION, Creation
from kubelab.terminal.kubectl.errors import CommandError
from kubelab.terminal.kubectl.flags import Flag
from kubelab.terminal.kubectl.subjects import RBAC, subjects


def run(call: Call) -> None:
    """Creates a RoleBinding."""
    creation = Creation(call)
    role, cluster_role = call.flags.text("role"), call.flags.text("clusterrole")
    if bool(role) == bool(cluster_role):
        raise CommandError("exactly one of clusterrole or role must be specified")
    binding: Object = {
        "apiVersion": f"{RBAC}/v1",
        "kind": "RoleBinding",
        "metadata": creation.metadata(),
        "roleRef": {"apiGroup": RBAC, "kind": "Role" if role else "ClusterRole", "name": role or cluster_role},
    }
    bound = subjects(call.flags)
    if bound:
        binding["subjects"] = bound
    creation.create(binding, "failed to create rolebinding")


COMMAND = Command(
    path="create rolebinding",
    usage=(
        "create rolebinding NAME --clusterrole=NAME|--role=NAME [--user=username] [--group=groupname] "
        "[--serviceaccount=namespace:serviceaccountname] [--dry-run=server|client|none]"
    ),
    short="Create a role binding for a role or a cluster role",
    run=run,
    examples="""
# user1, user2 and group1 hold the cluster role "admin" in this namespace
kubectl create rolebinding admin --clusterrole=admin --user=user1 --user=user2 --group=group1

# The service account monitoring:sa-dev holds the role "admin"
kubectl create rolebinding admin-binding --role=admin --serviceaccount=monitoring:sa-dev
""",
    flags=(
        *CREATION,
        Flag("clusterrole", "string", "", "The cluster role to bind"),
        Flag("group", "array", [], "Group that is to hold the role; may be given several times."),
        Flag("role", "string", "", "The role to bind"),
        Flag(
            "serviceaccount",
            "array",
            [],
            "Service account that is to hold the role, written <namespace>:<name>; may be given several times.",
        ),
        Flag("user", "array", [], "User that is to hold the role; may be given several times."),
    ),
)
