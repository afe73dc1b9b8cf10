"""patches, patchesStrategicMerge and patchesJson6902 of a kustomization.

A strategic merge is kustomize's own: new items of a list go before those that are there (kyaml's merge2).
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from kubelab.cluster.api import jsonpatch
from kubelab.cluster.api.errors import ApiError
from kubelab.cluster.file_errors import FileError
from kubelab.cluster.objects import Object
from kubelab.cluster.schema.definitions import Definition, definitions, name_of, target
from kubelab.cluster.selectors import SelectorError, parse_labels
from kubelab.terminal.kubectl.errors import CommandError
from kubelab.terminal.kubectl.kustomization.resource import Resource
from kubelab.terminal.kubectl.manifests import documents

if TYPE_CHECKING:
    from kubelab.terminal.kubectl.call import Call


def patch_all(call: Call, directory: str, file: Object, resources: list[Resource]) -> list[Resource]:
    """Returns the resources with all patches laid over them, those left out that a patch deletes.

    Raises:
        CommandError: a patch cannot be read, or meets nothing.
    """
    for entry in file.get("patchesStrategicMerge") or ():
        text = entry if "\n" in str(entry) else _read(call, directory, str(entry))
        resources = _apply(call, resources, text, {})
    for entry in [*(file.get("patches") or ()), *(file.get("patchesJson6902") or ())]:
        if not isinstance(entry, dict) or bool(entry.get("path")) == bool(entry.get("patch")):
            raise CommandError("must specify one of patch and path in PatchTransformer")
        text = entry["patch"] if entry.get("patch") else _read(call, directory, entry["path"])
        resources = _apply(call, resources, text, entry.get("target") or {})
    return resources


def _read(call: Call, directory: str, path: str) -> str:
    full = posixpath.normpath(posixpath.join(directory, path))
    try:
        return call.ctx.files.read(full)
    except FileError as error:
        raise CommandError(
            f"unable to get patch from file '{path}': evalsymlink failure on '{full}' : lstat {full}: "
            f"{error.reason.lower()}"
        ) from None


def _apply(call: Call, resources: list[Resource], text: str, wanted: Object) -> list[Resource]:
    try:
        patches = list(documents(text, old_words=False))
    except CommandError:
        patches = []
    if len(patches) == 1 and isinstance(patches[0], list):
        return [_operated(each, patches[0]) if _is_meant(each, wanted) else each for each in resources]
    if not patches or not all(isinstance(patch, dict) and patch.get("kind") for patch in patches):
        raise CommandError(f"unable to parse SM or JSON patch from [patch: {compact(text)}]")
    version = call.ctx.machine.cluster.version
    for patch in patches:
        meant = [each for each in resources if _is_meant(each, wanted)] if wanted else [_same(resources, patch)]
        resources = [merged for each in resources if (merged := _merged(version, each, patch, meant)) is not None]
    return resources


def compact(text: str) -> str:
    """Returns a patch as errors show it: on one line, in quotes."""
    return '"' + " ".join(text.split()).replace('"', '\\"') + '"'


def _operated(resource: Resource, patch: Sequence[Any]) -> Resource:
    try:
        resource.object = jsonpatch.apply(resource.object, list(patch))
    except ApiError as error:
        raise CommandError(f"{resource.identity}: {error.message}") from None
    return resource


def _same(resources: Sequence[Resource], patch: Object) -> Resource:
    """Returns the one resource that a patch without a target names."""
    metadata = patch.get("metadata") or {}
    name, namespace = metadata.get("name", ""), metadata.get("namespace", "")
    for resource in resources:
        same = resource.kind_name == patch["kind"] and resource.object.get("apiVersion") == patch.get("apiVersion")
        if same and resource.was(name) and namespace in ("", *(before for before, _ in resource.names)):
            return resource
    identity = Resource(patch, None).identity
    raise CommandError(f"no matches for Id {identity}; failed to find unique target for patch {identity}")


def _is_meant(resource: Resource, wanted: Object) -> bool:
    group, _, version = str(resource.object.get("apiVersion", "")).rpartition("/")
    for field, value in (("group", group), ("version", version), ("kind", resource.kind_name)):
        if wanted.get(field) and not re.fullmatch(str(wanted[field]), value):
            return False
    names = [resource.name, *(name for _, name in resource.names)]
    if wanted.get("name") and not any(re.fullmatch(str(wanted["name"]), name) for name in names):
        return False
    spaces = [resource.namespace, *(namespace for namespace, _ in resource.names)]
    if wanted.get("namespace") and not any(re.fullmatch(str(wanted["namespace"]), space) for space in spaces):
        return False
    metadata = resource.object.get("metadata") or {}
    for selector, field in (("labelSelector", "labels"), ("annotationSelector", "annotations")):
        if wanted.get(selector):
            try:
                if not parse_labels(wanted[selector]).matches(metadata.get(field) or {}):
                    return False
            except SelectorError as error:
                raise CommandError(f"invalid selector {wanted[selector]}: {error}") from None
    return True


def _merged(version: str, resource: Resource, patch: Object, meant: Sequence[Resource]) -> Resource | None:
    if not any(resource is each for each in meant):
        return resource
    if patch.get("$patch") == "delete":
        return None
    kind = resource.kind
    schema = name_of(version, kind.group, kind.version, kind.name) if kind is not None else None
    name, namespace = resource.name, resource.namespace
    merged = _Merge(version).maps(resource.object, patch, schema)
    metadata = {**merged.get("metadata", {}), "name": name}
    if namespace:
        metadata["namespace"] = namespace
    else:
        metadata.pop("namespace", None)
    resource.object = {**merged, "metadata": metadata, "kind": resource.kind_name}
    return resource


class _Merge:
    def __init__(self, version: str) -> None:
        self._definitions = definitions(version)

    def maps(self, base: Object, over: Object, schema: str | None) -> Object:
        if over.get("$patch") == "replace":
            return {field: value for field, value in over.items() if field != "$patch"}
        properties: dict[str, Definition] = self._definitions.get(schema or "", {}).get("properties") or {}
        merged = dict(base)
        for field, value in over.items():
            if field.startswith("$"):
                continue
            if value is None:
                merged.pop(field, None)
            else:
                merged[field] = self._value(merged.get(field), value, properties.get(field, {}))
        return merged

    def _value(self, base: Any, over: Any, schema: Definition) -> Any:
        if isinstance(over, dict):
            return self.maps(base if isinstance(base, dict) else {}, over, target(schema))
        if isinstance(over, list) and isinstance(base, list):
            return self._lists(base, over, schema)
        return over

    def _lists(self, base: list[Any], over: list[Any], schema: Definition) -> list[Any]:
        key = schema.get("x-kubernetes-patch-merge-key")
        if "merge" not in str(schema.get("x-kubernetes-patch-strategy", "")):
            return over
        if not key:
            return [*base, *(item for item in over if item not in base)]
        inner = target(schema.get("items") or {})
        if any(isinstance(item, dict) and item.get("$patch") == "replace" for item in over):
            return [item for item in over if not (isinstance(item, dict) and "$patch" in item)]
        changes = {item.get(key): item for item in over}
        kept = []
        for item in base:
            change = changes.pop(item.get(key), None)
            if change is None:
                kept.append(item)
            elif change.get("$patch") != "delete":
                kept.append(self.maps(item, change, inner))
        return [*(change for change in changes.values() if change.get("$patch") != "delete"), *kept]
