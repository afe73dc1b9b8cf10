"""When a node's kubelet takes memory for short: the threshold, what has to come back, how long its condition stays.

Source: kubernetes.io, reference/config-api/kubelet-config.v1beta1 (evictionHard, evictionMinimumReclaim,
evictionPressureTransitionPeriod).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

import yaml

from kubelab.cluster.node import kubeletstart, machinefiles
from kubelab.cluster.node.host import HOSTS
from kubelab.cluster.quantity import to_int

if TYPE_CHECKING:
    from kubelab.cluster.cluster import Cluster

SIGNAL = "memory.available"
DEFAULT = "100Mi"
TRANSITION = 300.0
UNITS = {"s": 1.0, "m": 60.0, "h": 3600.0}


class Settings(NamedTuple):
    """Bytes that have to be available, bytes that have to come back beyond that, seconds that the condition stays."""

    text: str
    hard: int
    reclaim: int
    transition: float


def read(cluster: Cluster, node: str) -> Settings:
    """Returns what a node's kubelet was told."""
    files = machinefiles.of(cluster, node)
    flags = kubeletstart.arguments(files)[1]
    path = kubeletstart.flag(flags, "config")
    config = (yaml.safe_load(files.read(path)) if path and files.is_file(path) else None) or {}
    hard = str((config.get("evictionHard") or {}).get(SIGNAL, DEFAULT))
    for term in kubeletstart.flag(flags, "eviction-hard").split(","):
        signal, less, amount = term.partition("<")
        if less and signal == SIGNAL:
            hard = amount
    reclaim = str((config.get("evictionMinimumReclaim") or {}).get(SIGNAL, "0"))
    return Settings(hard, _bytes(cluster, node, hard), _bytes(cluster, node, reclaim), _period(config))


def _bytes(cluster: Cluster, node: str, amount: str) -> int:
    if amount.endswith("%"):
        record = cluster.store.get(HOSTS + node) or {"memory": 0}
        return int(record["memory"] * 1024 * float(amount[:-1]) / 100)
    return to_int(amount)


def _period(config: dict[str, object]) -> float:
    text = str(config.get("evictionPressureTransitionPeriod") or "")
    seconds = sum(float(number) * UNITS[unit] for number, unit in re.findall(r"([\d.]+)([smh])", text))
    return seconds or TRANSITION
