"""kubectl describe cronjob."""

from __future__ import annotations

from kubelab.cluster.objects import Object
from kubelab.cluster.selectors import from_label_selector
from kubelab.terminal.kubectl.describing.description import NONE, UNSET, Description
from kubelab.terminal.kubectl.describing.events import tell_events
from kubelab.terminal.kubectl.describing.metadata import boolean, head, marks, time_text
from kubelab.terminal.kubectl.describing.template import pod_template


def describe(out: Description, cronjob: Object) -> None:
    """Writes the description of a CronJob."""
    spec, status = cronjob["spec"], cronjob.get("status") or {}
    head(out, cronjob)
    marks(out, cronjob)
    deadline = spec.get("startingDeadlineSeconds")
    out.fields(
        (
            ("Schedule", spec.get("schedule", "")),
            ("Concurrency Policy", spec.get("concurrencyPolicy", "")),
            ("Suspend", boolean(spec.get("suspend"))),
        )
    )
    if out.minor >= _TIME_ZONE_SINCE:
        out.field("Time Zone", spec.get("timeZone", UNSET))
    out.fields(
        (
            ("Successful Job History Limit", spec.get("successfulJobsHistoryLimit", UNSET)),
            ("Failed Job History Limit", spec.get("failedJobsHistoryLimit", UNSET)),
            ("Starting Deadline Seconds", UNSET if deadline is None else f"{deadline}s"),
        )
    )
    _job_template(out, (spec.get("jobTemplate") or {}).get("spec") or {})
    last = status.get("lastScheduleTime")
    out.field("Last Schedule Time", time_text(last) if last else UNSET)
    out.field("Active Jobs", ", ".join(job.get("name", "") for job in status.get("active") or ()) or NONE)
    tell_events(out, cronjob)


_TIME_ZONE_SINCE = 36


def _job_template(out: Description, spec: Object) -> None:
    selector = spec.get("selector")
    out.field("Selector", UNSET if selector is None else str(from_label_selector(selector)))
    out.fields((("Parallelism", spec.get("parallelism", UNSET)), ("Completions", spec.get("completions", UNSET))))
    if spec.get("activeDeadlineSeconds") is not None:
        out.field("Active Deadline Seconds", f"{spec['activeDeadlineSeconds']}s")
    pod_template(out, spec.get("template") or {})


DESCRIBERS = {"CronJob": describe}
