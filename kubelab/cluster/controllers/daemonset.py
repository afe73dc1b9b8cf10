"""Runs one Pod of each DaemonSet on every node that it fits.

Source: pkg/controller/daemon; kubernetes.io, concepts/workloads/controllers/daemonset.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from kubelab.cluster.component import Component, controller_of, itself, managed_by
from kubelab.cluster.controllers import history, ownership, rolling
from kubelab.cluster.controllers.controller import service_account
from kubelab.cluster.controllers.paced import PacedController
from kubelab.cluster.controllers.pods import is_available, is_ready, phase
from kubelab.cluster.kinds import DaemonSet, Node, Pod
from kubelab.cluster.nodes import TaintEffect, fits_node_affinity, untolerated
from kubelab.cluster.objects import Key, Object, is_being_deleted, key_of, labels_of
from kubelab.cluster.store import Change

if TYPE_CHECKING:
    from kubelab.cluster.cluster import Cluster

# What a DaemonSet's Pods tolerate besides what they ask for, so that they stay on a node in trouble.
TOLERATIONS: tuple[Object, ...] = (
    {"key": "node.kubernetes.io/not-ready", "operator": "Exists", "effect": "NoExecute"},
    {"key": "node.kubernetes.io/unreachable", "operator": "Exists", "effect": "NoExecute"},
    {"key": "node.kubernetes.io/disk-pressure", "operator": "Exists", "effect": "NoSchedule"},
    {"key": "node.kubernetes.io/memory-pressure", "operator": "Exists", "effect": "NoSchedule"},
    {"key": "node.kubernetes.io/pid-pressure", "operator": "Exists", "effect": "NoSchedule"},
    {"key": "node.kubernetes.io/unschedulable", "operator": "Exists", "effect": "NoSchedule"},
)
HOST_NETWORK_TOLERATION: Object = {
    "key": "node.kubernetes.io/network-unavailable",
    "operator": "Exists",
    "effect": "NoSchedule",
}
NONE: list[Object] = []
NODE = 0.001  # seconds that each node adds to a sync
TEMPLATE_GENERATION = "deprecated.daemonset.template.generation"


def those_that_a_node_matters_to(component: Component, change: Change) -> Iterable[str]:
    """Every DaemonSet when a node came or went, else those whose Pods fit there now and did not before, or the reverse.

    Source: pkg/controller/daemon/daemon_controller.go, updateNode.
    """
    old, new = change.old, change.new
    found = component.api.list(DaemonSet)
    if old is not None and new is not None:
        if _fitness(old) == _fitness(new):
            return ()
        found = [each for each in found if fits(wanted_pod(each), old) != fits(wanted_pod(each), new)]
    return [str(key_of(daemonset)) for daemonset in found]


def _fitness(node: Object) -> tuple[object, ...]:
    spec = node.get("spec", {})
    return labels_of(node), spec.get("taints"), spec.get("unschedulable")


managers_of_pod = controller_of(DaemonSet)


class DaemonSetController(PacedController):
    """Keeps one Pod of each DaemonSet on each node that may have one."""

    name = "daemonset"
    user = service_account("daemon-set-controller")
    source = "daemonset-controller"
    watches = {DaemonSet: itself, Pod: managers_of_pod, Node: those_that_a_node_matters_to}
    whose = {managers_of_pod: managed_by(DaemonSet)}

    def __init__(self, cluster: Cluster) -> None:
        super().__init__(cluster)
        self._fitting: dict[str, Fitting] = {}  # by uid: a cache, so that a sync costs what changed

    def sync(self, key: str) -> float:
        """Creates missing Pods, deletes stray ones, replaces outdated ones, writes the status."""
        daemonset = self.api.get(DaemonSet, Key.parse(key))
        if daemonset is None or is_being_deleted(daemonset):
            return 0
        revision = history.current_revision(self.api, daemonset, DaemonSet)
        hashed = revision["metadata"]["labels"][history.HASH_LABEL]
        by_node = self.pods_by_node(daemonset)
        before = self.store.revision
        self.place(daemonset, hashed, by_node)
        by_node = self.pods_by_node(daemonset) if self.store.revision != before else by_node
        before = self.store.revision
        if daemonset["spec"]["updateStrategy"]["type"] == "RollingUpdate":
            self.roll(daemonset, hashed, by_node)
        in_use = {labels_of(pod).get(history.HASH_LABEL, "") for pods in by_node.values() for pod in pods}
        history.clean_up(self.api, daemonset, in_use | {hashed})
        by_node = self.pods_by_node(daemonset) if self.store.revision != before else by_node
        self.write_status(daemonset, hashed, by_node)
        return NODE * len(by_node)

    def pods_by_node(self, daemonset: Object) -> dict[str, list[Object]]:
        """Returns the DaemonSet's Pods by the node they run on or are meant for."""
        by_node: dict[str, list[Object]] = {}
        for pod in self.api.indexed(Pod, "owner", daemonset["metadata"]["uid"]):
            by_node.setdefault(target_node(pod), []).append(pod)
        return by_node

    def place(self, daemonset: Object, hashed: str, by_node: dict[str, list[Object]]) -> None:
        """Brings each node to the one Pod that it should have, or to none."""
        nodes, fitting = self.api.list(Node), self.fitting(daemonset)
        for node in nodes:
            name = node["metadata"]["name"]
            pods = by_node.get(name, NONE)
            should_run, should_continue = fitting.of(node)
            if len(pods) == 1 and should_continue and phase(pods[0]) != "Failed":
                continue  # all is well there, as nearly everywhere
            failed = [pod for pod in pods if phase(pod) == "Failed" and not is_being_deleted(pod)]
            for pod in failed:
                message = f"Found failed daemon pod {key_of(pod)} on node {name}, will try to kill it"
                self.api.event(daemonset, "Warning", "FailedDaemonPod", message)
                self.delete(daemonset, pod)
            if should_run and not pods:
                self.create(daemonset, hashed, name)
            elif not should_continue:
                for pod in pods:
                    self.delete(daemonset, pod)
            else:
                self.remove_doubles(daemonset, [pod for pod in pods if pod not in failed])
        known = {node["metadata"]["name"] for node in nodes}
        for name in by_node.keys() - known:  # on nodes that are gone
            for pod in by_node[name]:
                self.delete(daemonset, pod)

    def fitting(self, daemonset: Object) -> Fitting:
        """Returns where the DaemonSet's Pods fit."""
        uid, template = daemonset["metadata"]["uid"], daemonset["spec"]["template"]
        found = self._fitting.get(uid)
        if found is None or found.template is not template:
            found = self._fitting[uid] = Fitting(template, wanted_pod(daemonset))
        return found

    def remove_doubles(self, daemonset: Object, pods: list[Object]) -> None:
        """Keeps the oldest Pod of each revision that is not being deleted."""
        alive = sorted((pod for pod in pods if not is_being_deleted(pod)), key=_age)
        seen: set[str] = set()
        for pod in alive:
            hashed = labels_of(pod).get(history.HASH_LABEL, "")
            if hashed in seen:
                self.delete(daemonset, pod)
            seen.add(hashed)

    def create(self, daemonset: Object, hashed: str, node: str) -> None:
        """Creates the Pod for one node."""
        created = self.api.create(Pod, pod_for_node(daemonset, hashed, node))
        self.api.event(daemonset, "Normal", "SuccessfulCreate", f"Created pod: {created['metadata']['name']}")

    def delete(self, daemonset: Object, pod: Object) -> None:
        """Deletes one Pod, unless that is under way."""
        if is_being_deleted(pod):
            return
        self.api.delete(Pod, key_of(pod))
        self.api.event(daemonset, "Normal", "SuccessfulDelete", f"Deleted pod: {pod['metadata']['name']}")

    def roll(self, daemonset: Object, hashed: str, by_node: dict[str, list[Object]]) -> None:
        """Replaces outdated Pods, as many at a time as maxUnavailable or maxSurge allows."""
        settings = daemonset["spec"]["updateStrategy"].get("rollingUpdate") or {}
        surge = rolling.resolve(settings.get("maxSurge", 0), len(by_node), up=True)
        room = rolling.resolve(settings.get("maxUnavailable", 1), len(by_node), up=True) if not surge else 0
        seconds = daemonset["spec"].get("minReadySeconds", 0)
        outdated: list[Object] = []
        for found in by_node.values():
            if len(found) == 1 and labels_of(found[0]).get(history.HASH_LABEL) == hashed:
                room -= not is_available(found[0], seconds, self.now) or is_being_deleted(found[0])
                continue
            pods = [pod for pod in found if not is_being_deleted(pod)]  # one that ends is as good as gone
            old = [pod for pod in pods if labels_of(pod).get(history.HASH_LABEL) != hashed]
            new = [pod for pod in pods if pod not in old]
            if surge:
                surge -= self.surge(daemonset, hashed, old, new, surge)
                continue
            if not any(is_available(pod, seconds, self.now) for pod in pods):
                room -= 1
                # An old Pod that is not available costs nothing to replace.
                for pod in old:
                    self.delete(daemonset, pod)
            else:
                outdated += old
        for pod in outdated[: max(0, room)]:
            self.delete(daemonset, pod)

    def surge(self, daemonset: Object, hashed: str, old: list[Object], new: list[Object], room: int) -> int:
        """Puts a new Pod beside an old one, or takes the old one once the new one is available.

        Returns:
            How many of the surge this node uses.
        """
        seconds = daemonset["spec"].get("minReadySeconds", 0)
        if not old or any(is_available(pod, seconds, self.now) for pod in new):
            for pod in old if new else ():
                self.delete(daemonset, pod)
            return 0
        if not new and room > 0:
            self.create(daemonset, hashed, target_node(old[0]))
        return 1

    def write_status(self, daemonset: Object, hashed: str, by_node: dict[str, list[Object]]) -> None:
        """Writes the counts, if they are not what stands there."""
        status = self.counts(daemonset, hashed, by_node)
        if status != daemonset.get("status", {}):
            self.api.update_status(DaemonSet, {**daemonset, "status": status})

    def counts(self, daemonset: Object, hashed: str, by_node: dict[str, list[Object]]) -> Object:
        """Returns the numbers of the status."""
        fitting = self.fitting(daemonset)
        seconds = daemonset["spec"].get("minReadySeconds", 0)
        desired = current = misscheduled = ready = available = updated = 0
        for node in self.api.list(Node):
            pods = by_node.get(node["metadata"]["name"], NONE)
            if not fitting.of(node)[0]:
                misscheduled += bool(pods)
                continue
            desired += 1
            if pods:
                current += 1
                ready += any(map(is_ready, pods))
                available += any(is_available(pod, seconds, self.now) for pod in pods)
                updated += any(labels_of(pod).get(history.HASH_LABEL) == hashed for pod in pods)
        if available < ready and seconds:
            self.later(str(key_of(daemonset)), seconds)
        status: Object = {
            "currentNumberScheduled": current,
            "numberMisscheduled": misscheduled,
            "desiredNumberScheduled": desired,
            "numberReady": ready,
            "observedGeneration": daemonset["metadata"].get("generation", 0),
        }
        optional = {
            "updatedNumberScheduled": updated,
            "numberAvailable": available,
            "numberUnavailable": desired - available,
        }
        return {**status, **{name: value for name, value in optional.items() if value}}


