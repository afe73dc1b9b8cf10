"""Makes Jobs when their time has come.

It looks at a CronJob when its next time is due and when one of its Jobs changes; nothing happens in between.
Source: pkg/controller/cronjob/cronjob_controllerv2.go and utils.go; kubernetes.io,
concepts/workloads/controllers/cron-jobs.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from kubelab.cluster import schedules
from kubelab.cluster.api.errors import AlreadyExists, ApiError
from kubelab.cluster.clock import parse_time, rfc3339
from kubelab.cluster.component import KeysOf, controller_of, itself
from kubelab.cluster.controllers.controller import Controller, service_account
from kubelab.cluster.controllers.job_sync import has_condition, is_finished
from kubelab.cluster.controllers.ownership import reference_to
from kubelab.cluster.kinds import CronJob, Job
from kubelab.cluster.objects import Key, Object, controller_ref, is_being_deleted, key_of, with_status
from kubelab.cluster.store import Change

DELTA = 0.1  # seconds after a scheduled time at which it is looked at
MANY = 100  # missed times
SCHEDULED = "batch.kubernetes.io/cronjob-scheduled-timestamp"


class CronJobController(Controller):
    """Makes a Job at each scheduled time of each CronJob, and clears away old ones."""

    name = "cronjob"
    user = service_account("cronjob-controller")
    source = "cronjob-controller"
    watches = {CronJob: itself, Job: controller_of(CronJob)}

    def _listener(self, keys_of: KeysOf) -> Callable[[Change], None]:
        def listen(change: Change) -> None:
            old, new = change.old, change.new
            if old is not None and new is not None and new["kind"] == CronJob.name and old["spec"] == new["spec"]:
                return  # its own status
            if old is not None and new is not None and new["kind"] == CronJob.name and rescheduled(old, new):
                self.wait_for_next(new)
                return
            for key in keys_of(self, change):
                self.later(key, self.pace)

        return listen

    def wait_for_next(self, cronjob: Object) -> None:
        """Looks at a CronJob that has another schedule now when that is due next."""
        schedule = self.schedule(cronjob)
        following = next_time(cronjob, self.now, schedule) if schedule is not None else None
        if following is not None:
            self.later(str(key_of(cronjob)), max(0.0, following + DELTA - self.now))

    def reconcile(self, key: str) -> None:
        """Sees what became of the CronJob's Jobs, makes the one that is due, and looks again at the next time."""
        cronjob = self.api.get(CronJob, Key.parse(key))
        if cronjob is None:
            return
        jobs = [
            job
            for job in self.api.indexed(Job, "owner", cronjob["metadata"]["uid"])
            if (controller_ref(job) or {}).get("uid") == cronjob["metadata"]["uid"]
        ]
        before = cronjob
        cronjob = self.without_missing(self.with_finished(cronjob, jobs), jobs)
        failure: ApiError | None = None
        try:
            cronjob = self.make_due(cronjob)
        except ApiError as error:
            failure = error
        cronjob = self.without_old(cronjob, jobs)
        if cronjob.get("status") != before.get("status"):
            self.api.update_status(CronJob, cronjob)
        if failure is not None:
            raise failure

    # what became of its Jobs

    def with_finished(self, cronjob: Object, jobs: list[Object]) -> Object:
        """Returns the CronJob with the Jobs that ended taken off its active ones."""
        for job in jobs:
            active = cronjob.get("status", {}).get("active") or ()
            known, name = any(found["uid"] == job["metadata"]["uid"] for found in active), job["metadata"]["name"]
            if not known and not is_finished(job):
                why = f"Saw a job that the controller did not create or forgot: {name}"
                self.api.event(cronjob, "Warning", "UnexpectedJob", why)
            elif known and is_finished(job):
                cronjob = without_active(cronjob, job["metadata"]["uid"])
                ended = "Complete" if has_condition(job, "Complete") else "Failed"
                self.api.event(cronjob, "Normal", "SawCompletedJob", f"Saw completed job: {name}, status: {ended}")
            completed = job.get("status", {}).get("completionTime")
            if completed and completed > cronjob.get("status", {}).get("lastSuccessfulTime", ""):
                cronjob = with_status(cronjob, lastSuccessfulTime=completed)
        return cronjob

    def without_missing(self, cronjob: Object, jobs: list[Object]) -> Object:
        """Returns the CronJob without the active Jobs that are not there any more."""
        there = {job["metadata"]["uid"] for job in jobs}
        for found in cronjob.get("status", {}).get("active") or ():
            if found["uid"] not in there:
                self.api.event(cronjob, "Normal", "MissingJob", f"Active job went missing: {found['name']}")
                cronjob = without_active(cronjob, found["uid"])
        return cronjob

    def without_old(self, cronjob: Object, jobs: list[Object]) -> Object:
        """Deletes the oldest Jobs that ended, beyond the limits of the history."""
        for ended, limit in (("Complete", "successfulJobsHistoryLimit"), ("Failed", "failedJobsHistoryLimit")):
            found = sorted((job for job in jobs if has_condition(job, ended)), key=_start)
            if cronjob["spec"].get(limit) is not None:
                for job in found[: max(0, len(found) - cronjob["spec"][limit])]:
                    cronjob = self.delete(cronjob, job)
        return cronjob

    def delete(self, cronjob: Object, job: Object) -> Object:
        """Deletes a Job; returns the CronJob without it."""
        self.api.delete(Job, key_of(job), propagation="Background")
        self.api.event(cronjob, "Normal", "SuccessfulDelete", f"Deleted job {job['metadata']['name']}")
        return without_active(cronjob, job["metadata"]["uid"])

    # making Jobs

    def make_due(self, cronjob: Object) -> Object:
        """Makes the Job whose time has come, if there is one; returns the CronJob with it."""
        spec, key = cronjob["spec"], str(key_of(cronjob))
        if is_being_deleted(cronjob) or spec.get("suspend"):
            return cronjob
        schedule = self.schedule(cronjob)
        if schedule is None:
            return cronjob
        due, missed = most_recent(cronjob, self.now, schedule, bounded=True)
        if due is not None:
            if missed > MANY:
                why = "too many missed start times. Set or decrease .spec.startingDeadlineSeconds or check clock skew"
                self.api.event(cronjob, "Warning", "TooManyMissedTimes", why)
            if self.may_start(cronjob, due):
                cronjob = self.start_job(self.without_running(cronjob), due)
        following = next_time(cronjob, self.now, schedule)
        if following is not None:
            self.later(key, max(0.0, following + DELTA - self.now))
        return cronjob

    def schedule(self, cronjob: Object) -> schedules.Schedule | None:
        """Returns the CronJob's schedule; tells why there is none."""
        spec = cronjob["spec"]
        try:
            return schedules.parse(spec["schedule"], spec.get("timeZone") or "")
        except schedules.ScheduleError as error:
            why = f'unparseable schedule: "{spec["schedule"]}" : {error}'
            self.api.event(cronjob, "Warning", "UnparseableSchedule", why)
            return None

    def may_start(self, cronjob: Object, due: float) -> bool:
        """Tells whether the Job of a scheduled time is to be made; tells why not."""
        spec, status = cronjob["spec"], cronjob.get("status", {})
        deadline, active = spec.get("startingDeadlineSeconds"), status.get("active") or ()
        if deadline is not None and due + deadline < self.now:
            when = datetime.fromtimestamp(due, UTC).strftime("%a, %d %b %Y %H:%M:%S +0000")
            self.api.event(cronjob, "Warning", "MissSchedule", f"Missed scheduled time to start a job: {when}")
            return False
        if any(found["name"] == job_name(cronjob, due) for found in active):
            return False
        if status.get("lastScheduleTime") == rfc3339(due):
            return False
        if spec["concurrencyPolicy"] == "Forbid" and active:
            why = "Not starting job because prior execution is running and concurrency policy is Forbid"
            self.api.event(cronjob, "Normal", "JobAlreadyActive", why)
            return False
        return True

    def without_running(self, cronjob: Object) -> Object:
        """Deletes what still runs, where the new Job is to take its place."""
        if cronjob["spec"]["concurrencyPolicy"] == "Replace":
            for found in cronjob.get("status", {}).get("active") or ():
                job = self.api.get(Job, Key(found["namespace"], found["name"]))
                if job is not None:
                    cronjob = self.delete(cronjob, job)
        return cronjob

    def start_job(self, cronjob: Object, due: float) -> Object:
        """Makes the Job of a scheduled time; returns the CronJob with it."""
        try:
            job = self.api.create(Job, job_of(cronjob, due))
            self.api.event(cronjob, "Normal", "SuccessfulCreate", f"Created job {job['metadata']['name']}")
        except AlreadyExists:
            found = self.api.get(Job, Key(cronjob["metadata"]["namespace"], job_name(cronjob, due)))
            if found is None or (controller_ref(found) or {}).get("uid") != cronjob["metadata"]["uid"]:
                return cronjob
            job = found
        except ApiError as error:
            if not any(cause.get("reason") == "NamespaceTerminating" for cause in error.details.get("causes", ())):
                self.api.event(cronjob, "Warning", "FailedCreate", f"Error creating job: {error.message}")
            raise
        metadata = job["metadata"]
        reference = {"apiVersion": Job.api_version, "kind": Job.name}
        reference.update({field: metadata[field] for field in ("name", "namespace", "uid", "resourceVersion")})
        active = [*(cronjob.get("status", {}).get("active") or ()), reference]
        return with_status(cronjob, active=active, lastScheduleTime=rfc3339(due))


