"""Nobody gives what they do not have: checks when roles and bindings are written.

Source: kubernetes.io, reference/access-authn-authz/rbac, "Privilege escalation prevention and bootstrapping";
pkg/registry/rbac/*/policybased.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kubelab.cluster.api import errors
from kubelab.cluster.api.policyrules import Attributes, compact, covers, quoted, told
from kubelab.cluster.api.rbac import GROUP, together
from kubelab.cluster.kinds import ClusterRole, Role
from kubelab.cluster.kinds.kind import Kind
from kubelab.cluster.objects import Object
from kubelab.cluster.user import User

if TYPE_CHECKING:
    from kubelab.cluster.api.server import ApiServer

MASTERS = "system:masters"
FULL: list[Object] = [
    {"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]},
    {"verbs": ["*"], "nonResourceURLs": ["*"]},
]


def confirm(server: ApiServer, kind: Kind, new: Object, old: Object | None, user: User) -> None:
    """Lets a role or binding be written by somebody who has all the rights in it, or may escalate or bind.

    Objects of other kinds pass.

    Raises:
        Forbidden: they have not.
        NotFound: the role of a binding does not exist.
    """
    if kind.group != GROUP or MASTERS in user.groups:
        return
    if "roleRef" in new:
        _confirm_binding(server, kind, new, old, user)
    else:
        _confirm_role(server, kind, new, old, user)


def _confirm_role(server: ApiServer, kind: Kind, new: Object, old: Object | None, user: User) -> None:
    fields = ("rules", "aggregationRule")
    if old is not None and all(old.get(field) == new.get(field) for field in fields):
        return
    name, namespace = new["metadata"]["name"], new["metadata"].get("namespace", "")
    # The name is not known before an object is made (RequestInfo).
    asked = Attributes(user, "escalate", GROUP, kind.plural, "", namespace, name if old is not None else "")
    if server.authorizer.decide(asked).allowed:
        return
    _confirm_held(server, kind, name, namespace, new.get("rules") or [], user)
    if new.get("aggregationRule") and covers(server.authorizer.rules(user, "")[0], FULL):
        raise errors.forbidden(kind, name, "must have cluster-admin privileges to use an aggregationRule")


def _confirm_binding(server: ApiServer, kind: Kind, new: Object, old: Object | None, user: User) -> None:
    if old is not None and old["roleRef"] == new["roleRef"] and old.get("subjects") == new.get("subjects"):
        return
    reference, namespace = new["roleRef"], new["metadata"].get("namespace", "")
    role_kind = Role if reference["kind"] == Role.name else ClusterRole
    asked = Attributes(user, "bind", GROUP, role_kind.plural, "", namespace, reference["name"])
    if server.authorizer.decide(asked).allowed:
        return
    role = server.authorizer.rbac.role(reference, namespace)
    if role is None:
        raise errors.not_found(role_kind, reference["name"])
    _confirm_held(server, kind, new["metadata"]["name"], namespace, role.get("rules") or [], user)


def _confirm_held(server: ApiServer, kind: Kind, name: str, namespace: str, rules: list[Object], user: User) -> None:
    given = list(server.authorizer.rbac.rules(user, namespace))
    missing = covers([found.rule for found in given if found.rule is not None], rules)
    if not missing:
        return
    lines = "\n".join(sorted({told(rule) for rule in compact(missing)}))
    groups = quoted(user.groups)
    why = f'user "{user.name}" (groups={groups}) is attempting to grant RBAC permissions not currently held:\n{lines}'
    broken = list(dict.fromkeys(found.missing for found in given if found.rule is None))
    raise errors.forbidden(kind, name, f"{why}; resolution errors: [{together(broken)}]" if broken else why)
