"""namespace, prefix, suffix, labels, annotations, replicas and images of a kustomization."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from kubelab.cluster.objects import Object
from kubelab.terminal.kubectl.errors import CommandError
from kubelab.terminal.kubectl.kustomization.resource import Resource
from kubelab.terminal.kubectl.kustomization.specs import Spec, Specs, merged, read

_KEEP_NAMES = ("CustomResourceDefinition", "APIService", "Namespace")
_BINDINGS = ("RoleBinding", "ClusterRoleBinding")
_LABELS = Spec("metadata/labels", create=True)
_CONTAINERS = ("containers", "initContainers")


def put_namespace(
    resources: list[Resource], namespace: str, specs: Iterable[Spec], *, unset_only: bool = False
) -> list[Resource]:
    """Puts resources, and those that their bindings name, into a namespace."""
    for resource in resources:
        resource.remember()
        for spec in specs:
            if spec.selects(resource):
                resource.object = _in_namespace(resource, spec, namespace, unset_only)
    return resources


def _in_namespace(resource: Resource, spec: Spec, namespace: str, unset_only: bool) -> Object:
    def put(value: Any) -> Any:
        return value if unset_only and value else namespace

    if spec.path == "metadata/namespace":
        if not resource.namespaced or resource.kind_name == "Namespace":
            return resource.object
        return spec.changed(resource.object, put, "")
    if spec.path == "subjects" and resource.kind_name in _BINDINGS:
        return spec.changed(resource.object, lambda value: [_subject(each, put) for each in value or ()])
    return spec.changed(resource.object, lambda value: namespace if spec.kind == "Namespace" else put(value), "")


def _subject(subject: Object, put: Any) -> Object:
    """Of subjects, only the default account is in the namespace for certain; others follow their objects."""
    is_default = subject.get("kind") == "ServiceAccount" and subject.get("name") == "default"
    return {**subject, "namespace": put(subject.get("namespace"))} if is_default else subject


def put_prefix(resources: list[Resource], prefix: str, specs: Iterable[Spec]) -> list[Resource]:
    """Puts a prefix before names."""
    for resource in _renamed(resources):
        resource.prefixes.append(prefix)
        _change_names(resource, specs, lambda name: f"{prefix}{name}")
    return resources


def put_suffix(resources: list[Resource], suffix: str, specs: Iterable[Spec]) -> list[Resource]:
    """Puts a suffix after names."""
    for resource in _renamed(resources):
        resource.suffixes.append(suffix)
        _change_names(resource, specs, lambda name: f"{name}{suffix}")
    return resources


def _renamed(resources: list[Resource]) -> list[Resource]:
    return [resource for resource in resources if resource.kind_name not in _KEEP_NAMES]


def _change_names(resource: Resource, specs: Iterable[Spec], change: Any) -> None:
    resource.remember()
    for spec in specs:
        if spec.selects(resource):
            resource.object = spec.changed(resource.object, change)


def label(resources: list[Resource], entry: Object, specs: Specs) -> list[Resource]:
    """Gives labels to resources as an entry of `labels` says."""
    places = read(entry.get("fields"))
    if entry.get("includeSelectors"):
        places = merged(places, specs["commonLabels"])
    else:
        more = specs["templateLabels"] if entry.get("includeTemplates") else ()
        places = merged(places, (*more, _LABELS))
    return put_pairs(resources, entry.get("pairs") or {}, places)


def annotate(resources: list[Resource], annotations: Mapping[str, str], specs: Iterable[Spec]) -> list[Resource]:
    """Gives annotations to resources."""
    return put_pairs(resources, annotations, specs)


def put_pairs(resources: list[Resource], pairs: Mapping[str, str], specs: Iterable[Spec]) -> list[Resource]:
    """Puts pairs into the maps at places of resources."""
    for resource in resources if pairs else ():
        for spec in specs:
            if spec.selects(resource):
                resource.object = spec.changed(resource.object, lambda value: {**(value or {}), **pairs}, {})
    return resources


def scale(resources: list[Resource], entry: Object, specs: Iterable[Spec]) -> list[Resource]:
    """Sets how many replicas resources of a name have.

    Raises:
        CommandError: there are none.
    """
    name, count = entry.get("name", ""), entry.get("count", 0)
    specs, found = list(specs), False
    for spec in specs:
        for resource in resources:
            if spec.selects(resource) and resource.was(name):
                resource.object, found = spec.changed(resource.object, lambda _: count, 0), True
    if not found:
        kinds = " ".join(
            f"{spec.kind or '[noKind]'}.{spec.version or '[noVer]'}.{spec.group or '[noGrp]'}" for spec in specs
        )
        raise CommandError(f"resource with name {name} does not match a config with the following GVK [{kinds}]")
    return resources


def put_images(resources: list[Resource], entry: Object, specs: Iterable[Spec]) -> list[Resource]:
    """Changes the image of all containers that run a certain one, and of what else is at given places."""
    for resource in resources:
        if resource.kind_name != "CustomResourceDefinition":
            resource.object = _with_image(resource.object, entry)
        for spec in specs:
            if spec.selects(resource):
                resource.object = spec.changed(resource.object, lambda image: renamed_image(image, entry), "")
    return resources


def _with_image(value: Any, entry: Object) -> Any:
    if isinstance(value, list):
        return [_with_image(item, entry) for item in value]
    if not isinstance(value, dict):
        return value
    changed = {}
    for field, inner in value.items():
        if field in _CONTAINERS and isinstance(inner, list):
            changed[field] = [_container(item, entry) for item in inner]
        else:
            changed[field] = _with_image(inner, entry)
    return changed


def _container(container: Any, entry: Object) -> Any:
    if not isinstance(container, dict) or not isinstance(container.get("image"), str):
        return container
    return {**container, "image": renamed_image(container["image"], entry)}


def renamed_image(image: Any, entry: Object) -> Any:
    """Returns an image's name as an entry of `images` changes it."""
    name = re.escape(str(entry.get("name", "")))
    match = re.fullmatch(rf"({name})(:[a-zA-Z0-9_.{{}}-]*)?(@sha256:[a-zA-Z0-9_.{{}}-]*)?", str(image))
    if match is None or not image:
        return image
    base, tag, digest = entry.get("newName") or match[1], match[2] or "", match[3] or ""
    if entry.get("newTag"):
        tag, digest = f":{entry['newTag']}", ""
    if entry.get("digest"):
        tag, digest = (tag if entry.get("newTag") else ""), f"@{entry['digest']}"
    if entry.get("tagSuffix"):
        tag += str(entry["tagSuffix"])
    return f"{base}{tag}{digest}"
