"""The Pod Security Standards: what the levels baseline and restricted do not allow, in the admission's words.

A check returns what is wrong in detail, "" for nothing.
Source: kubernetes.io, concepts/security/pod-security-standards; k8s.io/pod-security-admission/policy.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

from kubelab.cluster.objects import Object

PRIVILEGED, BASELINE, RESTRICTED = "privileged", "baseline", "restricted"
LEVELS = (PRIVILEGED, BASELINE, RESTRICTED)
APPARMOR = "container.apparmor.security.beta.kubernetes.io/"
CAPABILITIES = frozenset(
    "AUDIT_WRITE CHOWN DAC_OVERRIDE FOWNER FSETID KILL MKNOD NET_BIND_SERVICE SETFCAP SETGID SETPCAP SETUID "
    "SYS_CHROOT".split()
)
SYSCTLS = {
    "kernel.shm_rmid_forced": 0, "net.ipv4.ip_local_port_range": 0, "net.ipv4.ip_unprivileged_port_start": 0,
    "net.ipv4.ping_group_range": 0, "net.ipv4.tcp_syncookies": 0, "net.ipv4.ip_local_reserved_ports": 27,
    "net.ipv4.tcp_fin_timeout": 29, "net.ipv4.tcp_keepalive_intvl": 29, "net.ipv4.tcp_keepalive_probes": 29,
    "net.ipv4.tcp_keepalive_time": 29, "net.ipv4.tcp_rmem": 32, "net.ipv4.tcp_wmem": 32,
}  # fmt: skip
SELINUX = {"": 0, "container_t": 0, "container_init_t": 0, "container_kvm_t": 0, "container_engine_t": 31}
VOLUMES = frozenset("configMap csi downwardAPI emptyDir ephemeral image persistentVolumeClaim projected secret".split())
PROFILES = ("RuntimeDefault", "Localhost")


class Pod(NamedTuple):
    """What is checked: annotations and spec, and the minor version of the policy."""

    annotations: Object
    spec: Object
    minor: int

    @property
    def context(self) -> Object:
        """The Pod's own security context."""
        found: Object = self.spec.get("securityContext") or {}
        return found

    def containers(self) -> Iterator[Object]:
        """Yields all containers, those that run before and those that debug included."""
        for field in ("initContainers", "containers", "ephemeralContainers"):
            yield from self.spec.get(field) or ()

    def contexts(self) -> Iterator[tuple[str, Object]]:
        """Yields each container's name and security context."""
        for container in self.containers():
            yield container["name"], container.get("securityContext") or {}

    @property
    def is_windows(self) -> bool:
        """Tells whether it is for nodes with Windows, for which some rules make no sense."""
        return bool((self.spec.get("os") or {}).get("name") == "windows" and self.minor >= 25)

    @property
    def has_own_users(self) -> bool:
        """Tells whether its root is nobody on the node (KEP-127)."""
        return self.spec.get("hostUsers") is False and self.minor >= 35


Check = Callable[[Pod], str]


def _quoted(names: Iterable[Any]) -> str:
    return ", ".join(json.dumps(name) for name in names)


def _plural(word: str, count: int) -> str:
    return word if count == 1 else f"{word}s"


def _containers(names: list[str]) -> str:
    return f"{_plural('container', len(names))} {_quoted(names)}"


def _setters(pod: bool, names: list[str]) -> str:
    """Names what sets something that it may not: the Pod, containers, or both."""
    return " and ".join([*(["pod"] if pod else []), *([_containers(names)] if names else [])])


# baseline


def _apparmor(pod: Pod) -> str:
    def bad(context: Object) -> str:
        kind = (context.get("appArmorProfile") or {}).get("type", PROFILES[0])
        return "" if kind in PROFILES else str(kind)

    own, names = bad(pod.context), [name for name, context in pod.contexts() if bad(context)]
    values = sorted({*([own] if own else []), *(bad(context) for _, context in pod.contexts() if bad(context))})
    notes = sorted(
        f"{key}={json.dumps(value)}"
        for key, value in pod.annotations.items()
        if key.startswith(APPARMOR) and value not in ("", "runtime/default") and not value.startswith("localhost/")
    )
    who = _setters(bool(own), names)
    if notes:
        who = " and ".join(part for part in (who, _plural("annotation", len(notes))) if part)
    return f"{who} must not set AppArmor profile type to {_quoted([*values, *notes])}" if who else ""


def _capabilities(pod: Pod) -> str:
    return _added(pod, CAPABILITIES)


def _added(pod: Pod, allowed: frozenset[str]) -> str:
    names, values = [], set[str]()
    for name, context in pod.contexts():
        bad = {added for added in (context.get("capabilities") or {}).get("add") or () if added not in allowed}
        if bad:
            names.append(name)
            values |= bad
    if not names:
        return ""
    return f"{_containers(names)} must not include {_quoted(sorted(values))} in securityContext.capabilities.add"


