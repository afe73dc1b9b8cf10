"""Probes: a worker for each probe of each container, ticking from the moment the kubelet took up the Pod.

Source: pkg/kubelet/prober/worker.go (doProbe), prober.go; kubernetes.io, concepts/workloads/pods/probes. What a
worker knows is in the record: probes -> container -> probe -> {"attempt", "result", "last", "run", "hold", "steady",
"next"}.
"""

from __future__ import annotations

from kubelab.cluster.node import execution, reach
from kubelab.cluster.node.blueprint import ContainerPlan
from kubelab.cluster.node.container import Container
from kubelab.cluster.node.podwork import PodWork
from kubelab.cluster.node.record import attempt
from kubelab.cluster.objects import Object

INITIAL = {"readiness": False, "liveness": True, "startup": None}
# A readiness probe runs, whatever its period, as soon as the kubelet has noticed that its container started.
SOONEST, LATEST = 0.02, 0.3  # seconds after it noticed
Verdict = tuple[str, str]  # "success", "failure" or "unknown"; what the event says


def has_started(work: PodWork, plan: ContainerPlan) -> bool:
    """Tells whether a running container has passed its startup probe, if it has one."""
    return "startup" not in plan.probes or _result(work, plan, "startup") is True


def is_ready(work: PodWork, plan: ContainerPlan) -> bool:
    """Tells whether a running container passes its readiness probe, if it has one."""
    return "readiness" not in plan.probes or _result(work, plan, "readiness") is True


def failed(work: PodWork, plan: ContainerPlan, probe: str) -> bool:
    """Tells whether a container has failed its "liveness" or "startup" probe often enough."""
    return probe in plan.probes and _result(work, plan, probe) is False


def _result(work: PodWork, plan: ContainerPlan, probe: str) -> bool | None:
    entry = ((work.record.get("probes") or {}).get(plan.name) or {}).get(probe)
    container = work.container(plan.name)
    if entry is None or container is None or entry["attempt"] != attempt(container):
        return INITIAL[probe]
    result: bool | None = entry["result"]
    return result


def run(work: PodWork) -> None:
    """Does the probes that are due."""
    if not work.blueprint.has_probes:
        return
    ending = "ending" in work.record
    for plan in work.blueprint.plans:
        if plan.probes and work.runs(plan.name):
            for probe in plan.probes:
                if not ending or probe == "readiness":
                    _tick(work, plan, probe)


def _tick(work: PodWork, plan: ContainerPlan, probe: str) -> None:
    """Lets one worker look at its container, if it is time."""
    entry = _entry(work, plan, probe)
    if "steady" in entry:
        return
    if "run_state" in entry:
        verdict = _proceed(work, plan, probe, entry)
    elif entry["next"] <= work.now:
        work.dirty = True
        entry["next"] = _next_tick(work, plan, probe)
        if not _is_due(work, plan, probe, entry):
            return
        verdict = _probe(work, plan, probe, entry)
    else:
        return
    if verdict is not None:
        _take(work, plan, probe, entry, verdict)


def _entry(work: PodWork, plan: ContainerPlan, probe: str) -> Object:
    """Returns what a worker knows; a new container starts anew."""
    entries: Object = work.record.setdefault("probes", {}).setdefault(plan.name, {})
    entry: Object | None = entries.get(probe)
    number = attempt(work.record["containers"][plan.name])
    if entry is None or entry["attempt"] != number:
        first = _next_tick(work, plan, probe)
        if probe == "readiness":
            container = work.record["containers"][plan.name]
            noticed = container.get("relist", container["started"])
            noticed += work.chance(SOONEST, LATEST, plan.name, number)
            first = min(first, max(work.now, noticed))
        entry = entries[probe] = {"attempt": number, "result": INITIAL[probe], "run": 0, "next": first}
        work.dirty = True
    return entry


def _next_tick(work: PodWork, plan: ContainerPlan, probe: str) -> float:
    period = float(plan.probes[probe].get("periodSeconds", 10))
    began: float = work.record["began"]
    return began + (int((work.now - began) / period) + 1) * period


