"""The objects of a text, as kustomize reads them: YAML 1.2 in most, where `yes` is a text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from kubelab.cluster.objects import Object
from kubelab.terminal.kubectl.errors import CommandError
from kubelab.terminal.kubectl.kustomization.resource import Resource
from kubelab.terminal.kubectl.manifests import Duplicates, documents

if TYPE_CHECKING:
    from kubelab.terminal.kubectl.call import Call


class Malformed(CommandError):
    """A file is no YAML."""


def objects(call: Call, text: str, name: str = "") -> list[Resource]:
    """Returns the objects of a text.

    Raises:
        Malformed: it is no YAML.
        CommandError: something in it is no object.
    """
    try:
        found = list(documents(text, old_words=False))
    except Duplicates:
        raise
    except CommandError as error:
        why = str(error).removeprefix("error converting YAML to JSON: ")
        raise Malformed(f"MalformedYAMLError: {why} in File: {name}") from None
    return [made(call, obj) for document in found for obj in _flattened(document)]


def _flattened(document: Any) -> list[Object]:
    if not isinstance(document, dict):
        raise CommandError("missing Resource metadata")
    if str(document.get("kind", "")).endswith("List") and isinstance(document.get("items"), list):
        return [obj for item in document["items"] for obj in _flattened(item)]
    metadata = document.get("metadata") or {}
    if not document.get("kind"):
        raise CommandError(f"missing kind in object {_go(document, metadata)}")
    if not metadata.get("name"):
        raise CommandError(f"missing metadata.name in object {_go(document, metadata)}")
    return [document]


def _go(document: Object, metadata: Object) -> str:
    """Returns the identity of an object as Go prints the struct."""
    maps = " ".join(_map(metadata.get(name) or {}) for name in ("labels", "annotations"))
    kind = f"{{{document.get('apiVersion', '')} {document.get('kind', '')}}}"
    return f"{{{kind} {{{{{metadata.get('name', '')} {metadata.get('namespace', '')}}} {maps}}}}}"


def _map(pairs: Mapping[str, Any]) -> str:
    return "map[" + " ".join(f"{key}:{pairs[key]}" for key in sorted(pairs)) + "]"


def made(call: Call, obj: Object) -> Resource:
    """Returns a resource of an object."""
    kinds = call.ctx.machine.cluster.resources
    return Resource(obj, kinds.by_gvk(obj.get("apiVersion", ""), obj.get("kind", "")))
