"""patches, patchesStrategicMerge and patchesJson6902 of a kustomization."""

from __future__ import annotations

import functools
import json
from collections.abc import Sequence
from typing import Any

from kubelab.cluster.api import jsonpatch
from kubelab.cluster.api.errors import ApiError
from kubelab.cluster.objects import Object
from kubelab.terminal.kubectl.errors import CommandError
from kubelab.terminal.kubectl.golang import quote
from kubelab.terminal.kubectl.kustomization.configured import Target, misconfigured
from kubelab.terminal.kubectl.kustomization.loading import Loader
from kubelab.terminal.kubectl.kustomization.merging import Merge, Schemas
from kubelab.terminal.kubectl.kustomization.provenance import noted
from kubelab.terminal.kubectl.kustomization.resource import Identity, Resource, identity_of
from kubelab.terminal.kubectl.kustomization.selecting import selected
from kubelab.terminal.kubectl.manifests import documents
from kubelab.terminal.kubectl.printers.yaml import to_yaml

_PATCH, _STRATEGIC, _JSON = "PatchTransformer", "PatchStrategicMergeTransformer", "PatchJson6902Transformer"


def strategic_patches(target: Target, resources: list[Resource]) -> list[Resource]:
    """Returns the resources with `patchesStrategicMerge` laid over them."""
    entries = target.file.get("patchesStrategicMerge") or []
    for entry in entries:
        try:
            found = _strategic(entry)
            if found is None:
                found = _strategic(target.loader.read(entry))
        except CommandError as error:
            raise misconfigured(_STRATEGIC, {"paths": entries}, str(error)) from None
        for patch in found or ():
            resources = _over(target, resources, [_named(resources, patch)], patch, {}, _STRATEGIC)
    return resources


def patches(target: Target, resources: list[Resource]) -> list[Resource]:
    """Returns the resources with `patches` laid over them, those left out that a patch deletes."""
    for entry in target.file.get("patches") or ():
        try:
            resources = patched(target, resources, entry)
        except _Unconfigured as error:
            raise misconfigured(_PATCH, entry, str(error)) from None
    return resources


class _Unconfigured(CommandError):
    """An entry is wrong in itself."""


def patched(target: Target, resources: list[Resource], entry: Object, by: Object | None = None) -> list[Resource]:
    """Returns the resources with one patch of either kind laid over them.

    Args:
        by: how the patch is known in `buildMetadata`.

    Raises:
        CommandError: it cannot be read, or meets nothing.
    """
    text, wanted = _text(target.loader, entry), entry.get("target")
    operations, found = _operations(text), _strategic(text)
    if (operations is None) == (found is None):
        raise _Unconfigured(f"unable to parse SM or JSON patch from [patch: {quote(text)}]")
    if operations is not None:
        if wanted is None:
            raise CommandError(f"must specify a target for JSON patch [patch: {quote(text)}]")
        return _operate(target, resources, wanted, operations, _PATCH, by)
    for patch in found or ():
        meant = [_named(resources, patch)] if wanted is None else selected(resources, wanted)
        resources = _over(target, resources, meant, patch, entry, _PATCH, by)
    return resources


def _text(loader: Loader, entry: Object) -> str:
    path, text = entry.get("path"), entry.get("patch")
    if path and text:
        raise _Unconfigured(f"patch and path can't be set at the same time\n{_yaml(entry)}")
    if text:
        return str(text).strip()
    if not path:
        raise _Unconfigured(f"must specify one of patch and path in\n{_yaml(entry)}")
    try:
        return loader.read(path).strip()
    except CommandError as error:
        raise _Unconfigured(f"failed to get the patch file from path({path}): {error}") from None


def _yaml(entry: Object) -> str:
    return to_yaml(entry).removesuffix("\n")


def json_patches(target: Target, resources: list[Resource]) -> list[Resource]:
    """Returns the resources with `patchesJson6902` done to them."""
    for entry in target.file.get("patchesJson6902") or ():
        try:
            text = entry["patch"] if entry.get("patch") else target.loader.read(entry.get("path") or "")
            operations = _operations(text.strip())
        except CommandError as error:
            raise misconfigured(_JSON, entry, str(error)) from None
        if operations is None:
            raise misconfigured(_JSON, entry, "unable to parse it as a JSON patch")
        resources = _operate(target, resources, entry.get("target") or {}, operations, _JSON, None)
    return resources


def _operations(text: str) -> list[Object] | None:
    """Returns the operations of a JSON patch, None where a text is none; what begins as JSON has to be JSON."""
    try:
        found: Any = json.loads(text) if text.startswith("[") else list(documents(text, old_words=False))
    except (ValueError, CommandError):
        return None
    found = found if text.startswith("[") else found[0] if len(found) == 1 else None
    if not isinstance(found, list) or not all(isinstance(each, dict) and "op" in each for each in found):
        return None
    return found


