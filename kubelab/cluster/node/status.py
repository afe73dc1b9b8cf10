"""The Pod's status as its kubelet writes it: phase, conditions, container statuses.

Source: pkg/kubelet/kubelet_pods.go (generateAPIPodStatus, getPhase), pkg/kubelet/prober/prober_manager.go
(UpdatePodStatus), status_manager.go (normalizeStatus: containers by name).
Parts that Pods of one template have in common are the same objects.
"""

from __future__ import annotations

from operator import itemgetter

from kubelab.cluster.clock import rfc3339
from kubelab.cluster.node import conditions, probes, resizing
from kubelab.cluster.node.blueprint import APP, INIT, SIDECAR, ContainerPlan
from kubelab.cluster.node.podwork import PodWork
from kubelab.cluster.node.record import attempt, is_running
from kubelab.cluster.node.registry import resolve
from kubelab.cluster.node.restarts import may_restart
from kubelab.cluster.objects import Object

RUNNING, PENDING, SUCCEEDED, FAILED = "Running", "Pending", "Succeeded", "Failed"


def generate(work: PodWork, *, terminal: bool = False) -> Object:
    """Returns the status that follows from the runtime's and the probes' state.

    Args:
        terminal: no container of the Pod will be started again.
    """
    blueprint, pod = work.blueprint, work.pod
    old: Object = pod.get("status") or {}
    inits = [container_status(work, plan) for plan in blueprint.inits]
    apps = [container_status(work, plan) for plan in blueprint.apps]
    phase = _phase(work, inits, apps, terminal=terminal)
    if old.get("phase") in (SUCCEEDED, FAILED):
        phase = old["phase"]
    status: Object = {
        "conditions": conditions.generate(work, old, phase, inits, apps),
        "containerStatuses": apps if len(apps) == 1 else sorted(apps, key=itemgetter("name")),
        "hostIP": work.node.ip,
        "hostIPs": work.node.ips,
        "phase": phase,
        "qosClass": old.get("qosClass") or blueprint.qos,
        "startTime": old.get("startTime") or rfc3339(work.record["began"]),
    }
    if inits:
        status["initContainerStatuses"] = inits
    if blueprint.ephemerals:
        status["ephemeralContainerStatuses"] = [container_status(work, plan) for plan in blueprint.ephemerals]
    _addresses(work, old, status)
    for field in ("reason", "message", "resize", "nominatedNodeName", "resourceClaimStatuses"):
        if field in old:
            status[field] = old[field]
    if work.node.kubelet.observed_generation and "generation" in pod["metadata"]:
        status["observedGeneration"] = pod["metadata"]["generation"]
    return status


def _addresses(work: PodWork, old: Object, status: Object) -> None:
    ip = work.node.ip if work.blueprint.host_network else work.record.get("ip")
    if ip is not None:
        status["podIP"] = ip
        status["podIPs"] = [{"ip": ip}]
    elif "podIP" in old:  # a dead Pod's address stays to be seen
        status["podIP"] = old["podIP"]
        status["podIPs"] = old["podIPs"]


def container_status(work: PodWork, plan: ContainerPlan) -> Object:
    """Returns the status of one container."""
    container = work.container(plan.name)
    if container is None or "started" not in container:
        return _never_started(work, plan)
    number = attempt(container)
    status: Object = {
        **plan.fixed,
        **work.blueprint.running[plan.name],
        "containerID": f"containerd://{work.container_id(plan.name, number)}",
        "lastState": {},
        "restartCount": number,
    }
    if "image" in container and container["image"] != plan.image:
        status |= _image(container["image"])  # the spec names another one since the container was started
    if (kept := resizing.shown(work.record, plan.name)) is not None:
        status |= plan.resources_status(kept)
    if "last" in container:
        status["lastState"] = {"terminated": _terminated(work, plan, container["last"])}
    if is_running(container, work.now):
        started = probes.has_started(work, plan)
        status["state"] = {"running": {"startedAt": rfc3339(container["started"])}}
        status["started"] = started
        status["ready"] = started and (plan.kind == INIT or probes.is_ready(work, plan)) and plan.kind != INIT
        return status
    ended = {"terminated": _terminated(work, plan, container)}
    status["started"] = False
    status["ready"] = plan.kind == INIT and container["ended"][1] == 0
    reason = (work.record.get("reasons") or {}).get(plan.name)
    if reason is not None and may_restart(work, plan, container):
        status["lastState"] = ended
        status["state"] = {"waiting": _waiting(reason)}
    else:
        status["state"] = ended
    return status


