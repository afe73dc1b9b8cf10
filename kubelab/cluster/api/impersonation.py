"""Acting as somebody else: each part of the other identity needs the verb impersonate.

Source: kubernetes.io, reference/access-authn-authz/authentication, "User impersonation";
k8s.io/apiserver/pkg/endpoints/filters/impersonation.go.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from kubelab.cluster.api.policyrules import Attributes
from kubelab.cluster.api.rbac import ACCOUNT
from kubelab.cluster.user import ANONYMOUS, AUTHENTICATED, UNAUTHENTICATED, User

if TYPE_CHECKING:
    from kubelab.cluster.api.server import ApiServer

GROUP = "authentication.k8s.io"


def acting(
    server: ApiServer,
    user: User,
    name: str,
    groups: Sequence[str] = (),
    uid: str = "",
    extra: Mapping[str, Sequence[str]] | None = None,
) -> User:
    """Returns who a user acts as.

    Args:
        name: whom they want to be.
        groups: the groups they want; none for those that a ServiceAccount has by itself.

    Raises:
        Forbidden: they may not.
    """
    own = list(groups)
    namespace, _, account = name.removeprefix(ACCOUNT).partition(":")
    if name.startswith(ACCOUNT) and namespace and account and ":" not in account:
        asked = [Attributes(user, "impersonate", "", "serviceaccounts", "", namespace, account)]
        own = own or [ACCOUNT.rstrip(":") + "s", f"{ACCOUNT.rstrip(':')}s:{namespace}"]
    else:
        asked = [Attributes(user, "impersonate", "", "users", name=name)]
    asked += [Attributes(user, "impersonate", "", "groups", name=group) for group in groups]
    for key, values in (extra or {}).items():
        asked += [Attributes(user, "impersonate", GROUP, "userextras", key, name=value) for value in values]
    if uid:
        asked.append(Attributes(user, "impersonate", GROUP, "uids", name=uid))
    for attributes in asked:
        server.authorizer.confirm(attributes)
    if AUTHENTICATED not in own and UNAUTHENTICATED not in own:
        own.append(UNAUTHENTICATED if name == ANONYMOUS.name else AUTHENTICATED)
    return User(name, tuple(own), uid, {key: tuple(values) for key, values in (extra or {}).items()})
