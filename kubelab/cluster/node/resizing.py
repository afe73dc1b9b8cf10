"""In-place resize: what a kubelet does when the resources of a Pod that it runs are to be others.

A resize for which the node has room is allocated at once and done with the next sync; one that the node could never
hold is infeasible, one that others leave no room for is deferred until a Pod goes from the node. Until it is allocated
the containers keep what they have. Source: KEP-1287; pkg/kubelet/kubelet.go (canResizePod), allocation manager (v1.34);
kuberuntime_manager.go (computePodResizeAction).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kubelab.cluster.node.record import container_key
from kubelab.cluster.node.resources import Requests
from kubelab.cluster.objects import Object

if TYPE_CHECKING:
    from kubelab.cluster.node.kubelet import Kubelet
    from kubelab.cluster.node.nodeview import NodeView
    from kubelab.cluster.node.podwork import PodWork

DEFERRED = "/machine/deferred/"  # node/namespace/name of Pods whose resize waits for room
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
    if not record.get("resize"):
        return
    verdict = _verdict(work.node, work.uid, work.blueprint.requests)
    path = f"{DEFERRED}{work.node.name}/{work.key}"
    if verdict is not None:
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
