"""Updates Pods by making, growing and shrinking ReplicaSets.

Source: pkg/controller/deployment; kubernetes.io, concepts/workloads/controllers/deployment.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from operator import is_
from typing import TYPE_CHECKING

from kubelab.cluster.api.errors import AlreadyExists
from kubelab.cluster.aspects import GONE
from kubelab.cluster.component import controller_of, is_status_alone, itself
from kubelab.cluster.conditions import with_condition
from kubelab.cluster.controllers import ownership, progress, revisions, rolling
from kubelab.cluster.controllers.controller import Controller, service_account
from kubelab.cluster.controllers.pods import condition, is_active
from kubelab.cluster.controllers.replicaset import selector_of
from kubelab.cluster.kinds import Deployment, Pod, ReplicaSet
from kubelab.cluster.objects import (
    Key,
    Object,
    annotations_of,
    controller_ref,
    is_being_deleted,
    key_of,
    labels_of,
    with_metadata,
    with_spec,
)
from kubelab.cluster.store import Change

if TYPE_CHECKING:
    from kubelab.cluster.cluster import Cluster


managers_of_replicaset = controller_of(Deployment)


def owners_of_replicaset(controller: DeploymentController, change: Change) -> Iterable[str]:
    """The Deployment that manages the ReplicaSet, or those that could adopt it."""
    keys = managers_of_replicaset(controller, change)
    if not keys and change.new is not None and controller_ref(change.new) is None:
        return controller.adopters(change.new)
    return keys


def recreating_owner_of_pod(controller: DeploymentController, change: Change) -> Iterable[str]:
    """The Deployment above a Pod that is gone: one that recreates waits for the last old Pod to go."""
    if change.new is not None or change.old is None:
        return ()
    owner = controller_ref(change.old)
    if owner is None or owner["kind"] != ReplicaSet.name:
        return ()
    replicaset = controller.api.get(ReplicaSet, Key(change.old["metadata"]["namespace"], owner["name"]))
    parent = controller_ref(replicaset) if replicaset else None
    return (str(Key(change.old["metadata"]["namespace"], parent["name"])),) if parent else ()


class DeploymentController(Controller):
    """Brings each Deployment's ReplicaSets to what it describes, at the pace it allows."""

    name = "deployment"
    user = service_account("deployment-controller")
    source = "deployment-controller"
    watches = {Deployment: itself, ReplicaSet: owners_of_replicaset, Pod: recreating_owner_of_pod}
    heeds = {recreating_owner_of_pod: GONE}
    patience = 0.1

    def __init__(self, cluster: Cluster) -> None:
        ownership.index_orphans(cluster.store, ReplicaSet)
        self._settled: dict[str, tuple[object, ...]] = {}  # what `settled` returned when nothing was to do
        super().__init__(cluster)

    def only_counts(self, change: Change) -> bool:
        """While nothing is being rolled out, a ReplicaSet's numbers are the status's alone; so is what it reports."""
        old, new = change.old, change.new
        if old is None or new is None or old["spec"] is not new["spec"]:
            return False
        if new["kind"] != ReplicaSet.name:
            return is_status_alone(change)
        owner = controller_ref(new)
        return owner is not None and len(self.api.indexed(ReplicaSet, "owner", owner["uid"])) == 1

    def adopters(self, replicaset: Object) -> list[str]:
        """Returns the keys of the Deployments whose selector matches a ReplicaSet that nobody manages."""
        return [
            str(key_of(deployment))
            for deployment in self.api.indexed(Deployment, "namespace", replicaset["metadata"]["namespace"])
            if selector_of(deployment).matches(labels_of(replicaset))
        ]

    def reconcile(self, key: str) -> None:
        """Does the next step of a rollout, a rollback, a scaling or a clean-up, and writes the status."""
        deployment = self.api.get(Deployment, Key.parse(key))
        before = self._settled.pop(key, ())
        if deployment is None:
            return
        only = self.only_replicaset(deployment)
        facts = self.settled(deployment, only)
        if only is not None and facts and len(facts) == len(before) and all(map(is_, facts, before)):
            self._settled[key] = facts
            self.write_status(deployment, [only], only)
            return
        self.roll_out(deployment)
        deployment = self.current(deployment)
        after = self.settled(deployment, self.only_replicaset(deployment))
        if after and len(facts) == len(after) and all(map(is_, facts, after)):
            self._settled[key] = facts

    def only_replicaset(self, deployment: Object) -> Object | None:
        """Returns the one ReplicaSet of a Deployment; None where it has more, or might get another."""
        owned = self.api.indexed(ReplicaSet, "owner", deployment["metadata"]["uid"])
        if len(owned) != 1 or ownership.orphans(self.api, ReplicaSet, deployment["metadata"]["namespace"]):
            return None
        return owned[0]

    def settled(self, deployment: Object, only: Object | None) -> tuple[object, ...]:
        """Returns all by which a Deployment of one ReplicaSet is told that nothing but its status is to be done.

        While these are the very same objects, a ReplicaSet only counts its Pods, which happens at each step of a
        burst: what was looked at then comes out the same. Empty where it has to be looked at in any case.
        """
        if only is None or is_being_deleted(deployment) or is_being_deleted(only) or deployment["spec"].get("paused"):
            return ()
        progressing = condition(deployment, "Progressing")
        if progressing is None or progressing["reason"] == "DeploymentPaused":
            return ()
        if only["spec"]["replicas"] != deployment["spec"]["replicas"]:
            return ()
        ours, its = deployment["metadata"], only["metadata"]
        mine = (deployment["spec"], ours["uid"], ours.get("labels"), ours.get("annotations"))
        theirs = (only["spec"], its["uid"], its.get("labels"), its.get("annotations"), its.get("ownerReferences"))
        return *mine, *theirs, self.cluster.version

    def roll_out(self, deployment: Object) -> None:
        """Does the next step of whatever is to be done with a Deployment, and writes the status."""
        replicasets = self.claim(deployment)
        if is_being_deleted(deployment):
            self.write_status(deployment, replicasets, revisions.find_new(deployment, replicasets))
            return
        deployment = self.note_pause(deployment)
        paused = deployment["spec"].get("paused", False)
        new = revisions.find_new(deployment, replicasets)
        if paused or self.is_scaling(deployment, replicasets):
            self.scale(deployment, replicasets, new)
            new, old = self.split(deployment, new)
        elif rolling.is_rolling(deployment):
            new, old = self.roll(deployment, new)
        else:
            new, old = self.recreate(deployment, new)
        self.clean_up(deployment, old, new, paused=paused)
        self.write_status(self.current(deployment), [*old, *([new] if new else [])], new)

    def current(self, deployment: Object) -> Object:
        """Returns the Deployment as the API has it now."""
        return self.api.get(Deployment, key_of(deployment)) or deployment

    def claim(self, deployment: Object) -> list[Object]:
        """Returns the Deployment's ReplicaSets, with orphans that match adopted and strangers let go."""
        selector = selector_of(deployment)
        for replicaset in self.api.indexed(ReplicaSet, "owner", deployment["metadata"]["uid"]):
            if not selector.matches(labels_of(replicaset)):
                ownership.release(self.api, ReplicaSet, replicaset, deployment)
        if not is_being_deleted(deployment):
            for replicaset in ownership.orphans(self.api, ReplicaSet, deployment["metadata"]["namespace"]):
                if selector.matches(labels_of(replicaset)):
                    ownership.adopt(self.api, ReplicaSet, replicaset, deployment, Deployment)
        return self.owned(deployment)

    def owned(self, deployment: Object) -> list[Object]:
        """Returns the ReplicaSets that the Deployment manages, oldest first."""
        found = self.api.indexed(ReplicaSet, "owner", deployment["metadata"]["uid"])
        return sorted(found, key=revisions.age_order)

    def split(self, deployment: Object, new: Object | None) -> tuple[Object | None, list[Object]]:
        """Returns the new ReplicaSet and the old ones, as the API has them now."""
        uid = new["metadata"]["uid"] if new else None
        found = self.owned(deployment)
        fresh = next((replicaset for replicaset in found if replicaset["metadata"]["uid"] == uid), None)
        return fresh, [replicaset for replicaset in found if replicaset["metadata"]["uid"] != uid]

    # the new ReplicaSet

    def ensure_new(self, deployment: Object, new: Object | None) -> Object:
        """Returns the ReplicaSet of the present template, made or renewed, and keeps the revision numbers."""
        old = [rs for rs in self.owned(deployment) if new is None or rs["metadata"]["uid"] != new["metadata"]["uid"]]
        revision = revisions.next_revision(old)
        if new is None:
            new = self.create_new(deployment, revision, old)
        else:
            new = self.renew(deployment, new, revision)
        self.note_revision(deployment, revisions.revision_of(new), new)
        return new

    def create_new(self, deployment: Object, revision: int, old: Sequence[Object]) -> Object:
        """Makes the ReplicaSet of the present template, as large as the strategy allows at once."""
        total = sum(replicaset["spec"]["replicas"] for replicaset in old)
        replicas = rolling.new_replicas(deployment, total, 0)
        wanted = revisions.new_replicaset(deployment, revision, replicas)
        try:
            created = self.api.create(ReplicaSet, wanted)
        except AlreadyExists:
            # Another's ReplicaSet has the name: count the collision, so that the hash comes out otherwise.
            status = {**deployment.get("status", {})}
            status["collisionCount"] = status.get("collisionCount", 0) + 1
            self.api.update_status(Deployment, {**deployment, "status": status})
            raise
        if replicas:
            name = created["metadata"]["name"]
            self.api.event(
                deployment, "Normal", "ScalingReplicaSet", f"Scaled up replica set {name} from 0 to {replicas}"
            )
        return created

    def renew(self, deployment: Object, new: Object, revision: int) -> Object:
        """Brings the annotations and minReadySeconds of the new ReplicaSet up to date."""
        annotations = revisions.renewed_annotations(deployment, new, revision)
        seconds = deployment["spec"].get("minReadySeconds", 0)
        if annotations == annotations_of(new) and seconds == new["spec"].get("minReadySeconds", 0):
            return new
        renewed = with_metadata(new, annotations=annotations)
        if seconds != new["spec"].get("minReadySeconds", 0):
            renewed = with_spec(renewed, minReadySeconds=seconds)
        return self.api.update(ReplicaSet, renewed)

    def note_revision(self, deployment: Object, revision: int, new: Object) -> None:
        """Copies the revision to the Deployment and notes that there is a new ReplicaSet."""
        deployment = self.current(deployment)
        status = deployment.get("status", {})
        if deployment["spec"].get("progressDeadlineSeconds") is not None and not condition(deployment, "Progressing"):
            reason, name = "NewReplicaSetCreated", new["metadata"]["name"]
            message = f'Created new replica set "{name}"'
            status = with_condition(status, "Progressing", "True", reason, message, self.clock.timestamp())
        if annotations_of(deployment).get(revisions.REVISION) != str(revision):
            annotations = {**annotations_of(deployment), revisions.REVISION: str(revision)}
            deployment = self.api.update(Deployment, with_metadata(deployment, annotations=annotations))
        old = deployment.get("status", {})
        if status != old:
            status = _with_update_times(status, old, self.clock.timestamp())
            self.api.update_status(Deployment, {**deployment, "status": status})

    # the strategies

    def roll(self, deployment: Object, new: Object | None) -> tuple[Object | None, list[Object]]:
        """Grows the new ReplicaSet or, when it cannot grow, shrinks the old ones."""
        new = self.ensure_new(deployment, new)
        _, old = self.split(deployment, new)
        total = sum(replicaset["spec"]["replicas"] for replicaset in [*old, new])
        size = new["spec"]["replicas"]
        wanted = deployment["spec"]["replicas"]
        target = wanted if size > wanted else rolling.new_replicas(deployment, total, size)
        if target != size:
            self.resize(deployment, new, target)
        else:
            self.shrink_old(deployment, new, old)
        return self.split(deployment, new)

    def shrink_old(self, deployment: Object, new: Object, old: Sequence[Object]) -> None:
        """Takes away as many old Pods as availability allows, unhealthy ones first."""
        total = sum(replicaset["spec"]["replicas"] for replicaset in [*old, new])
        available = new.get("status", {}).get("availableReplicas", 0)
        most = rolling.most_to_remove(deployment, total, new["spec"]["replicas"], available)
        if most <= 0:
            return
        removed = 0
        sizes = {replicaset["metadata"]["uid"]: replicaset["spec"]["replicas"] for replicaset in old}
        for replicaset in old:
            size = sizes[replicaset["metadata"]["uid"]]
            unhealthy = min(most - removed, size - replicaset.get("status", {}).get("availableReplicas", 0))
            if unhealthy > 0:
                sizes[replicaset["metadata"]["uid"]] = size - unhealthy
                removed += unhealthy
                self.resize(deployment, replicaset, size - unhealthy)
        least = deployment["spec"]["replicas"] - rolling.max_unavailable(deployment)
        spare = sum(rs.get("status", {}).get("availableReplicas", 0) for rs in [*old, new]) - least
        for replicaset in old:
            size = sizes[replicaset["metadata"]["uid"]]
            going = min(size, spare)
            if going > 0:
                spare -= going
                self.resize(deployment, self.api.get(ReplicaSet, key_of(replicaset)) or replicaset, size - going)

    def recreate(self, deployment: Object, new: Object | None) -> tuple[Object | None, list[Object]]:
        """Takes all old Pods away and only then makes new ones."""
        _, old = self.split(deployment, new)
        active = [replicaset for replicaset in old if replicaset["spec"]["replicas"]]
        for replicaset in active:
            self.resize(deployment, replicaset, 0)
        if active or self.old_pods_running(old):
            return self.split(deployment, new)
        new = self.ensure_new(deployment, new)
        if new["spec"]["replicas"] != deployment["spec"]["replicas"]:
            self.resize(deployment, new, deployment["spec"]["replicas"])
        return self.split(deployment, new)

    def old_pods_running(self, old: Sequence[Object]) -> bool:
        """Tells whether a Pod of the old ReplicaSets is still there, be it only terminating."""
        pods = [pod for replicaset in old for pod in self.api.indexed(Pod, "owner", replicaset["metadata"]["uid"])]
        return any(is_active(pod) or is_being_deleted(pod) for pod in pods)

    # scaling

    def is_scaling(self, deployment: Object, replicasets: Sequence[Object]) -> bool:
        """Tells whether spec.replicas changed since an active ReplicaSet was last scaled."""
        wanted = str(deployment["spec"]["replicas"])
        active = [replicaset for replicaset in replicasets if replicaset["spec"]["replicas"]]
        noted = [annotations_of(replicaset).get(revisions.DESIRED) for replicaset in active]
        return any(text is not None and text != wanted for text in noted)

    def scale(self, deployment: Object, replicasets: Sequence[Object], new: Object | None) -> None:
        """Gives a change of spec.replicas to the one active ReplicaSet, or to all in proportion."""
        active = [replicaset for replicaset in replicasets if replicaset["spec"]["replicas"]]
        wanted = deployment["spec"]["replicas"]
        if len(active) <= 1:
            only = active[0] if active else new
            if only and only["spec"]["replicas"] != wanted:
                self.resize(deployment, only, wanted)
        elif new and new.get("status", {}).get("availableReplicas", 0) == new["spec"]["replicas"] == wanted:
            for replicaset in active:
                if replicaset["metadata"]["uid"] != new["metadata"]["uid"]:
                    self.resize(deployment, replicaset, 0)
        elif rolling.is_rolling(deployment):
            self.scale_in_proportion(deployment, active)

    def scale_in_proportion(self, deployment: Object, active: list[Object]) -> None:
        """Scales ReplicaSets in the middle of a rollout, the largest taking the remainder."""
        growing = deployment["spec"]["replicas"] > sum(replicaset["spec"]["replicas"] for replicaset in active)
        newest_first = sorted(active, key=revisions.age_order, reverse=growing)
        ordered = sorted(newest_first, key=lambda replicaset: -replicaset["spec"]["replicas"])
        sizes = [replicaset["spec"]["replicas"] for replicaset in ordered]
        allowed = [revisions.most_before(replicaset, sum(sizes)) for replicaset in ordered]
        for replicaset, size in zip(ordered, rolling.proportions(deployment, sizes, allowed), strict=True):
            self.resize(deployment, replicaset, size)

    def resize(self, deployment: Object, replicaset: Object, size: int) -> None:
        """Sets the size of a ReplicaSet and says so in an event."""
        before = replicaset["spec"]["replicas"]
        annotations = {**annotations_of(replicaset), **revisions.scale_annotations(deployment)}
        if size == before and annotations == annotations_of(replicaset):
            return
        self.api.update(ReplicaSet, with_metadata(with_spec(replicaset, replicas=size), annotations=annotations))
        if size != before:
            way, name = "up" if size > before else "down", replicaset["metadata"]["name"]
            message = f"Scaled {way} replica set {name} from {before} to {size}"
            self.api.event(deployment, "Normal", "ScalingReplicaSet", message)

    # afterwards

    def clean_up(self, deployment: Object, old: list[Object], new: Object | None, *, paused: bool) -> None:
        """Deletes the oldest empty ReplicaSets beyond spec.revisionHistoryLimit once a rollout is complete."""
        limit = deployment["spec"].get("revisionHistoryLimit")
        status = progress.counts(deployment, [*old, *([new] if new else [])], new, self.cluster.version)
        if limit is None or not (paused or progress.is_complete(deployment, status)):
            return
        alive = sorted((rs for rs in old if not is_being_deleted(rs)), key=revisions.revision_of)
        for replicaset in alive[: max(0, len(alive) - limit)]:
            if not replicaset["spec"]["replicas"] and not replicaset.get("status", {}).get("replicas"):
                self.api.delete(ReplicaSet, key_of(replicaset))

    def note_pause(self, deployment: Object) -> Object:
        """Notes in the Progressing condition that the rollout was paused or resumed, so that no deadline runs."""
        standing = condition(deployment, "Progressing")
        if deployment["spec"].get("progressDeadlineSeconds") is None:
            return deployment
        if standing and standing["reason"] == progress.TIMED_OUT:
            return deployment
        was_paused = bool(standing and standing["reason"] == "DeploymentPaused")
        is_paused = deployment["spec"].get("paused", False)
        if was_paused == is_paused:
            return deployment
        reason = "DeploymentPaused" if is_paused else "DeploymentResumed"
        message = "Deployment is paused" if is_paused else "Deployment is resumed"
        status = with_condition(
            deployment.get("status", {}), "Progressing", "Unknown", reason, message, self.clock.timestamp()
        )
        status = _with_update_times(status, deployment.get("status", {}), self.clock.timestamp())
        return self.api.update_status(Deployment, {**deployment, "status": status})

    def write_status(self, deployment: Object, replicasets: Sequence[Object], new: Object | None) -> None:
        """Writes counts and conditions, if they are not what stands there."""
        timestamp = self.clock.timestamp()
        old = deployment.get("status", {})
        status = progress.counts(deployment, replicasets, new, self.cluster.version)
        if conditions := old.get("conditions"):
            status["conditions"] = conditions
        status = progress.with_availability(status, deployment, timestamp)
        if not deployment["spec"].get("paused"):
            status = progress.with_progress(status, deployment, new, self.now, timestamp)
        status = _with_update_times(status, old, timestamp)
        if status != old:
            self.api.report(Deployment, deployment, status)
        due = progress.deadline(deployment, status)
        if due is not None and not deployment["spec"].get("paused"):
            self.later(str(key_of(deployment)), max(0.0, due - self.now) + 1)


def _with_update_times(status: Object, old: Object, timestamp: str) -> Object:
    """Puts lastUpdateTime into the conditions that changed, as Deployments alone have it."""
    before = {found["type"]: found for found in old.get("conditions") or []}
    conditions = []
    for found in status.get("conditions") or []:
        if "lastUpdateTime" not in found:
            standing = before.get(found["type"])
            same = standing is not None and {**found, "lastUpdateTime": standing.get("lastUpdateTime")} == standing
            found = {**found, "lastUpdateTime": standing["lastUpdateTime"] if standing and same else timestamp}
        conditions.append(found)
    return {**status, "conditions": conditions} if conditions else status
