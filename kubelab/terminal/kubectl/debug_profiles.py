"""The profiles of kubectl debug: what a container for debugging may do, and what a copy of a Pod keeps.

Source: kubectl/pkg/cmd/debug/profiles.go.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from kubelab.cluster.objects import Object

if TYPE_CHECKING:
    from kubelab.terminal.kubectl.flags import Flags

PROFILES = ("legacy", "general", "baseline", "netadmin", "restricted", "sysadmin")
LEGACY = "legacy"
EPHEMERAL, COPY, NODE = "ephemeral", "copy", "node"
_ROOT = "host-root"
_PROBES = {"liveness": "livenessProbe", "readiness": "readinessProbe", "startup": "startupProbe"}
_RESTRICTED: Object = {
    "runAsNonRoot": True,
    "capabilities": {"drop": ["ALL"]},
    "allowPrivilegeEscalation": False,
    "seccompProfile": {"type": "RuntimeDefault"},
}


def secured(profile: str, style: str, container: Object) -> Object:
    """Returns the container for debugging with the rights that a profile gives it.

    Args:
        style: EPHEMERAL, COPY or NODE.
    """
    if profile == "restricted":
        return {**container, "securityContext": _RESTRICTED}
    if profile == "baseline" or (profile == "general" and style == NODE):
        return {name: value for name, value in container.items() if name != "securityContext"}
    context: Object = container.get("securityContext") or {}
    if profile == "sysadmin":
        return {**container, "securityContext": {**context, "privileged": True}}
    added = {"general": ["SYS_PTRACE"], "netadmin": ["NET_ADMIN", "NET_RAW"]}.get(profile)
    if added is None:
        return container
    capabilities: Object = context.get("capabilities") or {}
    capabilities = {**capabilities, "add": [*(capabilities.get("add") or ()), *added]}
    return {**container, "securityContext": {**context, "capabilities": capabilities}}


def on_node(profile: str, pod: Object, name: str) -> Object:
    """Returns the Pod on a node with what a profile gives it: the host's namespaces, and its files at /host."""
    spec = _with_container(pod["spec"], name, lambda container: secured(profile, NODE, container))
    if profile in (LEGACY, "general", "sysadmin"):
        mount = {"mountPath": "/host", "name": _ROOT}
        spec = _with_container(spec, name, lambda container: {**container, "volumeMounts": [mount]})
        spec = {**spec, "volumes": [{"name": _ROOT, "hostPath": {"path": "/"}}]}
    if profile in (LEGACY, "general", "sysadmin", "netadmin"):
        spec = {**spec, "hostNetwork": True, "hostPID": True, "hostIPC": True}
    return {**pod, "spec": spec}


def of_copy(profile: str, pod: Object, name: str, flags: Flags) -> Object:
    """Returns the copy of a Pod without what a profile takes away, unless the flags --keep-… keep it."""
    metadata = dict(pod["metadata"])
    if profile == LEGACY:
        metadata.pop("labels", None)
        return {**pod, "metadata": metadata}
    for field in ("labels", "annotations"):
        if not flags.on(f"keep-{field}"):
            metadata.pop(field, None)
    gone = [probe for word, probe in _PROBES.items() if not flags.on(f"keep-{word}")]
    spec = dict(pod["spec"])
    spec["containers"] = [{field: each[field] for field in each if field not in gone} for each in spec["containers"]]
    if not flags.on("keep-init-containers"):
        spec.pop("initContainers", None)
    spec.setdefault("shareProcessNamespace", True)
    spec = _with_container(spec, name, lambda container: secured(profile, COPY, container))
    return {**pod, "metadata": metadata, "spec": spec}


def _with_container(spec: Object, name: str, change: Callable[[Object], Object]) -> Object:
    containers: list[Any] = [change(each) if each["name"] == name else each for each in spec["containers"]]
    return {**spec, "containers": containers}
