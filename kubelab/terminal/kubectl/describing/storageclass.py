"""kubectl describe storageclass, and volumeattributesclass."""

from __future__ import annotations

from collections.abc import Sequence

from kubelab.cluster.kinds.storage import DEFAULT_CLASS
from kubelab.cluster.objects import Object, annotations_of
from kubelab.terminal.kubectl.describing.description import NONE, Description
from kubelab.terminal.kubectl.describing.events import tell_events
from kubelab.terminal.kubectl.describing.metadata import boolean, head, pairs_text


def describe(out: Description, storageclass: Object) -> None:
    """Writes the description of a StorageClass."""
    annotations = annotations_of(storageclass)
    head(out, storageclass, namespaced=False)
    out.field("IsDefaultClass", "Yes" if any(annotations.get(name) == "true" for name in DEFAULT_CLASS) else "No")
    out.field("Annotations", pairs_text(annotations))
    out.field("Provisioner", storageclass.get("provisioner", ""))
    out.field("Parameters", pairs_text(storageclass.get("parameters")))
    out.field("AllowVolumeExpansion", boolean(storageclass.get("allowVolumeExpansion")))
    options = storageclass.get("mountOptions")
    if options:
        out.heading("MountOptions")
    else:
        out.field("MountOptions", NONE)
    for option in options or ():
        out.put(f"{option}\n", 1)
    for label, name in (("ReclaimPolicy", "reclaimPolicy"), ("VolumeBindingMode", "volumeBindingMode")):
        if storageclass.get(name):
            out.field(label, storageclass[name])
    if storageclass.get("allowedTopologies"):
        _topologies(out, storageclass["allowedTopologies"])
    tell_events(out, storageclass)


def _topologies(out: Description, terms: Sequence[Object]) -> None:
    out.put("AllowedTopologies:\t\n")
    for place, term in enumerate(terms):
        requirements = [
            f"{each['key']} in [{', '.join(each.get('values') or ())}]"
            for each in term.get("matchLabelExpressions") or ()
        ]
        out.put(f"Term {place}:\t" + "\n  \t".join(requirements or (NONE,)) + "\n", 1)


def describe_attributes(out: Description, attributes: Object) -> None:
    """Writes the description of a VolumeAttributesClass."""
    head(out, attributes, namespaced=False)
    out.field("Annotations", pairs_text(annotations_of(attributes)))
    out.field("DriverName", attributes.get("driverName", ""))
    out.field("Parameters", pairs_text(attributes.get("parameters")))
    tell_events(out, attributes)


DESCRIBERS = {"StorageClass": describe, "VolumeAttributesClass": describe_attributes}
