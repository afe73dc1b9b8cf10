"""A node as a machine: powered or not, its units (kubelet, containerd), its hardware, its images.

`/machine/node/<node>` says what the machine is; the Node object in the API is what its kubelet says about it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from kubelab.cluster.node.versions import Kubelet, kubelet_of
from kubelab.cluster.objects import Object

if TYPE_CHECKING:
    from kubelab.cluster.cluster import Cluster

HOSTS = "/machine/node/"
# In a machine's record: why its kubelet takes the API server's certificate for invalid (machineclock.py).
DISTRUSTS = "distrusts"
IMAGES = "/machine/images/"  # <node> -> {"references": {image id: [names]}, ...}

UNITS = ("containerd", "kubelet")


def install(
    cluster: Cluster,
    node: str,
    *,
    ip: str,
    cpus: int = 2,
    memory_mib: int = 4096,
    disk_gib: int = 40,
    version: str = "",
    labels: Mapping[str, str] | None = None,
    taints: Sequence[Object] = (),
    annotations: Mapping[str, str] | None = None,
    provider: str = "",
    os: str = "",
) -> None:
    """Makes a machine with containerd and a kubelet, both stopped; `power_on` and `start_unit` bring it to life.

    Args:
        ip: its address on the lab's network.
        cpus, memory_mib, disk_gib: its hardware.
        version: the kubelet's version, "1.36" or "1.36.2"; "" for the cluster's.
        labels: what `kubelet --node-labels` registers besides the well-known labels.
        taints: what `--register-with-taints` registers.
        annotations: what whoever made the machine writes to its Node.
        provider: the machine's name at its cloud, "" where it is in none.
        os: its operating system (node/systems.py), "" for the usual one.
    """
    kubelet = kubelet_of(version or cluster.version)
    record: Object = {
        "ip": ip,
        "cpus": cpus,
        "memory": memory_mib * 1024,
        "disk": disk_gib * 1024 * 1024,
        "kubelet": {"running": False, "version": kubelet.version},
        "containerd": {"running": False, "version": kubelet.containerd},
        "powered": False,
    }
    if labels:
        record["labels"] = dict(labels)
    if taints:
        record["taints"] = list(taints)
    if provider:
        record["provider"] = provider
    if os:
        record["os"] = os
    if annotations:
        record["annotations"] = dict(annotations)
    cluster.store.put(HOSTS + node, record)


def power_on(cluster: Cluster, node: str, *, kubelet: bool = True) -> None:
    """Boots a machine; containerd and, unless told otherwise, the kubelet start with it."""
    record = _record(cluster, node)
    now = cluster.clock.now
    running = {"running": True, "since": now}
    changed = {**record, "powered": True, "booted": now, "containerd": {**record["containerd"], **running}}
    if kubelet:
        changed["kubelet"] = {**record["kubelet"], **running}
    cluster.store.put(HOSTS + node, changed)


def power_off(cluster: Cluster, node: str) -> None:
    """Cuts the power: everything on the machine stops at once, nobody is told."""
    record = _record(cluster, node)
    now = cluster.clock.now
    stopped = {unit: {**record[unit], "running": False, "since": now} for unit in UNITS}
    cluster.store.put(HOSTS + node, {**record, **stopped, "powered": False})


def start_unit(cluster: Cluster, node: str, unit: str) -> None:
    """Does `systemctl start` for "kubelet" or "containerd"."""
    _set_unit(cluster, node, unit, True)


def stop_unit(cluster: Cluster, node: str, unit: str) -> None:
    """Does `systemctl stop`: containers go on running without kubelet and without containerd."""
    _set_unit(cluster, node, unit, False)


def restart_unit(cluster: Cluster, node: str, unit: str) -> None:
    """Does `systemctl restart`."""
    stop_unit(cluster, node, unit)
    start_unit(cluster, node, unit)


def unplug(cluster: Cluster, node: str) -> None:
    """Pulls a machine's network cable: everything on it goes on, and nobody hears of it."""
    record = _record(cluster, node)
    if record.get("network", True):
        cluster.store.put(HOSTS + node, {**record, "network": False, "cut": cluster.clock.now})


def plug_in(cluster: Cluster, node: str) -> None:
    """Puts the cable back."""
    record = _record(cluster, node)
    kept = {field: value for field, value in record.items() if field not in ("network", "cut")}
    if kept != record:
        cluster.store.put(HOSTS + node, kept)


def speaks(record: Object) -> bool:
    """Tells whether a machine's kubelet runs, has a network to talk to the API server over, and trusts it."""
    return bool(record["kubelet"]["running"]) and record.get("network", True) and DISTRUSTS not in record


def is_cut_off(record: Object) -> bool:
    """Tells whether a machine's kubelet runs, but has no network, or does not trust the API server."""
    return bool(record["kubelet"]["running"]) and not speaks(record)


def is_running(cluster: Cluster, node: str, unit: str = "kubelet") -> bool:
    """Tells whether a unit of a machine runs."""
    record = cluster.store.get(HOSTS + node)
    return record is not None and bool(record[unit]["running"])


def _set_unit(cluster: Cluster, node: str, unit: str, running: bool) -> None:
    record = _record(cluster, node)
    if record[unit]["running"] != running:
        changed = {**record[unit], "running": running, "since": cluster.clock.now}
        cluster.store.put(HOSTS + node, {**record, unit: changed})


def _record(cluster: Cluster, node: str) -> Object:
    record = cluster.store.get(HOSTS + node)
    if record is None:
        raise KeyError(f"no machine {node}")
    return record


class Images:
    """What a node's containerd has pulled."""

    def __init__(self, cluster: Cluster, node: str) -> None:
        self._store = cluster.store
        self._path = IMAGES + node
        kept = self._store.get(self._path)
        self._names: dict[str, list[str]] = dict(kept["images"]) if kept else {}
        self._since: dict[str, float] = dict(kept.get("since") or {}) if kept else {}
        self._clock = cluster.clock
        self._known = {name for names in self._names.values() for name in names}

    def has(self, reference: str) -> bool:
        """Tells whether an image of that full reference is there."""
        return reference in self._known

    def add(self, reference: str, image_id: str, size: int) -> None:
        """Notes that an image was pulled under a name."""
        if reference in self._known:
            return
        self._known.add(reference)
        names = self._names.get(image_id, [image_id, str(size)])
        self._names[image_id] = [*names, reference]
        self._since.setdefault(image_id, self._clock.now)
        self._keep()

    def remove(self, image_id: str) -> None:
        """Forgets an image (crictl rmi, image garbage collection)."""
        for name in self._names.pop(image_id, ()):
            self._known.discard(name)
        self._since.pop(image_id, None)
        self._keep()

    def _keep(self) -> None:
        self._store.put(self._path, {"images": dict(self._names), "since": dict(self._since)})

    def since(self, image_id: str) -> float:
        """Returns when an image was pulled, in seconds since the epoch."""
        return self._since.get(image_id, 0.0)

    def all(self) -> dict[str, list[str]]:
        """Returns image id -> [image id, size in bytes, names...]."""
        return dict(self._names)


__all__ = ["HOSTS", "IMAGES", "UNITS", "Images", "Kubelet", "install", "is_running", "power_off", "power_on"]
