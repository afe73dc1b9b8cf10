"""namespace, prefix, suffix, labels, annotations, replicas and images of a kustomization, in kustomize's order."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from kubelab.cluster.objects import Object
from kubelab.terminal.kubectl.errors import CommandError
from kubelab.terminal.kubectl.kustomization.resource import Resource

_KEEP_NAMES = ("CustomResourceDefinition", "APIService", "Namespace")
_SCALED = ("Deployment", "ReplicationController", "ReplicaSet", "StatefulSet")
_WORKLOADS = ("Deployment", "ReplicaSet", "DaemonSet", "StatefulSet", "Job", "ReplicationController")
_TEMPLATE = ("spec", "template", "metadata")
# Where labels go beside an object's own: the path, and whether it is made where it is missing.
_SELECTORS: dict[str, tuple[tuple[tuple[str, ...], bool], ...]] = {
    "Service": ((("spec", "selector"), True),),
    "ReplicationController": ((("spec", "selector"), True),),
    "Deployment": ((("spec", "selector", "matchLabels"), True),),
    "ReplicaSet": ((("spec", "selector", "matchLabels"), True),),
    "DaemonSet": ((("spec", "selector", "matchLabels"), True),),
    "StatefulSet": ((("spec", "selector", "matchLabels"), True),),
    "Job": ((("spec", "selector", "matchLabels"), False),),
    "CronJob": ((("spec", "jobTemplate", "spec", "selector", "matchLabels"), False),),
    "PodDisruptionBudget": ((("spec", "selector", "matchLabels"), False),),
    "NetworkPolicy": ((("spec", "podSelector", "matchLabels"), False),),
}


def transform(file: Object, resources: list[Resource]) -> None:
    """Changes the resources as the fields of a kustomization say."""
    if file.get("namespace"):
        _put_namespace(resources, file["namespace"])
    prefix, suffix = file.get("namePrefix") or "", file.get("nameSuffix") or ""
    if prefix or suffix:
        for resource in resources:
            if resource.kind_name not in _KEEP_NAMES:
                resource.rename(name=f"{prefix}{resource.name}{suffix}")
    labels = file.get("commonLabels") or {}
    if labels:
        _put_labels(resources, labels, selectors=True, templates=True)
    for entry in file.get("labels") or ():
        selectors = bool(entry.get("includeSelectors"))
        templates = selectors or bool(entry.get("includeTemplates"))
        _put_labels(resources, entry.get("pairs") or {}, selectors=selectors, templates=templates)
    if file.get("commonAnnotations"):
        _put_annotations(resources, file["commonAnnotations"])
    for entry in file.get("replicas") or ():
        _scale(resources, entry)
    for entry in file.get("images") or ():
        for resource in resources:
            resource.object = _with_image(resource.object, entry)


def _put_namespace(resources: list[Resource], namespace: str) -> None:
    for resource in resources:
        if resource.kind_name == "Namespace":
            resource.rename(name=namespace)
        elif resource.namespaced:
            resource.rename(namespace=namespace)
        if resource.kind_name in ("RoleBinding", "ClusterRoleBinding") and resource.object.get("subjects"):
            subjects = [_in_namespace(subject, namespace) for subject in resource.object["subjects"]]
            resource.object = {**resource.object, "subjects": subjects}


def _in_namespace(subject: Object, namespace: str) -> Object:
    """Of subjects, only the default service account is in the namespace for certain; others follow their objects."""
    is_default = subject.get("kind") == "ServiceAccount" and subject.get("name") == "default"
    return {**subject, "namespace": namespace} if is_default else subject


def _put_labels(resources: list[Resource], labels: Mapping[str, str], *, selectors: bool, templates: bool) -> None:
    for resource in resources:
        obj, kind = _with(resource.object, ("metadata", "labels"), labels, True), resource.kind_name
        if selectors:
            for path, create in _SELECTORS.get(kind, ()):
                obj = _with(obj, path, labels, create)
        if templates:
            for path in _templates(kind):
                obj = _with(obj, (*path, "labels"), labels, True)
        resource.object = obj


def _templates(kind: str) -> tuple[tuple[str, ...], ...]:
    if kind in _WORKLOADS:
        return (_TEMPLATE,)
    if kind == "CronJob":
        return (("spec", "jobTemplate", "metadata"), ("spec", "jobTemplate", *_TEMPLATE))
    return ()


def _put_annotations(resources: list[Resource], annotations: Mapping[str, str]) -> None:
    for resource in resources:
        obj = _with(resource.object, ("metadata", "annotations"), annotations, True)
        for path in _templates(resource.kind_name):
            obj = _with(obj, (*path, "annotations"), annotations, True)
        resource.object = obj


def _with(obj: Object, path: tuple[str, ...], values: Mapping[str, str], create: bool) -> Object:
    """Returns an object with values put into the map at a path."""
    inner = obj.get(path[0])
    if inner is None and not create:
        return obj
    inner = inner or {}
    if len(path) == 1:
        return {**obj, path[0]: {**inner, **values}}
    return {**obj, path[0]: _with(inner, path[1:], values, create)}


def _scale(resources: list[Resource], entry: Object) -> None:
    name, count = entry.get("name", ""), entry.get("count", 0)
    found = [each for each in resources if each.kind_name in _SCALED and each.was(name)]
    if not found:
        raise CommandError(
            f"resource with name {name} does not match a config with the following GVK [Deployment.[noVer].[noGrp] "
            "ReplicationController.[noVer].[noGrp] ReplicaSet.[noVer].[noGrp] StatefulSet.[noVer].[noGrp]]"
        )
    for resource in found:
        resource.object = {**resource.object, "spec": {**(resource.object.get("spec") or {}), "replicas": count}}


def _with_image(value: Any, entry: Object) -> Any:
    """Returns data with the image of all containers in it changed that run a certain one."""
    if isinstance(value, list):
        return [_with_image(item, entry) for item in value]
    if not isinstance(value, dict):
        return value
    changed = {}
    for field, inner in value.items():
        if field in ("containers", "initContainers") and isinstance(inner, list):
            changed[field] = [_container(item, entry) for item in inner]
        else:
            changed[field] = _with_image(inner, entry)
    return changed


def _container(container: Any, entry: Object) -> Any:
    if not isinstance(container, dict) or not isinstance(container.get("image"), str):
        return container
    name = re.escape(str(entry.get("name", "")))
    match = re.fullmatch(rf"({name})(:[a-zA-Z0-9_.{{}}-]*)?(@sha256:[a-zA-Z0-9_.{{}}-]*)?", container["image"])
    if match is None:
        return container
    base, tag, digest = entry.get("newName") or match[1], match[2] or "", match[3] or ""
    if entry.get("newTag") is not None:
        tag, digest = f":{entry['newTag']}", ""
    if entry.get("digest"):
        tag, digest = (tag if entry.get("newTag") is not None else ""), f"@{entry['digest']}"
    if entry.get("tagSuffix"):
        tag += str(entry["tagSuffix"])
    return {**container, "image": f"{base}{tag}{digest}"}
