"""What may be wrong with security contexts, of Pods and of their containers, and with what a Pod shares with its node.

Source: pkg/apis/core/validation/validation.go (validatePodSpecSecurityContext, ValidateSecurityContext, validateOS).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from kubelab.cluster.kinds.causes import duplicate, forbidden, invalid, required, unsupported
from kubelab.cluster.kinds.kind import Cause
from kubelab.cluster.objects import Object

IDS = "must be between 0 and 2147483647, inclusive"
PROFILES = ("Localhost", "RuntimeDefault", "Unconfined")
CHANGES = ("Always", "OnRootMismatch")
PROC_MOUNTS = ("Default", "Unmasked")
SYSTEMS = ("linux", "windows")
_SYSCTL = r"([a-z0-9]([-_a-z0-9]*[a-z0-9])?[\./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?"
NOT_IN_WINDOWS = "cannot be set for a windows pod"
HOST_PORTS = "must match `containerPort` when `hostNetwork` is true"


def pod_security_causes(spec: Object, path: str) -> list[Cause]:
    """Returns what is wrong with a Pod's security context, and with what it shares with its node."""
    causes, context, at = [*_host_causes(spec, path)], spec.get("securityContext") or {}, f"{path}.securityContext"
    if spec.get("shareProcessNamespace") and spec.get("hostPID"):
        why = "ShareProcessNamespace and HostPID cannot both be enabled"
        causes.append(invalid(f"{at}.shareProcessNamespace", True, why))
    causes += _id_causes(context, at, ("fsGroup", "runAsUser", "runAsGroup"))
    for place, group in enumerate(context.get("supplementalGroups") or ()):
        causes += [] if 0 <= group < 2**31 else [invalid(f"{at}.supplementalGroups[{place}]", group, IDS)]
    causes += _sysctl_causes(context.get("sysctls") or [], f"{at}.sysctls")
    change = context.get("fsGroupChangePolicy")
    if change is not None and change not in CHANGES:
        causes.append(unsupported(f"{at}.fsGroupChangePolicy", change, CHANGES))
    return causes + _profile_causes(context.get("seccompProfile"), f"{at}.seccompProfile", "seccomp")


def _host_causes(spec: Object, path: str) -> Iterator[Cause]:
    for field in ("containers", "initContainers"):
        for place, container in enumerate(spec.get(field) or () if spec.get("hostNetwork") else ()):
            for number, port in enumerate(container.get("ports") or ()):
                host = port.get("hostPort") or 0
                if host and host != port.get("containerPort"):
                    yield invalid(f"{path}.{field}[{place}].ports[{number}].hostPort", host, HOST_PORTS)


def host_port_causes(containers: list[Object], path: str) -> list[Cause]:
    """Returns the ports of the node that a Pod would have twice."""
    seen, causes = set[str](), list[Cause]()
    for place, container in enumerate(containers):
        for number, port in enumerate(container.get("ports") or ()):
            if not port.get("hostPort"):
                continue
            shown = f"{port.get('protocol', 'TCP')}/{port.get('hostIP', '')}/{port['hostPort']}"
            if shown in seen:
                causes.append(duplicate(f"{path}[{place}].ports[{number}].hostPort", shown))
            seen.add(shown)
    return causes


def _id_causes(context: Object, path: str, fields: tuple[str, ...]) -> list[Cause]:
    given = [(field, context[field]) for field in fields if context.get(field) is not None]
    return [invalid(f"{path}.{field}", value, IDS) for field, value in given if not 0 <= value < 2**31]


def _sysctl_causes(sysctls: list[Object], path: str) -> list[Cause]:
    causes, seen = list[Cause](), set[str]()
    for place, sysctl in enumerate(sysctls):
        at, name = f"{path}[{place}].name", sysctl.get("name", "")
        if not name:
            causes.append(required(at))
        elif len(name) > 253 or re.fullmatch(_SYSCTL, name) is None:
            causes.append(invalid(at, name, f"must have at most 253 characters and match regex ^{_SYSCTL}$"))
        elif name in seen:
            causes.append(duplicate(at, name))
        seen.add(name)
    return causes


def _profile_causes(profile: Object | None, path: str, what: str) -> list[Cause]:
    if profile is None:
        return []
    kind, local = profile.get("type", ""), profile.get("localhostProfile")
    if not kind:
        return [required(path, f"type is required when {what}Profile is set")]
    if kind not in PROFILES:
        return [unsupported(f"{path}.type", kind, PROFILES)]
    if kind == "Localhost" and not local:
        return [required(f"{path}.localhostProfile", f"must be set when {what} type is Localhost")]
    if kind != "Localhost" and local is not None:
        why = f"can only be set when {what} type is Localhost"
        return [invalid(f"{path}.localhostProfile", local, why)]
    return []


def security_causes(context: Object, path: str) -> list[Cause]:
    """Returns what is wrong with a container's security context."""
    causes = _id_causes(context, path, ("runAsUser", "runAsGroup"))
    if context.get("procMount") not in (None, *PROC_MOUNTS):
        causes.append(unsupported(f"{path}.procMount", context["procMount"], PROC_MOUNTS))
    causes += _profile_causes(context.get("seccompProfile"), f"{path}.seccompProfile", "seccomp")
    if context.get("allowPrivilegeEscalation") is not False:
        return causes
    shown = json.dumps(context, separators=(",", ":"))
    why = "cannot set `allowPrivilegeEscalation` to false and "
    if context.get("privileged"):
        causes.append(Cause("FieldValueInvalid", f"Invalid value: {shown}: {why}`privileged` to true", path))
    if "CAP_SYS_ADMIN" in ((context.get("capabilities") or {}).get("add") or ()):
        more = f"{why}`capabilities.Add` CAP_SYS_ADMIN"
        causes.append(Cause("FieldValueInvalid", f"Invalid value: {shown}: {more}", path))
    return causes


def system_causes(spec: Object, path: str) -> list[Cause]:
    """Returns what is wrong with the operating system that a Pod says it is for, and what that has not."""
    if spec.get("os") is None:
        return []
    name = spec["os"].get("name", "")
    if not name:
        return [required(f"{path}.os.name", "cannot be empty")]
    if name not in SYSTEMS:
        return [unsupported(f"{path}.os", name, SYSTEMS)]
    if name == "linux":
        windows = (spec.get("securityContext") or {}).get("windowsOptions")
        why = "windows options cannot be set for a linux pod"
        return [forbidden(f"{path}.securityContext.windowsOptions", why)] if windows is not None else []
    context = spec.get("securityContext") or {}
    shared = [field for field in ("hostPID", "hostIPC") if spec.get(field)]
    of_linux = (
        "seLinuxOptions", "seccompProfile", "fsGroup", "fsGroupChangePolicy", "sysctls", "runAsUser", "runAsGroup",
        "supplementalGroups",
    )  # fmt: skip
    causes = [forbidden(f"{path}.securityContext.{field}", NOT_IN_WINDOWS) for field in of_linux if context.get(field)]
    causes += [forbidden(f"{path}.{field}", NOT_IN_WINDOWS) for field in shared]
    if spec.get("shareProcessNamespace"):
        causes.append(forbidden(f"{path}.shareProcessNamespace", NOT_IN_WINDOWS))
    return causes
