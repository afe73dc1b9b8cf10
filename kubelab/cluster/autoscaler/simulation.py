"""Where Pods would go: on nodes as they are, and on nodes that a group could have more of.

Pods that are placed in the mind only take their room there; the scheduler's own plugins judge.
Source: kubernetes/autoscaler, simulator/ and estimator/binpacking_estimator.go.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from kubelab.cluster.autoscaler.cloud import labels_of_machines
from kubelab.cluster.kinds import DaemonSet
from kubelab.cluster.nodes import TaintEffect, fits_node_affinity, untolerated
from kubelab.cluster.objects import Key, Object, key_of
from kubelab.cluster.scheduler.decision import Trial
from kubelab.cluster.scheduler.nodeinfo import NodeInfo
from kubelab.cluster.scheduler.podinfo import pod_info
from kubelab.cluster.scheduler.profiles import DEFAULT
from kubelab.cluster.scheduler.scheduler import Scheduler

if TYPE_CHECKING:
    from kubelab.cluster.cluster import Cluster

MAX_PODS = 110
RESERVED = 102_400  # KiB that a kubelet keeps back, the hard eviction threshold


class Simulation:
    """Nodes, and the Pods that were placed on them in the mind."""

    def __init__(self, cluster: Cluster) -> None:
        scheduler = cluster.components["scheduler"]
        assert isinstance(scheduler, Scheduler)
        self.scheduler = scheduler
        self.cache = scheduler.cache
        self.cluster = cluster
        self._placed: dict[str, list[Object]] = {}

    def template(self, group: str, machine: Object, number: int = 0) -> NodeInfo:
        """Returns a node as a group's next one would be, with the DaemonSets' Pods that it would get."""
        name = f"template-node-for-{group}-{number}"
        labels = {**labels_of_machines(machine), "kubernetes.io/hostname": name}
        labels |= {"kubernetes.io/os": "linux", "kubernetes.io/arch": "amd64"}
        room = {
            "cpu": str(machine["cpus"]),
            "memory": f"{machine['memory_mib'] * 1024 - RESERVED}Ki",
            "ephemeral-storage": str(machine["disk_gib"] * 2**30 * 9 // 10),
            "pods": str(MAX_PODS),
        }
        node: Object = {
            "apiVersion": "v1",
            "kind": "Node",
            "metadata": {"name": name, "labels": labels},
            "spec": {"taints": list(machine["taints"])} if machine.get("taints") else {},
            "status": {"allocatable": room, "capacity": room},
        }
        info = NodeInfo(-1, name, node)
        info.read(node)
        for daemonset in self.scheduler.api.list(DaemonSet):
            spec = daemonset["spec"]["template"]["spec"]
            taints = node["spec"].get("taints") or ()
            hard = (TaintEffect.NO_SCHEDULE, TaintEffect.NO_EXECUTE)
            if fits_node_affinity(spec, node) and untolerated(taints, spec.get("tolerations") or (), hard) is None:
                info.count(pod_info(spec), 1)
                key = key_of(daemonset)
                info.pods[Key(key.namespace, f"{key.name}-{name}")] = daemonset["spec"]["template"]
        return info

    def why_not(self, pod: Object, node: NodeInfo) -> Sequence[str]:
        """Returns why a Pod cannot go to a node, nothing if it can."""
        profile = self.scheduler.profiles.get(pod["spec"].get("schedulerName", DEFAULT))
        if profile is None:
            return ("no scheduler of that name",)
        trial = Trial(pod, self.cache, profile.plugins)
        trial.begin(node)
        for other in self._placed.get(node.name, ()):
            trial.move(other, 1)
        verdict = trial.verdict()
        return verdict[1].reasons if verdict is not None else ()

    def place(self, pod: Object, nodes: Iterable[NodeInfo]) -> NodeInfo | None:
        """Places a Pod in the mind on the first node where it can be; returns it, None where there is none."""
        for node in nodes:
            if not self.why_not(pod, node):
                self._placed.setdefault(node.name, []).append(pod)
                return node
        return None

    def packed(self, pods: Sequence[Object], group: str, machine: Object, most: int) -> tuple[int, list[Object]]:
        """Packs Pods into new nodes of a group, each into the first where it fits.

        Returns:
            How many nodes that takes, and the Pods that find room there.
        """
        nodes: list[NodeInfo] = []
        helped = []
        for pod in sorted(pods, key=self._size, reverse=True):
            if self.place(pod, nodes) is None:
                if len(nodes) == most:
                    continue
                node = self.template(group, machine, len(nodes) + 1)
                if self.place(pod, [node]) is None:
                    continue
                nodes.append(node)
            helped.append(pod)
        for node in nodes:
            self._placed.pop(node.name, None)
        return len(nodes), helped

    def _size(self, pod: Object) -> tuple[int, int]:
        requests = self.cache.info(pod).requests
        return requests.get("cpu", 0), requests.get("memory", 0)

    def waste(self, pods: Sequence[Object], machine: Object, count: int) -> float:
        """Returns the part of processors and memory that so many new nodes would have left over, together."""
        cpu = sum(self.cache.info(pod).requests.get("cpu", 0) for pod in pods)
        memory = sum(self.cache.info(pod).requests.get("memory", 0) for pod in pods)
        processors, room = int(machine["cpus"]) * 1000, int(machine["memory_mib"]) * 2**20
        return (1 - cpu / (processors * count)) + (1 - memory / (room * count))
