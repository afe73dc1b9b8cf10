"""Which file systems a node and a container have mounted, how large they are and how full: for df and mount.

A node's root lies on its one disk. containerd mounts an overlay for each running container and a small tmpfs for each
Pod's shared memory, the kubelet a tmpfs for each volume that it keeps in memory (Secrets, projected, downwardAPI, and
emptyDirs that say so) and what network and CSI volumes are made of; configMaps and other emptyDirs are plain
directories. Images and the system take what such an installation typically takes.
Source: pkg/volume/{emptydir,secret,projected,csi}; containerd, internal/cri; systemd's mounts of Ubuntu 24.04.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from kubelab.cluster.node import cri, diskusage, handmounts, nfs, volumes
from kubelab.cluster.node.diskusage import SYSTEM
from kubelab.cluster.node.host import HOSTS
from kubelab.cluster.node.nodetree import NodeTree
from kubelab.cluster.objects import Object
from kubelab.cluster.path_resolution import MountNamespace
from kubelab.cluster.quantity import to_int
from kubelab.cluster.storage import nfsserver

if TYPE_CHECKING:
    from kubelab.cluster.cluster import Cluster
    from kubelab.cluster.node.container import Container

DISK = "/dev/sda1"
RESERVED = 102_400  # KiB of memory that Pods cannot have
SHARED = 65_536  # KiB of /dev/shm
SHARE = 104_857_600  # KiB of the NFS server's disk
INODE = 16  # KiB of a disk for each of its inodes
STATE = "/run/containerd"
NODEV = "rw,nosuid,nodev,noexec,relatime"


class Mounted(NamedTuple):
    """One mounted file system.

    Args:
        device: its source: "/dev/sda1", "tmpfs", "overlay", "192.168.100.22:/srv".
        place: where it is mounted.
        kind: of file system: "ext4", "tmpfs".
        options: as mount shows them.
        size: in KiB, 0 for one that df leaves out.
        used: in KiB.
    """

    device: str
    place: str
    kind: str
    options: str
    size: int = 0
    used: int = 0


def of_node(cluster: Cluster, node: str) -> list[Mounted]:
    """Returns what a node has mounted, in the order of its /proc/mounts."""
    record = cluster.store.get(HOSTS + node) or {}
    memory, (size, used) = int(record["memory"]), disk(cluster, node)
    found = [
        Mounted("sysfs", "/sys", "sysfs", NODEV),
        Mounted("proc", "/proc", "proc", NODEV),
        Mounted("udev", "/dev", "devtmpfs", f"rw,nosuid,relatime,size={memory // 2}k,mode=755,inode64"),
        Mounted("devpts", "/dev/pts", "devpts", "rw,nosuid,noexec,relatime,gid=5,mode=620,ptmxmode=000"),
        Mounted("tmpfs", "/run", "tmpfs", f"rw,nosuid,nodev,noexec,relatime,size={memory // 10}k,mode=755,inode64",
                memory // 10, 1_188),
        Mounted(DISK, "/", "ext4", "rw,relatime", size, used),
        Mounted("tmpfs", "/dev/shm", "tmpfs", "rw,nosuid,nodev,inode64", memory // 2),
        Mounted("tmpfs", "/run/lock", "tmpfs", "rw,nosuid,nodev,noexec,relatime,size=5120k,inode64", 5_120),
        Mounted("cgroup2", "/sys/fs/cgroup", "cgroup2", f"{NODEV},nsdelegate,memory_recursiveprot"),
    ]  # fmt: skip
    found += _of_pods(cluster, node, size, used)
    tree = cluster.disk(node)
    if isinstance(tree, NodeTree):
        for place, view, volume in tree.mounted_volumes():
            made = _of_volume(view, volume, place)
            found += [made] if made is not None and made.device != DISK else []
    by_hand = handmounts.mounts(cluster, node).items()
    return found + [
        _share(place, mount.files, str(record["ip"]), read_only=mount.read_only) for place, mount in by_hand
    ]


def of_server(cluster: Cluster) -> list[Mounted]:
    """Returns what the NFS server has mounted: its one disk, of which clients see how large and how full it is."""
    used = SYSTEM + nfs.files(cluster).tree.usage().size // 1024
    return [
        Mounted("proc", "/proc", "proc", NODEV),
        Mounted("tmpfs", "/run", "tmpfs", f"{NODEV},size=201036k,mode=755,inode64", 201_036, 900),
        Mounted(DISK, "/", "ext4", "rw,relatime", SHARE, used),
        Mounted("nfsd", "/proc/fs/nfsd", "nfsd", "rw,relatime"),
    ]


def _of_pods(cluster: Cluster, node: str, size: int, used: int) -> Iterator[Mounted]:
    for sandbox in cri.sandboxes(cluster, node):
        if sandbox.ready:
            place = f"{STATE}/io.containerd.grpc.v1.cri/sandboxes/{sandbox.id}/shm"
            yield Mounted("shm", place, "tmpfs", f"{NODEV},size={SHARED}k,inode64", SHARED)
            yield _overlay(f"{STATE}/io.containerd.runtime.v2.task/k8s.io/{sandbox.id}/rootfs", size, used)
    for view in cri.running(cluster, node):
        yield _overlay(f"{STATE}/io.containerd.runtime.v2.task/k8s.io/{view.id}/rootfs", size, used)


def _overlay(place: str, size: int, used: int) -> Mounted:
    return Mounted("overlay", place, "overlay", "rw,relatime", size, used)


def _share(place: str, files: MountNamespace, client: str, *, read_only: bool) -> Mounted:
    options = (
        f"{'ro' if read_only else 'rw'},relatime,vers=4.2,rsize=262144,wsize=262144,namlen=255,hard,proto=tcp,"
        f"timeo=600,retrans=2,sec=sys,clientaddr={client},local_lock=none,addr={nfsserver.ADDRESS}"
    )
    return Mounted(files.device, place, files.kind, options, SHARE, SYSTEM + files.tree.usage().size // 1024)


def of_container(view: Container) -> list[Mounted]:
    """Returns what a container sees mounted: its root, its volumes, and the files that the kubelet gives it."""
    size, used = disk(view.cluster, view.node.name)
    state = "ro" if view.files.read_only else "rw"
    found = [
        Mounted("overlay", "/", "overlay", f"{state},relatime", size, used),
        Mounted("proc", "/proc", "proc", NODEV),
        Mounted("tmpfs", "/dev", "tmpfs", "rw,nosuid,size=65536k,mode=755,inode64", SHARED),
        Mounted("shm", "/dev/shm", "tmpfs", f"{NODEV},size={SHARED}k,inode64", SHARED),
    ]
    by_name = {volume["name"]: volume for volume in view.pod["spec"].get("volumes") or ()}
    at = {each["mountPath"].rstrip("/") or "/": by_name.get(each["name"])
          for each in view.plan.spec.get("volumeMounts") or ()}  # fmt: skip
    for place, mount in sorted(view.files.mounts.items()):
        if place.startswith(("/proc/", "/sys/")) or place in volumes.MOUNT_TABLES:
            continue
        volume = at.get(place)
        made = _of_volume(view, volume, place) if volume is not None else None
        if made is None and mount.files.kind == "nfs4":  # by hand on the node, below a hostPath
            made = _share(place, mount.files, view.node.ip, read_only=mount.read_only)
        made = made or Mounted(DISK, place, "ext4", "rw,relatime", size, used)
        if mount.read_only or mount.files.read_only:
            made = made._replace(options="ro" + made.options[2:])
        found.append(made)
    return found


def _of_volume(view: Container, volume: Object, place: str) -> Mounted | None:
    """Returns the file system that a volume is; None where it is a directory of the node's disk."""
    files, _below, _fixed = volumes.files_of(view, volume)
    used = files.tree.usage().size // 1024
    if files.kind == "tmpfs":
        size = _memory_for(view, volume)
        return Mounted("tmpfs", place, "tmpfs", f"rw,relatime,size={size}k,inode64,noswap", size, max(used, 4))
    if files.kind == "nfs4":
        return _share(place, files, view.node.ip, read_only=False)
    if files.kind == "overlay":
        return _overlay(place, *disk(view.cluster, view.node.name))
    if files.capacity:
        return Mounted(files.device, place, files.kind, "rw,relatime", files.capacity // 1024, used + 24)
    return None


def table(cluster: Cluster, machine: str | Container) -> str:
    """Returns what /proc/mounts says on a node, or in a container (proc(5))."""
    found = of_node(cluster, machine) if isinstance(machine, str) else of_container(machine)
    return "".join(f"{each.device} {each.place} {each.kind} {each.options} 0 0\n" for each in found)


def _memory_for(view: Container, volume: Object) -> int:
    """Returns how large the kubelet makes a tmpfs: what its Pod may have of the node's memory (emptydir.go)."""
    size = int(view.node.record["memory"]) - RESERVED
    limits = [(each.get("resources") or {}).get("limits") or {} for each in view.pod["spec"]["containers"]]
    if all("memory" in each for each in limits):
        size = min(size, sum(to_int(each["memory"]) for each in limits) // 1024)
    own = (volume.get("emptyDir") or {}).get("sizeLimit")
    return min(size, to_int(own) // 1024) if own else size


def disk(cluster: Cluster, node: str) -> tuple[int, int]:
    """Returns the size of a node's disk and how much of it is used, in KiB."""
    return diskusage.disk(cluster, node)
