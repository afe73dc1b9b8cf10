"""Pod: containers that live and die together on one node.

Source: pkg/apis/core/v1/defaults.go, pkg/registry/core/pod/strategy.go, pkg/printers/internalversion/printers.go.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from kubelab.cluster.ages import age, ago
from kubelab.cluster.kinds.causes import forbidden
from kubelab.cluster.kinds.container_restarts import causes_at
from kubelab.cluster.kinds.kind import Cause, Column
from kubelab.cluster.kinds.podspec import default_spec, qos_class
from kubelab.cluster.kinds.podspec_update import update_causes
from kubelab.cluster.kinds.podspec_validation import spec_causes
from kubelab.cluster.objects import Object, is_being_deleted

COLUMNS = (
    Column("Name", format="name"),
    Column("Ready"),
    Column("Status"),
    Column("Restarts"),
    Column("Age"),
    Column("IP", priority=1),
    Column("Node", priority=1),
    Column("Nominated Node", priority=1),
    Column("Readiness Gates", priority=1),
)


def default(pod: Object) -> Object:
    """Returns a Pod with its spec's defaults filled in."""
    spec = pod.get("spec") or {}
    filled = default_spec(spec) if spec.get("containers") else spec
    return pod if filled is spec else {**pod, "spec": filled}


_qos: dict[int, tuple[Object, Object]] = {}


def prepare_create(pod: Object) -> Object:
    """Returns a new Pod as it is stored: Pending, with its quality of service class."""
    spec = pod["spec"]
    known = _qos.get(id(spec))
    if known is None or known[0] is not spec:
        if len(_qos) > 2000:
            _qos.clear()
        known = _qos[id(spec)] = (spec, {"phase": "Pending", "qosClass": qos_class(spec)})
    return {**pod, "metadata": {**pod["metadata"], "generation": 1}, "status": known[1]}


def validate(pod: Object) -> list[Cause]:
    """Returns what is wrong with a Pod."""
    causes, spec = spec_causes(pod["spec"], "spec"), pod["spec"]
    if "resourceVersion" in pod["metadata"]:
        return causes
    if spec.get("ephemeralContainers"):
        causes = [*causes, forbidden("spec.ephemeralContainers", "cannot be set on create")]
    if spec.get("nodeName") and spec.get("schedulingGates"):
        causes = [*causes, forbidden("spec.nodeName", "cannot be set until all schedulingGates have been cleared")]
    return causes


def validate_update(new: Object, old: Object) -> list[Cause]:
    """Returns what an update of a Pod may not change."""
    return update_causes(new["spec"], old["spec"])


def validate_resize(new: Object, old: Object) -> list[Cause]:
    """Returns nothing: the subresource has judged already what it takes (podspec_resize.py)."""
    return []


def display_status(pod: Object) -> tuple[str, int, int, int, str | None]:
    """Returns what kubectl's columns say of a Pod.

    Returns:
        The STATUS, how many containers are ready and how many there are, the restarts, and when the last
        restart ended (a timestamp, or None).
    """
    spec, status = pod["spec"], pod.get("status", {})
    reason = status.get("reason") or status.get("phase") or "Unknown"
    if reason == "Pending" and any(
        c["type"] == "PodScheduled" and c.get("reason") == "SchedulingGated" for c in status.get("conditions") or ()
    ):
        reason = "SchedulingGated"
    total, ready, restarts, last = len(spec["containers"]), 0, 0, ""
    sidecars = {c["name"] for c in spec.get("initContainers") or () if c.get("restartPolicy") == "Always"}
    sidecar_restarts, sidecar_last = 0, ""
    initializing = False
    for place, found in enumerate(status.get("initContainerStatuses") or ()):
        restarts += found.get("restartCount", 0)
        last = max(last, _last_finish(found))
        if found["name"] in sidecars:
            sidecar_restarts += found.get("restartCount", 0)
            sidecar_last = max(sidecar_last, _last_finish(found))
        said = _init_reason(found, place, len(spec.get("initContainers") or ()), found["name"] in sidecars)
        if said is None:
            ready += found["name"] in sidecars and bool(found.get("ready"))
            continue
        reason, initializing = said, True
        break
    total += len(sidecars)
    if not initializing or _initialized(status):
        restarts, last = sidecar_restarts, sidecar_last
        running = False
        for found in reversed(status.get("containerStatuses") or ()):
            restarts += found.get("restartCount", 0)
            last = max(last, _last_finish(found))
            said, runs = _reason(found)
            reason = said or reason
            running = running or runs
            ready += runs
        if reason == "Completed" and running:
            reason = "Running" if _is_ready(status) else "NotReady"
    if is_being_deleted(pod):
        reason = (
            "Unknown"
            if status.get("reason") == "NodeLost"
            else reason
            if status.get("phase") in ("Succeeded", "Failed")
            else "Terminating"
        )
    return reason, ready, total, restarts, last or None


