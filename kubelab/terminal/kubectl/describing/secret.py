"""kubectl describe secret: the sizes of what is in it, not the contents."""

from __future__ import annotations

import base64

from kubelab.cluster.objects import Object
from kubelab.terminal.kubectl.describing.description import Description
from kubelab.terminal.kubectl.describing.metadata import head, marks


def describe(out: Description, secret: Object) -> None:
    """Writes the description of a Secret."""
    head(out, secret)
    marks(out, secret)
    kind = secret.get("type", "")
    out.put(f"\nType:\t{kind}\n")
    out.put("\nData\n====\n")
    data = secret.get("data") or {}
    for key in sorted(data):
        value = base64.b64decode(data[key])
        if key == "token" and kind == "kubernetes.io/service-account-token":
            out.field(key, value.decode(errors="replace"))
        else:
            out.field(key, f"{len(value)} bytes")


DESCRIBERS = {"Secret": describe}
