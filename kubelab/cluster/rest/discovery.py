"""Discovery: which groups, versions and resources are served, in its aggregated form and in the older one.

Source: kubernetes.io, concepts/overview/kubernetes-api, "Discovery API"; the order of groups: the priorities in
kube-apiserver's pkg/controlplane/apiserver/aggregator.go.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby
from typing import Any

from kubelab.cluster.api.errors import NotFound
from kubelab.cluster.kinds import Resources
from kubelab.cluster.kinds.apiextensions.customkind import rank
from kubelab.cluster.kinds.kind import Kind
from kubelab.cluster.objects import Object

AGGREGATED = "application/json;g=apidiscovery.k8s.io;v={};as=APIGroupDiscoveryList"

# Groups in the order of their priority, highest first; those that are not named come after them by name.
GROUPS = (
    "", "apiregistration.k8s.io", "apps", "events.k8s.io", "authentication.k8s.io", "authorization.k8s.io",
    "autoscaling", "batch", "certificates.k8s.io", "networking.k8s.io", "policy", "rbac.authorization.k8s.io",
    "storage.k8s.io", "apiextensions.k8s.io", "admissionregistration.k8s.io", "scheduling.k8s.io",
    "coordination.k8s.io", "node.k8s.io", "discovery.k8s.io", "resource.k8s.io", "flowcontrol.apiserver.k8s.io",
)  # fmt: skip

_READ = ("get",)
_STATUS = ("get", "patch", "update")
_STREAM = ("create", "get")
_PROXY = ("create", "delete", "get", "patch", "update")

# subresource -> group, version and kind of what it answers (None: the resource's own), and its verbs
SUBRESOURCES: dict[str, tuple[tuple[str, str, str] | None, tuple[str, ...]]] = {
    "approval": (None, _STATUS),
    "attach": (("", "v1", "PodAttachOptions"), _STREAM),
    "binding": (("", "v1", "Binding"), ("create",)),
    "ephemeralcontainers": (None, _STATUS),
    "eviction": (("policy", "v1", "Eviction"), ("create",)),
    "exec": (("", "v1", "PodExecOptions"), _STREAM),
    "finalize": (None, ("update",)),
    "log": (None, _READ),
    "portforward": (("", "v1", "PodPortForwardOptions"), _STREAM),
    "proxy": (("", "v1", "{}ProxyOptions"), _PROXY),
    "resize": (None, _STATUS),
    "scale": (("autoscaling", "v1", "Scale"), _STATUS),
    "status": (None, _STATUS),
    "token": (("authentication.k8s.io", "v1", "TokenRequest"), ("create",)),
}


def groups_of(resources: Resources) -> list[tuple[str, list[Kind]]]:
    """Returns the kinds of each group, the groups by priority."""

    def rank(kind: Kind) -> tuple[int, str]:
        return (GROUPS.index(kind.group) if kind.group in GROUPS else len(GROUPS), kind.group)

    served = sorted(resources.served(), key=rank)
    return [(group, list(kinds)) for group, kinds in groupby(served, key=lambda kind: kind.group)]


def _versions(kinds: Iterable[Kind]) -> dict[str, list[Kind]]:
    versions: dict[str, list[Kind]] = {}
    for kind in kinds:
        versions.setdefault(kind.version, []).append(kind)
    if any(kind.custom is not None for found in versions.values() for kind in found):
        return {version: versions[version] for version in sorted(versions, key=rank)}
    return versions


# aggregated


def aggregated(resources: Resources, *, core: bool, version: str) -> Object:
    """Returns the APIGroupDiscoveryList of the core group, or of all others.

    Args:
        version: of apidiscovery.k8s.io: "v2" or "v2beta1".
    """
    return {
        "kind": "APIGroupDiscoveryList",
        "apiVersion": f"apidiscovery.k8s.io/{version}",
        "metadata": {},
        "items": [_group(group, kinds) for group, kinds in groups_of(resources) if (not group) == core],
    }


def _group(group: str, kinds: list[Kind]) -> Object:
    versions = [
        {"version": version, "freshness": "Current", "resources": [_resource(kind) for kind in found]}
        for version, found in _versions(kinds).items()
    ]
    return {"metadata": {"name": group} if group else {}, "versions": versions}


def _resource(kind: Kind) -> Object:
    found: Object = {
        "resource": kind.plural,
        "responseKind": {"group": kind.group, "version": kind.version, "kind": kind.name},
        "scope": "Namespaced" if kind.namespaced else "Cluster",
        "singularResource": kind.singular,
        "verbs": list(kind.verbs),
    }
    if kind.short_names:
        found["shortNames"] = list(kind.short_names)
    if kind.categories:
        found["categories"] = list(kind.categories)
    if kind.subresources:
        found["subresources"] = [_subresource(kind, name) for name in sorted(kind.subresources)]
    return found


def _subresource(kind: Kind, name: str) -> Object:
    group, version, answered = _answered(kind, name)
    return {
        "subresource": name,
        "responseKind": {"group": group, "version": version, "kind": answered},
        "verbs": list(SUBRESOURCES[name][1]),
    }


def _answered(kind: Kind, subresource: str) -> tuple[str, str, str]:
    other = SUBRESOURCES[subresource][0]
    if other is None:
        return kind.group, kind.version, kind.name
    return other[0], other[1], other[2].format(kind.name)


# group by group


def api_versions(address: str) -> Object:
    """Returns the APIVersions of /api."""
    return {
        "kind": "APIVersions",
        "versions": ["v1"],
        "serverAddressByClientCIDRs": [{"clientCIDR": "0.0.0.0/0", "serverAddress": address}],
    }


def api_groups(resources: Resources) -> Object:
    """Returns the APIGroupList of /apis."""
    groups = [_api_group(group, kinds) for group, kinds in groups_of(resources) if group]
    return {"kind": "APIGroupList", "apiVersion": "v1", "groups": groups}


def api_group(resources: Resources, name: str) -> Object:
    """Returns the APIGroup of /apis/<name>.

    Raises:
        NotFound: there is no such group.
    """
    for group, kinds in groups_of(resources):
        if group and group == name:
            return {"kind": "APIGroup", "apiVersion": "v1", **_api_group(group, kinds)}
    raise NotFound("the server could not find the requested resource")


def _api_group(group: str, kinds: list[Kind]) -> Object:
    versions: list[Any] = [{"groupVersion": f"{group}/{version}", "version": version} for version in _versions(kinds)]
    return {"name": group, "versions": versions, "preferredVersion": versions[0]}


def api_resources(resources: Resources, group: str, version: str) -> Object:
    """Returns the APIResourceList of a group and version.

    Raises:
        NotFound: it is not served.
    """
    kinds = [kind for kind in resources.served() if (kind.group, kind.version) == (group, version)]
    if not kinds:
        raise NotFound("the server could not find the requested resource")
    rows = [row for kind in kinds for row in _api_resource(kind)]
    group_version = f"{group}/{version}" if group else version
    return {"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": group_version, "resources": rows}


def _api_resource(kind: Kind) -> list[Object]:
    own: Object = {
        "name": kind.plural,
        "singularName": kind.singular,
        "namespaced": kind.namespaced,
        "kind": kind.name,
        "verbs": list(kind.verbs),
    }
    if kind.short_names:
        own["shortNames"] = list(kind.short_names)
    if kind.categories:
        own["categories"] = list(kind.categories)
    rows = [own]
    for name in sorted(kind.subresources):
        group, version, answered = _answered(kind, name)
        row: Object = {"name": f"{kind.plural}/{name}", "singularName": "", "namespaced": kind.namespaced}
        if (group, version) != (kind.group, kind.version):
            row |= {"group": group, "version": version}
        rows.append({**row, "kind": answered, "verbs": list(SUBRESOURCES[name][1])})
    return rows