def _strategic(text: str) -> list[Object] | None:
    """Returns the objects of a strategic patch, None where a text has none."""
    try:
        found = list(documents(text, old_words=False))
    except CommandError:
        return None
    good = found and all(isinstance(each, dict) and each.get("kind") and _name(each) for each in found)
    return found if good else None


def _name(patch: Object) -> Any:
    return (patch.get("metadata") or {}).get("name")


def _operate(
    target: Target,
    resources: list[Resource],
    wanted: Object,
    operations: Sequence[Object],
    plugin: str,
    by: Object | None,
) -> list[Resource]:
    for resource in selected(resources, wanted):
        before = resource.identity
        for operation in operations:
            resource.object = _operated(resource.object, operation)
        if resource.identity != before:
            resource.before.append(before)
        noted(target, plugin, [resource], by)
    return resources


def _operated(obj: Object, operation: Object) -> Object:
    """Returns an object after one operation.

    Raises:
        CommandError: it cannot be done; in the words of evanphx/json-patch.
    """
    name, path = operation.get("op"), str(operation.get("path", ""))
    above, _, key = path.rpartition("/")
    container = _at(obj, above)
    if name == "replace" and isinstance(container, dict):
        operation = {**operation, "op": "add"}
    try:
        found: Object = jsonpatch.apply(obj, [operation])
    except ApiError as error:
        if error.reason != "Invalid":
            raise CommandError(error.message) from None
        raise CommandError(_why(name, path, key, container is None)) from None
    return found


def _at(value: Any, pointer: str) -> Any:
    for part in pointer.split("/")[1:]:
        name = part.replace("~1", "/").replace("~0", "~")
        try:
            value = value[int(name)] if isinstance(value, list) else value[name]
        except (KeyError, IndexError, ValueError, TypeError):
            return None
    return value


def _why(name: Any, path: str, key: str, lost: bool) -> str:
    if name == "test":
        return f"testing value {path} failed: test failed"
    if name == "remove" and not lost:
        return f"error in remove for path: '{path}': Unable to remove nonexistent key: {key}: missing value"
    shown = quote(path) if name in ("add", "remove") else path
    return f"{name} operation does not apply: doc is missing path: {shown}: missing value"


def _named(resources: Sequence[Resource], patch: Object) -> Resource:
    """Returns the one resource that a patch without a target names."""
    wanted = identity_of(patch)
    found = [each for each in resources if any(_same(wanted, identity) for identity in each.identities)]
    if len(found) == 1:
        return found[0]
    raise CommandError(
        f'no resource matches strategic merge patch "{wanted}": no matches for Id {wanted}; '
        f"failed to find unique target for patch {wanted}"
    )


def _same(wanted: Identity, identity: Identity) -> bool:
    return wanted.is_same(identity)


def _over(
    target: Target, resources: list[Resource], meant: Sequence[Resource], patch: Object, entry: Object, plugin: str,
    by: Object | None = None,
) -> list[Resource]:  # fmt: skip
    if patch.get("$patch") == "delete":
        return [each for each in resources if not any(each is one for one in meant)]
    merge = Merge(target.call.ctx.machine.cluster.version, _schemas(target))
    options = entry.get("options") or {}
    for resource in meant:
        _lay(merge, resource, patch, options)
    noted(target, plugin, list(meant), by)
    return resources


def _lay(merge: Merge, resource: Resource, patch: Object, options: Object) -> None:
    """Lays a patch over a resource, which keeps its name and kind unless the options let them change."""
    name, kind = bool(options.get("allowNameChange")), bool(options.get("allowKindChange"))
    if name or kind:
        resource.remember()
    before = resource.object
    merged = merge.over(resource, {**patch, "apiVersion": before.get("apiVersion")})
    metadata = {**(merged.get("metadata") or {})}
    for field, free in (("name", name), ("namespace", False)):
        if free:
            continue
        metadata.pop(field, None)
        if before["metadata"].get(field):
            metadata[field] = before["metadata"][field]
    resource.object = {**merged, "metadata": metadata, "kind": merged["kind"] if kind else before["kind"]}


def _schemas(target: Target) -> Schemas:
    path = (target.file.get("openapi") or {}).get("path")
    return _definitions(target.loader.read(path)) if path else {}


@functools.lru_cache(maxsize=8)
def _definitions(text: str) -> Schemas:
    try:
        found = json.loads(text)
    except ValueError as error:
        raise CommandError(f"could not parse the schema: {error}") from None
    definitions: Schemas = found.get("definitions") or {}
    return definitions
