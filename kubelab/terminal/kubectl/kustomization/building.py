"""Accumulates what a kustomization.yaml names, and applies its transformations in kustomize's order."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from kubelab.cluster.file_errors import FileError
from kubelab.cluster.objects import Object
from kubelab.terminal.kubectl.errors import CommandError
from kubelab.terminal.kubectl.golang import quote
from kubelab.terminal.kubectl.kustomization.fields import DEPRECATED, checked
from kubelab.terminal.kubectl.kustomization.generators import generate
from kubelab.terminal.kubectl.kustomization.patching import patch_all
from kubelab.terminal.kubectl.kustomization.resource import Resource
from kubelab.terminal.kubectl.kustomization.transforming import transform
from kubelab.terminal.kubectl.manifests import YamlError as Unreadable
from kubelab.terminal.kubectl.manifests import documents, load_yaml

if TYPE_CHECKING:
    from kubelab.terminal.kubectl.call import Call

FILES = ("kustomization.yaml", "kustomization.yml", "Kustomization")
_DEEPEST = 20  # kustomizations within each other


def accumulate(call: Call, directory: str, depth: int = 0) -> list[Resource]:
    """Returns the resources of a kustomization, transformed.

    Raises:
        CommandError: it cannot be built.
    """
    given, directory = directory, posixpath.normpath(call.ctx.path(directory))
    if depth > _DEEPEST:
        raise CommandError(f"cycle detected: candidate root '{directory}' contains visited root")
    file = _read(call, directory, given)
    for name, instead in DEPRECATED.items():
        if file.get(name):
            call.err(
                f"# Warning: '{name}' is deprecated. Please use '{instead}' instead. "
                "Run 'kustomize edit fix' to update your Kustomization automatically.\n"
            )
    resources: list[Resource] = []
    for entry in [*(file.get("resources") or ()), *(file.get("bases") or ())]:
        _add(call, resources, directory, str(entry), depth)
    resources = generate(call, directory, file, resources)
    resources = patch_all(call, directory, file, resources)
    transform(file, resources)
    return resources


def _read(call: Call, directory: str, given: str) -> Object:
    files = call.ctx.files
    if not files.is_dir(directory):
        why = "file is not directory" if files.exists(directory) else ""
        why = why or f"evalsymlink failure on '{given}' : lstat {directory}: no such file or directory"
        raise CommandError(f"must build at directory: not a valid directory: {why}")
    found = [name for name in FILES if files.exists(f"{directory}/{name}")]
    if not found:
        raise CommandError(
            "unable to find one of 'kustomization.yaml', 'kustomization.yml' or 'Kustomization' in directory "
            f"'{directory}'"
        )
    if len(found) > 1:
        raise CommandError(f"Found multiple kustomization files under: {directory}")
    try:
        content = load_yaml(files.read(f"{directory}/{found[0]}"), old_words=False)
    except Unreadable as error:
        raise CommandError(f"invalid Kustomization: {error}") from None
    return checked(content, directory)


def _add(call: Call, resources: list[Resource], directory: str, entry: str, depth: int) -> None:
    """Takes in a file with objects, or another kustomization."""
    if "://" in entry or entry.startswith(("github.com/", "git@")):
        raise CommandError(f"accumulating resources: {quote(entry)} is outside of this simulated cluster")
    path = posixpath.normpath(posixpath.join(directory, entry))
    files = call.ctx.files
    if not files.exists(path):
        why = f"evalsymlink failure on '{path}' : lstat {path}: no such file or directory"
        raise CommandError(
            f"accumulating resources: accumulation err='accumulating resources from '{entry}': {why}': "
            f"must build at directory: not a valid directory: {why}"
        )
    if files.is_dir(path):
        found = accumulate(call, path, depth + 1)
    else:
        found = _objects(call, path, entry)
    known = {resource.identity: resource for resource in resources}
    for resource in found:
        if resource.identity in known and known[resource.identity].name == resource.name:
            raise CommandError(
                f"accumulating resources: accumulation err='merging resources from '{entry}': may not add resource "
                f"with an already registered id: {resource.identity}': must build at directory: '{path}': file is not "
                "directory"
            )
        resources.append(resource)


def _objects(call: Call, path: str, entry: str) -> list[Resource]:
    why = ""
    found: list[Resource] = []
    try:
        for document in documents(call.ctx.files.read(path), old_words=False):
            for obj in _flattened(document):
                found.append(made(call, obj))
    except (CommandError, FileError) as error:
        why = str(error).removeprefix("error converting YAML to JSON: ")
    if why:
        raise CommandError(
            f"accumulating resources: accumulation err='accumulating resources from '{entry}': "
            f"MalformedYAMLError: {why} in File: {entry}': must build at directory: '{path}': file is not directory"
        )
    return found


def _flattened(document: object) -> list[Object]:
    if not isinstance(document, dict) or not document.get("kind"):
        raise CommandError("missing Resource metadata")
    if str(document["kind"]).endswith("List") and isinstance(document.get("items"), list):
        return list(document["items"])
    if not (document.get("metadata") or {}).get("name"):
        raise CommandError("missing metadata.name in object")
    return [document]


def made(call: Call, obj: Object) -> Resource:
    """Returns a resource of an object."""
    kinds = call.ctx.machine.cluster.resources
    return Resource(obj, kinds.by_gvk(obj.get("apiVersion", ""), obj.get("kind", "")))
