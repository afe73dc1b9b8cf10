"""What an administrator has mounted on a node by hand, until it is unmounted or the machine boots: shares of NFS.

Source: mount(8), nfs(5); nfs-utils 2.6.4, utils/mount.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kubelab.cluster.files import Mount
from kubelab.cluster.node import nfs
from kubelab.cluster.node.host import HOSTS
from kubelab.cluster.objects import Object

if TYPE_CHECKING:
    from kubelab.cluster.cluster import Cluster

MOUNTS = "/machine/mounts/"  # <node> -> {"booted", "at": {<directory>: {"server", "path", "read_only", "since"}}}


def at(cluster: Cluster, node: str) -> dict[str, Object]:
    """Returns what is mounted by hand, by directory: "server", "path" and "read_only"."""
    kept = cluster.store.get(MOUNTS + node)
    if kept is None or kept["booted"] != _booted(cluster, node):
        return {}
    return dict(kept["at"])


def _booted(cluster: Cluster, node: str) -> float:
    return float((cluster.store.get(HOSTS + node) or {}).get("booted") or 0)


def mount(cluster: Cluster, node: str, source: str, directory: str, *, read_only: bool) -> None:
    """Mounts a share at a directory that is there.

    Args:
        source: "server:/path".

    Raises:
        NfsError: the server does not give it.
    """
    server, _, path = source.partition(":")
    address = str((cluster.store.get(HOSTS + node) or {})["ip"])
    nfs.mounted(cluster, address, server, path, directory)
    share: Object = {"server": server, "path": path.rstrip("/") or "/", "read_only": read_only}
    share["since"] = cluster.clock.now
    _keep(cluster, node, {**at(cluster, node), directory: share})


def umount(cluster: Cluster, node: str, directory: str) -> None:
    """Takes a share away from the directory where it is."""
    _keep(cluster, node, {place: share for place, share in at(cluster, node).items() if place != directory})


def _keep(cluster: Cluster, node: str, shares: dict[str, Object]) -> None:
    if shares:
        cluster.store.put(MOUNTS + node, {"booted": _booted(cluster, node), "at": shares})
    else:
        cluster.store.delete(MOUNTS + node)


def mounts(cluster: Cluster, node: str, before: float | None = None) -> dict[str, Mount]:
    """Returns the file systems that are mounted by hand, by directory.

    Args:
        before: leaves out what was mounted later: a container that ran already does not get to see it.
    """
    found = {}
    for directory, share in at(cluster, node).items():
        if before is not None and share.get("since", before) > before:
            continue
        files = nfs.share(cluster)
        files.device, files.kind = f"{share['server']}:{share['path']}", "nfs4"
        address = str((cluster.store.get(HOSTS + node) or {})["ip"])
        read_only = share["read_only"] or nfs.is_read_only(cluster, address, share["path"])
        found[directory] = Mount(files, read_only, share["path"])
    return found