class Fitting:
    """Where the Pods of one template fit, worked out once for each state of a node.

    Attributes:
        template: the DaemonSet's.
    """

    def __init__(self, template: Object, pod: Object) -> None:
        self.template = template
        self._pod = pod
        self._known: dict[str, tuple[object, object, tuple[bool, bool]]] = {}

    def of(self, node: Object) -> tuple[bool, bool]:
        """Returns whether a new Pod should run on the node, and whether one that runs there may stay."""
        metadata, spec = node["metadata"], node.get("spec")
        labels = metadata.get("labels")
        known = self._known.get(metadata["name"])
        if known is not None and known[0] is spec and known[1] is labels:
            return known[2]
        answer = fits(self._pod, node)
        self._known[metadata["name"]] = (spec, labels, answer)
        return answer


def wanted_pod(daemonset: Object) -> Object:
    """Returns the DaemonSet's Pod without a node, to see where it fits."""
    return pod_for_node(daemonset, "", "")


def pod_for_node(daemonset: Object, hashed: str, node: str) -> Object:
    """Returns the DaemonSet's Pod for a node: bound to it by affinity, tolerating what DaemonSets tolerate."""
    pod = ownership.pod_from_template(daemonset, DaemonSet)
    labels = {
        **(pod["metadata"].get("labels") or {}),
        history.HASH_LABEL: hashed,
        "pod-template-generation": generation(daemonset),
    }
    spec = pod["spec"]
    tolerations = [*(spec.get("tolerations") or ()), *TOLERATIONS]
    if spec.get("hostNetwork"):
        tolerations.append(HOST_NETWORK_TOLERATION)
    spec = {**spec, "tolerations": tolerations}
    if node:
        spec["affinity"] = _on_node(spec.get("affinity") or {}, node)
    return {**pod, "metadata": {**pod["metadata"], "labels": labels}, "spec": spec}


