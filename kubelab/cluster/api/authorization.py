"""Who may do what: asked once for each request, before anything else.

Learners and components act as users with full rights here; RBAC's rules take their place in this class.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kubelab.cluster.api import errors
from kubelab.cluster.api.request import Request
from kubelab.cluster.user import User

if TYPE_CHECKING:
    from kubelab.cluster.api.server import ApiServer

ADMINS = {"system:masters", "kubeadm:cluster-admins"}


class Authorizer:
    """Decides on requests by their user."""

    def __init__(self, server: ApiServer) -> None:
        self._server = server

    def check(self, request: Request) -> None:
        """Lets a request pass.

        Raises:
            Forbidden: in the words of the API server, if the user may not do that.
        """
        if not allows(request.user) and not _is_own_question(request):
            raise errors.forbidden(request.kind, request.name, denial(request))


def allows(user: User) -> bool:
    """Tells whether a user may do everything."""
    return user.name.startswith("system:") or not ADMINS.isdisjoint(user.groups)


def _is_own_question(request: Request) -> bool:
    """Tells whether somebody asks about themselves, as the ClusterRole system:basic-user lets all who are known."""
    known = "system:authenticated" in request.user.groups
    return request.verb == "create" and request.kind.name.startswith("SelfSubject") and known


def denial(request: Request) -> str:
    """Words a denial."""
    kind = request.kind
    resource = f"{kind.plural}/{request.subresource}" if request.subresource else kind.plural
    scope = (
        f'in the namespace "{request.namespace}"' if kind.namespaced and request.namespace else "at the cluster scope"
    )
    return f'User "{request.user.name}" cannot {request.verb} resource "{resource}" in API group "{kind.group}" {scope}'
