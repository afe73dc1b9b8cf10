"""Who a REST call is made as, and whether they may have a path that is no resource of the API.

What is a resource is asked by the API's pipeline itself. Source: k8s.io/apiserver/pkg/endpoints/request/requestinfo.go;
kubernetes.io, reference/access-authn-authz/authentication, "User impersonation".
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING
from urllib.parse import unquote

from kubelab.cluster.api import errors
from kubelab.cluster.api.impersonation import acting
from kubelab.cluster.api.policyrules import Attributes
from kubelab.cluster.rest.paths import target_of, verb_of
from kubelab.cluster.user import User

if TYPE_CHECKING:
    from kubelab.cluster.api.server import ApiServer

PREFIX = "impersonate-"
USER, GROUP, UID, EXTRA = f"{PREFIX}user", f"{PREFIX}group", f"{PREFIX}uid", f"{PREFIX}extra-"


def is_impersonating(headers: Mapping[str, str]) -> bool:
    """Tells whether headers ask for acting as somebody else."""
    return any(name.startswith(PREFIX) for name in headers)


def without_impersonation(headers: Mapping[str, str]) -> dict[str, str]:
    """Returns headers without those that ask for it."""
    return {name: value for name, value in headers.items() if not name.startswith(PREFIX)}


def acting_user(server: ApiServer, user: User, headers: Mapping[str, str]) -> User:
    """Returns who a call is made as.

    Args:
        headers: by their names in lower case; several groups stand in one, with commas between them.

    Raises:
        Forbidden: the user may not act as that one.
        InternalError: groups are given without a user.
    """
    name, uid = headers.get(USER, ""), headers.get(UID, "")
    groups = [group.strip() for group in headers.get(GROUP, "").split(",") if group.strip()]
    extra = {unquote(key.removeprefix(EXTRA)): [value] for key, value in headers.items() if key.startswith(EXTRA)}
    if not name:
        if groups or uid or extra:
            raise errors.InternalError("requested impersonation without impersonating a user")
        return user
    return acting(server, user, name, groups, uid, extra)


def check_path(server: ApiServer, user: User, method: str, path: str) -> None:
    """Lets a call pass whose path names no resource that is served.

    Raises:
        Forbidden: the user may not have that path.
    """
    if target_of(server.resources, path) is None:
        server.authorizer.confirm(_attributes(user, method, path))


def _attributes(user: User, method: str, path: str) -> Attributes:
    """Returns what a path asks for: a resource, though there is none of that name, or just the path."""
    parts = [part for part in path.split("/") if part]
    below = {"api": 2, "apis": 3}.get(parts[0], len(parts)) if parts else 0
    if len(parts) <= below:
        return Attributes(user, method.lower(), path=path or "/")
    group = parts[1] if parts[0] == "apis" else ""
    rest, namespace = parts[below:], ""
    if rest[0] == "namespaces" and len(rest) > 1:
        namespace, rest = rest[1], rest[2:] or rest
    resource, name, subresource = (*rest[:3], "", "")[:3]
    verb = verb_of(method, name, subresource, False)
    return Attributes(user, verb, group, resource, subresource, namespace, name)
