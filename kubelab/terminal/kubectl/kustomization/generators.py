"""configMapGenerator and secretGenerator: objects from literals and files, with a hash in their names.

The rules of kustomize's api/kv and api/internal/generators.
"""

from __future__ import annotations

import posixpath
from typing import Any

from kubelab.cluster.objects import Object
from kubelab.terminal.kubectl.data_sources import encoded, short_hash, text_of
from kubelab.terminal.kubectl.errors import CommandError
from kubelab.terminal.kubectl.kustomization.configured import Target
from kubelab.terminal.kubectl.kustomization.provenance import configured_in
from kubelab.terminal.kubectl.kustomization.resource import Identity, Resource
from kubelab.terminal.kubectl.printers.json import compact_json

KINDS = {"configMapGenerator": "ConfigMap", "secretGenerator": "Secret"}
_FIELDS = ("labels", "annotations")


def generate(target: Target, resources: list[Resource]) -> list[Resource]:
    """Returns the resources with those that the generators make, put beside or merged into the others.

    Raises:
        CommandError: a generator makes no sense.
    """
    file, result = target.file, list(resources)
    for field, kind in KINDS.items():
        for entry in file.get(field) or ():
            new = generated(target, kind, entry, file.get("generatorOptions") or {})
            new.origin = configured_in(target, f"{kind}Generator")
            put(result, new, entry.get("behavior") or "")
    return result


def put(resources: list[Resource], new: Resource, behavior: str) -> None:
    """Adds what was generated to the resources, or lays it over one of them.

    Raises:
        CommandError: it is there and should not be, or the other way round.
    """
    identity = new.identity
    found = next((at for at, each in enumerate(resources) if any(identity.is_same(i) for i in each.identities)), None)
    if behavior not in ("merge", "replace"):
        if found is not None:
            raise CommandError(f"merging from generator {_go(identity)} exists; behavior must be merge or replace")
        resources.append(new)
        return
    if found is None:
        raise CommandError(f"merging from generator {_go(identity)} does not exist; cannot merge or replace")
    resources[found] = _over(resources[found], new, behavior)


def _go(identity: Identity) -> str:
    """Returns how Go prints a generator and what it makes."""
    group, version, kind, namespace, name = identity
    return (
        f'&{{0xc000123456 <nil>}}: id resid.ResId{{Gvk:resid.Gvk{{Group:"{group}", Version:"{version}", Kind:"{kind}", '
        f'isClusterScoped:false}}, Name:"{name}", Namespace:"{namespace}"}}'
    )


def _over(old: Resource, new: Resource, behavior: str) -> Resource:
    metadata = dict(old.object["metadata"])
    for field in _FIELDS:
        merged = {**(metadata.get(field) or {}), **(new.object["metadata"].get(field) or {})}
        if merged:
            metadata[field] = merged
    changed = {**new.object, "metadata": metadata}
    if behavior == "merge":
        for field in ("data", "binaryData"):
            merged = {**(old.object.get(field) or {}), **(new.object.get(field) or {})}
            if merged:
                changed[field] = merged
    return Resource(
        changed, old.kind, old.hashed or new.hashed, old.before, old.prefixes, old.suffixes, old.origin,
        old.transformations,
    )  # fmt: skip


def generated(target: Target, kind: str, entry: Object, common: Object) -> Resource:
    """Returns the ConfigMap or Secret of one entry.

    Args:
        common: `generatorOptions` of the kustomization.

    Raises:
        CommandError: the entry makes no sense.
    """
    name, own = entry.get("name"), entry.get("options") or {}
    if not name:
        raise CommandError(f"a {kind.lower()} must have a name")
    metadata: Object = {"name": name}
    if entry.get("namespace"):
        metadata["namespace"] = entry["namespace"]
    for field in _FIELDS:
        merged = {**(common.get(field) or {}), **(own.get(field) or {})}
        if merged:
            metadata[field] = merged
    obj: Object = {"apiVersion": "v1", "kind": kind, "metadata": metadata}
    data, binary = _data(target, entry, kind)
    if data:
        obj["data"] = data
    if binary:
        obj["binaryData"] = binary
    if kind == "Secret":
        obj["type"] = entry.get("type") or "Opaque"
    if common.get("immutable") or own.get("immutable"):
        obj["immutable"] = True
    served = target.call.ctx.machine.cluster.resources.by_gvk("v1", kind)
    hashed = not (common.get("disableNameSuffixHash") or own.get("disableNameSuffixHash"))
    return Resource(obj, served, hashed)


