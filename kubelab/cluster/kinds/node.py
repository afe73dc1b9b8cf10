"""Node: a machine of the cluster, as its kubelet reports it.

Source: pkg/printers/internalversion/printers.go.
"""

from __future__ import annotations

import json
from typing import Any

from kubelab.cluster.ages import age
from kubelab.cluster.kinds.causes import invalid, required, unsupported
from kubelab.cluster.kinds.kind import Cause, Column
from kubelab.cluster.kinds.names import label_value, qualified_name
from kubelab.cluster.objects import Object, labels_of

ROLE = "node-role.kubernetes.io/"


def status_text(node: Object) -> str:
    """Returns the STATUS column: Ready, NotReady or Unknown, and whether it is cordoned."""
    ready = next((c for c in node.get("status", {}).get("conditions") or () if c["type"] == "Ready"), None)
    parts = ["Unknown" if ready is None else "Ready" if ready["status"] == "True" else "NotReady"]
    if node.get("spec", {}).get("unschedulable"):
        parts.append("SchedulingDisabled")
    return ",".join(parts)


def roles(node: Object) -> list[str]:
    """Returns the roles that labels give a node, in order."""
    found = {label.removeprefix(ROLE) for label in labels_of(node) if label.startswith(ROLE) and label != ROLE}
    old = labels_of(node).get("kubernetes.io/role")
    return sorted(found | ({old} if old else set()))


def address(node: Object, kind: str) -> str:
    """Returns the node's address of a type, such as InternalIP."""
    addresses = node.get("status", {}).get("addresses") or ()
    return next((found["address"] for found in addresses if found["type"] == kind), "<none>")


def row(node: Object, now: float) -> list[Any]:
    """Returns the cells of a Node's row."""
    info = node.get("status", {}).get("nodeInfo") or {}
    return [
        node["metadata"]["name"],
        status_text(node),
        ",".join(roles(node)) or "<none>",
        age(node, now),
        info.get("kubeletVersion", ""),
        address(node, "InternalIP"),
        address(node, "ExternalIP"),
        info.get("osImage") or "<unknown>",
        info.get("kernelVersion") or "<unknown>",
        info.get("containerRuntimeVersion") or "<unknown>",
    ]


def causes(node: Object) -> list[Cause]:
    """Returns what is wrong with a Node's taints (pkg/apis/core/validation, ValidateNode)."""
    wrong: list[Cause] = []
    seen: set[tuple[str, str]] = set()
    for place, taint in enumerate((node.get("spec") or {}).get("taints") or ()):
        at, key, effect = f"spec.taints[{place}]", taint.get("key", ""), taint.get("effect", "")
        value = taint.get("value") or ""
        wrong += [invalid(f"{at}.key", key, why) for why in qualified_name(key)]
        if value and (bad := label_value(value)):
            wrong.append(invalid(f"{at}.value", value, ";".join(bad)))
        if not effect:
            wrong.append(required(f"{at}.effect"))
        elif effect not in EFFECTS:
            wrong.append(unsupported(f"{at}.effect", effect, EFFECTS))
        if (key, effect) in seen:
            shown = json.dumps(taint, separators=(",", ":"))
            wrong.append(Cause("FieldValueDuplicate", f"Duplicate value: {shown}", at))
        seen.add((key, effect))
    return wrong


EFFECTS = ("NoSchedule", "PreferNoSchedule", "NoExecute")
WIDE = ("Internal-IP", "External-IP", "OS-Image", "Kernel-Version", "Container-Runtime")

RULES = {
    "Node": {
        "columns": (
            Column("Name", format="name"),
            Column("Status"),
            Column("Roles"),
            Column("Age"),
            Column("Version"),
            *(Column(name, priority=1) for name in WIDE),
        ),
        "row": row,
        "validate": causes,
        "field_labels": ("spec.unschedulable",),
    }
}
