"""FlowSchema, PriorityLevelConfiguration and the kinds of dynamic resources: how they stand in a table.

Source: pkg/printers/internalversion/printers.go.
"""

from __future__ import annotations

from typing import Any

from kubelab.cluster.ages import age
from kubelab.cluster.kinds.kind import Cause, Column
from kubelab.cluster.kinds.podspec import default_spec
from kubelab.cluster.kinds.podspec_validation import spec_causes
from kubelab.cluster.objects import Object, is_being_deleted

NAME, AGE = Column("Name", format="name"), Column("Age")


def schema_row(schema: Object, now: float) -> list[Any]:
    """Returns the cells of a FlowSchema's row."""
    spec, status = schema.get("spec") or {}, schema.get("status") or {}
    missing = next((c["status"] for c in status.get("conditions") or () if c["type"] == "Dangling"), "?")
    return [
        schema["metadata"]["name"],
        (spec.get("priorityLevelConfiguration") or {}).get("name") or "<none>",
        spec.get("matchingPrecedence", 0),
        (spec.get("distinguisherMethod") or {}).get("type") or "<none>",
        age(schema, now),
        missing,
    ]


def schema_rank(schema: Object) -> tuple[int, str]:
    """Returns where a FlowSchema stands among others: which of them is asked first."""
    return schema["spec"].get("matchingPrecedence", 0), schema["metadata"]["name"]


def level_row(level: Object, now: float) -> list[Any]:
    """Returns the cells of a PriorityLevelConfiguration's row."""
    spec = level.get("spec") or {}
    limited = spec.get("limited") or {}
    queuing = (limited.get("limitResponse") or {}).get("queuing") or {}
    names = ("queues", "handSize", "queueLengthLimit")
    return [
        level["metadata"]["name"],
        spec.get("type", ""),
        limited.get("nominalConcurrencyShares", "<none>"),
        *(queuing.get(name, "<none>") for name in names),
        age(level, now),
    ]


def claim_row(claim: Object, now: float) -> list[Any]:
    """Returns the cells of a ResourceClaim's row."""
    status = claim.get("status") or {}
    states = ["deleted"] if is_being_deleted(claim) else []
    states += ["allocated"] if status.get("allocation") else []
    states += ["reserved"] if status.get("reservedFor") else []
    return [claim["metadata"]["name"], ",".join(states) or "pending", age(claim, now)]


def slice_row(found: Object, now: float) -> list[Any]:
    """Returns the cells of a ResourceSlice's row."""
    spec = found.get("spec") or {}
    pool = (spec.get("pool") or {}).get("name", "")
    return [found["metadata"]["name"], spec.get("nodeName") or "<unset>", spec.get("driver", ""), pool, age(found, now)]


def template_row(template: Object, now: float) -> list[Any]:
    """Returns the cells of a PodTemplate's row."""
    content = template.get("template") or {}
    containers = (content.get("spec") or {}).get("containers") or ()
    labels = (content.get("metadata") or {}).get("labels") or {}
    return [
        template["metadata"]["name"],
        ",".join(container["name"] for container in containers),
        ",".join(container.get("image", "") for container in containers),
        ",".join(f"{key}={labels[key]}" for key in sorted(labels)) or "<none>",
    ]


def template_causes(template: Object) -> list[Cause]:
    """Returns what is wrong with a PodTemplate: with the Pods that would be made of it."""
    spec = (template.get("template") or {}).get("spec") or {}
    return spec_causes(default_spec(spec) if spec.get("containers") else spec, "template.spec")


def _columns(*names: str) -> tuple[Column, ...]:
    return (NAME, *(Column(name) for name in names))


_SCHEMA = ("PriorityLevel", "MatchingPrecedence", "DistinguisherMethod", "Age", "MissingPL")
_LEVEL = ("Type", "NominalConcurrencyShares", "Queues", "HandSize", "QueueLengthLimit", "Age")

RULES: dict[str, dict[str, Any]] = {
    "FlowSchema": {"columns": _columns(*_SCHEMA), "row": schema_row, "rank": schema_rank},
    "PriorityLevelConfiguration": {"columns": _columns(*_LEVEL), "row": level_row},
    "ResourceClaim": {"columns": _columns("State", "Age"), "row": claim_row},
    "ResourceSlice": {"columns": _columns("Node", "Driver", "Pool", "Age"), "row": slice_row},
    "PodTemplate": {
        "columns": _columns("Containers", "Images", "Pod Labels"),
        "row": template_row,
        "validate": template_causes,
    },
}
