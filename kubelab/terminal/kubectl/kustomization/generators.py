"""configMapGenerator and secretGenerator: objects from literals and files, with a hash in their names."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING, Any

from kubelab.cluster.objects import Object
from kubelab.terminal.kubectl.data_sources import encoded, read_bytes, short_hash, text_of
from kubelab.terminal.kubectl.errors import CommandError
from kubelab.terminal.kubectl.kustomization.resource import Resource
from kubelab.terminal.kubectl.printers.json import compact_json

if TYPE_CHECKING:
    from kubelab.terminal.kubectl.call import Call

_KINDS = {"configMapGenerator": "ConfigMap", "secretGenerator": "Secret"}


def generate(call: Call, directory: str, file: Object, resources: list[Resource]) -> list[Resource]:
    """Returns the resources with those that the generators make, put beside or merged into the others.

    Raises:
        CommandError: a generator makes no sense.
    """
    result = list(resources)
    for field, kind in _KINDS.items():
        for entry in file.get(field) or ():
            _put(result, _generated(call, directory, kind, entry, file.get("generatorOptions") or {}), entry)
    return result


def _put(resources: list[Resource], new: Resource, entry: Object) -> None:
    behavior = entry.get("behavior") or "create"
    found = next((each for each in resources if each.kind_name == new.kind_name and each.was(new.name)), None)
    if behavior == "create":
        if found is not None:
            raise CommandError(
                f"merging from generator: id resid.{new.identity} exists; behavior must be merge or replace"
            )
        resources.append(new)
        return
    if behavior not in ("merge", "replace"):
        raise CommandError(f"invalid generator behavior: {behavior}")
    if found is None:
        raise CommandError(f"merging from generator: id resid.{new.identity} does not exist; cannot merge or replace")
    data = {} if behavior == "replace" else {**(found.object.get("data") or {})}
    metadata = dict(found.object["metadata"])
    for field in ("labels", "annotations"):
        merged = {**(metadata.get(field) or {}), **(new.object["metadata"].get(field) or {})}
        if merged:
            metadata[field] = merged
    found.object = {**found.object, "metadata": metadata, "data": {**data, **(new.object.get("data") or {})}}


def _generated(call: Call, directory: str, kind: str, entry: Object, common: Object) -> Resource:
    name = entry.get("name")
    if not name:
        raise CommandError("generator must have a name")
    options = {**common, **(entry.get("options") or {})}
    metadata: Object = {"name": name}
    if entry.get("namespace"):
        metadata["namespace"] = entry["namespace"]
    for field in ("labels", "annotations"):
        merged = {**(common.get(field) or {}), **((entry.get("options") or {}).get(field) or {})}
        if merged:
            metadata[field] = merged
    obj: Object = {"apiVersion": "v1", "kind": kind, "metadata": metadata}
    data, binary = _data(call, directory, entry, kind == "Secret")
    if data:
        obj["data"] = data
    if binary:
        obj["binaryData"] = binary
    if kind == "Secret":
        obj["type"] = entry.get("type") or "Opaque"
    if options.get("immutable"):
        obj["immutable"] = True
    served = call.ctx.machine.cluster.resources.by_gvk("v1", kind)
    return Resource(obj, served, hashed=not options.get("disableNameSuffixHash"))


def _data(call: Call, directory: str, entry: Object, secret: bool) -> tuple[dict[str, str], dict[str, str]]:
    data: dict[str, str] = {}
    binary: dict[str, str] = {}

    def add(key: str, value: bytes) -> None:
        if key in data or key in binary:
            raise CommandError(f"cannot add key {key}, another key by that name already exists")
        text = None if secret else text_of(value)
        if text is not None:
            data[key] = text
        elif secret:
            data[key] = encoded(value)
        else:
            binary[key] = encoded(value)

    envs = [*(entry.get("envs") or ()), *([entry["env"]] if entry.get("env") else ())]
    for path in envs:
        for line in _text(call, directory, path).splitlines():
            if line.strip() and not line.lstrip().startswith("#"):
                key, _, value = line.lstrip().partition("=")
                add(key, value.encode())
    for source in entry.get("files") or ():
        key, equals, path = str(source).partition("=")
        path = path if equals else key
        add(key if equals else posixpath.basename(path), _bytes(call, directory, path))
    for literal in entry.get("literals") or ():
        key, equals, value = str(literal).partition("=")
        if not equals or not key:
            raise CommandError(f"invalid literal source {literal}, expected key=value")
        add(key, value.strip("\"'").encode())
    return data, binary


def _bytes(call: Call, directory: str, path: str) -> bytes:
    try:
        return read_bytes(call, posixpath.normpath(posixpath.join(directory, path)))
    except CommandError as error:
        raise CommandError(f"loading KV pairs: file sources: [{path}]: {error}") from None


def _text(call: Call, directory: str, path: str) -> str:
    return _bytes(call, directory, path).decode(errors="replace")


def hash_of(obj: Object) -> str:
    """Returns the ten letters for the content of a ConfigMap or a Secret; its name does not count."""
    content: dict[str, Any] = {"kind": obj["kind"], "name": "", "data": obj.get("data") or ""}
    if obj["kind"] == "Secret":
        content["type"] = obj.get("type", "")
        if obj.get("stringData"):
            content["stringData"] = obj["stringData"]
    elif obj.get("binaryData"):
        content["binaryData"] = obj["binaryData"]
    return short_hash(compact_json(content))
