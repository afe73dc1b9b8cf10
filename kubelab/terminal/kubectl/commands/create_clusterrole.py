"""kubectl create clusterrole (kubectl/pkg/cmd/create/create_clusterrole.go)."""

from __future__ import annotations

from kubelab.cluster.objects import Object
from kubelab.terminal.kubectl.arguments import unique
from kubelab.terminal.kubectl.call import Call
from kubelab.terminal.kubectl.command import Command
from kubelab.terminal.kubectl.creating import CREATION, Creation
from kubelab.terminal.kubectl.errors import CommandError
from kubelab.terminal.kubectl.flags import Flag
from kubelab.terminal.kubectl.policy_rules import RULE_FLAGS, Rules

_URL_VERBS = ("*", "get", "post", "put", "delete", "patch", "head", "options")


def run(call: Call) -> None:
    """Creates a ClusterRole: of rules, or one that gathers the rules of others."""
    creation = Creation(call)
    rules = Rules(call)
    urls = unique(call.flags.items("non-resource-url"))
    aggregation = call.flags.labels("aggregation-rule")
    role: Object = {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "ClusterRole",
        "metadata": {"name": creation.name},
    }
    if aggregation:
        if urls or rules.verbs or rules.resources or rules.names:
            raise CommandError(
                "aggregation rule must be specified without nonResourceURLs, verbs, resources or resourceNames"
            )
        role["aggregationRule"] = {"clusterRoleSelectors": [{"matchLabels": aggregation}]}
    else:
        _check(rules, urls)
        role["rules"] = rules.policy_rules(urls)
    creation.create(role)


def _check(rules: Rules, urls: list[str]) -> None:
    if not rules.verbs:
        raise CommandError("at least one verb must be specified")
    if not rules.resources and not urls:
        raise CommandError("one of resource or nonResourceURL must be specified")
    if rules.resources:
        rules.check_verbs()
        rules.check_resources()
    if not urls:
        return
    for verb in rules.verbs:
        if verb not in _URL_VERBS:
            raise CommandError(f"invalid verb: '{verb}' for nonResourceURL")
    for url in urls:
        if url == "*":
            continue
        if not url.startswith("/"):
            raise CommandError("nonResourceURL should start with /")
        if "*" in url[:-1]:
            raise CommandError("nonResourceURL only supports wildcard matches when '*' is at the end")


COMMAND = Command(
    path="create clusterrole",
    usage=(
        "create clusterrole NAME --verb=verb --resource=resource.group [--resource-name=resourcename] "
        "[--dry-run=server|client|none]"
    ),
    short="Create a cluster role",
    run=run,
    examples="""
# A cluster role named "pod-reader" whose holders may get, watch and list Pods
kubectl create clusterrole pod-reader --verb=get,list,watch --resource=pods

# The same for two Pods only
kubectl create clusterrole pod-reader --verb=get --resource=pods --resource-name=readablepod --resource-name=anotherpod

# A resource of an API group
kubectl create clusterrole foo --verb=get,list,watch --resource=rs.apps

# A subresource
kubectl create clusterrole foo --verb=get,list,watch --resource=pods,pods/status

# A URL that is no resource
kubectl create clusterrole "foo" --verb=get --non-resource-url=/logs/*

# The rules of all cluster roles with a label
kubectl create clusterrole monitoring --aggregation-rule="rbac.example.com/aggregate-to-monitoring=true"
""",
    flags=(
        *CREATION,
        Flag("aggregation-rule", "labels", {}, "Labels of the cluster roles whose rules are gathered in this one."),
        Flag("non-resource-url", "strings", [], "A part of a URL that the holder may reach."),
        *RULE_FLAGS,
    ),
)
