"""Who makes a request (authentication.k8s.io UserInfo)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class User:
    """A user as authentication found them."""

    name: str
    groups: tuple[str, ...] = ()
    uid: str = ""
    extra: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


AUTHENTICATED, UNAUTHENTICATED = "system:authenticated", "system:unauthenticated"
ADMIN = User("kubernetes-admin", ("kubeadm:cluster-admins", AUTHENTICATED))
ANONYMOUS = User("system:anonymous", (UNAUTHENTICATED,))
