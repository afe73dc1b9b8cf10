"""The emptyDirs that lie in a node's memory: what is in them counts as memory of the containers that mount them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kubelab.cluster.layers import Tree

if TYPE_CHECKING:
    from kubelab.cluster.node.container import Container

MEMORY = "Memory"  # the medium of those


def volume_name(uid: str, volume: str) -> str:
    """Returns the name of the file tree of an emptyDir."""
    return f"volume-{uid}-{volume}"


def in_memory(container: Container) -> int:
    """Returns how many bytes of a container's memory its volumes take that lie there."""
    found = 0
    volumes = {volume["name"]: volume.get("emptyDir") for volume in container.pod["spec"].get("volumes") or ()}
    for mount in container.plan.spec.get("volumeMounts") or ():
        if (volumes.get(mount["name"]) or {}).get("medium") == MEMORY:
            tree = Tree(volume_name(container.uid, mount["name"]), container.cluster.store)
            found += tree.usage().size
    return found
