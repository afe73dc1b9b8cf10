"""The downward API: what a Pod may learn of itself through fieldRef and resourceFieldRef.

Source: kubernetes.io, concepts/workloads/pods/downward-api; pkg/fieldpath, pkg/api/v1/resource.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from kubelab.cluster.objects import Object
from kubelab.cluster.quantity import to_int, to_milli

if TYPE_CHECKING:
    from kubelab.cluster.node.nodeview import NodeView

SUBSCRIPT = re.compile(r"metadata\.(labels|annotations)\['(.*)'\]")


def field(node: NodeView, pod: Object, record: Object, path: str) -> str:
    """Returns the value of a fieldPath."""
    found = SUBSCRIPT.fullmatch(path)
    metadata = pod["metadata"]
    if found:
        return str((metadata.get(found[1]) or {}).get(found[2], ""))
    if path in ("metadata.labels", "metadata.annotations"):
        return written(metadata.get(path.partition(".")[2]) or {})
    address = node.ip if pod["spec"].get("hostNetwork") else record.get("ip", "")
    values = {
        "metadata.name": metadata["name"],
        "metadata.namespace": metadata["namespace"],
        "metadata.uid": metadata["uid"],
        "spec.nodeName": node.name,
        "spec.serviceAccountName": pod["spec"].get("serviceAccountName", ""),
        "status.hostIP": node.ip,
        "status.hostIPs": node.ip,
        "status.podIP": address,
        "status.podIPs": address,
    }
    return str(values.get(path, ""))


def written(values: Mapping[str, str]) -> str:
    """Writes a map as a downwardAPI file holds it: one key="value" a line."""
    return "\n".join(f'{key}="{_escaped(value)}"' for key, value in sorted(values.items()))


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def resource(node: NodeView, pod: Object, own: Object, reference: Object) -> str:
    """Returns the value of a resourceFieldRef; without a limit of its own a container has the node's allocatable."""
    name = reference.get("containerName")
    containers = [*pod["spec"]["containers"], *(pod["spec"].get("initContainers") or ())]
    container = next((each for each in containers if each["name"] == name), own)
    kind, _, what = reference["resource"].partition(".")
    resources = container.get("resources") or {}
    quantity = (resources.get(kind) or {}).get(what)
    if quantity is None and kind == "limits":
        quantity = node.allocatable(what)
    if quantity is None:
        quantity = "0"
    divisor = reference.get("divisor") or "1"
    divisor = "1" if str(divisor) == "0" else divisor
    if what == "cpu":
        return str(-(-to_milli(quantity) // to_milli(divisor)))
    return str(-(-to_int(quantity) // to_int(divisor)))