def rescheduled(old: Object, new: Object) -> bool:
    """Tells whether an update gave a CronJob other times."""
    return any(old["spec"].get(field) != new["spec"].get(field) for field in ("schedule", "timeZone"))


def without_active(cronjob: Object, uid: str) -> Object:
    """Returns a CronJob without one of its active Jobs."""
    status = cronjob.get("status", {})
    left = [found for found in status.get("active") or () if found["uid"] != uid]
    rest = {field: value for field, value in status.items() if field != "active"}
    return {**cronjob, "status": {**rest, "active": left} if left else rest}


def job_name(cronjob: Object, due: float) -> str:
    """Returns the name of the Job of a scheduled time, which is the same however often it is made."""
    return f"{cronjob['metadata']['name']}-{int(due) // 60}"


def job_of(cronjob: Object, due: float) -> Object:
    """Returns the Job of a scheduled time."""
    template = cronjob["spec"]["jobTemplate"]
    inner = template.get("metadata") or {}
    zone = schedules.time_zone(cronjob["spec"].get("timeZone") or "UTC") or UTC
    when = datetime.fromtimestamp(due, zone).isoformat().replace("+00:00", "Z")
    metadata: Object = {
        "name": job_name(cronjob, due),
        "namespace": cronjob["metadata"]["namespace"],
        "annotations": {**(inner.get("annotations") or {}), SCHEDULED: when},
        "ownerReferences": [reference_to(cronjob, CronJob)],
    }
    if inner.get("labels"):
        metadata["labels"] = inner["labels"]
    return {"apiVersion": Job.api_version, "kind": Job.name, "metadata": metadata, "spec": template["spec"]}


