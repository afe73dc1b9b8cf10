"""A program that is about to take memory says so here, so that somebody looks whether it runs short.

The kernel does (pressure.py), and the kubelet (evictions.py). Who takes more than its limit is ended at once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kubelab.cluster.component import next_look
from kubelab.cluster.node.record import RECORDS, is_running, thaw

if TYPE_CHECKING:
    from kubelab.cluster.cluster import Cluster
    from kubelab.cluster.node.container import Container

NAME, MANAGER = "kernel-memory", "kubelet-evictions"  # the components that look
STATE = "/machine/pressure/"  # <node> -> {"until": memory is taken}
LOOK = 10.0  # seconds between two looks of the kubelet
KILLED = 137  # 128 + SIGKILL
KERNEL_LOOK = 0.5  # between two of the kernel, while memory is taken


def expect(container: Container, seconds: float) -> None:
    """Has kernel and kubelet look at a node's memory while a program takes some, for so many seconds."""
    cluster, node, now = container.cluster, container.node.name, container.now()
    kept = cluster.store.get(STATE + node) or {}
    cluster.store.put(STATE + node, {**kept, "until": max(kept.get("until", 0.0), now + seconds + 1.0)})
    cluster.agenda.add(MANAGER, node, next_look(now, LOOK))
    cluster.agenda.add(NAME, node, now + KERNEL_LOOK)


def end(cluster: Cluster, pod: str, container: str) -> None:
    """Has the kernel end a container that takes more memory than there is for it, with all its processes.

    Args:
        pod: its node, namespace and name: "worker-1/default/web".
    """
    record = cluster.store.get(RECORDS + pod)
    if record is None or not is_running(record["containers"].get(container), cluster.clock.now):
        return
    ended = thaw(record)
    ended["containers"][container]["ends"] = [cluster.clock.now, KILLED, "OOMKilled"]
    cluster.store.put(RECORDS + pod, ended)
    cluster.agenda.add("kubelet", pod)
