"""/proc of a node, as far as people look into it: the machine, the kernel's settings, the processes.

Source: proc(5). Figures of use are those of a quiet machine.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kubelab.cluster.node import nodeprocesses
from kubelab.cluster.node.host import HOSTS
from kubelab.cluster.node.systems import system_of
from kubelab.cluster.objects import Object

if TYPE_CHECKING:
    from kubelab.cluster.cluster import Cluster

ROOT = "/proc/"
SYSCTLS = {
    "kernel/hostname": "",
    "kernel/osrelease": "",
    "net/bridge/bridge-nf-call-iptables": "1",
    "net/ipv4/ip_forward": "1",
    "net/ipv4/conf/all/rp_filter": "2",
    "net/netfilter/nf_conntrack_max": "131072",
    "vm/overcommit_memory": "1",
    "vm/swappiness": "60",
}
FILES = ("cmdline", "cpuinfo", "loadavg", "meminfo", "mounts", "stat", "swaps", "uptime", "version")


def names(cluster: Cluster, node: str, path: str) -> list[str] | None:
    """Returns the names in a directory of /proc; None for what is none."""
    inner = path[len(ROOT) :].strip("/")
    if not inner:
        return [*FILES, "self", "sys", *(str(process.pid) for process in nodeprocesses.of(cluster, node))]
    if inner.isdigit() or inner == "self":
        return ["cmdline", "comm", "mounts", "status"]
    if inner == "sys" or inner.startswith("sys/"):
        below = inner[4:] + "/" if inner != "sys" else ""
        return sorted({key[len(below) :].partition("/")[0] for key in SYSCTLS if key.startswith(below)})
    return None


def entry(cluster: Cluster, node: str, path: str) -> Object | None:
    """Returns what is at a path of /proc, None where nothing is."""
    inner = path[len(ROOT) :]
    if inner.startswith("sys/") and inner[4:] in SYSCTLS:
        own = {"kernel/hostname": node, "kernel/osrelease": system_of(cluster.store.get(HOSTS + node)).kernel}
        return _file(own.get(inner[4:], SYSCTLS[inner[4:]]))
    if names(cluster, node, path) is not None:
        known = names(cluster, node, path.rpartition("/")[0] + "/")
        return {"type": "dir", "mode": 0o555} if known and inner.rpartition("/")[2] in known else None
    record = cluster.store.get(HOSTS + node) or {}
    if inner.rpartition("/")[2] == "mounts" and names(cluster, node, path.rpartition("/")[0] + "/"):
        return {"type": "file", "text": cluster.mount_table(node), "mode": 0o444}
    if inner in FILES:
        return _file(_text(inner, record, cluster.clock.now))
    pid, _, name = inner.partition("/")
    for process in nodeprocesses.of(cluster, node) if pid.isdigit() else ():
        if process.pid == int(pid):
            return _process_file(name, process.command, process.pid)
    return None


def _file(text: str) -> Object:
    return {"type": "file", "text": text + "\n", "mode": 0o444}


def _process_file(name: str, command: str, pid: int) -> Object | None:
    first = command.partition(" ")[0].rpartition("/")[2].rstrip(":")[:15]
    known = {
        "cmdline": command.replace(" ", "\0"),
        "comm": first,
        "status": f"Name:\t{first}\nState:\tS (sleeping)\nTgid:\t{pid}\nPid:\t{pid}\nPPid:\t1",
    }
    return _file(known[name]) if name in known else None


def _text(name: str, record: Object, now: float) -> str:
    cpus, memory = record.get("cpus", 2), record.get("memory", 4_194_304)
    up = max(now - record.get("booted", now), 0.0)
    free, system = memory * 6 // 10, system_of(record)
    texts = {
        "cmdline": f"BOOT_IMAGE=/boot/vmlinuz-{system.kernel} root=/dev/sda1 ro console=tty1 console=ttyS0",
        "loadavg": "0.12 0.18 0.16 1/386 4127",
        "meminfo": (
            f"MemTotal:       {memory:>8} kB\nMemFree:        {free:>8} kB\nMemAvailable:   {memory * 8 // 10:>8} kB\n"
            f"Buffers:        {memory // 50:>8} kB\nCached:         {memory // 5:>8} kB\nSwapTotal:             0 kB\n"
            "SwapFree:              0 kB"
        ),
        "stat": f"cpu  0 0 0 0 0 0 0 0 0 0\nbtime {int(record.get('booted', 0))}",
        "swaps": "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority",
        "uptime": f"{up:.2f} {up * cpus * 0.9:.2f}",
        "version": f"Linux version {system.kernel} {system.compiled} {system.build}",
    }
    if name == "cpuinfo":
        core = "processor\t: {}\nvendor_id\t: GenuineIntel\nmodel name\t: Intel(R) Xeon(R) Processor\n"
        return "\n".join(core.format(number) for number in range(cpus))
    return texts[name]
