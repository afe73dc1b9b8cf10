"""Which kubectl it is: the workstation's is as old as the cluster, a node's is the package that is installed there."""

from __future__ import annotations

from kubelab.cluster.node import packages
from kubelab.cluster.node.process import Machine
from kubelab.cluster.releases import release_of


def client_release(machine: Machine) -> str:
    """Returns kubectl's version on a machine: "v1.36.2"."""
    node = machine.place.get("node", "") if machine.place["kind"] == "node" else ""
    if node:
        return f"v{packages.installed(machine.cluster, node)['kubectl'].partition('-')[0]}"
    return release_of(machine.cluster.born)
