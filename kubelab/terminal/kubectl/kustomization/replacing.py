"""`replacements` of a kustomization: one object's field into others' (kustomize's api/filters/replacement)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kubelab.cluster.objects import Object
from kubelab.terminal.kubectl.errors import CommandError
from kubelab.terminal.kubectl.kustomization.configured import configured, misconfigured
from kubelab.terminal.kubectl.kustomization.loading import Loader
from kubelab.terminal.kubectl.kustomization.paths import Missing, changed, get, split
from kubelab.terminal.kubectl.kustomization.resource import Identity, Resource
from kubelab.terminal.kubectl.kustomization.selecting import selected
from kubelab.terminal.kubectl.printers.scalars import resolve

_PLUGIN = "ReplacementTransformer"
_DEFAULT_PATH = "metadata.name"
_SELECTS = ("group", "version", "kind", "name", "namespace")


def replace_all(loader: Loader, resources: list[Resource], entries: Sequence[Object]) -> list[Resource]:
    """Returns the resources with all replacements made.

    Raises:
        CommandError: a replacement cannot be read, or does not find what it speaks of.
    """
    for entry in _read(loader, entries):
        source, targets = entry.get("source"), entry.get("targets")
        if (source is None and "sourceValue" not in entry) or not targets:
            raise CommandError("replacements must specify a source and at least one target")
        value = entry["sourceValue"] if source is None else _source(resources, source)
        for target in targets:
            _replace(resources, value, target)
    return resources


def _read(loader: Loader, entries: Sequence[Object]) -> list[Object]:
    found: list[Object] = []
    for entry in entries:
        if not entry.get("path"):
            found.append(entry)
            continue
        config = {"Replacements": list(entries)}
        if len(entry) > 1:
            raise misconfigured(_PLUGIN, config, "cannot specify both path and inline replacement")
        try:
            content = configured(loader.read(entry["path"]), "error converting YAML to JSON")
        except CommandError as error:
            raise misconfigured(_PLUGIN, config, str(error)) from None
        found += content if isinstance(content, list) else [content or {}]
    return found


def _wanted(selector: Object) -> Identity:
    return Identity(*(str(selector.get(name) or "") for name in ("group", "version", "kind", "namespace", "name")))


def _source(resources: list[Resource], source: Object) -> Any:
    """Returns the value that a replacement copies."""
    wanted = _wanted(source)
    found = [
        resource
        for resource in resources
        if any(
            all(not one or one == other for one, other in zip(wanted, identity, strict=True))
            for identity in resource.identities
        )
    ]
    if not found:
        raise CommandError(f"nothing selected by {wanted}")
    if len(found) > 1:
        raise CommandError(f"multiple matches for selector {wanted}")
    path = source.get("fieldPath") or _DEFAULT_PATH
    try:
        value = get(found[0].object, split(path))
    except Missing:
        raise CommandError(f"fieldPath `{path}` is missing for replacement source {wanted}") from None
    options = source.get("options") or {}
    if not options.get("delimiter"):
        return value
    parts, index = _text(value).split(options["delimiter"]), int(options.get("index") or 0)
    if isinstance(value, dict | list):
        raise CommandError("delimiter option can only be used with scalar nodes")
    if not 0 <= index < len(parts):
        raise CommandError(f"options.index {index} is out of bounds for value {_text(value)}")
    return parts[index]


def _replace(resources: list[Resource], value: Any, target: Object) -> None:
    if target.get("select") is None:
        raise CommandError("target must specify resources to select")
    rejected = [each for reject in target.get("reject") or () for each in selected(resources, reject)]
    options = target.get("options") or {}
    for resource in selected(resources, target["select"]):
        if any(resource is each for each in rejected):
            continue
        for path in target.get("fieldPaths") or (_DEFAULT_PATH,):
            before = resource.identity
            try:
                resource.object = changed(
                    resource.object,
                    split(path),
                    lambda old, made: _put(old, made, value, options),
                    create=bool(options.get("create")),
                )
            except Missing:
                raise CommandError(f'unable to find field "{path}" in replacement target') from None
            if resource.identity != before:
                resource.before.append(before)


def _put(old: Any, made: bool, value: Any, options: Object) -> Any:
    """Returns the value as it stands in a field: a scalar's kind stays that of the field."""
    if options.get("delimiter"):
        if isinstance(old, dict | list):
            raise CommandError("delimiter option can only be used with scalar nodes")
        parts, index = _text(old).split(options["delimiter"]), int(options.get("index") or 0)
        if index < 0:
            parts.insert(0, _text(value))
        elif index >= len(parts):
            parts.append(_text(value))
        else:
            parts[index] = _text(value)
        value = options["delimiter"].join(parts)
    if isinstance(value, dict | list) or isinstance(old, dict | list):
        return value
    if made or not isinstance(old, str):
        found = resolve(_text(value))
        return found if type(found) is not bool or _text(value) in ("true", "false") else value
    return _text(value)


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)