def _image(name: str) -> Object:
    """Returns what a status says of an image that runs."""
    resolved = resolve(name)
    return {"image": str(resolved.reference), "imageID": resolved.image_id}


def _never_started(work: PodWork, plan: ContainerPlan) -> Object:
    reason = (work.record.get("reasons") or {}).get(plan.name)
    if reason is None:
        shared = work.blueprint.shared
        status: Object | None = shared.get(plan.name)
        if status is None:
            why = "PodInitializing" if work.blueprint.inits else "ContainerCreating"
            status = shared[plan.name] = _waiting_status(plan, {"reason": why})
        return status
    return _waiting_status(plan, _waiting(reason))


def _waiting_status(plan: ContainerPlan, waiting: Object) -> Object:
    return {
        **plan.fixed,
        "image": plan.image,
        "imageID": "",
        "lastState": {},
        "ready": False,
        "restartCount": 0,
        "started": False,
        "state": {"waiting": waiting},
    }


def _waiting(reason: list[str]) -> Object:
    return {"message": reason[1], "reason": reason[0]} if reason[1] else {"reason": reason[0]}


def _terminated(work: PodWork, plan: ContainerPlan, container: Object) -> Object:
    ended, code, reason, message = container["ended"]
    state: Object = {
        "containerID": f"containerd://{work.container_id(plan.name, attempt(container))}",
        "exitCode": code,
        "finishedAt": rfc3339(ended),
        "reason": reason or ("Completed" if code == 0 else "Error"),
        "startedAt": rfc3339(container["started"]),
    }
    if message:
        state["message"] = message
    return state


def _phase(work: PodWork, inits: list[Object], apps: list[Object], *, terminal: bool) -> str:
    """Follows getPhase: what the containers' states come to."""
    blueprint = work.blueprint
    pending_init = failed_for_good = 0
    sidecar_pending = running = waiting = 0
    for plan, status in zip(blueprint.inits, inits, strict=True):
        state = status["state"]
        if plan.kind == SIDECAR:
            running += "running" in state
            if "running" in state and not status["started"]:
                sidecar_pending += 1
            elif "waiting" in state and "terminated" not in status["lastState"]:
                sidecar_pending += 1
                waiting += 1
            continue
        ended = state.get("terminated") or status["lastState"].get("terminated")
        if "running" in state or ended is None:
            pending_init += 1
        elif ended["exitCode"] != 0 and blueprint.restart_policy == "Never":
            failed_for_good += 1
        elif "waiting" in state:
            pending_init += ended["exitCode"] == 0
    if failed_for_good:
        return FAILED
    stopped = succeeded = 0
    for status in apps:
        state = status["state"]
        if "running" in state:
            running += 1
        elif "terminated" in state:
            stopped += 1
            succeeded += state["terminated"]["exitCode"] == 0
        elif "terminated" in status["lastState"]:
            stopped += 1
        else:
            waiting += 1
    initialized = any("started" in (work.container(plan.name) or {}) for plan in blueprint.apps)
    if pending_init or (sidecar_pending and not initialized) or waiting:
        return PENDING
    if running:
        return RUNNING
    if not stopped:
        return PENDING
    return _stopped_phase(work, stopped == succeeded, terminal=terminal)


def _stopped_phase(work: PodWork, all_succeeded: bool, *, terminal: bool) -> str:
    policy = work.blueprint.restart_policy
    if not terminal and any(_restarts_itself(work, plan) for plan in work.blueprint.apps):
        return RUNNING
    if terminal or policy == "Never" or (policy == "OnFailure" and all_succeeded):
        return SUCCEEDED if all_succeeded else FAILED
    return RUNNING


def _restarts_itself(work: PodWork, plan: ContainerPlan) -> bool:
    """Tells whether a container's own policy, other than its Pod's, has it started again (KEP-5307)."""
    return "restartPolicy" in plan.spec and may_restart(work, plan, work.container(plan.name) or {})


__all__ = ["APP", "FAILED", "PENDING", "RUNNING", "SUCCEEDED", "container_status", "generate"]
