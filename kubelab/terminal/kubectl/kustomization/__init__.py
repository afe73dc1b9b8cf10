"""Kustomizations: `kubectl kustomize`, and `-k` of the other commands.

All of a kustomization.yaml of kustomize v5 but what needs programs or schemas from elsewhere: Helm charts, plugins
that are not built in, `crds` and other OpenAPI versions are refused, and named.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kubelab.terminal.kubectl.errors import CommandError
from kubelab.terminal.kubectl.golang import quote
from kubelab.terminal.kubectl.kustomization.building import Accumulated, accumulate, opened
from kubelab.terminal.kubectl.kustomization.loading import Loader, directory
from kubelab.terminal.kubectl.kustomization.names import add_hashes, follow
from kubelab.terminal.kubectl.kustomization.order import in_order
from kubelab.terminal.kubectl.kustomization.provenance import annotated
from kubelab.terminal.kubectl.kustomization.resource import DEFAULT_NAMESPACE, Resource
from kubelab.terminal.kubectl.kustomization.variables import resolve
from kubelab.terminal.kubectl.printers.yaml import to_yaml

if TYPE_CHECKING:
    from kubelab.terminal.kubectl.call import Call

_LOCAL = "config.kubernetes.io/local-config"


def build(call: Call, path: str) -> str:
    """Returns the YAML documents that a kustomization comes to.

    Raises:
        CommandError: it cannot be built, or has parts that are not simulated.
    """
    return "---\n".join(to_yaml(resource.object) for resource in resources(call, path))


def as_files(found: list[Resource]) -> dict[str, str]:
    """Returns the YAML of each resource by the name of a file for it."""
    spaces = {each.namespace or DEFAULT_NAMESPACE for each in found if each.namespaced}
    files = {}
    for each in found:
        group, version, kind, namespace, name = each.identity
        before = f"{namespace or DEFAULT_NAMESPACE}_" if each.namespaced and len(spaces) > 1 else ""
        identity = "_".join(filter(None, (group, version, kind, name)))
        files[f"{before}{identity}.yaml".lower()] = to_yaml(each.object)
    return files


def resources(call: Call, path: str, *, restricted: bool = True) -> list[Resource]:
    """Returns what a kustomization comes to, in the order in which it is written.

    Args:
        path: its directory.
        restricted: its files have to be in the directory or below.

    Raises:
        CommandError: it cannot be built, or has parts that are not simulated.
    """
    if "://" in path or path.startswith(("github.com/", "git@")):
        raise CommandError(f"{quote(path)} is outside of this simulated cluster")
    root = directory(call, call.ctx.path(path).rstrip("/") or "/", path)
    target = opened(Loader(call, Loader(call, root).path("."), restricted), call)
    found = accumulate(target, Accumulated())
    add_hashes(found.resources)
    follow(found.resources, found.specs)
    resolve(call, found.resources, found.variables, found.specs)
    kept = [each for each in found.resources if _LOCAL not in (each.object["metadata"].get("annotations") or {})]
    kept = in_order(kept, target.file.get("sortOptions"))
    annotated(kept, target.notes)
    return kept
