"""Images that nobody uses go when the disk gets full, the oldest first.

The kubelet looks every five minutes whether the disk is fuller than its high threshold; short of room it takes them
all, before any Pod has to go. When an image was used last is not kept: the one that was pulled first goes first.
Source: pkg/kubelet/images/image_gc_manager.go; pkg/kubelet/kubelet.go (StartGarbageCollection).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kubelab.cluster.node import cri
from kubelab.cluster.node.diskusage import disk
from kubelab.cluster.node.pressure import tell

if TYPE_CHECKING:
    from kubelab.cluster.node.evictionconfig import Settings
    from kubelab.cluster.node.nodeview import NodeView

PERIOD = 300.0  # seconds between two looks
PINNED = "/pause"  # what containerd never lets go: the image of sandboxes
SHORT = (
    "Failed to garbage collect required amount of images. Attempted to free {} bytes, but only found {} bytes eligible "
    "to free."
)


def unused(view: NodeView, age: float) -> list[tuple[str, int]]:
    """Returns the images that no container of a node has, and that have been there for a while: ids and sizes."""
    used = {each.plan.resolved.name for _, each in cri.containers(view.cluster, view.name) if each.plan.resolved}
    for sandbox in cri.sandboxes(view.cluster, view.name):  # and those that a Pod is about to start with
        plans = view.blueprint(sandbox.pod).plans
        used |= {plan.resolved.name for plan in plans if plan.resolved}
    now, found = view.cluster.clock.now, []
    for image_id, (_, size, *names) in view.images.all().items():
        is_pinned = any(PINNED in name for name in names)
        if not is_pinned and used.isdisjoint(names) and now - view.images.since(image_id) >= age:
            found.append((view.images.since(image_id), image_id, int(size)))
    return [(image_id, size) for _, image_id, size in sorted(found)]


def take_all(view: NodeView, settings: Settings) -> None:
    """Deletes every image that is not used."""
    for image_id, _size in unused(view, settings.age):
        view.images.remove(image_id)


def collect(view: NodeView, settings: Settings) -> str:
    """Deletes images until the disk is no fuller than the low threshold; returns what is wrong where that fails."""
    size, used = disk(view.cluster, view.name)
    if used * 100 // size < settings.high:
        return ""
    wanted = size * 1024 * (100 - settings.low) // 100 - (size - used) * 1024
    freed = 0
    for image_id, bytes_ in unused(view, settings.age):
        if freed >= wanted:
            break
        view.images.remove(image_id)
        freed += bytes_
    if freed >= wanted:
        return ""
    why = SHORT.format(wanted, freed)
    tell(view, "Warning", "FreeDiskSpaceFailed", why)
    return why
