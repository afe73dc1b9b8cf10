"""Names that refer to other objects: they follow when those get a prefix, a suffix, a hash, or another namespace.

The places are those of kustomize's builtin name references (api/internal/konfig/builtinpluginconsts).
"""

from __future__ import annotations

from typing import Any

from kubelab.cluster.objects import Object
from kubelab.terminal.kubectl.kustomization.generators import hash_of
from kubelab.terminal.kubectl.kustomization.resource import Resource

# The kind that a field's name refers to, by the field before it: {"configMapRef": {"name": ...}}.
_NAMED = {
    "configMapRef": "ConfigMap",
    "configMapKeyRef": "ConfigMap",
    "configMap": "ConfigMap",
    "secretRef": "Secret",
    "secretKeyRef": "Secret",
    "service": "Service",
}
# The kind that a text refers to, by its field.
_TEXTS = {
    "secretName": "Secret",
    "claimName": "PersistentVolumeClaim",
    "serviceAccountName": "ServiceAccount",
    "serviceName": "Service",
    "priorityClassName": "PriorityClass",
    "storageClassName": "StorageClass",
    "volumeName": "PersistentVolume",
    "ingressClassName": "IngressClass",
    "runtimeClassName": "RuntimeClass",
}
_BY_KIND = ("scaleTargetRef", "roleRef")  # these say the kind themselves


def resolve(resources: list[Resource]) -> list[Resource]:
    """Gives hashed names their hashes, and lets all references follow."""
    for resource in resources:
        if resource.hashed:
            resource.rename(name=f"{resource.name}-{hash_of(resource.object)}")
    for resource in resources:
        resource.object = _Referrer(resources, resource).value(resource.object, "")
    return resources


class _Referrer:
    def __init__(self, resources: list[Resource], referrer: Resource) -> None:
        self._resources = resources
        self._referrer = referrer

    def value(self, value: Any, field: str) -> Any:
        if isinstance(value, list):
            if field == "subjects":
                return [self._subject(item) for item in value]
            kind = "Secret" if field == "imagePullSecrets" or self._holds_secrets(field) else ""
            return [self._named(item, kind) if kind else self.value(item, "") for item in value]
        if not isinstance(value, dict):
            return self._name(value, _TEXTS[field]) if field in _TEXTS and isinstance(value, str) else value
        if field in _BY_KIND and isinstance(value.get("kind"), str):
            return self._named(value, value["kind"])
        inner = {name: self.value(item, name) for name, item in value.items()}
        if field in _NAMED:
            return self._named(inner, _NAMED[field])
        return self._named(inner, "Secret") if field == "secret" and "name" in inner else inner

    def _holds_secrets(self, field: str) -> bool:
        return field == "secrets" and self._referrer.kind_name == "ServiceAccount"

    def _named(self, value: Any, kind: str) -> Any:
        if not isinstance(value, dict) or not isinstance(value.get("name"), str):
            return value
        return {**value, "name": self._name(value["name"], kind)}

    def _name(self, name: str, kind: str) -> str:
        found = self._find(name, kind)
        return found.name if found is not None else name

    def _find(self, name: str, kind: str, namespace: str = "") -> Resource | None:
        """Returns the resource of that kind that had the name, the one of the referrer's namespace before others."""
        found = [each for each in self._resources if each.kind_name == kind and each.was(name)]
        mine = namespace or self._referrer.namespace
        near = [each for each in found if not each.namespaced or each.namespace == mine or not mine]
        return next(iter(near or (found if namespace else [])), None)

    def _subject(self, subject: Object) -> Object:
        if not isinstance(subject, dict) or subject.get("kind") != "ServiceAccount":
            return subject
        namespace = subject.get("namespace", "")
        found = next(
            (
                each
                for each in self._resources
                if each.kind_name == "ServiceAccount"
                and each.was(subject.get("name", ""))
                and (not namespace or namespace in (each.namespace, "default", *(space for space, _ in each.names)))
            ),
            None,
        )
        if found is None:
            return subject
        return {**subject, "name": found.name, **({"namespace": found.namespace} if found.namespace else {})}
