"""Which nodes are unneeded, since when, and how they are drained and given back.

Source: kubernetes/autoscaler, core/scaledown/{eligibility,planner,unneeded,actuation}, simulator/drainability;
FAQ.md (What types of pods can prevent CA from removing a node?).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kubelab.cluster.api.errors import ApiError
from kubelab.cluster.api.request import Request
from kubelab.cluster.autoscaler import cloud
from kubelab.cluster.autoscaler.blocking import blocks, is_left_behind
from kubelab.cluster.autoscaler.simulation import Simulation
from kubelab.cluster.kinds import Node, Pod
from kubelab.cluster.objects import Key, Object, annotations_of, controller_ref, is_being_deleted, key_of
from kubelab.cluster.scheduler.nodeinfo import NodeInfo

if TYPE_CHECKING:
    from kubelab.cluster.autoscaler.scan import Scan

TO_BE_DELETED = "ToBeDeletedByClusterAutoscaler"
CANDIDATE = "DeletionCandidateOfClusterAutoscaler"
DISABLED = "cluster-autoscaler.kubernetes.io/scale-down-disabled"
RETRY = 10.0  # seconds until a refused eviction is tried again
LOOK = 5.0  # between two looks whether the Pods are gone
HEADROOM = 30.0  # beyond the longest grace period
MOST_RETRIES = 120.0  # seconds for which evictions are tried (--max-pod-eviction-time)


def scale_down(scan: Scan) -> None:
    """Follows which nodes are unneeded, and deletes those that have been for long enough."""
    for name in list(scan.state["deleting"]):
        _go_on(scan, name)
    if not scan.options.switches["scale-down-enabled"]:
        return
    unneeded = _unneeded(scan)
    since = scan.state["unneeded"]
    scan.state["unneeded"] = {name: since.get(name, scan.now) for name in unneeded}
    scan.utilization = unneeded
    for node in scan.nodes():
        name = node["metadata"]["name"]
        _mark(scan, node, CANDIDATE if name in unneeded else "")
    if not scan.pending:
        _delete_unneeded(scan)


def _unneeded(scan: Scan) -> dict[str, tuple[str, float, float, float]]:
    """Returns the nodes that could go one after the other, each with what of it is in use."""
    simulation = Simulation(scan.cluster)
    candidates = {}
    for node in scan.nodes():
        info = simulation.cache.nodes.get(node["metadata"]["name"])
        if info is not None and _is_eligible(scan, node):
            used = _utilization(scan, info)
            if used[1] < scan.options.numbers["scale-down-utilization-threshold"]:
                candidates[info.name] = used
    going: dict[str, tuple[str, float, float, float]] = {}
    taking: set[str] = set()  # nodes that are to take over others' Pods are needed
    for name in sorted(candidates, key=lambda name: (bool(_to_move(scan, simulation.cache.nodes[name])), name)):
        if name in taking:
            continue
        others = [
            node for node in simulation.cache.by_index
            if node.name != name and node.name not in going and node.name not in scan.state["deleting"]
            and scan.is_ready(node.node)
        ]  # fmt: skip
        places = _places(scan, simulation, simulation.cache.nodes[name], others)
        if places is not None:
            going[name] = candidates[name]
            taking.update(places)
    return going


def _is_eligible(scan: Scan, node: Object) -> bool:
    group = scan.group_of(node["metadata"]["name"])
    least = next((known.least for known in scan.options.groups if known.name == group), 0)
    return (
        scan.is_ready(node)
        and scan.groups[group]["size"] > least
        and annotations_of(node).get(DISABLED) != "true"
        and node["metadata"]["name"] not in scan.state["deleting"]
    )


def _utilization(scan: Scan, info: NodeInfo) -> tuple[str, float, float, float]:
    """Returns the resource that is used most with its part, then the parts of processors and memory."""
    parts = {}
    for resource in ("cpu", "memory"):
        taken, room = info.requested.get(resource, 0), info.allocatable.get(resource, 0)
        if scan.options.switches["ignore-daemonsets-utilization"]:
            for pod in info.pods.values():
                if (controller_ref(pod) or {}).get("kind") == "DaemonSet":
                    own = scan.simulated_needs(pod).get(resource, 0)
                    taken, room = taken - own, room - own
        parts[resource] = taken / room if room else 0.0
    most = max(parts, key=lambda resource: parts[resource])
    return most, parts[most], parts["cpu"], parts["memory"]


def _to_move(scan: Scan, info: NodeInfo) -> list[Object]:
    pods = [scan.api.get(Pod, key) for key in sorted(info.pods)]
    return [pod for pod in pods if pod is not None and not is_left_behind(pod)]


def _places(scan: Scan, simulation: Simulation, info: NodeInfo, others: list[NodeInfo]) -> list[str] | None:
    """Returns the nodes that would take a node's Pods, None if one of those cannot or may not go."""
    places = []
    for pod in _to_move(scan, info):
        place = None if blocks(scan, pod) else simulation.place(_without_node(pod), others)
        if place is None:
            return None
        places.append(place.name)
    return places


