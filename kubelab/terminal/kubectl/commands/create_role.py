"""kubectl create role (kubectl/pkg/cmd/create/create_role.go)."""

from __future__ import annotations

from kubelab.terminal.kubectl.call import Call
from kubelab.terminal.kubectl.command import Command
from kubelab.terminal.kubectl.creating import CREATION, Creation
from kubelab.terminal.kubectl.errors import CommandError
from kubelab.terminal.kubectl.policy_rules import RULE_FLAGS, Rules


def run(call: Call) -> None:
    """Creates a Role."""
    creation = Creation(call)
    rules = Rules(call)
    if not rules.verbs:
        raise CommandError("at least one verb must be specified")
    rules.check_verbs()
    if not rules.resources:
        raise CommandError("at least one resource must be specified")
    rules.check_resources()
    role = {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "Role",
        "metadata": creation.metadata(),
        "rules": rules.policy_rules(),
    }
    creation.create(role)


COMMAND = Command(
    path="create role",
    usage=(
        "create role NAME --verb=verb --resource=resource.group/subresource [--resource-name=resourcename] "
        "[--dry-run=server|client|none]"
    ),
    short="Create a role with one rule",
    run=run,
    examples="""
# A role named "pod-reader" whose holders may get, watch and list Pods
kubectl create role pod-reader --verb=get --verb=list --verb=watch --resource=pods

# The same for two Pods only
kubectl create role pod-reader --verb=get --resource=pods --resource-name=readablepod --resource-name=anotherpod

# A resource of an API group
kubectl create role foo --verb=get,list,watch --resource=rs.apps

# A subresource
kubectl create role foo --verb=get,list,watch --resource=pods,pods/status
""",
    flags=(*CREATION, *RULE_FLAGS),
)
