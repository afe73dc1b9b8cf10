"""etcd's data on the disk of a control-plane node: what `ls` shows of it. Its content is the cluster's own store.

Source: etcd.io, docs/v3.6/learning/persistent-storage-files.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kubelab.cluster.objects import Object

if TYPE_CHECKING:
    from kubelab.cluster.cluster import Cluster

DATA = "/var/lib/etcd"
TREE = {
    "": ["member"],
    "/member": ["snap", "wal"],
    "/member/snap": ["db"],
    "/member/wal": ["0000000000000000-0000000000000000.wal", "0.tmp"],
}


def is_there(cluster: Cluster, node: str) -> bool:
    """Tells whether a machine has etcd's data in the usual place."""
    members = cluster.store.get("/machine/etcd/members")
    return members is not None and node in members["data"]


def names(cluster: Cluster, node: str, path: str) -> list[str] | None:
    """Returns the names in a directory below /var/lib/etcd; None for what is none."""
    return TREE.get(path[len(DATA) :].rstrip("/")) if is_there(cluster, node) else None


def entry(cluster: Cluster, node: str, path: str) -> Object | None:
    """Returns what is at a path below /var/lib/etcd, None where nothing is."""
    inner = path[len(DATA) :]
    if not is_there(cluster, node):
        return None
    if inner in TREE:
        return {"type": "dir", "mode": 0o700}
    folder, _, name = inner.rpartition("/")
    if name not in TREE.get(folder, ()):
        return None
    return {"type": "file", "text": f"etcd data at revision {cluster.store.revision}\n", "mode": 0o600}