def _host_namespaces(pod: Pod) -> str:
    return ", ".join(f"{name}=true" for name in ("hostNetwork", "hostPID", "hostIPC") if pod.spec.get(name))


def _host_paths(pod: Pod) -> str:
    names = [volume["name"] for volume in pod.spec.get("volumes") or () if volume.get("hostPath") is not None]
    return f"{_plural('volume', len(names))} {_quoted(names)}" if names else ""


def _host_ports(pod: Pod) -> str:
    names, ports = [], set[int]()
    for container in pod.containers():
        found = {port["hostPort"] for port in container.get("ports") or () if port.get("hostPort")}
        if found:
            names.append(container["name"])
            ports |= found
    if not names:
        return ""
    verb = "uses" if len(names) == 1 else "use"
    return f"{_containers(names)} {verb} {_plural('hostPort', len(ports))} {', '.join(sorted(map(str, ports)))}"


def _probe_hosts(pod: Pod) -> str:
    names, hosts = set[str](), set[str]()
    for container in pod.containers():
        life = container.get("lifecycle") or {}
        handlers = [container.get(field) for field in ("livenessProbe", "readinessProbe", "startupProbe")]
        for handler in (*handlers, life.get("postStart"), life.get("preStop")):
            for kind in ("httpGet", "tcpSocket"):
                host = ((handler or {}).get(kind) or {}).get("host")
                if host:
                    names.add(container["name"])
                    hosts.add(host)
    if not names:
        return ""
    verb = "uses" if len(names) == 1 else "use"
    return (
        f"{_containers(sorted(names))} {verb} {_plural('probe or lifecycle host', len(hosts))} {_quoted(sorted(hosts))}"
    )


def _privileged(pod: Pod) -> str:
    names = [name for name, context in pod.contexts() if context.get("privileged")]
    return f"{_containers(names)} must not set securityContext.privileged=true" if names else ""


def _proc_mount(pod: Pod) -> str:
    if pod.has_own_users:
        return ""
    mounts = [(name, context.get("procMount", "Default")) for name, context in pod.contexts()]
    bad = [(name, value) for name, value in mounts if value != "Default"]
    if not bad:
        return ""
    values = _quoted(sorted({value for _, value in bad}))
    return f"{_containers([name for name, _ in bad])} must not set securityContext.procMount to {values}"


def _selinux(pod: Pod) -> str:
    types, said = set[str](), set[str]()

    def bad(context: Object) -> bool:
        options = context.get("seLinuxOptions") or {}
        kind = options.get("type", "")
        wrong = SELINUX.get(kind, 99) > pod.minor
        if wrong:
            types.add(kind)
        said.update(name for name in ("user", "role") if options.get(name))
        return bool(wrong or options.get("user") or options.get("role"))

    own, names = bad(pod.context), [name for name, context in pod.contexts() if bad(context)]
    if not own and not names:
        return ""
    parts = [f"{_plural('type', len(types))} {_quoted(sorted(types))}"] if types else []
    parts += [f"{name} may not be set" for name in ("user", "role") if name in said]
    return f"{_setters(own, names)} set forbidden securityContext.seLinuxOptions: {'; '.join(parts)}"


def _bad_seccomp(pod: Pod) -> str:
    def bad(context: Object) -> str:
        kind = (context.get("seccompProfile") or {}).get("type", PROFILES[0])
        return "" if kind in PROFILES else str(kind)

    own, names = bad(pod.context), [name for name, context in pod.contexts() if bad(context)]
    values = sorted({*([own] if own else []), *(bad(context) for _, context in pod.contexts() if bad(context))})
    if not values:
        return ""
    return f"{_setters(bool(own), names)} must not set securityContext.seccompProfile.type to {_quoted(values)}"


def _sysctls(pod: Pod) -> str:
    set_ones = [one["name"] for one in pod.context.get("sysctls") or ()]
    return ", ".join(name for name in set_ones if SYSCTLS.get(name, 99) > pod.minor)


def _host_process(pod: Pod) -> str:
    def is_set(context: Object) -> bool:
        return bool((context.get("windowsOptions") or {}).get("hostProcess"))

    own, names = is_set(pod.context), [name for name, context in pod.contexts() if is_set(context)]
    who = _setters(own, names)
    return f"{who} must not set securityContext.windowsOptions.hostProcess=true" if who else ""


# restricted


def _escalation(pod: Pod) -> str:
    if pod.is_windows:
        return ""
    names = [name for name, context in pod.contexts() if context.get("allowPrivilegeEscalation") is not False]
    return f"{_containers(names)} must set securityContext.allowPrivilegeEscalation=false" if names else ""


