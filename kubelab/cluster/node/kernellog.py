"""A machine's kernel log: how it booted, and which processes ran out of memory.

Nothing is kept: it follows from what the machine is and from how its containers ended.
Source: dmesg(1); Linux, mm/oom_kill.c and mm/memcontrol.c for the words.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kubelab.cluster.node import cri, host, nodeprocesses
from kubelab.cluster.node.journal import Line
from kubelab.cluster.node.pressure import adjustment, requests_of
from kubelab.cluster.node.systems import system_of
from kubelab.cluster.quantity import to_int

if TYPE_CHECKING:
    from kubelab.cluster.cluster import Cluster
    from kubelab.cluster.node.container import Container

OOM_KILLED = "OOMKilled"
BOOT = (
    "Linux version {kernel} {compiled} {build}",
    "Command line: BOOT_IMAGE=/boot/vmlinuz-{kernel} root=/dev/sda1 ro console=tty1 console=ttyS0",
    "DMI: QEMU Standard PC (Q35 + ICH9, 2009), BIOS 1.16.3 04/01/2014",
    "Memory: {memory}K/{memory}K available",
    "smp: Brought up 1 node, {cpus} CPUs",
    "EXT4-fs (sda1): mounted filesystem ro with ordered data mode. Quota mode: none.",
    "systemd[1]: Detected virtualization kvm.",
    "Bridge firewalling registered",
)


def lines(cluster: Cluster, node: str) -> list[Line]:
    """Returns the kernel's lines since the machine was switched on, the oldest first."""
    record = cluster.store.get(host.HOSTS + node)
    if record is None or "booted" not in record:
        return []
    system, booted = system_of(record), float(record["booted"])
    told = {"kernel": system.kernel, "compiled": system.compiled, "build": system.build}
    told |= {"memory": record["memory"], "cpus": record["cpus"]}
    found = [_line(booted + 0.25 * at, text.format(**told)) for at, text in enumerate(BOOT)]
    for _, container in cri.containers(cluster, node):
        ended = container.state.get("ended")
        if ended and len(ended) > 2 and ended[2] == OOM_KILLED and ended[0] >= booted:
            found += _killed(container, float(ended[0]))
    return sorted((line for line in found if line.time <= cluster.clock.now), key=lambda line: line.time)


def _line(time: float, text: str) -> Line:
    return Line(time, "kernel", "kernel", 0, text)


def _killed(container: Container, time: float) -> list[Line]:
    uid = container.pod["metadata"]["uid"].replace("-", "_")
    command = (container.argv[0] if container.argv else container.name).rpartition("/")[2][:15]
    pid = nodeprocesses.first_pid(container)
    limit = to_int(container.limit("memory") or "0") // 1024
    group = f"/kubepods.slice/kubepods-pod{uid}.slice/cri-containerd-{container.id}.scope"
    request, capacity = (
        requests_of(container.pod, "memory").get(container.name, "0"),
        container.node.record["memory"] * 1024,
    )
    score = int(adjustment(container.pod, request, capacity))
    oom = f"constraint=CONSTRAINT_MEMCG,nodemask=(null),oom_memcg={group},task_memcg={group}"
    texts = (
        f"{command} invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj={score}",
        f"memory: usage {limit}kB, limit {limit}kB, failcnt 21",
        f"oom-kill:{oom},task={command},pid={pid},uid=0",
        f"Memory cgroup out of memory: Killed process {pid} ({command}) total-vm:{limit * 2}kB, anon-rss:{limit}kB, "
        f"file-rss:0kB, shmem-rss:0kB, UID:0 pgtables:92kB oom_score_adj:{score}",
    )
    return [_line(time + 0.0001 * at, text) for at, text in enumerate(texts)]
