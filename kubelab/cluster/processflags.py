"""The command line that each of the control plane's processes was started with, for the parts that act in it.

Noted when a process starts, as it reads its flags once. Of several the one that acts counts.
Source: kubernetes.io, reference/command-line-tools-reference/kube-controller-manager.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kubelab.cluster.cluster import Cluster
    from kubelab.cluster.store import Store

PREFIX = "/machine/arguments/"  # <process>/<node> -> {"words": what follows its name}
UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}
DURATION = re.compile(r"([\d.]+)(ms|[smh])")


def started(store: Store, process: str, node: str, words: Sequence[str]) -> None:
    """Notes what a process that starts was told."""
    key, told = f"{PREFIX}{process}/{node}", {"words": list(words)}
    if store.get(key) != told:
        store.put(key, told)


def text(cluster: Cluster, process: str, name: str, default: str) -> str:
    """Returns the last value of a flag of the process that acts."""
    nodes = cluster.processes.nodes(process)
    told = cluster.store.get(f"{PREFIX}{process}/{nodes[0]}") if nodes else None
    found = default
    for word in (told or {}).get("words", ()):
        key, equals, value = word.lstrip("-").partition("=")
        if key == name and equals:
            found = value
    return found


def number(cluster: Cluster, process: str, name: str, default: float) -> float:
    """Returns a flag's number."""
    try:
        return float(text(cluster, process, name, "") or default)
    except ValueError:
        return default


def seconds(cluster: Cluster, process: str, name: str, default: float) -> float:
    """Returns a flag's duration ("1m30s") in seconds."""
    parts = DURATION.findall(text(cluster, process, name, ""))
    return sum(float(amount) * UNITS[unit] for amount, unit in parts) if parts else default