def _data(target: Target, entry: Object, kind: str) -> tuple[dict[str, str], dict[str, str]]:
    data: dict[str, str] = {}
    binary: dict[str, str] = {}
    try:
        pairs = [*_of_envs(target, entry), *_of_files(target, entry), *_of_literals(entry)]
    except CommandError as error:
        raise CommandError(f"loading KV pairs: {error}") from None
    for key, value in pairs:
        if key in data or key in binary:
            raise CommandError(f"{kind.lower()} {entry['name']} illegally repeats the key `{key}`")
        text = None if kind == "Secret" else text_of(value)
        if text is not None:
            data[key] = text
        elif kind == "Secret":
            data[key] = encoded(value)
        else:
            binary[key] = encoded(value)
    return data, binary


def _of_envs(target: Target, entry: Object) -> list[tuple[str, bytes]]:
    paths = [*(entry.get("envs") or ()), *([entry["env"]] if entry.get("env") else ())]
    found: list[tuple[str, bytes]] = []
    try:
        for path in paths:
            for line in target.loader.read(path).removeprefix("\ufeff").splitlines():
                stripped = line.lstrip()
                if stripped and not stripped.startswith("#"):
                    key, equals, value = stripped.partition("=")
                    found.append((key, (value if equals else target.call.ctx.env.get(key, "")).encode()))
    except CommandError as error:
        raise CommandError(f"env source files: {_go_list(paths)}: {error}") from None
    return found


def _of_files(target: Target, entry: Object) -> list[tuple[str, bytes]]:
    sources = list(entry.get("files") or ())
    found = []
    try:
        for source in sources:
            key, path = _file_source(source)
            found.append((key, target.loader.read_bytes(path)))
    except CommandError as error:
        raise CommandError(f"file sources: {_go_list(sources)}: {error}") from None
    return found


def _file_source(source: str) -> tuple[str, str]:
    key, equals, path = source.partition("=")
    if not equals:
        return posixpath.basename(source), source
    if not key:
        raise CommandError(f'missing key name for file path "{path}" in source "{source}"')
    if not path:
        raise CommandError(f'missing file path for key name "{key}" in source "{source}"')
    if "=" in path:
        raise CommandError(f"source \"{source}\" key name or file path contains '='")
    return key, path


def _of_literals(entry: Object) -> list[tuple[str, bytes]]:
    sources = list(entry.get("literals") or ())
    found = []
    for source in sources:
        key, equals, value = source.partition("=")
        if not equals or not key:
            why = f"invalid literal source {source}, expected key=value"
            raise CommandError(f"literal sources {_go_list(sources)}: {why}")
        if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'":
            value = value[1:-1]
        found.append((key, value.encode()))
    return found


def _go_list(items: list[str]) -> str:
    return f"[{' '.join(items)}]"


def hash_of(obj: Object) -> str:
    """Returns the ten letters for the content of a ConfigMap or a Secret; its name does not count."""
    if obj["kind"] not in KINDS.values():
        return short_hash(compact_json(obj))
    content: dict[str, Any] = {"kind": obj["kind"], "name": "", "data": obj.get("data") or ""}
    if obj["kind"] == "Secret":
        content["type"] = obj.get("type", "")
        if obj.get("stringData"):
            content["stringData"] = obj["stringData"]
    elif obj.get("binaryData"):
        content["binaryData"] = obj["binaryData"]
    return short_hash(compact_json(content))
