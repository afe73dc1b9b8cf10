"""Kustomizations: `kubectl kustomize`, and `-k` of the other commands.

A sound part of kustomize v5: resources (files and directories), namespace, prefix and suffix, labels, annotations,
images, replicas, ConfigMap and Secret generators with their hashes, and patches. What else a kustomization can have
is refused, and named.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kubelab.terminal.kubectl.kustomization.building import accumulate
from kubelab.terminal.kubectl.kustomization.names import resolve
from kubelab.terminal.kubectl.kustomization.order import in_order
from kubelab.terminal.kubectl.printers.yaml import to_yaml

if TYPE_CHECKING:
    from kubelab.terminal.kubectl.call import Call


def build(call: Call, directory: str) -> str:
    """Returns the YAML documents that a kustomization comes to.

    Raises:
        CommandError: it cannot be built, or has parts that are not simulated.
    """
    resources = accumulate(call, directory)
    return "---\n".join(to_yaml(resource.object) for resource in in_order(resolve(resources)))
