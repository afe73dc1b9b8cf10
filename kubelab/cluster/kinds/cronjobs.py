"""CronJob: its defaults and what it may not be.

Source: pkg/apis/batch/v1/defaults.go, pkg/apis/batch/validation/validation.go (validateCronJobSpec).
"""

from __future__ import annotations

import json
import re
from typing import Any

from kubelab.cluster import schedules
from kubelab.cluster.kinds.causes import invalid, required, unsupported
from kubelab.cluster.kinds.container_restarts import causes_at
from kubelab.cluster.kinds.jobs import job_causes
from kubelab.cluster.kinds.kind import Cause
from kubelab.cluster.kinds.workloads import default_template, prepare_create
from kubelab.cluster.objects import Object

LONGEST_NAME = 52  # its Jobs' names have eleven letters more
POLICIES = ("Allow", "Forbid", "Replace")
LIMITS = ("successfulJobsHistoryLimit", "failedJobsHistoryLimit")


def default_cronjob(cronjob: Object) -> Object:
    """Returns a CronJob with its defaults; its Jobs get theirs when they are made."""
    spec = cronjob.get("spec") or {}
    template = spec.get("jobTemplate") or {}
    metadata = {name: value for name, value in (template.get("metadata") or {}).items() if value is not None}
    filled = {
        **spec,
        "concurrencyPolicy": spec.get("concurrencyPolicy") or "Allow",
        "suspend": spec.get("suspend") or False,
        "successfulJobsHistoryLimit": spec.get("successfulJobsHistoryLimit", 3),
        "failedJobsHistoryLimit": spec.get("failedJobsHistoryLimit", 1),
        "jobTemplate": {**template, "metadata": metadata, "spec": default_template(template.get("spec") or {})},
    }
    return {**cronjob, "spec": filled}


def validate_cronjob(cronjob: Object) -> list[Cause]:
    """Returns what is wrong with a CronJob."""
    spec = cronjob["spec"]
    causes = _schedule_causes(spec)
    if spec.get("startingDeadlineSeconds", 0) < 0:
        why = "must be greater than or equal to 0"
        causes.append(invalid("spec.startingDeadlineSeconds", spec["startingDeadlineSeconds"], why))
    causes += _zone_causes(spec.get("timeZone"))
    if spec["concurrencyPolicy"] not in POLICIES:
        causes.append(unsupported("spec.concurrencyPolicy", spec["concurrencyPolicy"], POLICIES))
    job = spec["jobTemplate"]["spec"]
    causes += job_causes(job, "spec.jobTemplate.spec")
    if job.get("selector") is not None:
        shown = json.dumps(job["selector"], separators=(",", ":"))
        why = f"Invalid value: {shown}: `selector` will be auto-generated"
        causes.append(Cause("FieldValueInvalid", why, "spec.jobTemplate.spec.selector"))
    if job.get("manualSelector"):
        causes.append(unsupported("spec.jobTemplate.spec.manualSelector", "true", ("nil", "false")))
    for field in LIMITS:
        if spec[field] < 0:
            causes.append(invalid(f"spec.{field}", spec[field], "must be greater than or equal to 0"))
    return causes + _name_causes(cronjob)


def _name_causes(cronjob: Object) -> list[Cause]:
    name = cronjob["metadata"]["name"]
    if len(name) <= LONGEST_NAME or cronjob.get("status"):
        return []
    return [invalid("metadata.name", name, f"must be no more than {LONGEST_NAME} characters")]


def _schedule_causes(spec: Object) -> list[Cause]:
    schedule = spec.get("schedule")
    if not schedule:
        return [required("spec.schedule")]
    causes: list[Cause] = []
    try:
        schedules.parse(schedule)
    except schedules.ScheduleError as error:
        causes.append(invalid("spec.schedule", schedule, str(error)))
    if "TZ" in schedule:
        why = "cannot use TZ or CRON_TZ in schedule, use timeZone field instead"
        causes.append(invalid("spec.schedule", schedule, why))
    return causes


def _zone_causes(zone: str | None) -> list[Cause]:
    if zone is None:
        return []
    if not zone:
        return [invalid("spec.timeZone", zone, "timeZone must be nil or non-empty string")]
    unknown = invalid("spec.timeZone", zone, f"unknown time zone {zone}")
    for part in zone.split("/"):
        if part in (".", "..") or part.startswith("-") or not re.fullmatch(r"[A-Za-z._0-9+-]{1,14}", part):
            return [unknown]
    if zone.lower() == "local":
        why = "timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones"
        return [invalid("spec.timeZone", zone, why)]
    return [] if schedules.time_zone(zone) is not None else [unknown]


RULES: dict[str, dict[str, Any]] = {
    "CronJob": {
        "default": default_cronjob,
        "validate": validate_cronjob,
        "validate_in": causes_at("spec", "jobTemplate", "spec", "template", "spec"),
        "prepare_create": prepare_create,
    },
}
