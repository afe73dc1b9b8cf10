"""Profiles and kernel parameters that a Pod asks its node for: which there are, and what a program sees of them.

Source: pkg/kubelet/sysctl/{allowlist,safe_sysctls}.go; containerd, internal/cri/server (seccomp, AppArmor);
kubernetes.io, tasks/administer-cluster/sysctl-cluster, tutorials/security/{seccomp,apparmor}.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import yaml

from kubelab.cluster.node import kubeletstart, machinefiles
from kubelab.cluster.objects import Object
from kubelab.cluster.quantity import to_int, to_milli

if TYPE_CHECKING:
    from kubelab.cluster.node.blueprint import ContainerPlan
    from kubelab.cluster.node.podwork import PodWork

SECCOMP = "/var/lib/kubelet/seccomp"
SAFE = frozenset(
    """
    kernel.shm_rmid_forced net.ipv4.ip_local_port_range net.ipv4.ip_local_reserved_ports
    net.ipv4.ip_unprivileged_port_start net.ipv4.ping_group_range net.ipv4.tcp_fin_timeout net.ipv4.tcp_keepalive_intvl
    net.ipv4.tcp_keepalive_probes net.ipv4.tcp_keepalive_time net.ipv4.tcp_rmem net.ipv4.tcp_syncookies
    net.ipv4.tcp_wmem
    """.split()
)
PERIOD = 100_000  # microseconds over which the kernel counts processor time


def _contexts(spec: Object) -> Iterator[Object]:
    yield spec.get("securityContext") or {}
    for field in ("containers", "initContainers"):
        for container in spec.get(field) or ():
            yield container.get("securityContext") or {}


def has_profiles(spec: Object) -> bool:
    """Tells whether a Pod asks for profiles of its node's own."""
    return any("localhostProfile" in (context.get(field) or ()) for context in _contexts(spec)
               for field in ("seccompProfile", "appArmorProfile"))  # fmt: skip


def missing_profile(work: PodWork, plan: ContainerPlan) -> str:
    """Returns why a container cannot be created for want of a profile, "" where it has all."""
    pod_context, own = work.pod["spec"].get("securityContext") or {}, plan.spec.get("securityContext") or {}
    seccomp = own.get("seccompProfile") or pod_context.get("seccompProfile") or {}
    if seccomp.get("type") == "Localhost":
        path = f"{SECCOMP}/{seccomp.get('localhostProfile', '')}"
        if not machinefiles.of(work.cluster, work.node.name).is_file(path):
            why = f'cannot load seccomp profile "{path}": open {path}: no such file or directory'
            return f"failed to create containerd container: {why}"
    armor = own.get("appArmorProfile") or pod_context.get("appArmorProfile") or {}
    if armor.get("type") == "Localhost":  # none is ever loaded on the lab's machines
        why = f"failed to generate apparmor spec opts: apparmor profile not found {armor.get('localhostProfile', '')}"
        return f"failed to get container spec opts: {why}"
    return ""


def forbidden_sysctl(work: PodWork) -> str:
    """Returns why a Pod's kernel parameters are refused, "" where they are safe or allowed on its node."""
    spec = work.pod["spec"]
    asked = [each["name"] for each in (spec.get("securityContext") or {}).get("sysctls") or ()]
    if not asked:
        return ""
    allowed = _allowed(work)
    for name in asked:
        if spec.get("hostNetwork") and name.startswith("net."):
            return f'forbidden sysctl: "{name}" not allowed with host net enabled'
        if name not in SAFE and not any(name == each or name.startswith(each.rstrip("*")) for each in allowed):
            return f'forbidden sysctl: "{name}" not allowlisted'
    return ""


def _allowed(work: PodWork) -> list[str]:
    """Returns the unsafe parameters that the node's kubelet lets Pods set."""
    files = machinefiles.of(work.cluster, work.node.name)
    flags = kubeletstart.arguments(files)[1]
    path = kubeletstart.flag(flags, "config")
    config = yaml.safe_load(files.read(path)) if path and files.is_file(path) else {}
    told = kubeletstart.flag(flags, "allowed-unsafe-sysctls")
    return told.split(",") if told else [str(each) for each in (config or {}).get("allowedUnsafeSysctls") or ()]


def kernel_files(spec: Object, container: Object) -> dict[str, str]:
    """Returns what a program reads of its limits and of the parameters that its Pod sets, by path."""
    limits = (container.get("resources") or {}).get("limits") or {}
    requests = (container.get("resources") or {}).get("requests") or {}
    quota = str(max(to_milli(limits["cpu"]) * PERIOD // 1000, 1000)) if limits.get("cpu") else "max"
    shares = max(2, to_milli(requests.get("cpu", limits.get("cpu", 0))) * 1024 // 1000)
    found = {
        "/sys/fs/cgroup/cpu.max": f"{quota} {PERIOD}\n",
        "/sys/fs/cgroup/cpu.weight": f"{1 + (shares - 2) * 9999 // 262_142}\n",
        "/sys/fs/cgroup/memory.max": f"{to_int(limits['memory']) if limits.get('memory') else 'max'}\n",
    }
    for each in (spec.get("securityContext") or {}).get("sysctls") or ():
        found[f"/proc/sys/{each['name'].replace('.', '/')}"] = "\t".join(str(each["value"]).split()) + "\n"
    return found