def _without_node(pod: Object) -> Object:
    return {**pod, "spec": {field: value for field, value in pod["spec"].items() if field != "nodeName"}}


def _mark(scan: Scan, node: Object, wanted: str) -> None:
    """Gives a node the soft taint of a candidate, or takes it off."""
    taints = node["spec"].get("taints") or []
    has = any(taint["key"] == CANDIDATE for taint in taints)
    if has == bool(wanted) or any(taint["key"] == TO_BE_DELETED for taint in taints):
        return
    left = [taint for taint in taints if taint["key"] != CANDIDATE]
    if wanted:
        left.append({"effect": "PreferNoSchedule", "key": CANDIDATE, "value": str(int(scan.now))})
    _taint(scan, node, left)


def _taint(scan: Scan, node: Object, taints: list[Object]) -> None:
    spec = {field: value for field, value in node["spec"].items() if field != "taints"}
    scan.api.update(Node, {**node, "spec": {**spec, "taints": taints} if taints else spec})


# deleting


def _delete_unneeded(scan: Scan) -> None:
    """Begins to delete the nodes whose time is over: empty ones together, else one at a time."""
    durations = scan.options.durations
    wait = durations["scale-down-unneeded-time"]
    cool = max(
        scan.state.get("added", 0.0) + durations["scale-down-delay-after-add"],
        scan.state.get("failed", 0.0) + durations["scale-down-delay-after-failure"],
        scan.state.get("removed", 0.0) + (durations["scale-down-delay-after-delete"] or 0.0),
    )
    empty: list[str] = []
    drained: list[str] = []
    sizes = {group.name: scan.groups[group.name]["size"] - group.least for group in scan.options.groups}
    for name, since in sorted(scan.state["unneeded"].items(), key=lambda entry: (entry[1], entry[0])):
        group = scan.group_of(name)
        if sizes[group] <= 0:
            continue
        due = max(since + wait, cool)
        if due > scan.now:
            scan.look_again(due - scan.now)
            continue
        info = Simulation(scan.cluster).cache.nodes.get(name)
        if info is None:
            continue
        sizes[group] -= 1
        (drained if _to_move(scan, info) else empty).append(name)
    going = len(scan.state["deleting"])
    for name in empty[: int(scan.options.numbers["max-scale-down-parallelism"]) - going]:
        _begin(scan, name, drain=False)
    busy = any(kept["drain"] for kept in scan.state["deleting"].values())
    if drained and not empty and not busy:
        _begin(scan, drained[0], drain=True)
    if len(empty) + len(drained) and (drained[1:] or busy or empty):
        scan.look_again(scan.options.durations["scan-interval"])


