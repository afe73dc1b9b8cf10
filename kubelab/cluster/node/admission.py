"""Whether a node takes a Pod that was assigned to it: room, selectors, ports, taints.

Source: pkg/kubelet/lifecycle/predicate.go, pkg/scheduler (AdmissionCheck).
"""

from __future__ import annotations

from typing import NamedTuple

from kubelab.cluster.node import confinement
from kubelab.cluster.node.podwork import PodWork
from kubelab.cluster.nodes import TaintEffect, fits_node_affinity, tolerates, untolerated
from kubelab.cluster.objects import Object
from kubelab.cluster.quantity import to_int

CRITICAL = 2_000_000_000  # the priority from which a Pod is taken in any case
MEMORY_TAINT = {"key": "node.kubernetes.io/memory-pressure", "effect": "NoSchedule"}


class Refusal(NamedTuple):
    """Why a node does not take a Pod."""

    reason: str  # "OutOfcpu", "NodeAffinity" ...
    message: str


def refusal(work: PodWork) -> Refusal | None:
    """Returns why the kubelet refuses a new Pod, None when it takes it."""
    node = work.node.object
    if node is None:
        return Refusal("InvalidNodeInfo", "Kubelet cannot get node info.")
    spec = work.pod["spec"]
    asked_os = (spec.get("os") or {}).get("name", "linux")
    if asked_os != "linux":
        return Refusal("PodOSNotSupported", "Failed to admit pod as the OS field doesn't match node OS")
    forbidden = confinement.forbidden_sysctl(work)
    if forbidden:
        return Refusal("SysctlForbidden", forbidden)
    return _pressed(work) or _room(work) or _fit(work, spec, node)


def _pressed(work: PodWork) -> Refusal | None:
    """Refuses Pods while the node is short of something; memory only those that asked for none."""
    pressure = work.node.record.get("pressure")
    if not pressure or (work.pod["spec"].get("priority") or 0) >= CRITICAL:
        return None
    if list(pressure) == ["MemoryPressure"]:
        tolerations = work.pod["spec"].get("tolerations") or ()
        if work.blueprint.qos != "BestEffort" or any(tolerates(each, MEMORY_TAINT) for each in tolerations):
            return None
    return Refusal("Evicted", f"The node had condition: [{' '.join(pressure)}]. ")


def _room(work: PodWork) -> Refusal | None:
    view, requests = work.node, work.blueprint.requests
    cpu, memory, pods = view.room()
    used = len(view.admitted)
    if used + 1 > pods:
        return _out_of("pods", 1, used, pods)
    if requests.cpu and requests.cpu > cpu - view.cpu:
        return _out_of("cpu", requests.cpu, view.cpu, cpu)
    if requests.memory and requests.memory > memory - view.memory:
        return _out_of("memory", requests.memory, view.memory, memory)
    if requests.storage:
        storage = to_int(view.allocatable("ephemeral-storage"))
        if requests.storage > storage - view.storage:
            return _out_of("ephemeral-storage", requests.storage, view.storage, storage)
    return None


def _out_of(resource: str, requested: int, used: int, capacity: int) -> Refusal:
    numbers = f"requested: {requested}, used: {used}, capacity: {capacity}"
    return Refusal(f"OutOf{resource}", f"Node didn't have enough resource: {resource}, {numbers}")


def _fit(work: PodWork, spec: Object, node: Object) -> Refusal | None:
    if (spec.get("nodeSelector") or spec.get("affinity")) and not fits_node_affinity(spec, node):
        return _failed("NodeAffinity", "node(s) didn't match Pod's node affinity/selector")
    ports = work.blueprint.ports
    if ports and not work.kubelet.host_ports(work.node.name).isdisjoint(ports):
        return _failed("NodePorts", "node(s) didn't have free ports for the requested pod ports")
    taints = node.get("spec", {}).get("taints")
    if taints and untolerated(taints, spec.get("tolerations") or (), (TaintEffect.NO_EXECUTE,)):
        return _failed("TaintToleration", "node(s) had taints that the pod didn't tolerate")
    return None


def _failed(predicate: str, why: str) -> Refusal:
    return Refusal(predicate, f"Predicate {predicate} failed: {why}")


def refuse(work: PodWork, why: Refusal) -> None:
    """Reports that the node does not take the Pod."""
    work.event("Warning", why.reason, why.message)
    status: Object = {
        **(work.pod.get("status") or {}),
        "phase": "Failed",
        "qosClass": work.blueprint.qos,
        "reason": why.reason,
        "message": f"Pod was rejected: {why.message}",
        "startTime": work.kubelet.clock.timestamp(),
    }
    if work.node.kubelet.observed_generation and "generation" in work.pod["metadata"]:
        status["observedGeneration"] = work.pod["metadata"]["generation"]
    work.write_status(status)
