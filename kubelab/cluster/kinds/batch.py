"""Job and CronJob: how they stand in a table.

Source: pkg/printers/internalversion/printers.go.
"""

from __future__ import annotations

from typing import Any

from kubelab.cluster.ages import age, ago, human_duration
from kubelab.cluster.clock import parse_time
from kubelab.cluster.kinds.kind import Column
from kubelab.cluster.objects import Object, is_being_deleted
from kubelab.cluster.selectors import from_label_selector

NAME, AGE = Column("Name", format="name"), Column("Age")
WIDE = (Column("Containers", priority=1), Column("Images", priority=1), Column("Selector", priority=1))
# The first of these conditions that a Job has is its status; before it, "Terminating" may come in after the second.
_ENDED = (("Complete", "Complete"), ("Failed", "Failed"))
_ON_THE_WAY = (
    ("Suspended", "Suspended"),
    ("FailureTarget", "FailureTarget"),
    ("SuccessCriteriaMet", "SuccessCriteriaMet"),
)


def job_status(job: Object) -> str:
    """Returns the STATUS column of a Job."""
    conditions = (job.get("status") or {}).get("conditions") or ()
    true = {found["type"] for found in conditions if found["status"] == "True"}
    ended = next((text for kind, text in _ENDED if kind in true), "")
    if ended or is_being_deleted(job):
        return ended or "Terminating"
    return next((text for kind, text in _ON_THE_WAY if kind in true), "Running")


def completions(job: Object) -> str:
    """Returns the COMPLETIONS column of a Job: 1/3, or 0/1 of 2 where it has no number to reach."""
    spec, succeeded = job["spec"], (job.get("status") or {}).get("succeeded", 0)
    if spec.get("completions") is not None:
        return f"{succeeded}/{spec['completions']}"
    parallelism = spec.get("parallelism") or 0
    return f"{succeeded}/1 of {parallelism}" if parallelism > 1 else f"{succeeded}/1"


def _containers(template: Object) -> tuple[str, str]:
    """Returns the names of a template's containers, and their images."""
    found = (template.get("spec") or {}).get("containers") or ()
    return ",".join(each["name"] for each in found), ",".join(each.get("image", "") for each in found)


def _duration(job: Object, now: float) -> str:
    status = job.get("status") or {}
    if not status.get("startTime"):
        return ""
    end = parse_time(status["completionTime"]) if status.get("completionTime") else now
    return human_duration(end - parse_time(status["startTime"]))


def job_row(job: Object, now: float) -> list[Any]:
    """Returns the cells of a Job's row."""
    return [
        job["metadata"]["name"],
        job_status(job),
        completions(job),
        _duration(job, now),
        age(job, now),
        *_containers(job["spec"].get("template") or {}),
        str(from_label_selector(job["spec"].get("selector"))) or "<none>",
    ]


def cronjob_row(cronjob: Object, now: float) -> list[Any]:
    """Returns the cells of a CronJob's row."""
    spec, status = cronjob["spec"], cronjob.get("status") or {}
    template = (spec.get("jobTemplate") or {}).get("spec") or {}
    suspended = spec.get("suspend")
    return [
        cronjob["metadata"]["name"],
        spec.get("schedule", ""),
        spec.get("timeZone") or "<none>",
        "<unset>" if suspended is None else str(suspended),
        len(status.get("active") or ()),
        ago(status["lastScheduleTime"], now) if status.get("lastScheduleTime") else "<none>",
        age(cronjob, now),
        *_containers(template.get("template") or {}),
        str(from_label_selector(template.get("selector"))) or "<none>",
    ]


RULES: dict[str, dict[str, Any]] = {
    "Job": {
        "columns": (NAME, Column("Status"), Column("Completions"), Column("Duration"), AGE, *WIDE),
        "row": job_row,
    },
    "CronJob": {
        "columns": (
            NAME,
            Column("Schedule"),
            Column("Timezone"),
            Column("Suspend", "boolean"),
            Column("Active", "integer"),
            Column("Last Schedule"),
            AGE,
            *WIDE,
        ),
        "row": cronjob_row,
    },
}
