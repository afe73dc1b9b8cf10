"""The events of an object, oldest last seen first, with their ages: `12s (x3 over 40s)`."""

from __future__ import annotations

from kubelab.cluster.api.errors import ApiError
from kubelab.cluster.clock import parse_time
from kubelab.cluster.objects import Object
from kubelab.terminal.kubectl.describing.description import Description
from kubelab.terminal.kubectl.describing.metadata import since
from kubelab.terminal.kubectl.gosort import go_sorted_by


def tell_events(out: Description, obj: Object) -> None:
    """Writes the events that are about an object."""
    if out.with_events:
        metadata = obj["metadata"]
        found = search(out, metadata["name"], metadata.get("namespace", ""), obj["kind"], metadata.get("uid", ""))
        write_events(out, found)


def search(out: Description, name: str, namespace: str, kind: str, uid: str) -> list[Object]:
    """Returns the events about an object; parts that are "" do not matter."""
    wanted = {"name": name, "namespace": namespace, "kind": kind, "uid": uid}
    selector = ",".join(
        f"involvedObject.{part}={value}" for part, value in wanted.items() if value or part == "namespace"
    )
    event = out.api.kinds.by_gvk("v1", "Event")
    if event is None:
        return []
    try:
        return out.api.list(event, namespace, fields=selector)
    except ApiError:
        return []


def write_events(out: Description, events: list[Object]) -> None:
    """Writes the section of the events."""
    if not events:
        out.field("Events", "<none>")
        return
    out.flush()
    out.heading("Events")
    out.row(("Type", "Reason", "Age", "From", "Message"))
    out.row(("----", "------", "----", "----", "-------"))
    for event in go_sorted_by(events, lambda event: event.get("lastTimestamp") or "", out.minor):
        message = event.get("message", "").strip()
        field_path = event["involvedObject"].get("fieldPath")
        out.row(
            (
                event.get("type", ""),
                event.get("reason", ""),
                interval(out.now, event),
                (event.get("source") or {}).get("component") or event.get("reportingComponent", ""),
                f"{field_path}: {message}" if field_path and out.minor >= _FIELD_PATH_SINCE else message,
            )
        )


_FIELD_PATH_SINCE = 35  # so that one sees which container is meant


def interval(now: float, event: Object) -> str:
    """Returns when an event was seen last, and how often since when."""
    first = since(now, event.get("eventTime") or event.get("firstTimestamp"))
    series = event.get("series")
    if series:
        return f"{since(now, series.get('lastObservedTime'))} (x{series.get('count', 0)} over {first})"
    if event.get("count", 0) > 1:
        return f"{since(now, event.get('lastTimestamp'))} (x{event['count']} over {first})"
    return first


def seen_at(event: Object) -> float:
    """Returns when an event was seen last, in seconds since the epoch."""
    timestamp = (
        (event.get("series") or {}).get("lastObservedTime") or event.get("lastTimestamp") or event.get("eventTime")
    )
    return parse_time(timestamp) if timestamp else 0.0
