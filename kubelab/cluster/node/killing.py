"""Ending containers and Pods: preStop, the stop signal, the grace period, SIGKILL; then the Pod's own end.

Source: kuberuntime_container.go (killContainer), kubelet.go (SyncTerminatingPod, SyncTerminatedPod);
kubernetes.io, concepts/workloads/pods/pod-lifecycle (termination of Pods).
"""

from __future__ import annotations

from kubelab.cluster.kinds import Pod
from kubelab.cluster.node import hooks, logs, resizing, runtime, static_pods, status, volume_mounting, volumes
from kubelab.cluster.node.blueprint import SIDECAR, ContainerPlan
from kubelab.cluster.node.container import Container
from kubelab.cluster.node.podwork import PodWork
from kubelab.cluster.node.record import attempt
from kubelab.cluster.objects import Object, is_being_deleted

LEAST_GRACE = 2.0  # seconds that a container gets for its stop signal, however long its preStop hook took
DEFAULT_GRACE = 30
KILLED = 137  # 128 + SIGKILL


def kill(work: PodWork, plan: ContainerPlan, message: str, grace: float) -> None:
    """Begins to end a running container: says so, then runs its preStop hook or sends the signal."""
    container = work.record["containers"][plan.name]
    if "kill" in container:
        return
    work.dirty = True
    work.event("Normal", "Killing", message, plan)
    container.pop("doom", None)
    kill: Object = {"deadline": work.now + grace}
    container["kill"] = kill
    if grace > 0 and (plan.spec.get("lifecycle") or {}).get("preStop"):
        kill["hook"] = hooks.begin(work, _view(work, plan), "preStop")
    _continue_kill(work, plan, container)


def _continue_kill(work: PodWork, plan: ContainerPlan, container: Object) -> None:
    kill = container["kill"]
    if "hook" in kill:
        until = hooks.proceed(work, _view(work, plan), kill["hook"])
        if until is not None and work.now < kill["deadline"]:
            kill["at"] = min(until, kill["deadline"])
            return
        hook = kill.pop("hook")
        kill.pop("at", None)
        if "error" in hook:
            work.event("Warning", "FailedPreStopHook", "PreStopHook failed", plan)
        kill["deadline"] = max(kill["deadline"], work.now + LEAST_GRACE)
    if "signalled" not in kill and "ended" not in container:
        kill["signalled"] = work.now
        runtime.stop(work, _view(work, plan), container, kill["deadline"])


def _view(work: PodWork, plan: ContainerPlan) -> Container:
    return Container(work.cluster, work.node, work.pod, plan, work.record)


def proceed(work: PodWork) -> None:
    """Goes on with the kills that are under way."""
    for plan in work.blueprint.plans:
        container = work.container(plan.name)
        if container is not None and "hook" in container.get("kill", ()) and work.runs(plan.name):
            work.dirty = True
            _continue_kill(work, plan, container)


def kill_in_sync(work: PodWork, step: Object, name: str) -> float | None:
    """Ends one container within a sync; returns when it will be over, None when it is."""
    plan, container = work.blueprint.by_name[name], work.record["containers"][name]
    if not work.runs(name):
        container.pop("notice", None)
        step["again"] = True
        return None
    if "kill" not in container:
        kill(work, plan, container.get("doom", f"Stopping container {name}"), _probe_grace(work, plan))
    kill_state = container["kill"]
    return float(container["ends"][0] if "ends" in container else kill_state.get("at", kill_state["deadline"]))


def _probe_grace(work: PodWork, plan: ContainerPlan) -> float:
    for probe, entry in ((work.record.get("probes") or {}).get(plan.name) or {}).items():
        if entry.get("result") is False and probe in ("liveness", "startup"):
            own = plan.probes[probe].get("terminationGracePeriodSeconds")
            if own is not None:
                return float(own)
    return float(work.blueprint.spec.get("terminationGracePeriodSeconds", DEFAULT_GRACE))


# the whole Pod


def begin(work: PodWork, grace: float | None) -> None:
    """Begins to end a Pod.

    Args:
        grace: seconds that its containers get; None where they have ended by themselves or get the spec's.
    """
    record = work.record
    work.dirty = True
    if grace is None:
        grace = float(work.blueprint.spec.get("terminationGracePeriodSeconds", DEFAULT_GRACE))
    record["ending"] = {"since": work.now, "grace": grace}
    for field in ("sync", "resync", "backoff", "pulls"):
        record.pop(field, None)
    end(work)


def end(work: PodWork) -> None:
    """Goes on ending a Pod: app containers first, then sidecars from the last to the first, then the sandbox."""
    record = work.record
    ending: Object = record["ending"]
    _shorten(work, ending)
    left = max(ending["since"] + ending["grace"] - work.now, 0.0)
    running = work.running()
    apps = [plan for plan in running if plan.kind != SIDECAR]
    for plan in apps or running[-1:]:
        kill(work, plan, f"Stopping container {plan.name}", left if not apps else ending["grace"])
    if any(work.runs(plan.name) for plan in running):
        return
    work.dirty = True
    if "done" not in ending:
        last = max((each["ended"][0] for each in record["containers"].values() if "ended" in each), default=work.now)
        ending["done"] = max(last, ending["since"]) + work.chance(0.15, 0.85, "teardown")
    if ending["done"] <= work.now:
        _finish(work)


def _shorten(work: PodWork, ending: Object) -> None:
    """Takes up a shorter grace period that a second deletion asked for."""
    asked = work.pod["metadata"].get("deletionGracePeriodSeconds")
    if asked is None or asked >= ending["grace"]:
        return
    work.dirty = True
    ending["grace"] = float(asked)
    deadline = ending["since"] + asked
    for container in work.record["containers"].values():
        ends = container.get("ends")
        if "kill" in container and ends is not None and ends[0] > deadline and "ended" not in container:
            container["kill"]["deadline"] = deadline
            container["ends"] = [max(deadline, work.now), KILLED, ""]


def _finish(work: PodWork) -> None:
    """Writes the last status; a Pod that was deleted then goes from the API and from the node."""
    record, pod = work.record, work.pod
    record.pop("sandbox", None)
    if "in_use" in record:
        volume_mounting.unmount(work)
    if not work.blueprint.host_network:
        work.cluster.network.detach(work.uid)
    work.write_status(status.generate(work, terminal=True))
    record["over"] = True
    del record["ending"]
    work.node.release(work.uid)
    resizing.room_freed(work.kubelet, work.node)
    if "stale" in record:
        static_pods.drop_mirror(work)
        forget(work)
        work.cluster.agenda.add("kubelet-static", work.node.name)
    elif is_being_deleted(pod):
        work.node.api.delete(Pod, work.key, grace=0, uid=work.uid)
        forget(work)


def forget(work: PodWork) -> None:
    """Removes all that the node still has of a Pod: containers, logs, volumes."""
    for name, container in work.record["containers"].items():
        runtime.erase(work, name)
        logs.erase(work.cluster, work.uid, name, attempt(container))
    volumes.erase(work)
    work.record.clear()