def generation(daemonset: Object) -> str:
    """Returns the template's generation as the label says it."""
    annotations = daemonset["metadata"].get("annotations") or {}
    return str(annotations.get(TEMPLATE_GENERATION, daemonset["metadata"].get("generation", 1)))


def _on_node(affinity: Object, node: str) -> Object:
    fields = [{"key": "metadata.name", "operator": "In", "values": [node]}]
    required: Object = affinity.get("nodeAffinity", {}).get("requiredDuringSchedulingIgnoredDuringExecution", {})
    standing: Sequence[Object] = required.get("nodeSelectorTerms") or ({},)
    terms = [{**term, "matchFields": fields} for term in standing]
    node_affinity = {
        **affinity.get("nodeAffinity", {}),
        "requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": terms},
    }
    return {**affinity, "nodeAffinity": node_affinity}


def target_node(pod: Object) -> str:
    """Returns the node that a DaemonSet's Pod runs on or is meant for."""
    if name := pod["spec"].get("nodeName"):
        return str(name)
    required = (
        pod["spec"]
        .get("affinity", {})
        .get("nodeAffinity", {})
        .get("requiredDuringSchedulingIgnoredDuringExecution", {})
    )
    for term in required.get("nodeSelectorTerms") or ():
        for field in term.get("matchFields") or ():
            if field["key"] == "metadata.name":
                return str(field["values"][0])
    return ""


def fits(pod: Object, node: Object) -> tuple[bool, bool]:
    """Returns whether a new Pod should run on the node, and whether one that runs there may stay."""
    spec = pod["spec"]
    if spec.get("nodeName") and spec["nodeName"] != node["metadata"]["name"]:
        return False, False
    if not fits_node_affinity(spec, node):
        return False, False
    taints: Sequence[Object] = node.get("spec", {}).get("taints") or ()
    tolerations = spec.get("tolerations") or ()
    stays = untolerated(taints, tolerations, (TaintEffect.NO_EXECUTE,)) is None
    runs = untolerated(taints, tolerations, (TaintEffect.NO_SCHEDULE, TaintEffect.NO_EXECUTE)) is None
    return runs, stays


def _age(pod: Object) -> tuple[str, str]:
    return pod["metadata"]["creationTimestamp"], pod["metadata"]["name"]
