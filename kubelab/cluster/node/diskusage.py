"""How full a node's disk is, who has written how much, and what fills it when a fault does.

Images and the system take what such an installation typically takes; there is one disk, on which images are as well.
Source: pkg/kubelet/server/stats; kubernetes.io, concepts/configuration/manage-resources-containers (ephemeral storage).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from kubelab.cluster.layers import Tree
from kubelab.cluster.node import cri, logs, machinefiles
from kubelab.cluster.node.host import HOSTS
from kubelab.cluster.node.memoryvolumes import MEMORY, volume_name
from kubelab.cluster.node.record import is_running
from kubelab.cluster.objects import Object, key_of

if TYPE_CHECKING:
    from kubelab.cluster.cluster import Cluster
    from kubelab.cluster.node.container import Container
    from kubelab.cluster.node.nodeview import NodeView

SYSTEM = 2_306_867  # KiB that Ubuntu with containerd and the kubelet takes
UNPACKED = 3  # an image on disk, compressed and unpacked, for what was downloaded
LEFT = 2  # percent that a full disk has left
FILLER = "/var/log/filler.log"  # what a fault fills a disk with
LEAST = 4096  # bytes that a container's files take: a directory


def disk(cluster: Cluster, node: str) -> tuple[int, int]:
    """Returns the size of a node's disk and how much of it is used, in KiB."""
    size = int((cluster.store.get(HOSTS + node) or {})["disk"])
    pulled = sum(int(names[1]) for names in cri.images(cluster, node).all().values())
    own = machinefiles.of(cluster, node).tree.usage().size
    written = 0
    seen: set[str] = set()
    for _, view in cri.containers(cluster, node):
        if is_running(view.state, cluster.clock.now):
            written += view.files.tree.usage().size
        if view.uid not in seen:
            seen.add(view.uid)
            written += sum(volumes_of(cluster, view.pod).values())
    return size, min(SYSTEM + (pulled * UNPACKED + own + written) // 1024, size)


def free(cluster: Cluster, node: str) -> int:
    """Returns how many bytes of a node's disk are left."""
    size, used = disk(cluster, node)
    return (size - used) * 1024


def volumes_of(cluster: Cluster, pod: Object) -> dict[str, int]:
    """Returns the bytes in those of a Pod's emptyDirs that lie on the disk, by name."""
    found = {}
    for volume in pod["spec"].get("volumes") or ():
        if "emptyDir" in volume and (volume["emptyDir"] or {}).get("medium") != MEMORY:
            found[volume["name"]] = (
                Tree(volume_name(pod["metadata"]["uid"], volume["name"]), cluster.store).usage().size
            )
    return found


def running(view: NodeView, pod: Object) -> Iterator[Container]:
    """Yields a Pod's containers that run on a node."""
    key = key_of(pod)
    for container in view.owner.containers(view.name, key.namespace, key.name):
        if is_running(container.state, view.cluster.clock.now):
            yield container


def written(container: Container) -> int:
    """Returns the bytes that a container has written: into its own files, and to its log."""
    lines = logs.stored_lines(container.cluster, container.uid, container.name, container.attempt)
    return max(LEAST, container.files.tree.usage().size) + sum(len(line.text) + 1 for line in lines)


def fill(cluster: Cluster, node: str) -> None:
    """Leaves nearly nothing of a machine's disk: something has written a file that fills it."""
    size, used = disk(cluster, node)
    machinefiles.of(cluster, node).allocate(FILLER, (size - size * LEFT // 100 - used) * 1024)
    cluster.agenda.add("kubelet-evictions", node)


def clear(cluster: Cluster, node: str) -> None:
    """Gives a machine its disk back."""
    files = machinefiles.of(cluster, node)
    if files.exists(FILLER):
        files.remove(FILLER)
        cluster.agenda.add("kubelet-evictions", node)
