"""One look at a Job: counts the Pods that ended, makes and deletes Pods, decides whether the Job is done.

A Pod is counted once: it is noted as ended in the status, its finalizer is taken off, then the number goes up.
Source: pkg/controller/job/job_controller.go (syncJob, manageJob, trackJobStatusAndRemoveFinalizers).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kubelab.cluster.api.client import Client
from kubelab.cluster.api.errors import ApiError
from kubelab.cluster.clock import parse_time
from kubelab.cluster.controllers import job_backoff, job_indexes, job_policies
from kubelab.cluster.controllers.job_indexes import index_of, is_indexed
from kubelab.cluster.controllers.job_pods import new_pods
from kubelab.cluster.controllers.pods import by_deletion_rank, is_active, is_ready, phase
from kubelab.cluster.kinds import Job, Pod
from kubelab.cluster.objects import Object, is_being_deleted, key_of

if TYPE_CHECKING:
    from kubelab.cluster.controllers.controller import Controller

FINALIZER = "batch.kubernetes.io/job-tracking"
MOST_AT_ONCE = 500  # Pods that one sync makes or deletes at the most
REACHED = ("CompletionsReached", "Reached expected number of succeeded pods")


def is_finished(job: Object) -> bool:
    """Tells whether the Job has completed or failed."""
    return any(has_condition(job, name) for name in ("Complete", "Failed"))


def has_condition(job: Object, name: str) -> Object | None:
    """Returns the condition of that type, where it is True."""
    for found in job.get("status", {}).get("conditions") or ():
        if found["type"] == name and found["status"] == "True":
            condition: Object = found
            return condition
    return None


def without_finalizer(api: Client, pod: Object) -> None:
    """Lets a Pod go that was held until it was counted."""
    left = [found for found in pod["metadata"].get("finalizers") or () if found != FINALIZER]
    if len(left) != len(pod["metadata"].get("finalizers") or ()):
        api.patch(Pod, key_of(pod), {"metadata": {"finalizers": left or None}})


class JobSync:
    """What is known and done during one look.

    Args:
        controller: whose look it is.
        pods: the Job's own Pods.
    """

    def __init__(self, controller: Controller, job: Object, pods: list[Object]) -> None:
        self.controller, self.api, self.now = controller, controller.api, controller.now
        self.job, self.spec = job, job["spec"]
        self.status: Object = {"uncountedTerminatedPods": {}, **job.get("status", {})}
        self.pods = sorted(pods, key=index_of) if is_indexed(job) else pods
        self.active_pods = [pod for pod in pods if is_active(pod)]
        self.active = len(self.active_pods)
        self.ready = sum(map(is_ready, self.active_pods))
        self.terminating = sum(is_being_deleted(pod) and not _ended(pod) for pod in pods)
        self.done: Object | None = None  # the condition that ends the Job
        self.succeeded_indexes: set[int] = set()
        self.failed_indexes: set[int] | None = None
        self.delayed: dict[int, Object] = {}  # the failed Pod of each index that waits for its replacement
        self.failure: ApiError | None = None

    def run(self) -> ApiError | None:
        """Does all of it; returns the error that stopped the making of Pods."""
        uncounted = self.status["uncountedTerminatedPods"]
        succeeded = [pod for pod in self.pods if self.is_new(pod, "succeeded") and phase(pod) == "Succeeded"]
        failed = [pod for pod in self.pods if self.is_new(pod, "failed") and self.has_failed(pod)]
        self.succeeded = self.status.get("succeeded", 0) + len(succeeded) + len(uncounted.get("succeeded") or ())
        counting = [pod for pod in failed if job_policies.verdict(self.job, pod).counts]
        self.failed = self.status.get("failed", 0) + len(counting) + len(uncounted.get("failed") or ())
        if "startTime" not in self.status and not self.spec.get("suspend"):
            self.status["startTime"] = self.controller.clock.timestamp()
        self.backoff = job_backoff.remembered(self.controller.store, self.job).after(succeeded, failed)
        self.done = self.ended_already() or self.failure_condition()
        if is_indexed(self.job):
            self.look_at_indexes()
        if self.done is not None:
            self.delete_active()
        else:
            self.manage_or_complete()
        self.status.update(active=self.active, ready=self.ready, terminating=self.terminating)
        self.track()
        return self.failure

    # what is there

    def is_new(self, pod: Object, outcome: str) -> bool:
        """Tells whether a Pod has still to be counted."""
        if FINALIZER not in (pod["metadata"].get("finalizers") or ()):
            return False
        if pod["metadata"]["uid"] in (self.status["uncountedTerminatedPods"].get(outcome) or ()):
            return False
        return not is_indexed(self.job) or 0 <= index_of(pod) < self.spec["completions"]

    def has_failed(self, pod: Object) -> bool:
        """Tells whether a Pod counts as failed; one that is being deleted does, unless only failed ones do."""
        if phase(pod) == "Failed":
            return True
        return is_being_deleted(pod) and phase(pod) != "Succeeded" and not self.replaces_only_failed

    @property
    def replaces_only_failed(self) -> bool:
        """Tells whether a Pod that is being deleted is replaced only once it has ended."""
        return bool(self.spec.get("podReplacementPolicy") == "Failed")

    # whether the Job is done

    def condition(self, name: str, reason: str, message: str, value: str = "True") -> Object:
        """Returns a condition of the Job."""
        now = self.controller.clock.timestamp()
        made: Object = {"type": name, "status": value, "lastProbeTime": now, "lastTransitionTime": now}
        said = {"reason": reason, "message": message}
        return {**made, **{field: text for field, text in said.items() if text}}

    def ended_already(self) -> Object | None:
        """Returns the condition that an earlier look found."""
        met = has_condition(self.job, "SuccessCriteriaMet")
        target = has_condition(self.job, "FailureTarget")
        if met is None and target is not None:
            return self.condition("Failed", target.get("reason", ""), target.get("message", ""))
        return met

    def failure_condition(self) -> Object | None:
        """Returns why the Job fails, if it does."""
        for pod in self.pods:
            if self.has_failed(pod) and (why := job_policies.verdict(self.job, pod).failure):
                return self.condition("FailureTarget", "PodFailurePolicy", why)
        if self.failed > self.spec["backoffLimit"] or self.has_restarted_too_often():
            why = "Job has reached the specified backoff limit"
            return self.condition("FailureTarget", "BackoffLimitExceeded", why)
        deadline, start = self.spec.get("activeDeadlineSeconds"), self.status.get("startTime")
        resumes = has_condition(self.job, "Suspended") is not None  # the clock starts anew
        if deadline is not None and start and not self.spec.get("suspend") and not resumes:
            left = parse_time(start) + deadline - self.now
            if left <= 0:
                why = "Job was active longer than specified deadline"
                return self.condition("FailureTarget", "DeadlineExceeded", why)
            self.controller.later(str(key_of(self.job)), left)
        return None

    def has_restarted_too_often(self) -> bool:
        """Tells whether containers that restart in place have used up the back-off limit."""
        if self.spec["template"]["spec"].get("restartPolicy") != "OnFailure":
            return False
        restarts = sum(
            container.get("restartCount", 0)
            for pod in self.pods
            if not _ended(pod)
            for field in ("initContainerStatuses", "containerStatuses")
            for container in pod.get("status", {}).get(field) or ()
        )
        return bool(restarts >= max(1, self.spec["backoffLimit"]))

    def look_at_indexes(self) -> None:
        """Finds out which indexes have succeeded or failed, and whether that ends the Job."""
        completions = self.spec["completions"]
        self.counted_indexes = job_indexes.parse(self.status.get("completedIndexes", ""), completions)
        new = {index_of(pod) for pod in self.pods if phase(pod) == "Succeeded" and self.is_new(pod, "")}
        self.succeeded_indexes = self.counted_indexes | new
        self.succeeded = len(self.succeeded_indexes)
        if self.spec.get("backoffLimitPerIndex") is not None:
            self.look_at_failed_indexes(completions)
        if self.done is None and (why := job_policies.success(self.job, self.succeeded_indexes)):
            self.done = self.condition("SuccessCriteriaMet", "SuccessPolicy", why)

    def look_at_failed_indexes(self, completions: int) -> None:
        """The same for indexes that have their own back-off limit (KEP-3850)."""
        failed = [pod for pod in self.pods if self.is_new(pod, "") and self.has_failed(pod)]
        given_up = {index_of(pod) for pod in failed if self.gives_index_up(pod)}
        known = job_indexes.parse(self.status.get("failedIndexes") or "", completions)
        self.failed_indexes = (known | given_up) - self.succeeded_indexes
        if self.done is None:
            most, total = self.spec.get("maxFailedIndexes"), len(self.failed_indexes)
            if most is not None and total > most:
                why = "Job has exceeded the specified maximal number of failed indexes"
                self.done = self.condition("FailureTarget", "MaxFailedIndexesExceeded", why)
            elif total and total + len(self.succeeded_indexes) >= completions:
                self.done = self.condition("FailureTarget", "FailedIndexes", "Job has failed indexes")
        settled = self.succeeded_indexes | self.failed_indexes | set(map(index_of, self.active_pods))
        for pod in sorted(failed, key=lambda pod: (_all_failures(pod), job_backoff.finished_at(pod))):
            if index_of(pod) not in settled:
                self.delayed[index_of(pod)] = pod

    def gives_index_up(self, pod: Object) -> bool:
        """Tells whether a Pod's failure is the last that its index may have."""
        found = job_policies.verdict(self.job, pod)
        if found.action == "FailIndex":
            return True
        return found.counts and job_indexes.failure_count(pod) >= self.spec["backoffLimitPerIndex"]

    # making and deleting Pods

    def delete(self, pods: list[Object]) -> None:
        """Deletes Pods that are active."""
        for pod in pods:
            self.api.delete(Pod, key_of(pod))
            self.api.event(self.job, "Normal", "SuccessfulDelete", f"Deleted pod: {pod['metadata']['name']}")
            self.ready -= is_ready(pod)
        self.active -= len(pods)
        self.terminating += len(pods)

    def delete_active(self) -> None:
        """Deletes what still runs of a Job that is done."""
        self.delete(self.active_pods)

    def manage_or_complete(self) -> None:
        """Brings the Pods to the number that is wanted; finds out whether that is none any more."""
        managed = not is_being_deleted(self.job)
        if managed:
            self.manage()
        completions = self.spec.get("completions")
        if self.succeeded >= (1 if completions is None else completions) and not self.active:
            self.done = self.condition("SuccessCriteriaMet", *REACHED)
        elif managed:
            self.tell_suspension()

    def manage(self) -> None:
        """Makes missing Pods, unless it is too early after failures; deletes those that are too many."""
        if self.spec.get("suspend"):
            self.remove(self.for_removal(self.active))
            return
        wanted = self.wanted()
        surplus = self.for_removal(max(0, self.active - wanted))[:MOST_AT_ONCE]
        if surplus:
            self.remove(surplus)
            return
        missing = wanted - self.active - (self.terminating if self.replaces_only_failed else 0)
        if missing <= 0:
            return
        indexes, wait = self.indexes_to_make(min(missing, MOST_AT_ONCE))
        if wait:
            self.controller.later(str(key_of(self.job)), max(wait, 1.0))
            self.active = 0  # what the real controller writes while it waits
            return
        for pod in new_pods(self.job, FINALIZER, indexes, self.delayed):
            try:
                created = self.api.create(Pod, pod)
            except ApiError as error:
                if not any(cause.get("reason") == "NamespaceTerminating" for cause in error.details.get("causes", ())):
                    self.api.event(self.job, "Warning", "FailedCreate", f"Error creating: {error.message}")
                    self.failure = error
                return
            self.active += 1
            self.api.event(self.job, "Normal", "SuccessfulCreate", f"Created pod: {created['metadata']['name']}")

    def wanted(self) -> int:
        """Returns how many Pods should be active."""
        parallelism: int = self.spec.get("parallelism", 1)
        completions = self.spec.get("completions")
        if completions is None:
            return self.active if self.succeeded else parallelism
        left: int = completions - self.succeeded - len(self.failed_indexes or ())
        return max(0, min(parallelism, left))

    def indexes_to_make(self, count: int) -> tuple[list[int], float]:
        """Returns the indexes of the Pods to make (-1 for none), and how long to wait before that."""
        independent = self.failed_indexes is not None
        wait = 0.0 if independent else self.backoff.remaining(self.now)
        if not is_indexed(self.job):
            return [-1] * count, wait
        taken = self.succeeded_indexes | set(map(index_of, self.active_pods)) | (self.failed_indexes or set())
        if self.replaces_only_failed:
            taken |= {index_of(pod) for pod in self.pods if is_being_deleted(pod) and not _ended(pod)}
        indexes = job_indexes.pending(taken, self.spec["completions"], count)
        if not independent:
            return indexes, wait
        waits = {index: self.wait_of(index) for index in indexes}
        due = [index for index in indexes if not waits[index]]
        return due, 0.0 if due or not waits else min(waits.values())

    def wait_of(self, index: int) -> float:
        """Returns how long an index that failed has to wait for its next Pod."""
        pod = self.delayed.get(index)
        if pod is None:
            return 0.0
        return job_backoff.waiting(_all_failures(pod) + 1, job_backoff.finished_at(pod), self.now)

    def for_removal(self, at_least: int) -> list[Object]:
        """Returns the active Pods to delete: those that no index needs, and the least loss."""
        ranked = by_deletion_rank(self.active_pods, ())
        removed: list[Object] = []
        if is_indexed(self.job):
            rank = {pod["metadata"]["uid"]: place for place, pod in enumerate(ranked)}
            removed = job_indexes.surplus(self.active_pods, self.spec["completions"], rank)
        left = [pod for pod in ranked if pod not in removed]
        return removed + left[: max(0, at_least - len(removed))]

    def remove(self, pods: list[Object]) -> None:
        """Deletes Pods that do not count as failed."""
        for pod in pods:
            without_finalizer(self.api, pod)
        gone = {pod["metadata"]["uid"] for pod in pods}
        self.delete(pods)
        self.pods = [pod for pod in self.pods if pod["metadata"]["uid"] not in gone]

    def tell_suspension(self) -> None:
        """Writes down and tells that the Job was suspended or resumed."""
        suspended = bool(self.spec.get("suspend"))
        known = next((c for c in self.status.get("conditions") or () if c["type"] == "Suspended"), None)
        if (known is None and not suspended) or (known is not None and (known["status"] == "True") == suspended):
            return
        word = "suspended" if suspended else "resumed"
        said = ("Suspended", f"Job{word.title()}", f"Job {word}", "True" if suspended else "False")
        self.add_condition(self.condition(*said))
        self.api.event(self.job, "Normal", word.title(), f"Job {word}")
        if not suspended:
            self.status["startTime"] = self.controller.clock.timestamp()
            if self.spec.get("activeDeadlineSeconds") is not None:
                self.controller.later(str(key_of(self.job)), self.spec["activeDeadlineSeconds"])

    # counting

    def add_condition(self, condition: Object) -> None:
        """Adds a condition, or puts it in the place of the one of its type."""
        conditions = list(self.status.get("conditions") or ())
        types = [found["type"] for found in conditions]
        if condition["type"] in types:
            conditions[types.index(condition["type"])] = condition
        else:
            conditions.append(condition)
        self.status["conditions"] = conditions

    def track(self) -> None:
        """Counts the Pods that ended, in the steps that lose none and count none twice."""
        released = self.note_ended()
        if self.done is not None and self.done["type"] in ("FailureTarget", "SuccessCriteriaMet"):
            if has_condition(self.job, self.done["type"]) is None:
                self.add_condition(self.done)
            name = "Failed" if self.done["type"] == "FailureTarget" else "Complete"
            self.done = self.condition(name, self.done.get("reason", ""), self.done.get("message", ""))
        self.write()
        job_backoff.remember(self.controller.store, self.job, self.backoff)
        for pod in released:
            current = self.api.get(Pod, key_of(pod))
            if current is not None and current["metadata"]["uid"] == pod["metadata"]["uid"]:
                without_finalizer(self.api, current)
        self.count_released()
        finished = self.done is not None and not self.terminating
        if finished and self.done is not None:
            self.add_condition(self.done)
            if self.done["type"] == "Complete":
                self.status["completionTime"] = self.done["lastTransitionTime"]
        self.write()
        if finished:
            self.tell_end()

    def note_ended(self) -> list[Object]:
        """Notes the Pods that ended in the status; returns those that need not be held any longer."""
        uncounted = self.status["uncountedTerminatedPods"]
        noted = {outcome: list(uncounted.get(outcome) or ()) for outcome in ("succeeded", "failed")}
        fails = self.done is not None and self.done["type"] in ("FailureTarget", "Failed")
        released: list[Object] = []
        for pod in self.pods:
            if FINALIZER not in (pod["metadata"].get("finalizers") or ()) or not self.may_go(pod):
                continue
            released.append(pod)
            if phase(pod) == "Succeeded":
                if not is_indexed(self.job) and self.is_new(pod, "succeeded"):
                    noted["succeeded"].append(pod["metadata"]["uid"])
            elif (self.has_failed(pod) or fails) and self.is_new(pod, "failed"):
                if job_policies.verdict(self.job, pod).counts:
                    noted["failed"].append(pod["metadata"]["uid"])
        self.status["uncountedTerminatedPods"] = {outcome: uids for outcome, uids in noted.items() if uids}
        if is_indexed(self.job):
            self.status["succeeded"] = len(self.succeeded_indexes)
            self.status["completedIndexes"] = job_indexes.written(self.succeeded_indexes)
            if self.failed_indexes is not None:
                self.status["failedIndexes"] = job_indexes.written(self.failed_indexes)
        return released

    def may_go(self, pod: Object) -> bool:
        """Tells whether a Pod need not be held for counting any longer."""
        if is_being_deleted(self.job) or self.done is not None or phase(pod) == "Succeeded":
            return True
        if not self.has_failed(pod):
            return False
        waiting = self.delayed.get(index_of(pod))
        return waiting is None or waiting["metadata"]["uid"] != pod["metadata"]["uid"]

    def count_released(self) -> None:
        """Turns the Pods that were noted and let go into numbers."""
        for outcome, uids in self.status["uncountedTerminatedPods"].items():
            self.status[outcome] = self.status.get(outcome, 0) + len(uids)
        self.status["uncountedTerminatedPods"] = {}

    def write(self) -> None:
        """Writes the status, if it is not what stands there."""
        optional = ("active", "succeeded", "failed", "completedIndexes")
        status = {name: value for name, value in self.status.items() if value or name not in optional}
        if status != self.job.get("status", {}):
            self.job = self.api.update_status(Job, {**self.job, "status": status})

    def tell_end(self) -> None:
        """Tells how the Job ended."""
        assert self.done is not None
        if self.done["type"] == "Complete":
            completions = self.spec.get("completions")
            if completions is not None and self.status.get("succeeded", 0) > completions:
                why = "Too many succeeded pods running after completion count reached"
                self.api.event(self.job, "Warning", "TooManySucceededPods", why)
            self.api.event(self.job, "Normal", "Completed", "Job completed")
        else:
            self.api.event(self.job, "Warning", self.done["reason"], self.done["message"])


def _ended(pod: Object) -> bool:
    return phase(pod) in ("Succeeded", "Failed")


def _all_failures(pod: Object) -> int:
    return job_indexes.failure_count(pod) + job_indexes.ignored_count(pod)
