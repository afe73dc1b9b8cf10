"""The rules of `kubectl create role` and `clusterrole` (kubectl/pkg/cmd/create/create_role.go)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kubelab.cluster.kinds.kind import Kind
from kubelab.cluster.objects import Object
from kubelab.terminal.kubectl.arguments import unique
from kubelab.terminal.kubectl.errors import CommandError, PlainError
from kubelab.terminal.kubectl.flags import Flag
from kubelab.terminal.kubectl.golang import quote

if TYPE_CHECKING:
    from kubelab.terminal.kubectl.call import Call

RESOURCE_VERBS = (
    "*", "get", "delete", "list", "create", "update", "patch", "watch", "proxy", "deletecollection",
    "use", "bind", "escalate", "impersonate",
)  # fmt: skip
_USERS = (("users", ""), ("serviceaccounts", ""), ("groups", ""), ("userextras", "authentication.k8s.io"))
_ROLES = (("roles", "rbac.authorization.k8s.io"), ("clusterroles", "rbac.authorization.k8s.io"))
_POLICIES = (("podsecuritypolicies", "policy"), ("podsecuritypolicies", "extensions"))
_SPECIAL = {"use": _POLICIES, "bind": _ROLES, "escalate": _ROLES, "impersonate": _USERS}

RULE_FLAGS = (
    Flag("resource", "strings", [], "Resource that the rule is about"),
    Flag(
        "resource-name",
        "array",
        [],
        "Name of an object to which the rule is limited; may be given several times",
    ),
    Flag("verb", "strings", [], "What may be done to the resources of the rule"),
)


@dataclass(frozen=True)
class Named:
    """A resource as it was named: `pods`, `deployments.apps`, `pods/log`."""

    resource: str
    group: str
    subresource: str

    @classmethod
    def read(cls, text: str) -> Named:
        """Reads one word of --resource."""
        whole, _, subresource = text.partition("/")
        resource, _, group = whole.partition(".")
        return cls(resource, group, subresource)

    def found(self, call: Call) -> Kind | None:
        """Returns the kind that is meant; the group may be given in part, as the REST mapper takes it."""
        name = f"{self.resource}.{self.group}" if self.group else self.resource
        kind = call.kinds.find(name)
        if kind is None and self.group:
            kinds = (kind for kind in call.kinds if kind.group.startswith(self.group))
            kind = next((k for k in kinds if self.resource in (k.plural, k.singular, *k.short_names)), None)
        return kind


class Rules:
    """The verbs, resources and names of one rule."""

    def __init__(self, call: Call) -> None:
        flags = call.flags
        self._call = call
        verbs = flags.items("verb")
        self.verbs = ["*"] if "*" in verbs else unique(verbs)
        words = flags.items("resource")
        self.resources = [Named.read(word) for word in (["*"] if "*" in words else words)]
        self.names = unique(flags.items("resource-name"))

    def check_verbs(self) -> None:
        """Warns of verbs that no resource has."""
        for verb in self.verbs:
            if verb not in RESOURCE_VERBS:
                self._call.err(f"Warning: '{verb}' is not a standard resource verb\n")

    def check_resources(self) -> None:
        """Refuses resources that the server does not have.

        Raises:
            CommandError: with the first of them.
        """
        for named in self.resources:
            if not named.resource:
                raise CommandError("resource must be specified if apiGroup/subresource specified")
            if named.resource == "*":
                return
            kind = named.found(self._call)
            resource, group = (kind.plural, kind.group) if kind is not None else (named.resource, named.group)
            special = False
            for verb in self.verbs:
                allowed = _SPECIAL.get(verb)
                if not allowed:
                    continue
                if (resource, group) not in allowed:
                    raise CommandError(f"can not perform '{verb}' on '{resource}' in group '{group}'")
                special = True
            if kind is None and not special:
                raise PlainError(_unknown(named))

    def policy_rules(self, urls: list[str] | None = None) -> list[Object]:
        """Returns a rule for each API group, and one for URLs that are no resources."""
        by_group: dict[str, list[str]] = {}
        for named in self.resources:
            kind = named.found(self._call)
            resource, group = (kind.plural, kind.group) if kind is not None else (named.resource, named.group)
            if named.subresource:
                resource = f"{resource}/{named.subresource}"
            found = by_group.setdefault(group, [])
            if resource not in found:
                found.append(resource)
        rules: list[Object] = []
        for group in sorted(by_group):
            rule: Object = {"verbs": self.verbs, "apiGroups": [group], "resources": by_group[group]}
            rules.append({**rule, "resourceNames": self.names} if self.names else rule)
        return [*rules, {"verbs": self.verbs, "nonResourceURLs": urls}] if urls else rules


def _unknown(named: Named) -> str:
    if named.group:
        return f"the server doesn't have a resource type {quote(named.resource)} in group {quote(named.group)}"
    return f"the server doesn't have a resource type {quote(named.resource)}"
