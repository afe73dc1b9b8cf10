"""Kustomizations: `kubectl kustomize`, and `-k` of the other commands.

All of a kustomization.yaml of kustomize v5 but what needs programs or schemas from elsewhere: Helm charts, plugins
that are not built in, `crds` and other OpenAPI versions are refused, and named.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kubelab.terminal.kubectl.kustomization.building import Accumulated, accumulate, opened
from kubelab.terminal.kubectl.kustomization.loading import Loader, directory
from kubelab.terminal.kubectl.kustomization.names import add_hashes, follow
from kubelab.terminal.kubectl.kustomization.order import in_order
from kubelab.terminal.kubectl.kustomization.provenance import annotated
from kubelab.terminal.kubectl.kustomization.variables import resolve
from kubelab.terminal.kubectl.printers.yaml import to_yaml

if TYPE_CHECKING:
    from kubelab.terminal.kubectl.call import Call

_LOCAL = "config.kubernetes.io/local-config"


def build(call: Call, path: str, *, restricted: bool = True) -> str:
    """Returns the YAML documents that a kustomization comes to.

    Args:
        path: its directory.
        restricted: its files have to be in the directory or below.

    Raises:
        CommandError: it cannot be built, or has parts that are not simulated.
    """
    root = directory(call, call.ctx.path(path).rstrip("/") or "/", path)
    target = opened(Loader(call, Loader(call, root).path("."), restricted), call)
    found = accumulate(target, Accumulated())
    add_hashes(found.resources)
    follow(found.resources, found.specs)
    resolve(call, found.resources, found.variables, found.specs)
    kept = [each for each in found.resources if _LOCAL not in (each.object["metadata"].get("annotations") or {})]
    kept = in_order(kept, target.file.get("sortOptions"))
    annotated(kept, target.notes)
    return "---\n".join(to_yaml(resource.object) for resource in kept)
