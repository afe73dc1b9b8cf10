"""The order in which kubectl writes the objects of a kustomization: what others need first (kustomize's "legacy")."""

from __future__ import annotations

from collections.abc import Sequence

from kubelab.cluster.objects import Object
from kubelab.terminal.kubectl.errors import CommandError
from kubelab.terminal.kubectl.kustomization.resource import Resource

_FIRST = (
    "Namespace", "ResourceQuota", "StorageClass", "CustomResourceDefinition", "ServiceAccount", "PodSecurityPolicy",
    "Role", "ClusterRole", "RoleBinding", "ClusterRoleBinding", "ConfigMap", "Secret", "Endpoints", "Service",
    "LimitRange", "PriorityClass", "PersistentVolume", "PersistentVolumeClaim", "Deployment", "StatefulSet", "CronJob",
    "PodDisruptionBudget",
)  # fmt: skip
_LAST = ("MutatingWebhookConfiguration", "ValidatingWebhookConfiguration")


def in_order(resources: list[Resource], options: Object | None) -> list[Resource]:
    """Returns the resources as they are written.

    Args:
        options: `sortOptions` of the outermost kustomization.

    Raises:
        CommandError: the order has no such name.
    """
    if options is None:
        return _sorted(resources, _FIRST, _LAST)
    order, legacy = options.get("order", ""), options.get("legacySortOptions")
    if order not in ("fifo", "legacy"):
        raise CommandError("the field 'sortOptions.order' must be one of [fifo, legacy]")
    if order == "fifo":
        if legacy is not None:
            raise CommandError(
                "the field 'sortOptions.legacySortOptions' is set but the selected sort order is 'fifo', not 'legacy'"
            )
        return resources
    if legacy is None:
        return _sorted(resources, _FIRST, _LAST)
    return _sorted(resources, legacy.get("orderFirst") or (), legacy.get("orderLast") or ())


def _sorted(resources: list[Resource], first: Sequence[str], last: Sequence[str]) -> list[Resource]:
    places = {kind: at - len(first) for at, kind in enumerate(first)}
    places |= {kind: at + 1 for at, kind in enumerate(last)}

    def place(resource: Resource) -> tuple[int, str, str, str]:
        group, version, kind, namespace, name = resource.identity
        return places.get(kind, 0), f"{group or '~G'}_{version or '~V'}_{kind}", namespace or "~X", name

    return sorted(resources, key=place)
