"""Who may do what: asked once for each request that comes from outside, before anything else.

The authorizers of a kubeadm cluster, in their order: the group system:masters, Node, RBAC. What components in the
cluster do through their clients is not weighed: they have the rights that the default roles give them.
Source: kubernetes.io, reference/access-authn-authz/authorization; k8s.io/apiserver/pkg/endpoints/filters.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kubelab.cluster.api import errors
from kubelab.cluster.api.nodeauthorizer import NodeAuthorizer, is_node
from kubelab.cluster.api.policyrules import Attributes
from kubelab.cluster.api.rbac import Decision, Rbac
from kubelab.cluster.api.request import APPLY_PATCH, Request
from kubelab.cluster.objects import Object
from kubelab.cluster.user import User

if TYPE_CHECKING:
    from kubelab.cluster.api.server import ApiServer

MASTERS = "system:masters"
COLLECTION = ("list", "watch", "deletecollection")
EVERYTHING: list[Object] = [
    {"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]},
    {"verbs": ["*"], "nonResourceURLs": ["*"]},
]
NOT_ENUMERATED = "node authorizer does not support user rule resolution"


class Authorizer:
    """Decides on requests by their user."""

    def __init__(self, server: ApiServer) -> None:
        self._server = server
        self.rbac = Rbac(server.store)
        self._node = NodeAuthorizer(server.store, server.version)

    def become(self, version: str) -> None:
        """Lets the rules for kubelets be those of another minor version."""
        self._node = NodeAuthorizer(self._server.store, version)

    def check(self, request: Request) -> None:
        """Lets a request pass.

        Raises:
            Forbidden: in the words of the API server, if the user may not do that.
        """
        asked = attributes_of(request)
        self.confirm(asked)
        if request.content_type == APPLY_PATCH and request.verb == "patch" and MASTERS not in request.user.groups:
            if self._server.find(request.kind, request.key) is None:
                self.confirm(asked._replace(verb="create"))  # what applying then comes to

    def confirm(self, asked: Attributes) -> None:
        """Lets pass what is allowed.

        Raises:
            Forbidden: what is not.
        """
        decision = self.decide(asked)
        if not decision.allowed:
            raise denial(asked, decision.reason)

    def decide(self, asked: Attributes) -> Decision:
        """Asks one authorizer after the other."""
        if MASTERS in asked.user.groups:
            return Decision(True)
        node = self._node.decide(asked)
        if node.allowed:
            return node
        found = self.rbac.decide(asked)
        if found.allowed:
            return found
        return Decision(False, "\n".join(reason for reason in (node.reason, found.reason) if reason))

    def rules(self, user: User, namespace: str) -> tuple[list[Object], str]:
        """Returns the rules that a user has in a namespace, and what is wrong with the list; "" for nothing."""
        found, wrong = list(EVERYTHING) if MASTERS in user.groups else [], []
        if is_node(user.name, user.groups):
            wrong.append(NOT_ENUMERATED)
        for given in self.rbac.rules(user, namespace):
            if given.rule is not None:
                found.append(given.rule)
            elif given.missing not in wrong:
                wrong.append(given.missing)
        return found, ", ".join(wrong)


def attributes_of(request: Request) -> Attributes:
    """Returns what a request asks for (RequestInfo): a Namespace lies in itself, and a name may be selected."""
    kind, name, namespace = request.kind, request.name, request.namespace
    fields = request.options.get("fieldSelector", "") if request.verb in COLLECTION else ""
    if request.verb == "create" and not request.subresource:
        name = ""
    elif not name and fields:
        name = selected_name(fields)
    if kind.name == "Namespace":
        namespace = request.name if name else ""
    return Attributes(
        request.user, request.verb, kind.group, kind.plural, request.subresource, namespace, name, fields=fields
    )


def selected_name(fields: str) -> str:
    """Returns the one name that a field selector leaves, or ""."""
    for part in fields.split(","):
        field, _, value = part.replace("==", "=").partition("=")
        if field == "metadata.name":
            return value
    return ""


def denial(asked: Attributes, reason: str = "") -> errors.Forbidden:
    """Words a denial."""
    user, why = asked.user.name, f": {reason}" if reason else ""
    if asked.path:
        return errors.Forbidden(f'forbidden: User "{user}" cannot {asked.verb} path "{asked.path}"{why}', {})
    scope = f'in the namespace "{asked.namespace}"' if asked.namespace else "at the cluster scope"
    what = f'cannot {asked.verb} resource "{asked.full_resource}" in API group "{asked.group}" {scope}'
    return errors.forbidden_resource(asked.group, asked.resource, asked.name, f'User "{user}" {what}{why}')
