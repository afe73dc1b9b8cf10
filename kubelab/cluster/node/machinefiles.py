"""The disks of the nodes: the file system of a node, hostPath volumes, the volumes behind claims."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kubelab.cluster.files import FileError, FileSystem
from kubelab.cluster.node import handmounts
from kubelab.cluster.objects import Object
from kubelab.cluster.path_resolution import Mount, MountNamespace, Spot

if TYPE_CHECKING:
    from kubelab.cluster.cluster import Cluster

MANIFESTS = "/etc/kubernetes/manifests"
OR_CREATE = "OrCreate"
TYPES = {
    "Directory": "directory",
    "File": "file",
    "Socket": "socket file",
    "CharDevice": "character device",
    "BlockDevice": "block device",
}
FOUND = {"dir": "Directory", "file": "File", "socket": "Socket", "char": "CharDevice", "block": "BlockDevice"}
TREE = "node-"  # what the names of nodes' file trees begin with


class MachineFiles(FileSystem):
    """The files of a node: its disk, and what is mounted there by hand just now, whoever did it.

    Args:
        node: the machine's name.
        before: what was mounted by hand later than that is not seen.
    """

    def __init__(self, cluster: Cluster, node: str, before: float | None = None) -> None:
        super().__init__(tree_name(node), cluster.store, lambda: cluster.clock.now)
        self.tree = cluster.disk(node)
        self._cluster = cluster
        self._node = node
        self._before = before

    def place(self, path: str) -> Mount:
        """Returns where a path leads: a file system, where in it, and whether nobody may write there."""
        try:
            spot = self._walk(path)
        except FileError:  # a server that does not answer
            spot = MountNamespace._at(self, path)
        by_hand = next((mount for mount in self.mounts.values() if mount.files.tree is spot.tree), None)
        return Mount(self, False, spot.inner) if by_hand is None else by_hand._replace(sub_path=spot.inner)

    def below(self, path: str) -> dict[str, Mount]:
        """Returns what is mounted by hand below a path, by the rest of the path."""
        stem = path.rstrip("/") + "/"
        known = handmounts.mounts(self._cluster, self._node, self._before).items()
        return {place[len(stem) - 1 :]: mount for place, mount in known if place.startswith(stem)}

    def _at(self, path: str) -> Spot:
        if self.mounts or self._cluster.store.get(handmounts.MOUNTS + self._node) is not None:
            self.mounts.clear()
            self.mounts.update(handmounts.mounts(self._cluster, self._node, self._before))
        return super()._at(path)


class HostPathError(Exception):
    """A hostPath volume is not what its type asks for."""


def tree_name(node: str) -> str:
    """Returns the name of a node's file tree: `/machine/files/node-<node>/...`."""
    return TREE + node


def of(cluster: Cluster, node: str, before: float | None = None) -> MachineFiles:
    """Returns the file system of a node, as root sees it, or as a container sees it that began `before` some mounts."""
    return MachineFiles(cluster, node, before)


def check_host_path(cluster: Cluster, node: str, source: Object) -> None:
    """Checks a hostPath's type; what is to be made where there is nothing is made.

    Source: pkg/volume/hostpath/host_path.go (checkType).

    Raises:
        HostPathError: with the kubelet's text.
    """
    kind, path = str(source.get("type") or ""), source["path"]
    wanted = kind.removesuffix(OR_CREATE)
    files, tells_more = of(cluster, node), cluster.version >= "1.37"  # kubernetes/kubernetes#121873
    if not wanted:
        return
    if not files.exists(path):
        if kind != wanted:
            _make(files, path, wanted)
            return
        if tells_more:
            raise HostPathError(f"hostPath {path} doesn't exist")
        raise HostPathError(f"hostPath type check failed: {path} is not a {TYPES[wanted]}")
    found = FOUND[files.stat(path).type]
    if found != wanted:
        more = f", it's a {found}" if tells_more else ""
        raise HostPathError(f"hostPath type check failed: {path} is not a {TYPES[wanted]}{more}")


def make_host_path(cluster: Cluster, node: str, source: Object) -> None:
    """Makes the directory that a hostPath without a type names, as the runtime does."""
    files, path = of(cluster, node), source["path"].rstrip("/") or "/"
    if not source.get("type") and not files.exists(path):
        files.mkdir(path, parents=True)


def _make(files: FileSystem, path: str, kind: str) -> None:
    """Makes what a hostPath of type DirectoryOrCreate or FileOrCreate names."""
    try:
        if kind == "File":
            files.write(path, "")
        else:
            files.mkdir(path.rstrip("/"), parents=True)
    except FileError as error:
        call = "open" if kind == "File" else "mkdir"
        raise HostPathError(f"{call} {path}: {error.reason[0].lower()}{error.reason[1:]}") from None
