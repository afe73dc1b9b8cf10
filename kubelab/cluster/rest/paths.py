"""What a REST path names.

Source: kubernetes.io, reference/using-api/api-concepts, "Resource URIs".
"""

from __future__ import annotations

from typing import NamedTuple

from kubelab.cluster.kinds import Resources
from kubelab.cluster.kinds.kind import Kind


class Target(NamedTuple):
    """A resource of the API: a collection where `name` is empty."""

    kind: Kind
    namespace: str
    name: str
    subresource: str
    rest: str  # what follows the subresource, for proxies


def target_of(resources: Resources, path: str) -> Target | None:
    """Returns what a path below /api or /apis names; None if nothing is served there."""
    parts = [part for part in path.split("/") if part]
    if len(parts) < 3:
        return None
    if parts[0] == "api":
        group, version, parts = "", parts[1], parts[2:]
    elif parts[0] == "apis":
        group, version, parts = parts[1], parts[2], parts[3:]
    else:
        return None
    namespace = ""
    if parts[:1] == ["namespaces"] and len(parts) > 2 and (kind := resources.by_resource(group, version, parts[2])):
        if kind.namespaced:
            namespace, parts = parts[1], parts[2:]
    kind = resources.by_resource(group, version, parts[0]) if parts else None
    if kind is None:
        return None
    name, subresource = (*parts[1:3], "", "")[:2]
    if subresource and subresource not in kind.subresources:
        return None
    return Target(kind, namespace, name, subresource, "/".join(parts[3:]))


def verb_of(method: str, name: str, subresource: str, watching: bool) -> str:
    """Returns the verb of a request: what RBAC's rules name."""
    if method == "GET" or method == "HEAD":
        if name and not subresource:
            return "watch" if watching else "get"
        return "get" if name else ("watch" if watching else "list")
    if method == "DELETE":
        return "delete" if name else "deletecollection"
    return {"POST": "create", "PUT": "update", "PATCH": "patch"}.get(method, method.lower())
