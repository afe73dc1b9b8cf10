"""Deletes Jobs a while after they have ended, where spec.ttlSecondsAfterFinished asks for it.

Source: pkg/controller/ttlafterfinished; kubernetes.io, concepts/workloads/controllers/ttlafterfinished.
"""

from __future__ import annotations

from collections.abc import Iterable

from kubelab.cluster.clock import parse_time
from kubelab.cluster.component import Component
from kubelab.cluster.controllers.controller import Controller, service_account
from kubelab.cluster.controllers.job_sync import has_condition
from kubelab.cluster.kinds import Job
from kubelab.cluster.objects import Key, Object, is_being_deleted, key_of
from kubelab.cluster.store import Change


def job_that_ends(_component: Component, change: Change) -> Iterable[str]:
    """A Job that has ended and is not to stay."""
    job = change.new
    return (str(key_of(job)),) if job is not None and expiry(job) is not None else ()


def expiry(job: Object) -> float | None:
    """Returns when a Job is to be deleted, in seconds since the epoch, or None."""
    ttl = job["spec"].get("ttlSecondsAfterFinished")
    ended = has_condition(job, "Complete") or has_condition(job, "Failed")
    if ttl is None or ended is None or is_being_deleted(job):
        return None
    return parse_time(ended["lastTransitionTime"]) + float(ttl)


class TtlAfterFinishedController(Controller):
    """Deletes each Job that has ended when its time is over."""

    name = "ttlafterfinished"
    user = service_account("ttl-after-finished-controller")
    watches = {Job: job_that_ends}

    def reconcile(self, key: str) -> None:
        """Deletes a Job with its Pods, or looks again when it is time."""
        job = self.api.get(Job, Key.parse(key))
        due = expiry(job) if job is not None else None
        if job is None or due is None:
            return
        if due > self.now:
            self.later(key, due - self.now)
        else:
            self.api.delete(Job, key_of(job), propagation="Foreground", uid=job["metadata"]["uid"])
