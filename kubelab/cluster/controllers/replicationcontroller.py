"""Keeps as many Pods alive as each ReplicationController wants: the ReplicaSet's elder, with a plain selector.

Source: pkg/controller/replication (which runs the ReplicaSet's controller); kubernetes.io,
concepts/workloads/controllers/replicationcontroller.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from kubelab.cluster.component import itself, next_look
from kubelab.cluster.controllers.controller import service_account
from kubelab.cluster.controllers.owned_pods import owned_pods
from kubelab.cluster.controllers.replicaset import ReplicaSetController
from kubelab.cluster.controllers.tally import PodTally
from kubelab.cluster.kinds import Pod, ReplicationController
from kubelab.cluster.kinds.kind import Kind
from kubelab.cluster.objects import Object, controller_ref
from kubelab.cluster.selectors import Selector, from_map
from kubelab.cluster.store import Change

if TYPE_CHECKING:
    from kubelab.cluster.cluster import Cluster


class ReplicationManager(ReplicaSetController):
    """Keeps spec.replicas Pods alive for each ReplicationController."""

    name = "replicationcontroller"
    user = service_account("replication-controller")
    source = "replication-controller"
    watches = {ReplicationController: itself}
    kind: ClassVar[Kind] = ReplicationController

    def new_tally(self, cluster: Cluster) -> PodTally:
        """Returns a count that is told of its own owners' Pods only, so that those of others cost nothing."""
        owned_pods(cluster.store).tell(self.kind.name, self.pod_changed, self.orphan_changed)
        return PodTally(cluster.store, Pod.prefix, self.kind.name)

    def pod_changed(self, name: str, change: Change) -> None:
        """Counts a Pod and puts its ReplicationController on the queue."""
        pod = change.new if change.new is not None else change.old
        assert pod is not None
        owner = controller_ref(pod)
        if owner is None or owner["kind"] != self.kind.name or owner["name"] == name:
            self.tally.changed(change)  # once, where a Pod went from one of them to another
        pace = self.patience if self.only_counts(change) else self.pace
        self.cluster.agenda.add(self.name, f"{pod['metadata']['namespace']}/{name}", next_look(self.now, pace))

    def orphan_changed(self, change: Change) -> None:
        """Puts those on the queue that could adopt a Pod that nobody manages."""
        assert change.new is not None
        for key in self.adopters(change.new):
            self.cluster.agenda.add(self.name, key, next_look(self.now, self.pace))

    def selector(self, replicaset: Object) -> Selector:
        """Returns the compiled selector of a ReplicationController."""
        return from_map(replicaset["spec"].get("selector"))

    def related(self, replicaset: Object) -> list[Object]:
        """Returns its own Pods: it has no siblings."""
        return self.owned(replicaset)