def _dropped(pod: Pod) -> str:
    if pod.is_windows:
        return ""
    dropped = [(name, (context.get("capabilities") or {}).get("drop") or ()) for name, context in pod.contexts()]
    keeping = [name for name, capabilities in dropped if "ALL" not in capabilities]
    details = [f'{_containers(keeping)} must set securityContext.capabilities.drop=["ALL"]'] if keeping else []
    added = _added(pod, frozenset(("NET_BIND_SERVICE",)))
    return "; ".join([*details, *([added] if added else [])])


def _volumes(pod: Pod) -> str:
    names, kinds = [], set[str]()
    for volume in pod.spec.get("volumes") or ():
        kind = next((field for field in volume if field != "name"), "emptyDir")
        if kind not in VOLUMES:
            names.append(volume["name"])
            kinds.add(kind)
    if not names:
        return ""
    verb, kind = ("uses", "type") if len(names) == 1 else ("use", "type")
    what = f"restricted volume {_plural(kind, len(kinds))} {_quoted(sorted(kinds))}"
    return f"{_plural('volume', len(names))} {_quoted(names)} {verb} {what}"


def _non_root(pod: Pod) -> str:
    if pod.has_own_users:
        return ""
    own = pod.context.get("runAsNonRoot")
    bad = [name for name, context in pod.contexts() if context.get("runAsNonRoot") is False]
    if own is False or bad:
        return f"{_setters(own is False, bad)} must not set securityContext.runAsNonRoot=false"
    silent = [name for name, context in pod.contexts() if context.get("runAsNonRoot") is None and not own]
    return f"pod or {_containers(silent)} must set securityContext.runAsNonRoot=true" if silent else ""


def _root_user(pod: Pod) -> str:
    if pod.has_own_users:
        return ""
    own = pod.context.get("runAsUser") == 0
    names = [name for name, context in pod.contexts() if context.get("runAsUser") == 0]
    return f"{_setters(own, names)} must not set runAsUser=0" if own or names else ""


def _seccomp(pod: Pod) -> str:
    if pod.is_windows:
        return ""
    wrong = _bad_seccomp(pod)
    if wrong or (pod.context.get("seccompProfile") or {}).get("type") in PROFILES:
        return wrong
    silent = [name for name, context in pod.contexts() if not (context.get("seccompProfile") or {}).get("type")]
    what = 'must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost"'
    return f"pod or {_containers(silent)} {what}" if silent else ""


# In the order of their ids, each with the reason that is given for it.
BASELINE_CHECKS: tuple[tuple[str, Check], ...] = (
    ("forbidden AppArmor profile", _apparmor),
    ("non-default capabilities", _capabilities),
    ("host namespaces", _host_namespaces),
    ("hostPath volumes", _host_paths),
    ("hostPort", _host_ports),
    ("probe or lifecycle host", lambda pod: _probe_hosts(pod) if pod.minor >= 34 else ""),
    ("privileged", _privileged),
    ("procMount", _proc_mount),
    ("seLinuxOptions", _selinux),
    ("seccompProfile", _bad_seccomp),
    ("forbidden sysctls", _sysctls),
    ("hostProcess", _host_process),
)
OVERRIDDEN = (_capabilities, _host_paths, _bad_seccomp)  # what checks of the level restricted look at more closely
RESTRICTED_CHECKS: tuple[tuple[str, Check], ...] = (
    ("allowPrivilegeEscalation != false", _escalation),
    ("unrestricted capabilities", _dropped),
    ("restricted volume types", _volumes),
    ("runAsNonRoot != true", _non_root),
    ("runAsUser=0", _root_user),
    ("seccompProfile", _seccomp),
)


def violations(level: str, minor: int, metadata: Object, spec: Object) -> list[tuple[str, str]]:
    """Returns what of a Pod a level does not allow: each reason with its detail.

    Args:
        minor: of the version of the policy.
    """
    if level == PRIVILEGED:
        return []
    pod = Pod(metadata.get("annotations") or {}, spec, minor)
    checks = BASELINE_CHECKS
    if level == RESTRICTED:
        checks = (*(each for each in checks if each[1] not in OVERRIDDEN), *RESTRICTED_CHECKS)
    found = [(reason, check(pod)) for reason, check in checks]
    return [(reason, detail) for reason, detail in found if detail]


def details(found: list[tuple[str, str]]) -> str:
    """Writes what is wrong with one Pod."""
    return ", ".join(f"{reason} ({detail})" for reason, detail in found)


def reasons(found: list[tuple[str, str]]) -> str:
    """Writes what is wrong with many Pods."""
    return ", ".join(reason for reason, _ in found)