def _is_due(work: PodWork, plan: ContainerPlan, probe: str, entry: Object) -> bool:
    if entry.get("hold"):
        return False
    container = work.record["containers"][plan.name]
    started: float = container["started"]
    if work.now < container.get("relist", started):  # the status that workers read does not know it as running yet
        return False
    if int(work.now - started) < plan.probes[probe].get("initialDelaySeconds", 0):
        return False
    return (probe == "startup") != has_started(work, plan)


def _probe(work: PodWork, plan: ContainerPlan, probe: str, entry: Object) -> Verdict | None:
    spec = plan.probes[probe]
    if "exec" in spec:
        view = Container(work.cluster, work.node, work.pod, plan, work.record)
        entry["run_state"] = execution.begin(view, spec["exec"].get("command") or [])
        entry["deadline"] = work.now + spec.get("timeoutSeconds", 1)
        return _proceed(work, plan, probe, entry)
    if "httpGet" in spec:
        error = reach.http(work, plan, spec["httpGet"])
    elif "tcpSocket" in spec:
        error = reach.tcp(work, plan, spec["tcpSocket"])
    elif "grpc" in spec:
        error = reach.grpc(work, plan, spec["grpc"], spec.get("timeoutSeconds", 1))
    else:
        return "success", ""
    return ("success", "") if error is None else ("failure", error)


def _proceed(work: PodWork, plan: ContainerPlan, probe: str, entry: Object) -> Verdict | None:
    """Goes on with an exec probe; None while it runs."""
    work.dirty = True
    run, deadline = entry["run_state"], float(entry["deadline"])
    view = Container(work.cluster, work.node, work.pod, plan, work.record)
    wake = execution.proceed(view, run)
    if wake is not None and work.now < deadline:
        entry["next"] = min(wake, deadline)
        return None
    del entry["run_state"], entry["deadline"]
    entry["next"] = _next_tick(work, plan, probe)
    if wake is not None:
        command = " ".join(plan.probes[probe]["exec"]["command"])
        return (
            "failure",
            f'command timed out: "{command}" timed out after {plan.probes[probe].get("timeoutSeconds", 1)}s',
        )
    if "error" in run:
        return "unknown", (
            "rpc error: code = Unknown desc = failed to exec in container: failed to start exec "
            f'"{work.cluster.random.hex(64, "exec", work.uid, work.now)}": {run["error"]}'
        )
    return ("success", "") if run["code"] == 0 else ("failure", run["output"])


def _take(work: PodWork, plan: ContainerPlan, probe: str, entry: Object, verdict: Verdict) -> None:
    """Counts a verdict; enough equal ones change the result."""
    work.dirty = True
    outcome, text = verdict
    if outcome == "unknown":
        work.event("Warning", "Unhealthy", f"{probe.title()} probe errored and resulted in unknown state: {text}", plan)
        return
    success = outcome == "success"
    if not success:
        work.event("Warning", "Unhealthy", f"{probe.title()} probe failed: {text}", plan)
    entry["run"] = entry["run"] + 1 if entry.get("last") == success else 1
    entry["last"] = success
    threshold = plan.probes[probe].get("successThreshold" if success else "failureThreshold", 1 if success else 3)
    if entry["run"] < threshold:
        return
    if entry["result"] != success:
        entry["result"] = success
        work.wants_sync = True
    if success and "exec" not in plan.probes[probe] and _is_steady(work, plan):
        entry["steady"] = True
    if not success and probe != "readiness":
        entry["hold"] = True
        entry["run"] = 0


def _is_steady(work: PodWork, plan: ContainerPlan) -> bool:
    """Tells whether a program that has answered well will do so as long as it runs: then nobody need ask again."""
    program = Container(work.cluster, work.node, work.pod, plan, work.record).program
    return program is not None and program.steady


def due(work: PodWork) -> float | None:
    """Returns when the next probe is due, in seconds since the epoch."""
    if not work.blueprint.has_probes or "over" in work.record:
        return None
    times = []
    ending = "ending" in work.record
    for plan in work.blueprint.plans:
        if not plan.probes or not work.runs(plan.name):
            continue
        for probe in plan.probes:
            if ending and probe != "readiness":
                continue
            entry = _entry(work, plan, probe)
            passed = probe == "startup" and entry["result"] is True
            if not passed and "hold" not in entry and "steady" not in entry:
                times.append(float(entry["next"]))
    return min(times, default=None)
