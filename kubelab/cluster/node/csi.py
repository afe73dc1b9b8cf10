"""CSI drivers on nodes: whether one is registered there, whether a volume is attached, and what is on its disk.

Source: pkg/volume/csi; kubernetes-csi.github.io, docs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kubelab.cluster.kinds import CSIDriver, CSINode, Node, VolumeAttachment
from kubelab.cluster.objects import Key, Object

if TYPE_CHECKING:
    from kubelab.cluster.api.client import Client
    from kubelab.cluster.store import Store


def unique_name(source: Object) -> str:
    """Returns the name by which a node's status names a volume."""
    return f"kubernetes.io/csi/{source['driver']}^{source['volumeHandle']}"


def note_use(api: Client, node: str, names: list[str]) -> None:
    """Writes into a node's status that it uses volumes (status.volumesInUse)."""
    found = api.get(Node, Key("", node))
    if found is None:
        return
    listed = found["status"].get("volumesInUse") or []
    new = [name for name in names if name not in listed]
    if new:
        api.update_status(Node, {**found, "status": {**found["status"], "volumesInUse": sorted([*listed, *new])}})


def note_disuse(api: Client, node: str, names: list[str]) -> None:
    """Takes volumes out of a node's status that it uses no more."""
    found = api.get(Node, Key("", node))
    if found is None:
        return
    listed = found["status"].get("volumesInUse") or []
    left = [name for name in listed if name not in names]
    if left != listed:
        status = {**found["status"], "volumesInUse": left}
        if not left:
            del status["volumesInUse"]
        api.update_status(Node, {**found, "status": status})


def disk_name(handle: str) -> str:
    """Returns the name of the file tree that is on a volume's disk."""
    return f"disk-{handle}"


def needs_attachment(store: Store, driver: str) -> bool:
    """Tells whether a driver's volumes have to be attached to a node before they are mounted."""
    found = store.get(CSIDriver.path(Key("", driver)))
    return found is None or bool((found.get("spec") or {}).get("attachRequired", True))


def is_registered(store: Store, node: str, driver: str) -> bool:
    """Tells whether a driver has registered with a node's kubelet."""
    found = store.get(CSINode.path(Key("", node)))
    drivers = (found.get("spec") or {}).get("drivers") or () if found is not None else ()
    return any(each["name"] == driver for each in drivers)


def is_attached(store: Store, driver: str, volume: str, node: str) -> bool:
    """Tells whether a PersistentVolume is attached to a node."""
    return any(
        attachment["spec"]["nodeName"] == node
        and attachment["spec"]["attacher"] == driver
        and (attachment["spec"].get("source") or {}).get("persistentVolumeName") == volume
        and (attachment.get("status") or {}).get("attached")
        for attachment in store.table(VolumeAttachment.prefix).rows.values()
    )


def device(store: Store, driver: str, volume: str, node: str) -> str:
    """Returns the device that an attached PersistentVolume is on its node: the disks after the machine's own."""
    attached = sorted(
        (each["metadata"]["creationTimestamp"], each["metadata"]["name"], each["spec"]["source"])
        for each in store.table(VolumeAttachment.prefix).rows.values()
        if each["spec"]["nodeName"] == node and (each["spec"].get("source") or {}).get("persistentVolumeName")
    )
    names = [source["persistentVolumeName"] for _, _, source in attached]
    return f"/dev/sd{chr(ord('b') + names.index(volume) % 25)}" if volume in names else driver
