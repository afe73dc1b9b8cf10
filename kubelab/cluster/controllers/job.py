"""Runs Pods until enough of them have succeeded.

What one look at a Job does is in job_sync.py.
Source: pkg/controller/job/job_controller.go; kubernetes.io, concepts/workloads/controllers/job.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from kubelab.cluster.component import KeysOf, itself
from kubelab.cluster.controllers import job_backoff, ownership
from kubelab.cluster.controllers.controller import Controller, service_account
from kubelab.cluster.controllers.job_sync import FINALIZER, JobSync, is_finished, without_finalizer
from kubelab.cluster.controllers.owned_pods import owned_pods
from kubelab.cluster.kinds import Job, Pod
from kubelab.cluster.objects import Key, Object, controller_ref, is_being_deleted, key_of, labels_of
from kubelab.cluster.selectors import from_label_selector
from kubelab.cluster.store import Change

if TYPE_CHECKING:
    from kubelab.cluster.cluster import Cluster

BATCH = 1.0  # seconds for which changes of Pods and of statuses gather (syncJobBatchPeriod)
OWN = (None, "kubernetes.io/job-controller")  # what spec.managedBy says of Jobs that this controller runs
ORPHAN = "orphan:"  # what marks the key of a Pod, in the agenda


class JobController(Controller):
    """Runs each Job's Pods, counts those that ended, and says when it is done."""

    name = "job"
    user = service_account("job-controller")
    source = "job-controller"
    watches = {Job: itself}

    def __init__(self, cluster: Cluster) -> None:
        ownership.index_orphans(cluster.store, Pod)
        super().__init__(cluster)
        owned_pods(self.store).tell(Job.name, self.pod_changed, self.orphan_changed)

    def _listener(self, _keys_of: KeysOf) -> Callable[[Change], None]:
        def listen(change: Change) -> None:
            old, new = change.old, change.new
            if new is None:
                assert old is not None
                job_backoff.forget(self.store, old["metadata"]["uid"])
                self.let_go_of_pods(old)
                return
            if is_finished(new):
                self.let_go_of_pods(new)
                return
            only_status = old is not None and old["metadata"].get("generation") == new["metadata"].get("generation")
            self.later(str(key_of(new)), BATCH if only_status else self.pace)

        return listen

    def pod_changed(self, name: str, change: Change) -> None:
        """Puts the Job of a Pod on the queue; the Pod itself where no Job will see to it any more."""
        pod = change.new if change.new is not None else change.old
        assert pod is not None
        job = self.api.get(Job, Key(pod["metadata"]["namespace"], name))
        owner = controller_ref(pod)
        if change.new is not None and FINALIZER in (pod["metadata"].get("finalizers") or ()):
            if job is None or is_finished(job) or owner is None or owner["uid"] != job["metadata"]["uid"]:
                self.later(f"{ORPHAN}{key_of(pod)}", self.pace)
        if job is not None and not is_finished(job):
            self.later(str(key_of(job)), BATCH)

    def orphan_changed(self, change: Change) -> None:
        """Puts the Jobs on the queue that could adopt a Pod that nobody manages."""
        pod = change.new
        assert pod is not None
        for job in self.api.indexed(Job, "namespace", pod["metadata"]["namespace"]):
            if not is_finished(job) and from_label_selector(job["spec"].get("selector")).matches(labels_of(pod)):
                self.later(str(key_of(job)), BATCH)

    def let_go_of_pods(self, job: Object) -> None:
        """Puts the Pods on the queue that still are held for a Job that is done or gone."""
        for pod in self.api.indexed(Pod, "owner", job["metadata"]["uid"]):
            if FINALIZER in (pod["metadata"].get("finalizers") or ()):
                self.later(f"{ORPHAN}{key_of(pod)}", self.pace)

    def reconcile(self, key: str) -> None:
        """Sees to a Job, or to a Pod that has lost its own."""
        if key.startswith(ORPHAN):
            self.let_go(Key.parse(key.removeprefix(ORPHAN)))
            return
        job = self.api.get(Job, Key.parse(key))
        if job is None or job["spec"].get("managedBy") not in OWN:
            return
        if is_finished(job):
            job_backoff.forget(self.store, job["metadata"]["uid"])
            return
        failure = JobSync(self, job, self.claim(job)).run()
        if failure is not None:
            raise failure

    def let_go(self, key: Key) -> None:
        """Takes the finalizer off a Pod whose Job is done or gone."""
        pod = self.api.get(Pod, key)
        if pod is None:
            return
        owner = controller_ref(pod)
        if owner is not None:
            job = self.api.get(Job, Key(key.namespace, owner["name"])) if owner["kind"] == Job.name else None
            own = job is not None and job["metadata"]["uid"] == owner["uid"]
            if owner["kind"] != Job.name or (own and job is not None and not is_finished(job)):
                return
        without_finalizer(self.api, pod)

    def claim(self, job: Object) -> list[Object]:
        """Adopts the orphans that the selector matches, lets go those that it no longer does; returns the Pods."""
        selector = from_label_selector(job["spec"].get("selector"))
        for pod in self.api.indexed(Pod, "owner", job["metadata"]["uid"]):
            if not is_being_deleted(pod) and not selector.matches(labels_of(pod)):
                ownership.release(self.api, Pod, pod, job)
        if not is_being_deleted(job):
            for pod in ownership.orphans(self.api, Pod, job["metadata"]["namespace"]):
                if not is_being_deleted(pod) and selector.matches(labels_of(pod)):
                    ownership.adopt(self.api, Pod, pod, job, Job)
                    held = [*(pod["metadata"].get("finalizers") or ()), FINALIZER]
                    self.api.patch(Pod, key_of(pod), {"metadata": {"finalizers": list(dict.fromkeys(held))}})
        owned = self.api.indexed(Pod, "owner", job["metadata"]["uid"])
        return [pod for pod in owned if (controller_ref(pod) or {}).get("uid") == job["metadata"]["uid"]]
