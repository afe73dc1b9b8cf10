"""RBAC: the bindings of a user, and what the roles in them allow.

Bindings are found by their subjects through an index of the store, so that a request costs what its user's own
bindings cost, however many there are.
Source: plugin/pkg/auth/authorizer/rbac; pkg/registry/rbac/validation/rule.go.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from kubelab.cluster.api.policyrules import Attributes, allows
from kubelab.cluster.kinds import ClusterRole, ClusterRoleBinding, Role, RoleBinding
from kubelab.cluster.objects import Key, Object
from kubelab.cluster.store import Store
from kubelab.cluster.user import User

GROUP = "rbac.authorization.k8s.io"
ACCOUNT = "system:serviceaccount:"
SUBJECT = "subject"  # the index


class Decision(NamedTuple):
    """What an authorizer says.

    Args:
        reason: why, in the server's words; "" for no reason.
    """

    allowed: bool
    reason: str = ""


class Given(NamedTuple):
    """A rule that a user has, and where from; or the reason why a binding gives none."""

    rule: Object | None
    binding: Object
    missing: str = ""


class Rbac:
    """Decides by roles and bindings."""

    def __init__(self, store: Store) -> None:
        self._store = store
        store.add_index(ClusterRoleBinding.prefix, SUBJECT, _subjects)
        store.add_index(RoleBinding.prefix, SUBJECT, _subjects)

    def decide(self, asked: Attributes) -> Decision:
        """Decides on what is asked."""
        missing: dict[str, None] = {}
        for given in self.rules(asked.user, asked.namespace):
            if given.rule is None:
                missing[given.missing] = None
            elif allows(given.rule, asked):
                return Decision(True, f"RBAC: allowed by {_source(given.binding, asked.user)}")
        return Decision(False, f"RBAC: {together(list(missing))}" if missing else "")

    def rules(self, user: User, namespace: str) -> Iterator[Given]:
        """Yields the rules that a user has in a namespace; "" for those of ClusterRoleBindings alone."""
        subjects = [f"u/{user.name}", *(f"g/{group}" for group in user.groups)]
        for binding in self._bindings(ClusterRoleBinding.prefix, subjects):
            yield from self._given(binding, "")
        if namespace:
            here = [f"{namespace}/{subject}" for subject in subjects]
            for binding in self._bindings(RoleBinding.prefix, here):
                yield from self._given(binding, namespace)

    def _bindings(self, prefix: str, subjects: Sequence[str]) -> list[Object]:
        table = self._store.table(prefix)
        keys_of: Callable[[str], list[str]] = table.indexes[SUBJECT].keys
        keys = {key for subject in subjects for key in keys_of(subject)}
        return [table.rows[key] for key in sorted(keys)]

    def _given(self, binding: Object, namespace: str) -> Iterator[Given]:
        role = self.role(binding["roleRef"], namespace)
        if role is None:
            kind, name = binding["roleRef"]["kind"].lower(), binding["roleRef"]["name"]
            yield Given(None, binding, f'{kind}.{GROUP} "{name}" not found')
            return
        for rule in role.get("rules") or ():
            yield Given(rule, binding)

    def role(self, reference: Object, namespace: str) -> Object | None:
        """Returns the role that a binding of a namespace names."""
        if reference["kind"] == Role.name:
            return self._store.get(Role.path(Key(namespace, reference["name"])))
        return self._store.get(ClusterRole.path(Key("", reference["name"])))


def _subjects(binding: Object) -> list[str]:
    """Returns what a binding is found by: its users and groups, behind its namespace where it has one."""
    namespace = binding["metadata"].get("namespace", "")
    start = f"{namespace}/" if namespace else ""
    return [start + key for subject in binding.get("subjects") or () if (key := _key(subject, namespace))]


def _key(subject: Object, namespace: str) -> str:
    kind, name = subject.get("kind"), subject.get("name", "")
    if kind == "ServiceAccount":
        where = subject.get("namespace") or namespace
        return f"u/{ACCOUNT}{where}:{name}" if where else ""
    return f"g/{name}" if kind == "Group" else f"u/{name}"


def _source(binding: Object, user: User) -> str:
    """Tells which binding gives a right, and through which of its subjects."""
    namespace, role = binding["metadata"].get("namespace", ""), binding["roleRef"]
    name = binding["metadata"]["name"] + (f"/{namespace}" if namespace else "")
    own = {f"u/{user.name}", *(f"g/{group}" for group in user.groups)}
    subject = next(found for found in binding["subjects"] if _key(found, namespace) in own)
    who = subject["name"]
    if subject["kind"] == "ServiceAccount":
        who += "/" + (subject.get("namespace") or namespace)
    kind = "RoleBinding" if namespace else "ClusterRoleBinding"
    return f'{kind} "{name}" of {role["kind"]} "{role["name"]}" to {subject["kind"]} "{who}"'


def together(messages: Sequence[str]) -> str:
    """Words several errors as one (utilerrors.Aggregate)."""
    return messages[0] if len(messages) == 1 else f"[{', '.join(messages)}]"
