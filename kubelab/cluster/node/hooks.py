"""Lifecycle hooks: exec, httpGet and sleep handlers of postStart and preStop.

Source: pkg/kubelet/lifecycle/handlers.go; kubernetes.io, concepts/containers/container-lifecycle-hooks.
"""

from __future__ import annotations

from kubelab.cluster.node import execution, reach
from kubelab.cluster.node.container import Container
from kubelab.cluster.node.podwork import PodWork
from kubelab.cluster.objects import Object


def begin(work: PodWork, view: Container, which: str) -> Object:
    """Starts a container's hook ("postStart" or "preStop"); `proceed` goes on with what is returned."""
    handler: Object = view.plan.spec["lifecycle"][which]
    if "sleep" in handler:
        return {"until": work.now + handler["sleep"]["seconds"]}
    if "exec" in handler:
        return {"exec": execution.begin(view, handler["exec"].get("command") or [])}
    hook: Object = {"until": work.now}
    error = reach.http(work, view.plan, handler["httpGet"]) if "httpGet" in handler else None
    if error is not None:
        hook["error"] = error
    return hook


def proceed(work: PodWork, view: Container, hook: Object) -> float | None:
    """Goes on with a hook.

    Returns:
        When to look again, in seconds since the epoch; None when it is over, `hook["error"]` telling what failed.
    """
    run = hook.get("exec")
    if run is None:
        until: float = hook["until"]
        return until if until > work.now else None
    wake = execution.proceed(view, run)
    if wake is None and run["code"] != 0:
        hook["error"] = run["output"]
    return wake
