"""The order in which kubectl writes the objects of a kustomization: what others need first (kustomize's "legacy")."""

from __future__ import annotations

from kubelab.terminal.kubectl.kustomization.resource import Resource

_FIRST = (
    "Namespace", "ResourceQuota", "StorageClass", "CustomResourceDefinition", "ServiceAccount", "PodSecurityPolicy",
    "Role", "ClusterRole", "RoleBinding", "ClusterRoleBinding", "ConfigMap", "Secret", "Endpoints", "Service",
    "LimitRange", "PriorityClass", "PersistentVolume", "PersistentVolumeClaim", "Deployment", "StatefulSet", "CronJob",
    "PodDisruptionBudget",
)  # fmt: skip
_LAST = ("MutatingWebhookConfiguration", "ValidatingWebhookConfiguration")


def in_order(resources: list[Resource]) -> list[Resource]:
    """Returns the resources as they are written."""
    return sorted(resources, key=_place)


def _place(resource: Resource) -> tuple[int, str, str, str]:
    kind = resource.kind_name
    if kind in _FIRST:
        index = _FIRST.index(kind) - len(_FIRST)
    else:
        index = _LAST.index(kind) + 1 if kind in _LAST else 0
    group, _, version = str(resource.object.get("apiVersion", "")).rpartition("/")
    return index, f"{group}_{version}_{kind}", resource.namespace, resource.name
