"""Prefers nodes that have the Pod's images already."""

from __future__ import annotations

from kubelab.cluster.scheduler.framework import MAX_SCORE, Cycle, Plugin, Scope
from kubelab.cluster.scheduler.nodeinfo import NodeInfo

MIB = 1024 * 1024
LEAST = 23 * MIB
MOST_EACH = 1000 * MIB


class ImageLocality(Plugin):
    """Scores by the size of the images present, less where few nodes have them."""

    name = "ImageLocality"
    scope = Scope.LOAD
    default_weight = 1

    def prepare(self, cycle: Cycle) -> None:
        """Notes on which part of the nodes each image is."""
        total, nodes = max(len(cycle.nodes), 1), cycle.cache.image_nodes
        cycle.state[self.name] = [(image, nodes[image] / total) for image in map(normalized, cycle.info.images)]

    def score(self, cycle: Cycle, node: NodeInfo) -> float:
        """Returns where the sum of the scaled sizes lies between the bounds."""
        size = sum(int(node.images.get(image, 0) * share) for image, share in cycle.state[self.name])
        most = MOST_EACH * len(cycle.info.images)
        return MAX_SCORE * (min(max(size, LEAST), most) - LEAST) // (most - LEAST)


def normalized(image: str) -> str:
    """Returns an image's name as the container runtime lists it on a node."""
    if ":" not in image.rpartition("/")[2] and "@" not in image:
        image += ":latest"
    first, slash, rest = image.partition("/")
    if not slash:
        return f"docker.io/library/{image}"
    if "." not in first and ":" not in first and first != "localhost":
        return f"docker.io/{first}/{rest}"
    return image