def _last_finish(found: Object) -> str:
    finished = ((found.get("lastState") or {}).get("terminated") or {}).get("finishedAt")
    return finished or ""


def _init_reason(found: Object, place: int, total: int, sidecar: bool) -> str | None:
    state = found.get("state") or {}
    terminated, waiting = state.get("terminated"), state.get("waiting")
    if terminated is not None and terminated.get("exitCode") == 0:
        return None
    if sidecar and found.get("started"):
        return None
    if terminated is not None:
        if terminated.get("reason"):
            return f"Init:{terminated['reason']}"
        if terminated.get("signal"):
            return f"Init:Signal:{terminated['signal']}"
        return f"Init:ExitCode:{terminated.get('exitCode')}"
    if waiting is not None and waiting.get("reason") and waiting["reason"] != "PodInitializing":
        return f"Init:{waiting['reason']}"
    return f"Init:{place}/{total}"


def _reason(found: Object) -> tuple[str | None, bool]:
    state = found.get("state") or {}
    waiting, terminated = state.get("waiting"), state.get("terminated")
    if waiting is not None and waiting.get("reason"):
        return waiting["reason"], False
    if terminated is not None:
        if terminated.get("reason"):
            return terminated["reason"], False
        if terminated.get("signal"):
            return f"Signal:{terminated['signal']}", False
        return f"ExitCode:{terminated.get('exitCode')}", False
    return None, bool(found.get("ready") and state.get("running") is not None)


def _condition(status: Object, name: str) -> bool:
    return any(c["type"] == name and c["status"] == "True" for c in status.get("conditions") or ())


def _initialized(status: Object) -> bool:
    return _condition(status, "Initialized")


def _is_ready(status: Object) -> bool:
    return _condition(status, "Ready")


def row(pod: Object, now: float) -> list[Any]:
    """Returns the cells of a Pod's row."""
    reason, ready, total, restarts, last = display_status(pod)
    status, spec = pod.get("status", {}), pod["spec"]
    ips = status.get("podIPs") or ()
    return [
        pod["metadata"]["name"],
        f"{ready}/{total}",
        reason,
        f"{restarts} ({ago(last, now)} ago)" if restarts and last else str(restarts),
        age(pod, now),
        (ips[0]["ip"] if ips else status.get("podIP")) or "<none>",
        spec.get("nodeName") or "<none>",
        status.get("nominatedNodeName") or "<none>",
        _gates(spec.get("readinessGates") or (), status),
    ]


def _gates(gates: Iterable[Object], status: Object) -> str:
    names = [gate["conditionType"] for gate in gates]
    if not names:
        return "<none>"
    return f"{sum(_condition(status, name) for name in names)}/{len(names)}"


RULES = {
    "Pod": {
        "default": default,
        "prepare_create": prepare_create,
        "validate": validate,
        "validate_in": causes_at("spec"),
        "validate_update": validate_update,
        "validate_subresource": {"resize": validate_resize},
        "columns": COLUMNS,
        "row": row,
        "field_labels": (
            "spec.nodeName",
            "spec.restartPolicy",
            "spec.schedulerName",
            "spec.serviceAccountName",
            "spec.hostNetwork",
            "status.phase",
            "status.podIP",
            "status.podIPs",
            "status.nominatedNodeName",
        ),
    }
}
