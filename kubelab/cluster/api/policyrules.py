"""RBAC's rules: what one allows, whether some cover others, how they are told.

Source: pkg/apis/rbac/v1/evaluation_helpers.go; component-helpers/auth/rbac/validation (Covers, BreakdownRule);
pkg/registry/rbac/validation/policy_compact.go.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from kubelab.cluster.objects import Object
from kubelab.cluster.user import User

ANY = "*"
FIELDS = (
    ("apiGroups", "APIGroups"),
    ("resources", "Resources"),
    ("nonResourceURLs", "NonResourceURLs"),
    ("resourceNames", "ResourceNames"),
    ("verbs", "Verbs"),
)


class Attributes(NamedTuple):
    """What somebody wants to do: something to a resource, or to a path that is none.

    Args:
        path: of what is no resource; "" for resources.
        fields: the field selector of a list or watch.
    """

    user: User
    verb: str
    group: str = ""
    resource: str = ""
    subresource: str = ""
    namespace: str = ""
    name: str = ""
    path: str = ""
    fields: str = ""

    @property
    def full_resource(self) -> str:
        """The resource with its subresource, as rules name it."""
        return f"{self.resource}/{self.subresource}" if self.subresource else self.resource


def allows(rule: Object, asked: Attributes) -> bool:
    """Tells whether a rule allows what is asked."""
    if not _one_of(rule.get("verbs"), asked.verb):
        return False
    if asked.path:
        return any(_matches(url, asked.path) for url in rule.get("nonResourceURLs") or ())
    if not _one_of(rule.get("apiGroups"), asked.group):
        return False
    resources = rule.get("resources") or ()
    names = rule.get("resourceNames")
    return (
        ANY in resources
        or asked.full_resource in resources
        or (bool(asked.subresource) and f"{ANY}/{asked.subresource}" in resources)
    ) and (not names or asked.name in names)


def _one_of(words: Sequence[str] | None, word: str) -> bool:
    return words is not None and (word in words or ANY in words)


def _matches(url: str, path: str) -> bool:
    return url in (ANY, path) or (url.endswith(ANY) and path.startswith(url.rstrip(ANY)))


def covers(held: Sequence[Object], wanted: Sequence[Object]) -> list[Object]:
    """Returns what of the wanted rules the held ones do not give, broken down to the smallest rules."""
    return [small for rule in wanted for small in _broken_down(rule) if not any(_covers(own, small) for own in held)]


def _broken_down(rule: Object) -> Iterator[Object]:
    verbs = rule.get("verbs") or ()
    for group in rule.get("apiGroups") or ():
        for resource in rule.get("resources") or ():
            for verb in verbs:
                small: Object = {"apiGroups": [group], "resources": [resource], "verbs": [verb]}
                if not rule.get("resourceNames"):
                    yield small
                for name in rule.get("resourceNames") or ():
                    yield {**small, "resourceNames": [name]}
    for url in rule.get("nonResourceURLs") or ():
        for verb in verbs:
            yield {"nonResourceURLs": [url], "verbs": [verb]}


def _covers(own: Object, small: Object) -> bool:
    """Tells whether a held rule gives a smallest one."""
    if not _one_of(own.get("verbs"), small["verbs"][0]):
        return False
    if "nonResourceURLs" in small:
        return any(_matches(url, small["nonResourceURLs"][0]) for url in own.get("nonResourceURLs") or ())
    resource, own_resources, own_names = small["resources"][0], own.get("resources") or (), own.get("resourceNames")
    _, _, subresource = resource.partition("/")
    return (
        _one_of(own.get("apiGroups"), small["apiGroups"][0])
        and (resource in own_resources or ANY in own_resources or f"{ANY}/{subresource}" in own_resources)
        and (not own_names or ("resourceNames" in small and small["resourceNames"][0] in own_names))
    )


def compact(rules: Iterable[Object]) -> list[Object]:
    """Returns rules with the verbs of one resource, or one object, together."""
    found: dict[tuple[str, ...], Object] = {}
    others: list[Object] = []
    for rule in rules:
        if "nonResourceURLs" in rule:
            others.append(rule)
            continue
        key = (rule["apiGroups"][0], rule["resources"][0], *rule.get("resourceNames", ()))
        known = found.get(key)
        found[key] = {**rule, "verbs": [*(known["verbs"] if known else ()), *rule["verbs"]]}
    return [*others, *found.values()]


def told(rule: Object) -> str:
    """Writes a rule as the server's messages do: {APIGroups:[""], Resources:["pods"], Verbs:["get"]}."""
    parts = [f"{name}:{quoted(rule[field])}" for field, name in FIELDS if rule.get(field)]
    return "{" + ", ".join(parts) + "}"


def quoted(words: Iterable[str]) -> str:
    """Writes a list as Go's %q does."""
    return "[" + " ".join(f'"{word}"' for word in words) + "]"
