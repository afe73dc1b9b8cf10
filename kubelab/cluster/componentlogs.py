"""What the control plane's components write to their logs besides their first lines, once they are asked to (-v).

A component that was started with a verbosity is noted with the place of its log; without one nothing is kept, and
nothing is written. Source: kubernetes.io, concepts/cluster-administration/system-logs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kubelab.cluster import logparts
from kubelab.cluster.klog import klog
from kubelab.cluster.objects import Object
from kubelab.cluster.store import Store

if TYPE_CHECKING:
    from kubelab.cluster.cluster import Cluster

PREFIX = "/machine/verbosity/"  # <process>/<node> -> {"level": number, "log": [uid, container, attempt]}


def started(store: Store, process: str, node: str, level: int, log: tuple[str, str, int]) -> None:
    """Notes how much a process that starts is asked to say."""
    key = f"{PREFIX}{process}/{node}"
    if level > 0:
        store.put(key, {"level": level, "log": list(log)})
    elif store.get(key) is not None:
        store.delete(key)


def verbosity(cluster: Cluster, process: str) -> int:
    """Returns how much the process that leads is asked to say; 0 is what it says in any case."""
    noted = _noted(cluster, process)
    return int(noted["level"]) if noted else 0


def say(cluster: Cluster, process: str, *texts: str) -> None:
    """Writes lines to a component's log, each with the place in its code that says so."""
    noted = _noted(cluster, process)
    if noted:
        uid, name, attempt = noted["log"]
        now = cluster.clock.now
        lines = "".join(f"{klog(now, text)}\n" for text in texts)
        logparts.append(cluster.store, (uid, name, attempt), lines, "stderr", now)


def _noted(cluster: Cluster, process: str) -> Object | None:
    nodes = cluster.processes.nodes(process)
    return cluster.store.get(f"{PREFIX}{process}/{nodes[0]}") if nodes else None
