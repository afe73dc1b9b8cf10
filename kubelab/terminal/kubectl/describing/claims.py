"""What a claim for storage asks for, and what it got: of a PersistentVolumeClaim, or of the template of one."""

from __future__ import annotations

from kubelab.cluster.kinds.storage import access_modes, class_name
from kubelab.cluster.objects import Object, annotations_of, labels_of
from kubelab.terminal.kubectl.describing.description import NONE, Description
from kubelab.terminal.kubectl.describing.metadata import LAST_APPLIED, shortened, since


def claim(out: Description, pvc: Object, *, level: int = 0) -> None:
    """Writes a claim; below level 0 it is a template, of which less is known."""
    spec, status, metadata = pvc.get("spec") or {}, pvc.get("status") or {}, pvc["metadata"]
    full = level == 0
    if full:
        out.fields((("Name", metadata["name"]), ("Namespace", metadata.get("namespace", ""))))
    out.field("StorageClass", class_name(pvc), level)
    if full:
        out.field("Status", phase(out, pvc))
    out.field("Volume", spec.get("volumeName", ""), level)
    _pairs(out, "Labels", [f"{key}={value}" for key, value in sorted(labels_of(pvc).items())], level)
    _pairs(out, "Annotations", _annotations(pvc), level)
    if full:
        out.field("Finalizers", metadata.get("finalizers") or [])
    capacity, modes = "", ""
    if spec.get("volumeName"):
        modes = access_modes(status.get("accessModes") or ())
        capacity = str((status.get("capacity") or {}).get("storage", "0"))
    out.fields((("Capacity", capacity), ("Access Modes", modes)), level)
    if spec.get("volumeMode"):
        out.field("VolumeMode", spec["volumeMode"], level)
    if spec.get("dataSource"):
        out.heading("DataSource", level)
        origin = {"APIGroup": "apiGroup", "Kind": "kind", "Name": "name"}
        found = spec["dataSource"]
        out.fields(((label, found[name]) for label, name in origin.items() if name in found), level + 1)


def phase(out: Description, obj: Object) -> str:
    """Returns the phase of a claim or a volume."""
    deleted = obj["metadata"].get("deletionTimestamp")
    return (
        f"Terminating (lasts {since(out.now, deleted)})" if deleted else str((obj.get("status") or {}).get("phase", ""))
    )


def _annotations(pvc: Object) -> list[str]:
    found = sorted((key, value) for key, value in annotations_of(pvc).items() if key != LAST_APPLIED)
    return [shortened(f"{key}: {value}", 140) for key, value in found]


def _pairs(out: Description, title: str, texts: list[str], level: int) -> None:
    """Each piece is indented, as real kubectl's nested writer does it."""
    out.put(f"{title}:\t", level)
    if not texts:
        out.put(f"{NONE}\n", level)
    for place, text in enumerate(texts):
        if place:
            out.put("", level)
            out.put("\t", level)
        out.put(f"{text}\n", level)
