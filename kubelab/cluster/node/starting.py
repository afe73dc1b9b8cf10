"""Starting a container: back-off, image, configuration, process, postStart hook.

Source: pkg/kubelet/kuberuntime/kuberuntime_container.go (startContainer), kuberuntime_manager.go (doBackOff).
"""

from __future__ import annotations

from kubelab.cluster.node import backoff, confinement, environment, hooks, logs, pulling, runtime, volumes
from kubelab.cluster.node.blueprint import INIT, ContainerPlan
from kubelab.cluster.node.container import Container
from kubelab.cluster.node.podwork import PodWork
from kubelab.cluster.node.record import attempt
from kubelab.cluster.objects import Object

KEPT = ("started", "attempt", "ended", "env", "clash", "emerg")  # of a dead container, by which its log is told


def start(work: PodWork, step: Object, plan: ContainerPlan) -> float | None:
    """Starts a container; returns when to go on with it, None when it is done or has failed."""
    if "hook" in step:
        return _end_hook(work, step, plan)
    if "pull" not in step and "pulled" not in step and _backs_off(work, plan):
        _failed(work, step, plan)
        return None
    until = _ensure_images(work, step, plan)
    if until is not None:
        return until
    if step.pop("no_image", False) or not _configured(work, plan):
        _failed(work, step, plan)
        return None
    return _create(work, step, plan)


def _ensure_images(work: PodWork, step: Object, plan: ContainerPlan) -> float | None:
    """Sees to it that a container's image is there, and those that the Pod mounts; see pulling.ensure."""
    for each in (*pulling.mounted(work, plan), plan):
        if each.image not in step.get("pulled", ()):
            until = pulling.ensure(work, step, each)
            if until is not None:
                return until
            if "no_image" in step:
                break
            if each is not plan:
                step.setdefault("pulled", []).append(each.image)
    step.pop("pulled", None)
    return None


def _backs_off(work: PodWork, plan: ContainerPlan) -> bool:
    """Tells whether a container that ended has to wait before its next start, and says so."""
    container = work.container(plan.name)
    if container is None or "ended" not in container:
        return False
    entries: Object = work.record.setdefault("backoff", {})
    entry = entries.get(plan.name)
    ended: float = container["ended"][0]
    if entry is not None and backoff.is_waiting(entry, ended, work.now):
        work.event(
            "Warning", "BackOff", f"Back-off restarting failed container {plan.name} in pod {work.full_name}", plan
        )
        wait = backoff.written(entry[0])
        message = f"back-off {wait} restarting failed container={plan.name} pod={work.full_name}"
        work.fail_start(plan, "CrashLoopBackOff", message)
        return True
    entries[plan.name] = backoff.following(entry, ended, work.now)
    return False


def _failed(work: PodWork, step: Object, plan: ContainerPlan) -> None:
    """Ends the start of a container without success; an init container takes the rest of the sync with it."""
    step["failed"] = True
    if plan.kind == INIT:
        step["todo"].clear()


def _configured(work: PodWork, plan: ContainerPlan) -> bool:
    """Tells whether everything that the container's environment names is there."""
    try:
        environment.check(work, plan)
    except environment.ConfigError as error:
        work.event("Warning", "Failed", f"Error: {error}", plan)
        work.fail_start(plan, "CreateContainerConfigError", str(error))
        return False
    missing = confinement.missing_profile(work, plan)
    if missing:
        work.event("Warning", "Failed", f"Error: {missing}", plan)
        work.fail_start(plan, "CreateContainerError", missing)
    return not missing


def _create(work: PodWork, step: Object, plan: ContainerPlan) -> float | None:
    record, kubelet = work.record, work.node.kubelet
    before = record["containers"].get(plan.name)
    container: Object = {"started": work.now}
    if before is not None:
        container["attempt"] = attempt(before) + 1
        if "ended" in before:
            container["last"] = {field: before[field] for field in KEPT if field in before}
    environment.freeze(work, plan, container)
    record["containers"][plan.name] = container
    if attempt(container) > 1:  # the kubelet keeps the last dead container, with its log
        logs.erase_before(work.cluster, work.uid, plan.name, attempt(container))
        volumes.erase_before(work, plan.name, attempt(container))
    forget_reason(record, plan.name)
    work.event("Normal", "Created", kubelet.created.format(plan.name), plan)
    # What stood there until now is seen until the runtime is asked the next time.
    step["relist"] = container["relist"] = runtime.noticed(work, plan.name, work.now)
    view = Container(work.cluster, work.node, work.pod, plan, record)
    volumes.freeze(view)
    error = runtime.launch(work, view, container)
    if error is not None:
        work.event("Warning", "Failed", f"Error: {error}", plan)
        container["ended"] = [work.now, 128, "StartError", error]
        work.fail_start(plan, "RunContainerError", error)
        _failed(work, step, plan)
        return None
    work.event("Normal", "Started", kubelet.started.format(plan.name), plan)
    if (plan.spec.get("lifecycle") or {}).get("postStart"):
        step["hook"] = hooks.begin(work, view, "postStart")
        return _end_hook(work, step, plan)
    return None


def _end_hook(work: PodWork, step: Object, plan: ContainerPlan) -> float | None:
    """Waits for the postStart hook; one that failed kills its container."""
    view = Container(work.cluster, work.node, work.pod, plan, work.record)
    until = hooks.proceed(work, view, step["hook"])
    if until is not None:
        return until
    hook = step.pop("hook")
    if "error" in hook:
        work.event("Warning", "FailedPostStartHook", "PostStartHook failed", plan)
        work.fail_start(plan, "PostStartHookError", hook["error"])
        container = work.record["containers"][plan.name]
        container["doom"] = "FailedPostStartHook"
        step["todo"].insert(1, f"kill:{plan.name}")
        step["failed"] = True
    return None


def forget_reason(record: Object, name: str) -> None:
    """Drops why a container did not start the last time."""
    reasons = record.get("reasons")
    if reasons is not None and reasons.pop(name, None) is not None and not reasons:
        del record["reasons"]
