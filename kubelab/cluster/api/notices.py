"""What the server warns of by the kind that is asked for: versions on their way out, and what is not simulated.

Source: kubernetes.io, reference/using-api/deprecation-guide; blog 2020-09-03 (Warning: Helpful Warnings Ahead).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from kubelab.cluster.api.request import APPLY_PATCH, Request

NOT_SIMULATED = "{} are not simulated yet: this one is kept, but nothing acts on it"
INERT = frozenset(
    """
    DeviceClass DeviceTaintRule FlowSchema PriorityLevelConfiguration ResourceClaim ResourceClaimTemplate ResourceSlice
    VolumeAttributesClass
    """.split()
)

WEBHOOKS = ("MutatingWebhookConfiguration", "ValidatingWebhookConfiguration")
NOT_CALLED = "KubeLab calls no webhooks: what one would be asked about fails, or passes where failurePolicy is Ignore"

# Kinds that network plug-ins bring along and that nothing acts on; the others of their groups are looked into.
INERT_CUSTOM = {
    "crd.projectcalico.org": frozenset(
        """
        BGPConfiguration BGPFilter BGPPeer CalicoNodeStatus FelixConfiguration HostEndpoint IPPool IPReservation
        KubeControllersConfiguration StagedGlobalNetworkPolicy StagedKubernetesNetworkPolicy StagedNetworkPolicy
        """.split()
    ),
    "cilium.io": frozenset(
        """
        CiliumCIDRGroup CiliumL2AnnouncementPolicy CiliumLoadBalancerIPPool CiliumNodeConfig CiliumPodIPPool
        """.split()
    ),
}
# Fields of their policies, wherever they stand, that are kept without effect.
IGNORED_FIELDS = {
    "crd.projectcalico.org": ("http", "preDNAT", "doNotTrack", "applyOnForward"),
    "cilium.io": (
        "http", "kafka", "l7", "l7proto", "nodeSelector", "authentication", "cidrGroupRef", "cidrGroupSelector",
        "toGroups", "fromGroups", "toRequires", "fromRequires", "k8sServiceSelector", "serverNames",
    ),
}  # fmt: skip
NO_EFFECT = 'KubeLab does not simulate "{}" in {}: it is kept, but has no effect'


class Deprecation(NamedTuple):
    """Since which version of Kubernetes an API version is deprecated, and what is to be used instead."""

    since: str
    instead: str = ""


DEPRECATED = {
    ("v1", "ComponentStatus"): Deprecation("1.19"),
    ("v1", "Endpoints"): Deprecation("1.33", "discovery.k8s.io/v1 EndpointSlice"),
    ("flowcontrol.apiserver.k8s.io/v1beta3", "FlowSchema"): Deprecation(
        "1.29", "flowcontrol.apiserver.k8s.io/v1 FlowSchema"
    ),
    ("flowcontrol.apiserver.k8s.io/v1beta3", "PriorityLevelConfiguration"): Deprecation(
        "1.29", "flowcontrol.apiserver.k8s.io/v1 PriorityLevelConfiguration"
    ),
}


def notices(request: Request, version: str) -> list[str]:
    """Returns what a client is to be told besides the answer.

    Args:
        version: the cluster's minor version.
    """
    kind = request.kind
    found = DEPRECATED.get((kind.api_version, kind.name))
    told = []
    if found is not None and _minor(version) >= _minor(found.since):
        instead = f"; use {found.instead}" if found.instead else ""
        told.append(f"{kind.api_version} {kind.name} is deprecated in v{found.since}+{instead}")
    if kind.custom is not None and kind.custom.deprecation:
        told.append(kind.custom.deprecation)
    if kind.name in WEBHOOKS and request.verb == "create":
        told.append(NOT_CALLED)
    if kind.name in INERT and (request.verb == "create" or request.content_type == APPLY_PATCH):
        told.append(NOT_SIMULATED.format(kind.plural))
    if kind.group in INERT_CUSTOM and request.verb in ("create", "update", "patch"):
        told += _of_plugin(request)
    return told


def _of_plugin(request: Request) -> list[str]:
    """Returns what has no effect in an object of a network plug-in's kinds."""
    kind = request.kind
    if kind.name in INERT_CUSTOM[kind.group]:
        return [NOT_SIMULATED.format(f"{kind.plural}.{kind.group}")]
    found = sorted(set(_fields(request.body)).intersection(IGNORED_FIELDS[kind.group]))
    return [NO_EFFECT.format(field, f"{kind.plural}.{kind.group}") for field in found]


def _fields(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        yield from (name for name, held in value.items() if held)
        for held in value.values():
            yield from _fields(held)
    elif isinstance(value, list):
        for held in value:
            yield from _fields(held)


def _minor(version: str) -> int:
    return int(version.split(".")[1])