def _begin(scan: Scan, name: str, *, drain: bool) -> None:
    node = scan.api.get(Node, Key("", name))
    if node is None:
        return
    kept = [taint for taint in node["spec"].get("taints") or () if taint["key"] != TO_BE_DELETED]
    _taint(scan, node, [*kept, {"effect": "NoSchedule", "key": TO_BE_DELETED, "value": str(int(scan.now))}])
    scan.events.event(node, "Normal", "ScaleDown", "marked the node as toBeDeleted/unschedulable")
    scan.state["unneeded"].pop(name, None)
    pods = _to_move(scan, Simulation(scan.cluster).cache.nodes[name])
    if drain:
        most, part, cpu, memory = scan.utilization[name]
        told = f"{{{cpu:g} {memory:g} 0 0 {most} {part:g}}}"
        names = ",".join(pod["metadata"]["name"] for pod in pods)
        message = f"Scale-down: removing node {name}, utilization: {told}, pods to reschedule: {names}"
        scan.note("ScaleDown", message)
    else:
        message = f'Scale-down: removing empty node "{name}"'
        scan.note("ScaleDownEmpty", message)
    scan.say(f"actuator.go:{212 if drain else 157}] {message}")
    for pod in pods:
        scan.events.event(pod, "Normal", "ScaleDown", "deleting pod for node scale down")
    longest = max((_grace(pod) for pod in pods), default=0.0)
    waits = {str(key_of(pod)): scan.now for pod in pods}
    scan.state["deleting"][name] = {"drain": drain, "since": scan.now, "grace": longest, "evict": waits}
    _go_on(scan, name)


def _grace(pod: Object) -> float:
    return float(pod["spec"].get("terminationGracePeriodSeconds", 30))


def _go_on(scan: Scan, name: str) -> None:
    """Evicts what is still to be evicted, waits for the Pods to go, then gives the machine back."""
    kept = scan.state["deleting"][name]
    node = scan.api.get(Node, Key("", name))
    if node is None:
        del scan.state["deleting"][name]
        return
    for key, due in list(kept["evict"].items()):
        if due <= scan.now and _evict(scan, Key.parse(key)):
            del kept["evict"][key]
        elif due <= scan.now:
            kept["evict"][key] = scan.now + RETRY
    if kept["evict"]:
        if scan.now - kept["since"] > MOST_RETRIES:
            _give_up(scan, node, "failed to evict pods within allowed timeout")
        else:
            scan.look_again(RETRY)
        return
    info = Simulation(scan.cluster).cache.nodes.get(name)
    left = [pod for pod in (info.pods.values() if info is not None else ()) if not is_left_behind(pod)]
    if left and scan.now - kept["since"] > kept["grace"] + HEADROOM + MOST_RETRIES:
        _give_up(scan, node, f"Failed to drain node /{name}: pods remaining after timeout")
    elif left:
        scan.look_again(LOOK)
    else:
        _give_back(scan, node, drain=kept["drain"])


def _evict(scan: Scan, key: Key) -> bool:
    pod = scan.api.get(Pod, key)
    if pod is None or is_being_deleted(pod):
        return True
    grace = min(_grace(pod), scan.options.numbers["max-graceful-termination-sec"])
    metadata = {"name": key.name, "namespace": key.namespace}
    body = {"apiVersion": "policy/v1", "kind": "Eviction", "metadata": metadata}
    request = Request(
        "create", Pod, key.namespace, key.name, "eviction", user=scan.user,
        body={**body, "deleteOptions": {"gracePeriodSeconds": int(grace)}}, user_agent="cluster-autoscaler",
    )  # fmt: skip
    try:
        scan.cluster.api.handle(request)
    except ApiError:
        return False
    return True


def _give_up(scan: Scan, node: Object, why: str) -> None:
    name = node["metadata"]["name"]
    del scan.state["deleting"][name]
    scan.state["failed"] = scan.now
    _taint(scan, node, [taint for taint in node["spec"].get("taints") or () if taint["key"] != TO_BE_DELETED])
    scan.events.event(node, "Warning", "ScaleDownFailed", f"failed to drain and delete node: {why}")


def _give_back(scan: Scan, node: Object, *, drain: bool) -> None:
    name = node["metadata"]["name"]
    del scan.state["deleting"][name]
    cloud.terminate(scan.cluster, scan.group_of(name), name)
    scan.groups = cloud.groups(scan.cluster)
    scan.state["removed"] = scan.now
    scan.events.event(node, "Normal", "ScaleDown", "nodes removed by cluster autoscaler")
    if drain:
        scan.note("ScaleDown", f"Scale-down: node {name} removed with drain")
    else:
        scan.note("ScaleDownEmpty", f"Scale-down: empty node {name} removed")
