"""ConfigMap, Secret, ServiceAccount, Lease, Event: small kinds with little of their own.

Source: pkg/apis/core/validation/validation.go, pkg/printers/internalversion/printers.go.
"""

from __future__ import annotations

import base64
from typing import Any

from kubelab.cluster.ages import age, ago
from kubelab.cluster.kinds.causes import invalid
from kubelab.cluster.kinds.kind import Cause, Column
from kubelab.cluster.kinds.secrets import data_causes
from kubelab.cluster.objects import Object

MOST_BYTES = 1024 * 1024

NAME, AGE = Column("Name", format="name"), Column("Age")


def validate_configmap(configmap: Object) -> list[Cause]:
    """Returns what is wrong with a ConfigMap."""
    data, binary = configmap.get("data") or {}, configmap.get("binaryData") or {}
    size = sum(len(value.encode()) for value in data.values()) + sum(len(base64.b64decode(v)) for v in binary.values())
    causes = (
        [Cause("FieldValueTooLong", f"Too long: may not be more than {MOST_BYTES} bytes", "[]")]
        if size > MOST_BYTES
        else []
    )
    both = [
        Cause("FieldValueInvalid", f'Invalid value: "{key}": duplicate of key present in binaryData', f"data[{key}]")
        for key in data
        if key in binary
    ]
    return [*data_causes(data, "data"), *both, *data_causes(binary, "binaryData"), *causes]


def validate_immutable(new: Object, old: Object) -> list[Cause]:
    """Returns what an update of an immutable ConfigMap or Secret may not change."""
    if not old.get("immutable"):
        return []
    causes = []
    message = "Forbidden: field is immutable when `immutable` is set"
    for field in ("immutable", "data", "binaryData"):
        if new.get(field) != old.get(field):
            causes.append(Cause("FieldValueForbidden", message, field))
    return causes


def validate_secret_update(new: Object, old: Object) -> list[Cause]:
    """Returns what an update of a Secret may not change: its type, and all of an immutable one."""
    causes = validate_immutable(new, old)
    if new.get("type") != old.get("type"):
        message = f'Invalid value: "{new.get("type")}": field is immutable'
        causes.insert(0, Cause("FieldValueInvalid", message, "type"))
    return causes


def configmap_row(configmap: Object, now: float) -> list[Any]:
    """Returns the cells of a ConfigMap's row."""
    count = len(configmap.get("data") or {}) + len(configmap.get("binaryData") or {})
    return [configmap["metadata"]["name"], count, age(configmap, now)]


def default_secret(secret: Object) -> Object:
    """Returns a Secret with its type, and with stringData written into data."""
    filled = {**secret, "type": secret.get("type") or "Opaque"}
    texts = filled.pop("stringData", None)
    if texts:
        encoded = {key: base64.b64encode(text.encode()).decode() for key, text in texts.items()}
        filled["data"] = {**(secret.get("data") or {}), **encoded}
    return filled


def secret_row(secret: Object, now: float) -> list[Any]:
    """Returns the cells of a Secret's row."""
    return [secret["metadata"]["name"], secret.get("type", ""), len(secret.get("data") or {}), age(secret, now)]


def serviceaccount_row(account: Object, now: float) -> list[Any]:
    """Returns the cells of a ServiceAccount's row."""
    return [account["metadata"]["name"], len(account.get("secrets") or ()), age(account, now)]


def lease_causes(lease: Object) -> list[Cause]:
    """Returns what is wrong with a Lease."""
    spec, wrong = lease.get("spec") or {}, []
    if spec.get("leaseDurationSeconds", 1) <= 0:
        wrong.append(invalid("spec.leaseDurationSeconds", spec["leaseDurationSeconds"], "must be greater than 0"))
    if spec.get("leaseTransitions", 0) < 0:
        why = "must be greater than or equal to 0"
        wrong.append(invalid("spec.leaseTransitions", spec["leaseTransitions"], why))
    return wrong


def lease_row(lease: Object, now: float) -> list[Any]:
    """Returns the cells of a Lease's row."""
    return [lease["metadata"]["name"], lease.get("spec", {}).get("holderIdentity") or "<none>", age(lease, now)]


def componentstatus_row(component: Object, now: float) -> list[Any]:
    """Returns the cells of a ComponentStatus' row."""
    healthy: Object = next((found for found in component.get("conditions") or () if found["type"] == "Healthy"), {})
    status = {"True": "Healthy", "False": "Unhealthy"}.get(healthy.get("status", ""), "Unknown")
    return [component["metadata"]["name"], status, healthy.get("message", ""), healthy.get("error", "")]


def event_row(event: Object, now: float) -> list[Any]:
    """Returns the cells of an Event's row."""
    involved, source = event.get("involvedObject") or {}, event.get("source") or {}
    first = ago(event.get("firstTimestamp") or event.get("eventTime"), now)
    last = ago(event.get("lastTimestamp") or event.get("eventTime"), now)
    component = event.get("reportingComponent") or source.get("component", "")
    host = event.get("reportingInstance") or source.get("host", "")
    return [
        last,
        event.get("type", ""),
        event.get("reason", ""),
        f"{involved.get('kind', '').lower()}/{involved.get('name', '')}",
        involved.get("fieldPath", ""),
        f"{component}, {host}" if host else component,
        event.get("message", "").strip(),
        first,
        event.get("count") or 1,
        event["metadata"]["name"],
    ]


RULES: dict[str, dict[str, Any]] = {
    "ConfigMap": {
        "validate": validate_configmap,
        "validate_update": validate_immutable,
        "columns": (NAME, Column("Data"), AGE),
        "row": configmap_row,
    },
    "Secret": {
        "default": default_secret,
        "validate_update": validate_secret_update,
        "columns": (NAME, Column("Type"), Column("Data"), AGE),
        "row": secret_row,
        "field_labels": ("type",),
    },
    "ServiceAccount": {"columns": (NAME, Column("Secrets"), AGE), "row": serviceaccount_row},
    "ComponentStatus": {
        "columns": (NAME, Column("Status"), Column("Message"), Column("Error")),
        "row": componentstatus_row,
    },
    "Lease": {"validate": lease_causes, "columns": (NAME, Column("Holder"), AGE), "row": lease_row},
    "Event": {
        "columns": (
            Column("Last Seen"),
            Column("Type"),
            Column("Reason"),
            Column("Object"),
            Column("Subobject", priority=1),
            Column("Source", priority=1),
            Column("Message"),
            Column("First Seen", priority=1),
            Column("Count", priority=1),
            Column("Name", priority=1),
        ),
        "row": event_row,
        "field_labels": (
            "involvedObject.kind",
            "involvedObject.namespace",
            "involvedObject.name",
            "involvedObject.uid",
            "involvedObject.apiVersion",
            "involvedObject.resourceVersion",
            "involvedObject.fieldPath",
            "reason",
            "reportingComponent",
            "source",
            "type",
        ),
    },
}
