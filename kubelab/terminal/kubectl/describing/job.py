"""kubectl describe job."""

from __future__ import annotations

from kubelab.cluster.ages import human_duration
from kubelab.cluster.clock import parse_time
from kubelab.cluster.objects import Object
from kubelab.cluster.selectors import from_label_selector
from kubelab.terminal.kubectl.describing.description import NONE, UNSET, Description
from kubelab.terminal.kubectl.describing.events import tell_events
from kubelab.terminal.kubectl.describing.metadata import controlled_by, head, marks, time_text
from kubelab.terminal.kubectl.describing.template import pod_template

MOST_INDEXES = 50  # letters


def describe(out: Description, job: Object) -> None:
    """Writes the description of a Job."""
    spec, status = job["spec"], job.get("status") or {}
    head(out, job)
    out.field("Selector", str(from_label_selector(spec.get("selector"))))
    marks(out, job)
    controlled_by(out, job)
    _wanted(out, spec)
    _times(out, spec, status)
    ready = f" ({status['ready']} Ready)" if status.get("ready") is not None else ""
    counts = [f"{status.get('active', 0)} Active{ready}", f"{status.get('succeeded', 0)} Succeeded"]
    out.field("Pods Statuses", " / ".join((*counts, f"{status.get('failed', 0)} Failed")))
    if spec.get("completionMode") == "Indexed":
        out.field("Completed Indexes", _indexes(status.get("completedIndexes", "")))
    pod_template(out, spec["template"])
    tell_events(out, job)


def _wanted(out: Description, spec: Object) -> None:
    if spec.get("parallelism") is not None:
        out.field("Parallelism", str(spec["parallelism"]))
    out.field("Completions", str(spec.get("completions", UNSET)))
    for label, name in (
        ("Completion Mode", "completionMode"),
        ("Suspend", "suspend"),
        ("Backoff Limit", "backoffLimit"),
        ("TTL Seconds After Finished", "ttlSecondsAfterFinished"),
    ):
        if spec.get(name) is not None:
            out.field(label, spec[name])


def _times(out: Description, spec: Object, status: Object) -> None:
    start, completion = status.get("startTime"), status.get("completionTime")
    if start:
        out.field("Start Time", time_text(start))
    if completion:
        out.field("Completed At", time_text(completion))
    if start and completion:
        out.field("Duration", human_duration(parse_time(completion) - parse_time(start)))
    if spec.get("activeDeadlineSeconds") is not None:
        out.field("Active Deadline Seconds", f"{spec['activeDeadlineSeconds']}s")


def _indexes(text: str) -> str:
    if not text:
        return NONE
    comma = text.find(",", MOST_INDEXES)
    return f"{text[: comma + 1]}..." if comma >= 0 else text


DESCRIBERS = {"Job": describe}
