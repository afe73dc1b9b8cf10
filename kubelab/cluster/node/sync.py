"""Syncing a Pod: the status first, then whatever is missing for its containers to run, step by step.

A sync takes virtual time (a sandbox, a pull, a kill); meanwhile it stands in the record as what is left to do.
When it has changed something, the runtime's events make the kubelet sync again; when something failed, it is
tried again 10 to 15 s later. Source: pkg/kubelet/kubelet.go (SyncPod), pod_workers.go (completeWork),
kuberuntime/kuberuntime_manager.go (SyncPod, computePodActions).
"""

from __future__ import annotations

from kubelab.cluster.cni import NetworkSetupError
from kubelab.cluster.node import actions, backoff, killing, resizing, runtimehandlers, starting, status, volume_mounting
from kubelab.cluster.node.podwork import NOTICE, SANDBOX, SOONEST, PodWork
from kubelab.cluster.objects import Object

RETRY = 10.0  # the pod worker's back-off period
LONGEST_RETRY = 60.0  # its resync interval
JITTER = 0.5


def proceed(work: PodWork) -> None:
    """Goes on with the sync that is under way, and begins one when something asks for it."""
    record = work.record
    if record.get("resync", work.now + 1) <= work.now:
        del record["resync"]
        work.dirty = work.wants_sync = True
    while True:
        step: Object | None = record.get("sync")
        if step is None:
            if not work.wants_sync:
                return
            work.wants_sync = False
            step = _begin(work)
            if step is None:
                return
        elif work.wants_sync:
            work.wants_sync = False
            step["again"] = True
        if step["at"] > work.now:
            return
        _go_on(work, step)


def _begin(work: PodWork) -> Object | None:
    """Writes the status and plans the sync's steps; None when there is nothing to do."""
    record = work.record
    work.dirty = True
    record.pop("resync", None)
    resizing.consider(work)
    current = status.generate(work)
    work.write_status(current)
    if current["phase"] in (status.SUCCEEDED, status.FAILED):
        killing.begin(work, None)
        return None
    todo = actions.plan(work)
    if todo is None:  # every container ended for good, though the phase does not say so yet
        killing.begin(work, None)
        return None
    if not todo:
        return None
    if record.get("lost") is True:
        record["lost"] = False  # it is said once
        work.event("Normal", "SandboxChanged", "Pod sandbox changed, it will be killed and re-created.")
    step: Object = {"todo": todo, "at": work.now}
    record["sync"] = step
    return step


def _go_on(work: PodWork, step: Object) -> None:
    work.dirty = True
    todo: list[str] = step["todo"]
    while todo:
        until = _do(work, step, todo[0])
        if until is not None:
            step["at"] = until
            return
        if not todo:  # a failed step took away what depended on it
            break
        todo.pop(0)
    _end(work, step)


def _do(work: PodWork, step: Object, task: str) -> float | None:
    """Does one step; returns when to go on with it, None when it is over."""
    verb, _, name = task.partition(":")
    if verb == "start":
        return starting.start(work, step, work.blueprint.by_name[name])
    if verb == "volumes":
        return volume_mounting.mount(work, step)
    if verb == "sandbox":
        return _sandbox(work, step)
    return killing.kill_in_sync(work, step, name)


def _sandbox(work: PodWork, step: Object) -> float | None:
    """Creates the sandbox: the Pod's network namespace, held by the pause container."""
    record = work.record
    if "sandbox_at" not in step:
        step["sandbox_at"] = work.now + work.chance(*SANDBOX, "sandbox", work.now)
    if step["sandbox_at"] > work.now:
        return float(step["sandbox_at"])
    if why := runtimehandlers.failure(work):
        _sandbox_failed(work, step, why)
        return None
    if not work.blueprint.host_network:
        try:
            attachment = work.cluster.network.attach(work.node.name, work.pod)
        except NetworkSetupError as error:
            sandbox = work.cluster.random.hex(64, "failed sandbox", work.uid, work.now)
            why = f'rpc error: code = Unknown desc = failed to setup network for sandbox "{sandbox}": {error}'
            _sandbox_failed(work, step, why)
            return None
        record["ip"] = attachment.ip
    record.pop("lost", None)
    record["sandbox"] = int(record.pop("sandboxes", 0))
    step["relist"] = work.now + work.chance(SOONEST, NOTICE, "notice sandbox", work.now)
    return None


def _sandbox_failed(work: PodWork, step: Object, error: str) -> None:
    work.event("Warning", "FailedCreatePodSandBox", f"Failed to create pod sandbox: {error}")
    step["todo"].clear()
    step["failed"] = True


def _end(work: PodWork, step: Object) -> None:
    """Ends a sync: the next one follows at once, later, or when something happens."""
    record = work.record
    del record["sync"]
    if step.get("again"):
        work.wants_sync = True
        return
    times = [step["relist"]] if "relist" in step else []
    if step.get("failed"):
        times.append(work.now + _retry(work) * (1 + JITTER * work.chance(0, 1, "retry", work.now)))
    if times:
        record["resync"] = min(times)


def _retry(work: PodWork) -> float:
    """Returns how long a failed sync rests: 10 s, or since v1.35 until the first back-off ends, at most a minute."""
    if not work.node.kubelet.backoff_exact:
        return RETRY
    waits = []
    for name, entry in (work.record.get("backoff") or {}).items():
        container = work.container(name)
        if container is not None and "ended" in container:
            ended: float = container["ended"][0]
            if backoff.is_waiting(entry, ended, work.now):
                waits.append(ended + entry[0] - work.now)
    return min(min(waits), LONGEST_RETRY) if waits else RETRY
