"""The disks of the nodes: the file system of a node, hostPath volumes, the volumes behind claims."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from kubelab.cluster.files import FileSystem
from kubelab.cluster.kinds import PersistentVolume, PersistentVolumeClaim
from kubelab.cluster.layers import Layer
from kubelab.cluster.node import distributions
from kubelab.cluster.objects import Key, Object

if TYPE_CHECKING:
    from kubelab.cluster.cluster import Cluster
    from kubelab.cluster.node.nodeview import NodeView

MANIFESTS = "/etc/kubernetes/manifests"


class HostPathError(Exception):
    """A hostPath volume is not what its type asks for."""


def tree_name(node: str) -> str:
    """Returns the name of a node's file tree: `/machine/files/node-<node>/...`."""
    return f"node-{node}"


def of(cluster: Cluster, node: str) -> FileSystem:
    """Returns the file system of a node, as root sees it."""
    return FileSystem(tree_name(node), cluster.store, lambda: cluster.clock.now, base=_base())


@cache
def _base() -> Layer:
    """What is on a node's disk from its installation: Ubuntu with containerd and the kubelet."""
    return Layer(
        {
            **distributions.files_of("ubuntu"),
            "/etc/kubernetes/manifests/": {"type": "dir"},
            "/opt/cni/bin/": {"type": "dir"},
            "/etc/cni/net.d/": {"type": "dir"},
            "/var/lib/kubelet/": {"type": "dir"},
            "/var/lib/containerd/": {"type": "dir"},
            "/var/log/pods/": {"type": "dir"},
            "/var/log/containers/": {"type": "dir"},
            "/srv/": {"type": "dir"},
            "/mnt/": {"type": "dir"},
            "/dev/null": {"type": "char", "mode": 0o666},
        }
    )


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


def of_claim(cluster: Cluster, node: NodeView, namespace: str, claim: str) -> tuple[FileSystem, str]:
    """Returns the file system of the volume that a claim is bound to, and the directory in it."""
    bound = node.api.get(PersistentVolumeClaim, Key(namespace, claim)) or {}
    name = (bound.get("spec") or {}).get("volumeName", "")
    volume = node.api.get(PersistentVolume, Key("", name)) or {}
    spec = volume.get("spec") or {}
    if "hostPath" in spec:
        make_host_path(cluster, node.name, spec["hostPath"])
        return of(cluster, node.name), spec["hostPath"]["path"].rstrip("/")
    if "local" in spec:
        return of(cluster, node.name), spec["local"]["path"].rstrip("/")
    return FileSystem(f"persistent-{name or claim}", cluster.store, lambda: cluster.clock.now), ""
