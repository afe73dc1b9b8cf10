"""The disks of the nodes: the file system of a node, hostPath volumes, the volumes behind claims."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kubelab.cluster.files import FileSystem
from kubelab.cluster.node import handmounts
from kubelab.cluster.objects import Object
from kubelab.cluster.path_resolution import Spot

if TYPE_CHECKING:
    from kubelab.cluster.cluster import Cluster

MANIFESTS = "/etc/kubernetes/manifests"
TREE = "node-"  # what the names of nodes' file trees begin with


class MachineFiles(FileSystem):
    """The files of a node: its disk, and what is mounted there by hand just now, whoever did it.

    Args:
        node: the machine's name.
    """

    def __init__(self, cluster: Cluster, node: str) -> None:
        super().__init__(tree_name(node), cluster.store, lambda: cluster.clock.now)
        self.tree = cluster.disk(node)
        self._cluster = cluster
        self._node = node

    def _at(self, path: str) -> Spot:
        if self.mounts or self._cluster.store.get(handmounts.MOUNTS + self._node) is not None:
            self.mounts.clear()
            self.mounts.update(handmounts.mounts(self._cluster, self._node))
        return super()._at(path)


class HostPathError(Exception):
    """A hostPath volume is not what its type asks for."""


def tree_name(node: str) -> str:
    """Returns the name of a node's file tree: `/machine/files/node-<node>/...`."""
    return TREE + node


def of(cluster: Cluster, node: str) -> FileSystem:
    """Returns the file system of a node, as root sees it."""
    return MachineFiles(cluster, node)


def check_host_path(cluster: Cluster, node: str, source: Object) -> None:
    """Checks a hostPath's type.

    Raises:
        HostPathError: with the kubelet's text.
    """
    kind, path = source.get("type") or "", source["path"]
    files = of(cluster, node)
    checks = {
        "Directory": (files.is_dir, f"hostPath type check failed: {path} is not a directory"),
        "File": (files.is_file, f"hostPath type check failed: {path} is not a file"),
        "Socket": (files.exists, f"hostPath type check failed: {path} is not a socket file"),
        "CharDevice": (files.exists, f"hostPath type check failed: {path} is not a character device"),
        "BlockDevice": (files.exists, f"hostPath type check failed: {path} is not a block device"),
    }
    if kind in checks and not checks[kind][0](path):
        raise HostPathError(checks[kind][1])


def make_host_path(cluster: Cluster, node: str, source: Object) -> None:
    """Makes what a hostPath of type "", DirectoryOrCreate or FileOrCreate names, as the runtime does."""
    files, path = of(cluster, node), source["path"].rstrip("/") or "/"
    if files.exists(path):
        return
    if source.get("type") == "FileOrCreate":
        files.write(path, "")
    else:
        files.mkdir(path, parents=True)
