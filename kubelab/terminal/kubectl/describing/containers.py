"""The containers of a Pod or of a template, each with what its status says."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from kubelab.cluster.objects import Object
from kubelab.terminal.kubectl.describing.description import NONE, Description
from kubelab.terminal.kubectl.describing.environment import environment
from kubelab.terminal.kubectl.describing.metadata import boolean, time_text
from kubelab.terminal.kubectl.describing.probes import probe_text
from kubelab.terminal.kubectl.golang import quote

Resolve = Callable[[Object], str]  # a fieldRef -> the value in a Pod
PROBES = (("Liveness", "livenessProbe"), ("Readiness", "readinessProbe"), ("Startup", "startupProbe"))


def containers(
    out: Description,
    title: str,
    found: Sequence[Object],
    statuses: Sequence[Object] = (),
    *,
    resolve: Resolve | None = None,
    indent: str = "",
) -> None:
    """Writes containers.

    Args:
        statuses: what the Pod's status says of them.
        resolve: returns the values of fields that variables refer to; None in a template.
        indent: what stands before the title; names stand one space further in where it is not empty.
    """
    by_name = {status["name"]: status for status in statuses}
    out.put(f"{indent}{title}:{'' if found else f' {NONE}'}\n")
    for container in found:
        status = by_name.get(container["name"])
        out.put(f"{' ' if indent else ''}{container['name']}:\n", 1)
        _basics(out, container, status)
        _command(out, container)
        if status is not None:
            _states(out, status)
        resources(out, container.get("resources") or {}, 2)
        for label, name in PROBES:
            if container.get(name):
                out.field(label, probe_text(container[name]), 2)
        environment(out, container, resolve)
        _mounts(out, container)


def _basics(out: Description, container: Object, status: Object | None) -> None:
    if status is not None:
        out.field("Container ID", status.get("containerID", ""), 2)
    out.field("Image", container.get("image", ""), 2)
    if status is not None:
        out.field("Image ID", status.get("imageID", ""), 2)
    for label, name in (("Port", "containerPort"), ("Host Port", "hostPort")):
        text = _ports(container, name, named=out.minor >= _PORT_NAMES_SINCE)
        out.field(f"{label}s" if "," in text else label, text or NONE, 2)
    profile = (container.get("securityContext") or {}).get("seccompProfile")
    if profile:
        out.field("SeccompProfile", profile["type"], 2)
        if profile["type"] == "Localhost":
            out.field("LocalhostProfile", profile.get("localhostProfile", ""), 3)


_PORT_NAMES_SINCE = 34


def _ports(container: Object, name: str, *, named: bool) -> str:
    return ", ".join(
        f"{port.get(name, 0)}/{port.get('protocol', '')}" + (f" ({port['name']})" if named and port.get("name") else "")
        for port in container.get("ports") or ()
    )


def _command(out: Description, container: Object) -> None:
    for label, name in (("Command", "command"), ("Args", "args")):
        if container.get(name):
            out.heading(label, 2)
            for word in container[name]:
                for line in word.split("\n"):
                    out.put(f"{line}\n", 3)


def _states(out: Description, status: Object) -> None:
    _state(out, "State", status.get("state") or {})
    last = status.get("lastState") or {}
    if last.get("terminated"):
        _state(out, "Last State", last)
    out.field("Ready", boolean(bool(status.get("ready"))), 2)
    out.field("Restart Count", str(status.get("restartCount", 0)), 2)


def _state(out: Description, title: str, state: Object) -> None:
    if state.get("running") is not None:
        out.field(title, "Running", 2)
        out.field("Started", time_text(state["running"].get("startedAt")), 3)
    elif state.get("terminated") is not None and state.get("waiting") is None:
        out.field(title, "Terminated", 2)
        _terminated(out, state["terminated"])
    else:
        out.field(title, "Waiting", 2)
        reason = (state.get("waiting") or {}).get("reason")
        if reason:
            out.field("Reason", reason, 3)


def _terminated(out: Description, state: Object) -> None:
    for label, name in (("Reason", "reason"), ("Message", "message")):
        if state.get(name):
            out.field(label, state[name], 3)
    out.field("Exit Code", str(state.get("exitCode", 0)), 3)
    if state.get("signal", 0) > 0:
        out.field("Signal", str(state["signal"]), 3)
    out.field("Started", time_text(state.get("startedAt")), 3)
    out.field("Finished", time_text(state.get("finishedAt")), 3)


def resources(out: Description, found: Object, level: int) -> None:
    """Writes limits and requests."""
    for label, name in (("Limits", "limits"), ("Requests", "requests")):
        amounts = found.get(name) or {}
        if amounts:
            out.heading(label, level)
        for resource in sorted(amounts):
            out.field(resource, str(amounts[resource]), level + 1)


def _mounts(out: Description, container: Object) -> None:
    mounts = container.get("volumeMounts") or ()
    none = "" if mounts else f"\t{NONE}"
    out.put(f"Mounts:{none}\n", 2)
    for mount in sorted(mounts, key=lambda mount: str(mount["mountPath"])):
        flags = ["ro" if mount.get("readOnly") else "rw"]
        if mount.get("subPath"):
            flags.append(f"path={quote(mount['subPath'])}")
        out.put(f"{mount['mountPath']} from {mount['name']} ({','.join(flags)})\n", 3)
    if container.get("volumeDevices"):
        out.put(f"Devices:{none}\n", 2)
        for device in sorted(container["volumeDevices"], key=lambda device: str(device["devicePath"])):
            out.put(f"{device['devicePath']} from {device['name']}\n", 3)
