"""What describers tell of every object: names, labels, annotations, times, owners."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

from kubelab.cluster.ages import human_duration
from kubelab.cluster.clock import parse_time
from kubelab.cluster.objects import Object, annotations_of, controller_ref, labels_of
from kubelab.terminal.kubectl.describing.description import NONE, Description

LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
LONGEST = 140  # letters of an annotation's line
ZERO_TIME = "Mon, 01 Jan 0001 00:00:00 +0000"


def head(out: Description, obj: Object, *, namespaced: bool = True) -> None:
    """Writes the name and the namespace."""
    out.field("Name", obj["metadata"]["name"])
    if namespaced:
        out.field("Namespace", obj["metadata"].get("namespace", ""))


def marks(out: Description, obj: Object) -> None:
    """Writes the labels and the annotations."""
    pairs(out, "Labels", labels_of(obj))
    annotation_lines(out, "Annotations", annotations_of(obj))


def lines(out: Description, title: str, texts: Iterable[str]) -> None:
    """Writes a title and texts below each other in the second column."""
    found = list(texts) or [NONE]
    out.put(f"{title}:\t{found[0]}\n")
    for text in found[1:]:
        out.put(f"\t{text}\n")


def pairs(out: Description, title: str, labels: Mapping[str, str]) -> None:
    """Writes labels below each other, sorted."""
    lines(out, title, [f"{key}={labels[key]}" for key in sorted(labels)])


def pairs_text(labels: Mapping[str, str] | None) -> str:
    """Returns labels on one line (labels.FormatLabels)."""
    return ",".join(f"{key}={(labels or {})[key]}" for key in sorted(labels or {})) or NONE


def annotation_lines(out: Description, title: str, found: Mapping[str, str]) -> None:
    """Writes annotations below each other, long ones in lines of their own; what apply keeps is left out."""
    shown = sorted(key for key in found if key != LAST_APPLIED)
    out.put(f"{title}:\t")
    if not shown:
        out.put(f"{NONE}\n")
    for place, key in enumerate(shown):
        if place:
            out.put("\t")
        value = found[key].removesuffix("\n")
        if len(value) + len(key) + 2 > LONGEST or "\n" in value:
            out.put(f"{key}:\n")
            for line in value.split("\n"):
                out.put(f"\t  {shortened(line, LONGEST - 2)}\n")
        else:
            out.put(f"{key}: {value}\n")


def shortened(text: str, most: int) -> str:
    """Returns `text`, cut with dots where it is longer."""
    return f"{text[:most]}..." if len(text) > most else text


def time_text(timestamp: str | None) -> str:
    """Returns a time as RFC 1123 writes it, with the zone's number."""
    if not timestamp:
        return ZERO_TIME
    return datetime.fromtimestamp(parse_time(timestamp), UTC).strftime("%a, %d %b %Y %H:%M:%S +0000")


def since(now: float, timestamp: str | None) -> str:
    """Returns how long ago a time is."""
    return human_duration(now - parse_time(timestamp)) if timestamp else "<unknown>"


def created(out: Description, obj: Object) -> None:
    """Writes when an object was created."""
    out.field("CreationTimestamp", time_text(obj["metadata"].get("creationTimestamp")))


def controlled_by(out: Description, obj: Object) -> None:
    """Writes the controller of an object, if it has one."""
    owner = controller_ref(obj)
    if owner is not None:
        out.field("Controlled By", f"{owner['kind']}/{owner['name']}")


def conditions(out: Description, status: Object) -> None:
    """Writes the conditions of a workload."""
    if status.get("conditions"):
        out.heading("Conditions")
        out.row(("Type", "Status", "Reason"))
        out.row(("----", "------", "------"))
        for found in status["conditions"]:
            out.row((f"{found['type']} ", found["status"], found.get("reason", "")))


def boolean(value: bool | None, missing: str = "<unset>") -> str:
    """Returns True or False as describe writes them."""
    return missing if value is None else "True" if value else "False"
