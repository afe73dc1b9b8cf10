"""kubectl describe configmap."""

from __future__ import annotations

import base64

from kubelab.cluster.objects import Object
from kubelab.terminal.kubectl.describing.description import Description
from kubelab.terminal.kubectl.describing.events import tell_events
from kubelab.terminal.kubectl.describing.metadata import head, marks


def describe(out: Description, configmap: Object) -> None:
    """Writes the description of a ConfigMap."""
    head(out, configmap)
    marks(out, configmap)
    out.put("\nData\n====\n")
    data, binary = configmap.get("data") or {}, configmap.get("binaryData") or {}
    for key in sorted(data):
        out.put(f"{key}:\n----\n")
        out.put(f"{data[key]}\n")
        out.put("\n")
    out.put("\nBinaryData\n====\n")
    for key in sorted(binary):
        out.put(f"{key}: {len(base64.b64decode(binary[key]))} bytes\n")
    out.put("\n")
    tell_events(out, configmap)


DESCRIBERS = {"ConfigMap": describe}