def most_recent(
    cronjob: Object, now: float, schedule: schedules.Schedule, *, bounded: bool
) -> tuple[float | None, int]:
    """Returns the last scheduled time that has come and was not seen to, and how many there were, roughly.

    Args:
        bounded: leave out those that are too late by spec.startingDeadlineSeconds.
    """
    since = earliest(cronjob)
    deadline = cronjob["spec"].get("startingDeadlineSeconds")
    if bounded and deadline is not None:
        since = max(since, now - deadline)
    first = schedule.next(since)
    if first is None or now < first:
        return None, 0
    second = schedule.next(first)
    if second is None or now < second:
        return first, 0
    between = int(second - first)
    missed = int(now - first) // between + 1
    found, time = None, schedule.next(first + (missed - 2) * between)
    while time is not None and time <= now:
        found, time = time, schedule.next(time)
    return found, missed


def next_time(cronjob: Object, now: float, schedule: schedules.Schedule) -> float | None:
    """Returns the scheduled time that comes next."""
    found, missed = most_recent(cronjob, now, schedule, bounded=False)
    if found is None:
        found = now if missed else earliest(cronjob)
    return schedule.next(found)


def earliest(cronjob: Object) -> float:
    """Returns the time after which scheduled times count: the last one that was seen to, or the creation."""
    last = cronjob.get("status", {}).get("lastScheduleTime")
    return parse_time(last or cronjob["metadata"]["creationTimestamp"])


def _start(job: Object) -> tuple[bool, str, str]:
    start = job.get("status", {}).get("startTime")
    return start is None, start or "", job["metadata"]["name"]
