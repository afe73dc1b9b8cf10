"""kubectl's STATUS and RESTARTS columns of a Pod, and one word for each of its containers.

Source: pkg/printers/internalversion/printers.go, printPod.
"""

from kubelab.cluster.objects import Object, is_being_deleted


def status_of(pod: Object) -> str:
    """Return the STATUS column."""
    status = pod.get("status", {})
    reason = status.get("reason") or status.get("phase", "")
    if _condition(status, "PodScheduled").get("reason") == "SchedulingGated":
        reason = "SchedulingGated"
    initializing = _initializing(pod)
    if initializing and _condition(status, "Initialized").get("status") != "True":
        reason = initializing
    else:
        reason = _of_containers(status, reason)
    if is_being_deleted(pod):
        if status.get("reason") == "NodeLost":
            return "Unknown"
        if status.get("phase") not in ("Succeeded", "Failed"):
            return "Terminating"
    return str(reason)


def _initializing(pod: Object) -> str:
    """What the first init container that is not through says, "" when all are."""
    declared = pod["spec"].get("initContainers", ())
    sidecars = {container["name"] for container in declared if container.get("restartPolicy") == "Always"}
    for index, container in enumerate(pod.get("status", {}).get("initContainerStatuses", ())):
        state = container.get("state", {})
        terminated = state.get("terminated")
        if terminated is not None and terminated.get("exitCode") == 0:
            continue
        if container["name"] in sidecars and container.get("started"):
            continue
        if terminated is not None:
            return f"Init:{_end(terminated)}"
        waiting = state.get("waiting", {}).get("reason", "")
        return f"Init:{waiting}" if waiting and waiting != "PodInitializing" else f"Init:{index}/{len(declared)}"
    return ""


def _of_containers(status: Object, reason: str) -> str:
    running = False
    for container in reversed(status.get("containerStatuses", ())):
        state = container.get("state", {})
        if state.get("waiting", {}).get("reason"):
            reason = state["waiting"]["reason"]
        elif "terminated" in state:
            reason = _end(state["terminated"])
        elif container.get("ready") and "running" in state:
            running = True
    if reason == "Completed" and running:
        return "Running" if _condition(status, "Ready").get("status") == "True" else "NotReady"
    return reason


def _end(terminated: Object) -> str:
    if terminated.get("reason"):
        return str(terminated["reason"])
    signal = terminated.get("signal")
    return f"Signal:{signal}" if signal else f"ExitCode:{terminated.get('exitCode', 0)}"


def restarts_of(pod: Object) -> int:
    """Return how often its containers were restarted, those of sidecars included."""
    status = pod.get("status", {})
    declared = pod["spec"].get("initContainers", ())
    sidecars = {container["name"] for container in declared if container.get("restartPolicy") == "Always"}
    counted = [one for one in status.get("initContainerStatuses", ()) if one["name"] in sidecars]
    return sum(one.get("restartCount", 0) for one in (*counted, *status.get("containerStatuses", ())))


def container_word(status: Object) -> str:
    """Return what a container does: Running, or why it does not."""
    state = status.get("state", {})
    if "running" in state:
        return "Running"
    if "terminated" in state:
        return _end(state["terminated"])
    return str(state.get("waiting", {}).get("reason") or "Waiting")


def _condition(status: Object, kind: str) -> Object:
    return next((one for one in status.get("conditions", ()) if one["type"] == kind), {})
