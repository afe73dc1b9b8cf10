"""PersistentVolume, PersistentVolumeClaim, StorageClass and the kinds of CSI: how they stand in a table.

Source: pkg/printers/internalversion/printers.go.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from kubelab.cluster.ages import age
from kubelab.cluster.kinds.kind import Column
from kubelab.cluster.objects import Object, annotations_of, is_being_deleted

NAME, AGE = Column("Name", format="name"), Column("Age")
CLASS_ANNOTATION = "volume.beta.kubernetes.io/storage-class"
DEFAULT_CLASS = ("storageclass.kubernetes.io/is-default-class", "storageclass.beta.kubernetes.io/is-default-class")
MODES = {"ReadWriteOnce": "RWO", "ReadOnlyMany": "ROX", "ReadWriteMany": "RWX", "ReadWriteOncePod": "RWOP"}
UNSET = "<unset>"


def access_modes(modes: Sequence[str]) -> str:
    """Returns access modes in short, each once."""
    return ",".join(short for mode, short in MODES.items() if mode in modes)


def class_name(obj: Object) -> str:
    """Returns the storage class of a claim or a volume."""
    old = annotations_of(obj).get(CLASS_ANNOTATION)
    return old if old is not None else str((obj.get("spec") or {}).get("storageClassName") or "")


def is_default(storageclass: Object) -> bool:
    """Tells whether a StorageClass is marked as the default one."""
    return any(annotations_of(storageclass).get(name) == "true" for name in DEFAULT_CLASS)


def newest_default(classes: Iterable[Object]) -> Object | None:
    """Returns the default StorageClass: of several the newest (since v1.26), of equally old ones the first by name."""
    defaults = [found for found in classes if is_default(found)]
    if not defaults:
        return None
    newest = max(found["metadata"]["creationTimestamp"] for found in defaults)
    return min(
        (found for found in defaults if found["metadata"]["creationTimestamp"] == newest),
        key=lambda found: str(found["metadata"]["name"]),
    )


def _phase(obj: Object) -> str:
    return "Terminating" if is_being_deleted(obj) else str((obj.get("status") or {}).get("phase", ""))


def volume_row(volume: Object, now: float) -> list[Any]:
    """Returns the cells of a PersistentVolume's row."""
    spec, status = volume.get("spec") or {}, volume.get("status") or {}
    claim = spec.get("claimRef")
    return [
        volume["metadata"]["name"],
        (spec.get("capacity") or {}).get("storage", "0"),
        access_modes(spec.get("accessModes") or ()),
        spec.get("persistentVolumeReclaimPolicy", ""),
        _phase(volume),
        f"{claim.get('namespace', '')}/{claim.get('name', '')}" if claim else "",
        class_name(volume),
        spec.get("volumeAttributesClassName") or UNSET,
        status.get("reason", ""),
        age(volume, now),
        spec.get("volumeMode") or UNSET,
    ]


def claim_row(claim: Object, now: float) -> list[Any]:
    """Returns the cells of a PersistentVolumeClaim's row."""
    spec, status = claim.get("spec") or {}, claim.get("status") or {}
    bound = bool(spec.get("volumeName"))
    return [
        claim["metadata"]["name"],
        _phase(claim),
        spec.get("volumeName", ""),
        (status.get("capacity") or {}).get("storage", "0") if bound else "",
        access_modes(status.get("accessModes") or ()) if bound else "",
        class_name(claim),
        spec.get("volumeAttributesClassName") or UNSET,
        age(claim, now),
        spec.get("volumeMode") or UNSET,
    ]


def class_row(storageclass: Object, now: float) -> list[Any]:
    """Returns the cells of a StorageClass's row."""
    default = " (default)" if is_default(storageclass) else ""
    return [
        storageclass["metadata"]["name"] + default,
        storageclass.get("provisioner", ""),
        storageclass.get("reclaimPolicy") or "Delete",
        storageclass.get("volumeBindingMode") or "Immediate",
        bool(storageclass.get("allowVolumeExpansion")),
        age(storageclass, now),
    ]


def attachment_row(attachment: Object, now: float) -> list[Any]:
    """Returns the cells of a VolumeAttachment's row."""
    spec, status = attachment.get("spec") or {}, attachment.get("status") or {}
    volume = (spec.get("source") or {}).get("persistentVolumeName", "")
    attached = bool(status.get("attached"))
    cells = [attachment["metadata"]["name"], spec.get("attacher", ""), volume, spec.get("nodeName", ""), attached]
    return [*cells, age(attachment, now)]


def driver_row(driver: Object, now: float) -> list[Any]:
    """Returns the cells of a CSIDriver's row."""
    spec = driver.get("spec") or {}
    audiences = [request.get("audience", "") for request in spec.get("tokenRequests") or ()]
    return [
        driver["metadata"]["name"],
        spec.get("attachRequired", True),
        spec.get("podInfoOnMount", False),
        spec.get("storageCapacity", False),
        ",".join(audiences) if spec.get("tokenRequests") else UNSET,
        spec.get("requiresRepublish", False),
        ",".join(spec.get("volumeLifecycleModes") or ()) or "<none>",
        age(driver, now),
    ]


def csinode_row(node: Object, now: float) -> list[Any]:
    """Returns the cells of a CSINode's row."""
    return [node["metadata"]["name"], len((node.get("spec") or {}).get("drivers") or ()), age(node, now)]


def capacity_row(capacity: Object, now: float) -> list[Any]:
    """Returns the cells of a CSIStorageCapacity's row."""
    return [capacity["metadata"]["name"], capacity.get("storageClassName", ""), capacity.get("capacity", UNSET)]


def attributes_row(attributes: Object, now: float) -> list[Any]:
    """Returns the cells of a VolumeAttributesClass's row."""
    return [attributes["metadata"]["name"], attributes.get("driverName", ""), age(attributes, now)]


def _columns(*names: str) -> tuple[Column, ...]:
    return (NAME, *(Column(name) for name in names))


_ATTRIBUTES = "VolumeAttributesClass"
_MODE = Column("VolumeMode", priority=1)
_VOLUME = (
    "Capacity",
    "Access Modes",
    "Reclaim Policy",
    "Status",
    "Claim",
    "StorageClass",
    _ATTRIBUTES,
    "Reason",
    "Age",
)
_CLAIM = ("Status", "Volume", "Capacity", "Access Modes", "StorageClass", _ATTRIBUTES, "Age")
_CLASS = ("Provisioner", "ReclaimPolicy", "VolumeBindingMode", "AllowVolumeExpansion", "Age")
_DRIVER = ("AttachRequired", "PodInfoOnMount", "StorageCapacity", "TokenRequests", "RequiresRepublish", "Modes", "Age")

RULES: dict[str, dict[str, Any]] = {
    "PersistentVolume": {"columns": (*_columns(*_VOLUME), _MODE), "row": volume_row},
    "PersistentVolumeClaim": {"columns": (*_columns(*_CLAIM), _MODE), "row": claim_row},
    "StorageClass": {"columns": _columns(*_CLASS), "row": class_row},
    "VolumeAttachment": {"columns": _columns("Attacher", "PV", "Node", "Attached", "Age"), "row": attachment_row},
    "CSIDriver": {"columns": _columns(*_DRIVER), "row": driver_row},
    "CSINode": {"columns": _columns("Drivers", "Age"), "row": csinode_row},
    "CSIStorageCapacity": {"columns": _columns("StorageClassName", "Capacity"), "row": capacity_row},
    "VolumeAttributesClass": {"columns": _columns("DriverName", "Age"), "row": attributes_row},
}
