"""In-place resize: what a kubelet does when the resources of a Pod that it runs are to be others.

A resize for which the node has room is allocated at once and done with the next sync; one that the node could never
hold is infeasible, one that others leave no room for is deferred until a Pod goes from the node. Until it is allocated
the containers keep what they have. Source: KEP-1287; pkg/kubelet/kubelet.go (canResizePod), allocation manager (v1.34);
kuberuntime_manager.go (computePodResizeAction).
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from kubelab.cluster.node.podwork import NOTICE, SOONEST
from kubelab.cluster.node.record import container_key
from kubelab.cluster.node.resources import Requests
from kubelab.cluster.objects import Object

if TYPE_CHECKING:
    from kubelab.cluster.node.kubelet import Kubelet
    from kubelab.cluster.node.nodeview import NodeView
    from kubelab.cluster.node.podwork import PodWork

DEFERRED = "/machine/deferred/"  # node/namespace/name of Pods whose resize waits for room
COMPLETED, EVENTS = 34, 35  # the minor versions since which there is an event at the end, and at each step
NO_ROOM = "Node didn't have enough capacity: {}, requested: {}, capacity: {}"
NOT_NOW = "Node didn't have enough resource: {}, requested: {}, used: {}, capacity: {}"


def changed(old: Object, new: Object, record: Object) -> None:
    """Notes in a Pod's record what its containers had before their resources changed."""
    before = {each["name"]: each.get("resources") or {} for each in old["spec"]["containers"]}
    for container in new["spec"]["containers"]:
        name = container["name"]
        if before.get(name, {}) != (container.get("resources") or {}):
            record.setdefault("resize", {}).setdefault(name, before.get(name, {}))


def consider(work: PodWork) -> None:
    """Allocates a resize, or notes why not, before a sync."""
    record = work.record
    if "resizing" in record:
        _complete(work)
    if not record.get("resize"):
        return
    verdict = _verdict(work.node, work.uid, work.blueprint.requests)
    path = f"{DEFERRED}{work.node.name}/{work.key}"
    if verdict is not None:
        if record.get("pending") != verdict and work.node.kubelet.minor >= EVENTS:
            message = _told(work, f"Pod resize {verdict[0]}", verdict[1])
            work.event("Warning", f"Resize{verdict[0]}", message)
        record["pending"] = verdict
        if verdict[0] == "Deferred":
            work.cluster.store.put(path, {})
        return
    if record.pop("pending", None) is not None:
        work.cluster.store.delete(path)
    work.node.release(work.uid)
    work.node.admit(work.uid, work.blueprint.requests)
    for name, before in record.pop("resize").items():
        plan, container = work.blueprint.by_name[name], record["containers"].get(name)
        if container is not None and work.runs(name) and _restarts(plan.spec, before):
            container["resized"] = True
    record["resizing"] = True
    record["resync"] = work.now + work.chance(SOONEST, NOTICE, "notice resize", work.now)
    if work.node.kubelet.minor >= EVENTS:
        work.event("Normal", "ResizeStarted", _told(work, "Pod resize started"))


def _complete(work: PodWork) -> None:
    """Says that a resize is done, once every container has what it was allocated."""
    record = work.record
    running = (record["containers"].get(plan.name) or {} for plan in work.blueprint.apps)
    if any("resized" in container or "ended" in container for container in running):
        return
    del record["resizing"]
    if work.node.kubelet.minor >= COMPLETED:
        work.event("Normal", "ResizeCompleted", _told(work, "Pod resize completed"))


def _told(work: PodWork, what: str, error: str = "") -> str:
    """Returns an event's message: what happened, and the resources that it is about as JSON."""
    summary: Object = {}
    for field in ("initContainers", "containers"):
        told = [
            {"name": each["name"], "resources": each.get("resources") or {}}
            for each in work.pod["spec"].get(field) or ()
        ]
        if told:
            summary[field] = told
    if work.node.kubelet.minor >= EVENTS:
        summary["generation"] = work.pod["metadata"].get("generation", 0)
    if error:
        summary["error"] = error
    return f"{what}: {json.dumps(summary, separators=(',', ':'))}"


def _verdict(view: NodeView, uid: str, wanted: Requests) -> list[str] | None:
    """Returns why a node cannot give a Pod what it wants: reason and message; None where it can."""
    cpu, memory, _ = view.room()
    has = view.admitted.get(uid) or Requests(0, 0)
    if wanted.memory > memory:
        return ["Infeasible", NO_ROOM.format("memory", wanted.memory, memory)]
    if wanted.cpu > cpu:
        return ["Infeasible", NO_ROOM.format("cpu", wanted.cpu, cpu)]
    used_cpu, used_memory = view.cpu - has.cpu, view.memory - has.memory
    if wanted.cpu > has.cpu and wanted.cpu > cpu - used_cpu:
        return ["Deferred", NOT_NOW.format("cpu", wanted.cpu, used_cpu, cpu)]
    if wanted.memory > has.memory and wanted.memory > memory - used_memory:
        return ["Deferred", NOT_NOW.format("memory", wanted.memory, used_memory, memory)]
    return None


def _restarts(spec: Object, before: Object) -> bool:
    """Tells whether the resize policy wants a restart for what changed."""
    after = spec.get("resources") or {}
    policies = {each["resourceName"]: each["restartPolicy"] for each in spec.get("resizePolicy") or ()}
    return any(
        policy == "RestartContainer"
        and any((before.get(field) or {}).get(name) != (after.get(field) or {}).get(name) for field in before | after)
        for name, policy in policies.items()
    )


def room_freed(kubelet: Kubelet, view: NodeView) -> None:
    """Lets the Pods of a node try again whose resize waits for room."""
    store = kubelet.store
    for path, _ in list(store.items(f"{DEFERRED}{view.name}/")):
        node, namespace, name = path.removeprefix(DEFERRED).split("/")
        key = container_key(node, namespace, name)
        record = store.get(key)
        if record is None or "resize" not in record:
            store.delete(path)
            continue
        store.put(key, {**record, "asked": True})
        kubelet.cluster.agenda.add(kubelet.name, f"{node}/{namespace}/{name}")


def shown(record: Object, name: str) -> Object | None:
    """Returns the resources that a container still has though its spec wants others, None where they are the spec's."""
    before: Object | None = (record.get("resize") or {}).get(name) if "pending" in record else None
    return before
