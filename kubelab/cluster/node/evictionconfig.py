"""What a node's kubelet was told about room: eviction thresholds, image garbage collection, what it reserves.

Whoever sets one hard threshold has no others, unless mergeDefaultEvictionSettings says so.
Source: kubernetes.io, reference/config-api/kubelet-config.v1beta1 and concepts/scheduling-eviction/
node-pressure-eviction; pkg/kubelet/eviction/{helpers,defaults_linux}.go, cm/node_container_manager_linux.go.
"""

from __future__ import annotations

import re
import struct
from typing import TYPE_CHECKING, Any, NamedTuple

import yaml

from kubelab.cluster.node import kubeletstart, machinefiles
from kubelab.cluster.node.host import HOSTS
from kubelab.cluster.objects import Object
from kubelab.cluster.quantity import canonical, to_int, to_milli

if TYPE_CHECKING:
    from kubelab.cluster.cluster import Cluster

MEMORY, NODE, IMAGES = "memory.available", "nodefs.available", "imagefs.available"
DEFAULTS = {MEMORY: "100Mi", NODE: "10%", IMAGES: "15%"}
RESERVED_BY = {MEMORY: "memory", NODE: "ephemeral-storage"}  # hard thresholds that Pods cannot have
TRANSITION, LEAST_AGE = 300.0, 120.0
HIGH, LOW = 85, 80
UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}


class Threshold(NamedTuple):
    """When a signal is taken for too low.

    Args:
        text: how it is written in messages.
        least: bytes that have to be available.
        grace: seconds that less may last; None: not a moment (a hard threshold).
        reclaim: bytes that have to come back beyond that.
    """

    signal: str
    text: str
    least: int
    grace: float | None = None
    reclaim: int = 0

    @property
    def id(self) -> str:
        """What it is kept under."""
        return f"{self.signal}/{'hard' if self.grace is None else 'soft'}"


class Settings(NamedTuple):
    """What a kubelet goes by.

    Args:
        transition: seconds that a condition stays.
        longest: seconds that Pods get at the most which are evicted softly.
        high, low: percent of the disk at which images are cleared away, and until which.
        age: seconds that an image is left alone at first.
    """

    thresholds: tuple[Threshold, ...]
    transition: float = TRANSITION
    longest: float = 0.0
    high: int = HIGH
    low: int = LOW
    age: float = LEAST_AGE


def read(cluster: Cluster, node: str) -> Settings:
    """Returns what a node's kubelet was told."""
    config, flags = _told(cluster, node)
    record = cluster.store.get(HOSTS + node) or {"memory": 0, "disk": 0}
    reclaim = _terms(config, flags, "evictionMinimumReclaim")
    graces = _terms(config, flags, "evictionSoftGracePeriod")
    found = []
    for signal, amount in _hard(config, flags).items():
        found.append(_threshold(record, signal, amount, None, reclaim))
    for signal, amount in _terms(config, flags, "evictionSoft").items():
        found.append(_threshold(record, signal, amount, _seconds(graces.get(signal, "0s")), reclaim))
    return Settings(
        tuple(each for each in found if each.least > 0),
        _seconds(config.get("evictionPressureTransitionPeriod")) or TRANSITION,
        float(_flag(flags, "evictionMaxPodGracePeriod") or config.get("evictionMaxPodGracePeriod") or 0),
        int(_flag(flags, "image-gc-high-threshold") or config.get("imageGCHighThresholdPercent") or HIGH),
        int(_flag(flags, "image-gc-low-threshold") or config.get("imageGCLowThresholdPercent") or LOW),
        _seconds(config.get("imageMinimumGCAge")) or LEAST_AGE,
    )


def reserved(cluster: Cluster, node: str) -> dict[str, str]:
    """Returns what of each resource Pods cannot have: for Kubernetes, the system, and below the hard thresholds.

    Empty where nothing is reserved that an installation by kubeadm does not reserve.
    """
    config, flags = _told(cluster, node)
    if not ({"kubeReserved", "systemReserved", "evictionHard"} & config.keys()) and not any(
        _flag(flags, name) for name in ("kubeReserved", "systemReserved", "evictionHard")
    ):
        return {}
    record = cluster.store.get(HOSTS + node) or {"memory": 0, "disk": 0}
    amounts = {"cpu": 0, "memory": 0, "ephemeral-storage": 0}
    for kind in ("kubeReserved", "systemReserved"):
        for resource, amount in _terms(config, flags, kind).items():
            if resource in amounts:
                amounts[resource] += to_milli(amount) if resource == "cpu" else to_int(amount)
    for signal, amount in _hard(config, flags).items():
        if signal in RESERVED_BY:
            amounts[RESERVED_BY[signal]] += _threshold(record, signal, amount, None, {}).least
    return {name: f"{amount}m" if name == "cpu" else str(amount) for name, amount in amounts.items()}


def share(amount: str, whole: int) -> int:
    """Returns "10%" of a number as the kubelet counts it, in 32 bits."""
    (percent,) = struct.unpack("f", struct.pack("f", float(amount.rstrip("%")) / 100))
    return int(whole * float(percent))


def _told(cluster: Cluster, node: str) -> tuple[Object, list[str]]:
    files = machinefiles.of(cluster, node)
    flags = kubeletstart.arguments(files)[1]
    path = kubeletstart.flag(flags, "config")
    try:
        config = yaml.safe_load(files.read(path)) if path and files.is_file(path) else None
    except yaml.YAMLError:  # written after its start
        config = None
    return config if isinstance(config, dict) else {}, flags


def _flag(flags: list[str], field: str) -> str:
    name = re.sub(r"[A-Z]", lambda match: "-" + match[0].lower(), field)
    return kubeletstart.flag(flags, name)


def _terms(config: Object, flags: list[str], field: str) -> dict[str, str]:
    """Returns a map of the configuration, or what the flag of that name says instead."""
    text = _flag(flags, field)
    if text:
        pairs = (re.split(r"[<=]", term, maxsplit=1) for term in text.split(",") if re.search(r"[<=]", term))
        return {name.strip(): amount.strip() for name, amount in pairs}
    return {str(name): str(amount) for name, amount in (config.get(field) or {}).items()}


def _hard(config: Object, flags: list[str]) -> dict[str, str]:
    told = _terms(config, flags, "evictionHard")
    if not told or config.get("mergeDefaultEvictionSettings"):
        return {**DEFAULTS, **told}
    return told


def _threshold(record: Object, signal: str, amount: str, grace: float | None, reclaim: dict[str, str]) -> Threshold:
    whole = int(record["memory" if signal == MEMORY else "disk"]) * 1024
    least, back = (
        share(each, whole) if each.endswith("%") else to_int(each) for each in (amount, reclaim.get(signal, "0"))
    )
    return Threshold(signal, canonical(str(least) if least % 1024 else f"{least // 1024}Ki"), least, grace, back)


def _seconds(period: Any) -> float:
    return sum(float(number) * UNITS[unit] for number, unit in re.findall(r"([\d.]+)(ms|[smh])", str(period or "")))
