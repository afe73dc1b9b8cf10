"""Names that refer to other objects: they follow when those get a prefix, a suffix, a hash, or another namespace.

The rules of kustomize's api/filters/nameref and api/internal/accumulator/namereferencetransformer.go.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from kubelab.cluster.objects import Object
from kubelab.terminal.kubectl.kustomization.generators import hash_of
from kubelab.terminal.kubectl.kustomization.resource import DEFAULT_NAMESPACE, Identity, Resource
from kubelab.terminal.kubectl.kustomization.specs import Reference, Specs

_ROLE = "roleRef/name"


def add_hashes(resources: list[Resource]) -> None:
    """Gives hashed names their hashes."""
    for resource in resources:
        if resource.hashed:
            resource.rename(name=f"{resource.name}-{hash_of(resource.object)}")


def follow(resources: list[Resource], specs: Specs) -> None:
    """Lets all references follow the names that resources have now."""
    for referrer in resources:
        near = _near(referrer, resources)
        for reference in specs.references:
            for spec in reference.specs:
                if spec.selects(referrer):
                    change = _Follower(referrer, near, reference, spec.path).value
                    referrer.object = spec.changed(referrer.object, change)


def _near(referrer: Resource, resources: list[Resource]) -> list[Resource]:
    """Returns what a resource can refer to: of its namespace, of none, and what its subjects name."""
    if not referrer.namespaced:
        return resources
    spaces = {_space(referrer.identity)}
    if referrer.kind_name == "RoleBinding":
        accounts = (each for each in referrer.object.get("subjects") or () if each.get("kind") == "ServiceAccount")
        spaces |= {each.get("namespace") or DEFAULT_NAMESPACE for each in accounts}
    return [
        each
        for each in resources
        if not each.namespaced or spaces & {_space(each.identity), *(_space(old) for old in each.before)}
    ]


def _space(identity: Identity) -> str:
    return identity.namespace or DEFAULT_NAMESPACE


class _Follower:
    def __init__(self, referrer: Resource, near: list[Resource], reference: Reference, path: str) -> None:
        self._referrer = referrer
        self._near = near
        self._reference = reference
        self._role: Object = referrer.object.get("roleRef") or {} if path == _ROLE else {}

    def value(self, value: Any) -> Any:
        """Returns what stands at a place, with the names in it followed."""
        if isinstance(value, list):
            return [self.value(item) for item in value]
        if isinstance(value, dict):
            return self._map(value)
        found = self._find(str(value), self._near, self._is_here) if value else None
        return found.name if found is not None else value

    def _map(self, value: Object) -> Object:
        if not isinstance(value.get("name"), str):
            return value
        near, namespace = self._near, value.get("namespace")
        if namespace is not None:
            near = [each for each in self._near if _space(each.original) == namespace]
            near = near or [each for each in self._near if _space(each.identity) == namespace]
        found = self._find(value["name"], near, lambda _: True)
        if found is None:
            return value
        changed = {**value, "name": found.name}
        return {**changed, "namespace": found.namespace} if found.namespace else changed

    def _is_here(self, candidate: Resource) -> bool:
        if not candidate.namespaced or not self._referrer.namespaced:
            return True
        return _space(candidate.identity) == _space(self._referrer.identity)

    def _find(self, name: str, near: Sequence[Resource], is_here: Callable[[Resource], bool]) -> Resource | None:
        """Returns the one resource that had the name, None where there is none or no telling which."""
        found = [each for each in near if self._had(each, name) and self._fits_role(each) and is_here(each)]
        if len(found) > 1:
            found = [each for each in found if _same_affixes(each, self._referrer)] or found
        return found[0] if found and len({each.name for each in found}) == 1 else None

    def _had(self, candidate: Resource, name: str) -> bool:
        wanted = self._reference
        return any(
            identity.name == name
            and identity.kind == wanted.kind
            and wanted.group in ("", identity.group)
            and wanted.version in ("", identity.version)
            for identity in candidate.identities
        )

    def _fits_role(self, candidate: Resource) -> bool:
        return not self._role or (self._role.get("kind"), self._role.get("apiGroup")) == (
            candidate.kind_name,
            candidate.group,
        )


def _same_affixes(one: Resource, other: Resource) -> bool:
    return _same_end(one.prefixes, other.prefixes) and _same_end(one.suffixes, other.suffixes)


def _same_end(one: list[str], other: list[str]) -> bool:
    shared = min(len(one), len(other))
    return shared == 0 or one[-shared:] == other[-shared:]
