"""What a sync has to do for a Pod, in order.

Source: pkg/kubelet/kuberuntime/kuberuntime_manager.go (computePodActions, computeInitContainerActions).
"""

from __future__ import annotations

from kubelab.cluster.node import probes
from kubelab.cluster.node.blueprint import INIT, SIDECAR, ContainerPlan
from kubelab.cluster.node.podwork import PodWork
from kubelab.cluster.node.restarts import may_restart

RESIZE = "resize requires restart"


def plan(work: PodWork) -> list[str] | None:
    """Returns the steps of a sync: "volumes", "sandbox", "kill:<container>", "start:<container>".

    Returns:
        None when nothing runs and nothing may be started: the Pod is over.
    """
    record = work.record
    if "sandbox" not in record:
        return ["volumes", "sandbox", *_first_starts(work)]
    todo = _ephemerals(work)
    initialized = _inits(work, todo)
    if initialized is None:
        return None
    if not initialized:
        return todo
    alive = _apps(work, todo)
    return todo if alive else None


def _first_starts(work: PodWork) -> list[str]:
    """What a new sandbox begins with: the first init container, or all containers."""
    blueprint = work.blueprint
    if not blueprint.inits:
        return [f"start:{app.name}" for app in blueprint.apps if _wanted(work, app)]
    if any("started" in (work.container(app.name) or {}) for app in blueprint.apps):
        # Initialized before the sandbox was lost: the init containers run again (they are purged).
        for init in blueprint.inits:
            work.record["containers"].pop(init.name, None)
    return [f"start:{blueprint.inits[0].name}"]


def _wanted(work: PodWork, plan: ContainerPlan) -> bool:
    container = work.container(plan.name)
    return container is None or "started" not in container or may_restart(work, plan, container)


def _ephemerals(work: PodWork) -> list[str]:
    return [f"start:{each.name}" for each in work.blueprint.ephemerals if work.container(each.name) is None]


def _inits(work: PodWork, todo: list[str]) -> bool | None:
    """Adds what the init containers need; tells whether all are done, None when one failed for good."""
    for init in work.blueprint.inits:
        container = work.container(init.name)
        if init.kind == SIDECAR:
            if container is None or "started" not in container or "ended" in container:
                todo.append(f"start:{init.name}")
            elif _check(work, init, todo) and not probes.has_started(work, init):
                return False  # the next one waits for this one's startup probe
            continue
        if container is None or "started" not in container:
            todo.append(f"start:{init.name}")
            return False
        if "ended" not in container:
            return False
        if container["ended"][1] != 0:
            if not may_restart(work, init, container):
                return None
            todo.append(f"start:{init.name}")
            return False
    return True


def _apps(work: PodWork, todo: list[str]) -> bool:
    """Adds what the app containers need; tells whether one runs or will run."""
    alive = False
    for app in work.blueprint.apps:
        if work.runs(app.name):
            _check(work, app, todo)
            alive = True
        elif _wanted(work, app):
            todo.append(f"start:{app.name}")
            alive = True
    return alive


def _check(work: PodWork, plan: ContainerPlan, todo: list[str]) -> bool:
    """Adds the kill and the restart of a running container that failed a probe or whose image changed."""
    container = work.container(plan.name) or {}
    if "kill" in container:
        return False
    message = _why_kill(work, plan)
    if message is None:
        return True
    resized = message.endswith(RESIZE)
    changed = resized or message.endswith("definition changed")
    restart = changed or work.blueprint.restart_policy != "Never" or plan.kind == SIDECAR
    container["doom"] = f"{message}, will be restarted" if restart and not resized else message
    todo.append(f"kill:{plan.name}")
    if restart:
        todo.append(f"start:{plan.name}")
    return False


def _why_kill(work: PodWork, plan: ContainerPlan) -> str | None:
    container = work.container(plan.name) or {}
    image = container.get("image")
    if image is not None and image != plan.image:
        return f"Container {plan.name} definition changed"
    if "resized" in container:
        return f"Container {plan.name} {RESIZE}"
    for probe in ("liveness", "startup"):
        if probes.failed(work, plan, probe):
            return f"Container {plan.name} failed {probe} probe"
    return None


__all__ = ["INIT", "plan"]
