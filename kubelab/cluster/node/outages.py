"""Registries that are down: what a pull from one gets, until somebody mends it.

The error is containerd's for a registry that answers 503 (core/remotes/docker: unexpected status).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kubelab.cluster.node.reference import Reference

if TYPE_CHECKING:
    from kubelab.cluster.cluster import Cluster

PREFIX = "/machine/outages/"
OUTAGES = f"{PREFIX}registries"
HOSTS = {"docker.io": "registry-1.docker.io"}  # domains whose registry has another name


def begin(cluster: Cluster, registry: str) -> None:
    """Lets a registry ("docker.io") fail from now on."""
    _keep(cluster, {*failing(cluster), registry})


def end(cluster: Cluster, registry: str) -> None:
    """Lets it serve images again."""
    _keep(cluster, {*failing(cluster)} - {registry})


def failing(cluster: Cluster) -> list[str]:
    """Returns the registries that are down."""
    kept = cluster.store.table(PREFIX).rows.get(OUTAGES)
    return list(kept["registries"]) if kept is not None else []


def error(cluster: Cluster, reference: Reference) -> str:
    """Returns why a pull from a reference's registry fails, "" where it is up."""
    if reference.domain not in failing(cluster):
        return ""
    host = HOSTS.get(reference.domain, reference.domain)
    url = f"https://{host}/v2/{reference.path}/manifests/{reference.tag or reference.digest}"
    return (
        f'rpc error: code = Unknown desc = failed to pull and unpack image "{reference}": failed to resolve reference '
        f'"{reference}": unexpected status from HEAD request to {url}: 503 Service Unavailable'
    )


def _keep(cluster: Cluster, registries: set[str]) -> None:
    if registries:
        cluster.store.put(OUTAGES, {"registries": sorted(registries)})
    else:
        cluster.store.delete(OUTAGES)
