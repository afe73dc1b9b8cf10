"""The roles and bindings that kube-apiserver makes when it starts, and mends whenever it starts again.

What is missing is created, rights and subjects that were taken away come back, unless an object says
`rbac.authorization.kubernetes.io/autoupdate: "false"`; what was added stays. They are data: see the files beside.
Source: kubernetes.io, reference/access-authn-authz/rbac, "Auto-reconciliation"; pkg/registry/rbac/rest.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import yaml

from kubelab.cluster.api import errors
from kubelab.cluster.api.policyrules import covers
from kubelab.cluster.component import Component
from kubelab.cluster.kinds import ClusterRole, ClusterRoleBinding, Role, RoleBinding, minor
from kubelab.cluster.kinds.kind import Kind
from kubelab.cluster.objects import Object, key_of

GROUP = "rbac.authorization.k8s.io"
AUTOUPDATE = "rbac.authorization.kubernetes.io/autoupdate"
AGGREGATE = f"{GROUP}/aggregate-to-"
BOOTSTRAPPING = "kubernetes.io/bootstrapping"  # the label of all of them
VERBS = {
    "READ": "get,list,watch",
    "WRITE": "create,delete,deletecollection,patch,update",
    "ALL": "create,delete,deletecollection,get,list,patch,update,watch",
}
EVENTS = "create,patch,update -,events.k8s.io events"
CONTROLLER = "system:controller:"
# Roles that are put together of others, and those that each is a part of.
AGGREGATED = ("admin", "edit", "view")
PARTS = {
    "edit": "admin",
    "view": "edit",
    **{f"system:aggregate-to-{name}": name for name in AGGREGATED},
}


class BootstrapPolicy(Component):
    """The API server's hook `rbac/bootstrap-roles`."""

    name = "bootstrap-roles"
    runs_in = "kube-apiserver"
    user = "system:apiserver"
    ALL = "all"  # its one key

    def resync(self) -> None:
        """Looks at all of them, as the API server does when it starts."""
        self.cluster.agenda.add(self.name, self.ALL)

    def reconcile(self, key: str) -> None:
        """Makes what is missing, and gives back what was taken away."""
        for kind, wanted in policy(self.cluster.version):
            found = self.api.get(kind, key_of(wanted))
            if found is None:
                self._create(kind, wanted)
            elif (found["metadata"].get("annotations") or {}).get(AUTOUPDATE) != "false":
                mended = _mended(found, wanted)
                if mended is not found:
                    self.api.update(kind, mended)

    def _create(self, kind: Kind, wanted: Object) -> None:
        try:
            self.api.create(kind, wanted)
        except errors.NotFound:
            return  # its namespace is not there


def _mended(found: Object, wanted: Object) -> Object:
    """Returns an object with the rules or subjects that it has lost; it itself when it has them all."""
    field = "rules" if "rules" in wanted else "subjects"
    has, want = found.get(field) or [], wanted.get(field) or []
    missing = covers(has, want) if field == "rules" else [subject for subject in want if subject not in has]
    return {**found, field: [*has, *missing]} if missing else found


@cache
def policy(version: str) -> tuple[tuple[Kind, Object], ...]:
    """Returns all of the objects for a minor version, each with its kind."""
    own = _file("namespaces.yaml")
    found = [*_cluster_roles(version)]
    for namespace, roles in own["roles"].items():
        found += [(Role, _role(Role, name, rules, version, namespace)) for name, rules in roles.items()]
    for name, words in own["clusterrolebindings"].items():
        found.append((ClusterRoleBinding, _binding(ClusterRoleBinding, name, words)))
    for name in _controllers(version):
        words = f"ClusterRole/{CONTROLLER}{name} ServiceAccount/kube-system/{name}"
        found.append((ClusterRoleBinding, _binding(ClusterRoleBinding, CONTROLLER + name, words)))
    for namespace, bindings in own["rolebindings"].items():
        found += [(RoleBinding, _binding(RoleBinding, name, words, namespace)) for name, words in bindings.items()]
    return tuple(found)


def _cluster_roles(version: str) -> list[tuple[Kind, Object]]:
    roles = {**_file("cluster-roles.yaml")}
    roles |= {CONTROLLER + name: rules for name, rules in _controllers(version).items()}
    found = [(ClusterRole, _role(ClusterRole, name, rules, version)) for name, rules in roles.items()]
    for name in AGGREGATED:
        selectors = [{"matchLabels": {AGGREGATE + name: "true"}}]
        rule: Object = {"aggregationRule": {"clusterRoleSelectors": selectors}}
        found.append((ClusterRole, _object(ClusterRole, name) | rule))
    return found


def _controllers(version: str) -> dict[str, str]:
    roles: dict[str, str] = _file("controller-roles.yaml")
    return {name: rules for name, rules in roles.items() if _is_due(rules.split(None, 1)[0], version)}


@cache
def _file(name: str) -> Any:
    return yaml.safe_load(Path(__file__).with_name(name).read_text(encoding="utf-8"))


def _object(kind: Kind, name: str, namespace: str = "") -> Object:
    labels = {BOOTSTRAPPING: "rbac-defaults"}
    if name in PARTS and kind is ClusterRole:
        labels[AGGREGATE + PARTS[name]] = "true"
    metadata: Object = {"annotations": {AUTOUPDATE: "true"}, "labels": labels, "name": name}
    if namespace:
        metadata["namespace"] = namespace
    return {"apiVersion": kind.api_version, "kind": kind.name, "metadata": metadata}


def _role(kind: Kind, name: str, text: str, version: str, namespace: str = "") -> Object:
    lines = [line.split() for line in text.splitlines()]
    rules = [_rule(words) for words in lines if not words[0].startswith("since=") and _is_due(words[-1], version)]
    return _object(kind, name, namespace) | {"rules": rules}


def _is_due(word: str, version: str) -> bool:
    """Tells whether a word says nothing of versions, or one that this cluster has reached."""
    return not word.startswith("since=") or minor(word.removeprefix("since=")) <= minor(version)


def _rule(words: list[str]) -> Object:
    if words == ["events"]:
        words = EVENTS.split()
    verbs, groups, resources, *names = (word for word in words if not word.startswith("since="))
    said = VERBS.get(verbs, verbs).split(",")
    if groups == "url":
        return {"nonResourceURLs": resources.split(","), "verbs": said}
    rule: Object = {
        "apiGroups": ["" if group == "-" else group for group in groups.split(",")],
        "resources": resources.split(","),
        "verbs": said,
    }
    return {**rule, "resourceNames": names[0].split(",")} if names else rule


def _binding(kind: Kind, name: str, words: str, namespace: str = "") -> Object:
    role, *subjects = (word.split("/") for word in words.split())
    bound = _object(kind, name, namespace) | {"roleRef": {"apiGroup": GROUP, "kind": role[0], "name": role[1]}}
    return {**bound, "subjects": [_subject(*parts) for parts in subjects]} if subjects else bound


def _subject(kind: str, *parts: str) -> Object:
    if kind == "ServiceAccount":
        return {"kind": kind, "name": parts[1], "namespace": parts[0]}
    return {"apiGroup": GROUP, "kind": kind, "name": parts[0]}


def node_rules(version: str) -> list[Object]:
    """Returns what the Node authorizer allows to all kubelets alike."""
    rules: list[Object] = next(obj["rules"] for _, obj in policy(version) if obj["metadata"]["name"] == "system:node")
    return rules
