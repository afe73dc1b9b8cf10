"""What runs on a node, as `ps` shows it: systemd's services, the shims of containerd, the containers' own processes."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zlib import crc32

from kubelab.cluster.node import cri, host, units
from kubelab.cluster.node.container import Container
from kubelab.cluster.node.process import ProcessInfo
from kubelab.cluster.objects import Object

if TYPE_CHECKING:
    from kubelab.cluster.cluster import Cluster

CONTAINERD, SSHD, KUBELET = 795, 812, 1040
SERVICES = (
    (1, "/sbin/init"),
    (412, "/usr/lib/systemd/systemd-journald"),
    (455, "/usr/lib/systemd/systemd-udevd"),
    (601, "/usr/lib/systemd/systemd-resolved"),
    (688, "/usr/sbin/cron -f -P"),
    (702, "/usr/lib/systemd/systemd-logind"),
    (SSHD, "sshd: /usr/sbin/sshd -D [listener] 0 of 10-100 startups"),
)
KUBELET_COMMAND = (
    "/usr/bin/kubelet --bootstrap-kubeconfig=/etc/kubernetes/bootstrap-kubelet.conf "
    "--kubeconfig=/etc/kubernetes/kubelet.conf --config=/var/lib/kubelet/config.yaml "
    "--container-runtime-endpoint=unix:///var/run/containerd/containerd.sock"
)
FIRST, STEP = 2000, 20  # numbers that containers' processes have


def main_pid(cluster: Cluster, node: str, unit: str) -> int:
    """Returns the process id of a unit's main process."""
    record = cluster.store.get(host.HOSTS + node) or {}
    return pid_since(record, unit, (record.get(unit) or {}).get("since", 0.0))


def pid_since(record: Object, unit: str, since: float) -> int:
    """Returns the process id that a unit's main process has when it was started at a time: another one each time."""
    first = {"containerd": CONTAINERD, "kubelet": KUBELET, "ssh": SSHD}.get(unit, 688)
    booted = record.get("booted", 0.0)
    return first if since <= booted else 30_000 + int(since - booted) % 30_000


def of(cluster: Cluster, node: str) -> list[ProcessInfo]:
    """Returns a node's processes in the order of their ids."""
    record = cluster.store.get(host.HOSTS + node)
    if record is None or not record["powered"]:
        return []
    booted: float = record.get("booted", 0.0)
    found = [ProcessInfo(pid, "root", booted, command) for pid, command in SERVICES]
    for unit, command in (("containerd", "/usr/bin/containerd"), ("kubelet", KUBELET_COMMAND)):
        if record[unit]["running"]:
            found.append(ProcessInfo(main_pid(cluster, node, unit), "root", record[unit]["since"], command))
    for view in cri.running(cluster, node):
        found += _of_container(view)
    return sorted(found, key=lambda process: process.pid)


def first_pid(view: Container) -> int:
    """Returns the number that a container's first process has on its node."""
    return FIRST + crc32(view.id.encode()) % 1300 * STEP


def _of_container(view: Container) -> list[ProcessInfo]:
    first = first_pid(view)
    return [
        ProcessInfo(first + process.pid % STEP, process.user, process.started, process.command)
        for process in view.processes()
    ]


def kill(cluster: Cluster, node: str, pid: int, signal: str) -> bool:
    """Sends a signal to a process of a node; systemd starts its services again, the kubelet its containers."""
    for process in of(cluster, node):
        if process.pid != pid:
            continue
        for unit in host.UNITS:
            if pid == main_pid(cluster, node, unit):
                units.restart(cluster, node, unit)
        for view in cri.running(cluster, node):
            if first_pid(view) <= pid < first_pid(view) + STEP and signal in ("KILL", "TERM"):
                cri.stop(view, 0.0 if signal == "KILL" else cri.GRACE)
        return True
    return False
