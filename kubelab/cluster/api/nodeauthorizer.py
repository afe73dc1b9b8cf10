"""What kubelets may do: read what their Pods need, and write about themselves.

Source: plugin/pkg/auth/authorizer/node/node_authorizer.go; kubernetes.io, reference/access-authn-authz/node.
Volumes of volumes and resource claims are not followed: no kubelet here asks for them as a user.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from kubelab.cluster.api.bootstrappolicy import node_rules
from kubelab.cluster.api.policyrules import Attributes, allows
from kubelab.cluster.api.rbac import Decision
from kubelab.cluster.kinds import Pod, minor
from kubelab.cluster.objects import Object
from kubelab.cluster.store import Store

PREFIX, GROUP = "system:node:", "system:nodes"
LEASES = "kube-node-lease"
OWN_VERBS = ("get", "create", "update", "patch", "delete")
READ_VERBS = ("get", "list", "watch")
SELECTORS = 32  # the minor version since which kubelets see their own Pods and Node only
NO_OPINION, YES = Decision(False), Decision(True)
# The fields of a Pod's spec that name objects, by resource.
NAMING = {
    "secrets": ("secretName", "secret", "secretRef", "secretKeyRef", "imagePullSecrets"),
    "configmaps": ("configMap", "configMapRef", "configMapKeyRef"),
    "persistentvolumeclaims": ("persistentVolumeClaim",),
}


class NodeAuthorizer:
    """Decides on requests of users of the group system:nodes."""

    def __init__(self, store: Store, version: str) -> None:
        self._store = store
        self._version = version
        self._by_resource: dict[str, Callable[[str, Attributes], Decision]] = {
            "secrets": self._read,
            "configmaps": self._read,
            "persistentvolumeclaims": self._get,
            "persistentvolumes": self._get,
            "serviceaccounts": self._token,
            "leases": self._lease,
            "csinodes": self._csi_node,
        }
        if minor(version) >= SELECTORS:
            self._by_resource |= {"nodes": self._node, "pods": self._pod}

    def decide(self, asked: Attributes) -> Decision:
        """Decides; without an opinion on users that are no nodes."""
        if not is_node(asked.user.name, asked.user.groups):
            return NO_OPINION
        node = asked.user.name.removeprefix(PREFIX)
        special = self._by_resource.get(asked.resource)
        if special is not None:
            return special(node, asked)
        return YES if self._static(asked) else NO_OPINION

    def _static(self, asked: Attributes) -> bool:
        return any(allows(rule, asked) for rule in node_rules(self._version))

    def _read(self, node: str, asked: Attributes) -> Decision:
        if asked.verb not in READ_VERBS:
            return Decision(False, "can only read resources of this type")
        if asked.subresource:
            return Decision(False, "cannot read subresource")
        if not asked.namespace:
            return Decision(False, "can only read namespaced object of this type")
        return self._related(node, asked)

    def _get(self, node: str, asked: Attributes) -> Decision:
        if asked.verb != "get":
            return Decision(False, "can only get individual resources of this type")
        if asked.subresource:
            return Decision(False, "cannot get subresource")
        return self._related(node, asked)

    def _related(self, node: str, asked: Attributes) -> Decision:
        if not asked.name:
            return Decision(False, "No Object name found")
        for pod in self._store.indexed(Pod.prefix, "node", node):
            here = pod["metadata"]["namespace"] == asked.namespace
            if here and asked.name in _names(pod["spec"], NAMING.get(asked.resource, ())):
                return YES
        return _unrelated(node)

    def _token(self, node: str, asked: Attributes) -> Decision:
        if asked.verb != "create" or not asked.name:
            return Decision(False, "can only create tokens for individual service accounts")
        if asked.subresource != "token":
            return Decision(False, "can only create token subresource of serviceaccount")
        for pod in self._store.indexed(Pod.prefix, "node", node):
            account = (pod["metadata"]["namespace"], pod["spec"].get("serviceAccountName"))
            if account == (asked.namespace, asked.name):
                return YES
        return _unrelated(node)

    def _lease(self, node: str, asked: Attributes) -> Decision:
        if asked.verb not in OWN_VERBS:
            return Decision(False, "can only get, create, update, patch, or delete a node lease")
        if asked.namespace != LEASES:
            return Decision(False, f'can only access leases in the "{LEASES}" system namespace')
        if asked.verb != "create" and asked.name != node:
            return Decision(False, "can only access node lease with the same name as the requesting node")
        return YES

    def _csi_node(self, node: str, asked: Attributes) -> Decision:
        if asked.verb not in OWN_VERBS:
            return Decision(False, "can only get, create, update, patch, or delete a CSINode")
        if asked.subresource:
            return Decision(False, "cannot authorize CSINode subresources")
        if asked.verb != "create" and asked.name != node:
            return Decision(False, "can only access CSINode with the same name as the requesting node")
        return YES

    def _node(self, node: str, asked: Attributes) -> Decision:
        if asked.verb not in READ_VERBS or asked.subresource or asked.name == node:
            return YES if self._static(asked) else NO_OPINION
        if not asked.name:
            return Decision(False, f"node '{node}' cannot read all nodes, only its own Node object")
        return Decision(False, f"node '{node}' cannot read '{asked.name}', only its own Node object")

    def _pod(self, node: str, asked: Attributes) -> Decision:
        if asked.verb in ("list", "watch") and not asked.subresource:
            if f"spec.nodeName={node}" in asked.fields.replace("==", "=").split(","):
                return YES
            return Decision(False, "can only list/watch pods with spec.nodeName field selector")
        if asked.verb == "get" and not asked.subresource:
            own = self._store.indexed(Pod.prefix, "node", node)
            mine = any(
                (p["metadata"]["namespace"], p["metadata"]["name"]) == (asked.namespace, asked.name) for p in own
            )
            return YES if mine else _unrelated(node)
        return YES if self._static(asked) else NO_OPINION


def is_node(name: str, groups: tuple[str, ...]) -> bool:
    """Tells whether a user is a kubelet."""
    return name.startswith(PREFIX) and GROUP in groups


def _unrelated(node: str) -> Decision:
    return Decision(False, f"no relationship found between node '{node}' and this object")


def _names(part: Any, fields: tuple[str, ...]) -> Iterator[str]:
    """Yields the names that stand in some fields, wherever they are in a spec."""
    if isinstance(part, list):
        for item in part:
            yield from _names(item, fields)
    elif isinstance(part, dict):
        for field, value in part.items():
            if field in fields:
                yield from _named(value)
            yield from _names(value, fields)


def _named(value: Object | list[Object] | str) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    for entry in value if isinstance(value, list) else [value] if isinstance(value, dict) else []:
        yield from (entry[field] for field in ("name", "secretName", "claimName") if field in entry)
