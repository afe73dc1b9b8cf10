"""CSI drivers on nodes: whether one is registered there, whether a volume is attached, and what is on its disk.

Source: pkg/volume/csi; kubernetes-csi.github.io, docs.
"""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

from kubelab.cluster.kinds import CSIDriver, CSINode, VolumeAttachment
from kubelab.cluster.objects import Key

if TYPE_CHECKING:
    from kubelab.cluster.store import Store


def attachment_name(handle: str, driver: str, node: str) -> str:
    """Returns the name of the VolumeAttachment of a volume to a node."""
    return "csi-" + sha256(f"{handle}{driver}{node}".encode()).hexdigest()


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
