"""The capabilities of a container's first process, as /proc/1/status shows them.

Source: capabilities(7); containerd, oci/spec.go (default capabilities); kubernetes.io, tasks/configure-pod-container/
security-context (set capabilities for a Container).
"""

from __future__ import annotations

from kubelab.cluster.objects import Object

NAMES = """
    CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID KILL SETGID SETUID SETPCAP LINUX_IMMUTABLE NET_BIND_SERVICE
    NET_BROADCAST NET_ADMIN NET_RAW IPC_LOCK IPC_OWNER SYS_MODULE SYS_RAWIO SYS_CHROOT SYS_PTRACE SYS_PACCT SYS_ADMIN
    SYS_BOOT SYS_NICE SYS_RESOURCE SYS_TIME SYS_TTY_CONFIG MKNOD LEASE AUDIT_WRITE AUDIT_CONTROL SETFCAP MAC_OVERRIDE
    MAC_ADMIN SYSLOG WAKE_ALARM BLOCK_SUSPEND AUDIT_READ PERFMON BPF CHECKPOINT_RESTORE
""".split()
DEFAULT = frozenset(
    "CHOWN DAC_OVERRIDE FSETID FOWNER MKNOD NET_RAW SETGID SETUID SETFCAP SETPCAP NET_BIND_SERVICE SYS_CHROOT KILL "
    "AUDIT_WRITE".split()
)
FIRST = "/proc/1/status"


def of(context: Object) -> frozenset[str]:
    """Returns the names of what a container's securityContext leaves and gives it."""
    if context.get("privileged"):
        return frozenset(NAMES)
    asked = context.get("capabilities") or {}
    dropped, added = (
        {str(name).upper().removeprefix("CAP_") for name in asked.get(field) or ()} for field in ("drop", "add")
    )
    left = frozenset() if "ALL" in dropped else DEFAULT - dropped
    return frozenset(NAMES) if "ALL" in added else left | added


def mask(names: frozenset[str]) -> str:
    """Writes capabilities as the kernel does: 16 hexadecimal digits."""
    return f"{sum(1 << place for place, name in enumerate(NAMES) if name in names):016x}"


def is_filtered(context: Object, pod_context: Object) -> bool:
    """Tells whether a seccomp profile decides which system calls a container may make."""
    profile = context.get("seccompProfile") or pod_context.get("seccompProfile") or {}
    return not context.get("privileged") and profile.get("type") in ("RuntimeDefault", "Localhost")


def status(context: Object, command: str, uid: int, gid: int, groups: list[int], *, filtered: bool = False) -> str:
    """Returns the text of /proc/1/status, as far as people look at it."""
    names = of(context)
    held = mask(names) if uid == 0 else mask(frozenset())
    privileges = 1 if context.get("allowPrivilegeEscalation") is False else 0
    rows = {
        "Name": command[:15], "Umask": "0022", "State": "S (sleeping)", "Tgid": "1", "Ngid": "0", "Pid": "1",
        "PPid": "0", "TracerPid": "0", "Uid": "\t".join([str(uid)] * 4), "Gid": "\t".join([str(gid)] * 4),
        "FDSize": "64", "Groups": "".join(f"{group} " for group in groups), "Threads": "1",
        "CapInh": mask(frozenset()), "CapPrm": held, "CapEff": held, "CapBnd": mask(names),
        "CapAmb": mask(frozenset()), "NoNewPrivs": str(privileges),
        "Seccomp": "2" if filtered else "0", "Seccomp_filters": "1" if filtered else "0",
    }  # fmt: skip
    return "".join(f"{name}:\t{value}\n" for name, value in rows.items())
