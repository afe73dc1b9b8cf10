"""The subjects of a binding, as `kubectl create rolebinding` and `kubectl set subject` read them from flags."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kubelab.cluster.objects import Object
from kubelab.terminal.kubectl.errors import CommandError

if TYPE_CHECKING:
    from kubelab.terminal.kubectl.flags import Flags

RBAC = "rbac.authorization.k8s.io"


def subjects(flags: Flags) -> list[Object]:
    """Returns what --user, --group and --serviceaccount name.

    Raises:
        CommandError: a service account is not written NAMESPACE:NAME.
    """
    found: list[Object] = [{"kind": "User", "apiGroup": RBAC, "name": name} for name in flags.items("user")]
    found += [{"kind": "Group", "apiGroup": RBAC, "name": name} for name in flags.items("group")]
    for account in flags.items("serviceaccount"):
        namespace, _, name = account.partition(":")
        if not namespace or not name or ":" in name:
            raise CommandError("serviceaccount must be <namespace>:<name>")
        found.append({"kind": "ServiceAccount", "name": name, "namespace": namespace})
    return found
