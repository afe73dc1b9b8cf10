"""systemd on the nodes: the units that people start and stop, and what becomes of the machine with them.

A kubelet that cannot start is started again every ten seconds (RestartSec of its unit). Nothing polls: it is tried anew
when one of its files has changed. Source: systemctl(1), systemd.service(5).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kubelab.cluster.component import Component
from kubelab.cluster.node import evictionconfig, host, kubeletstart, machinefiles, packages
from kubelab.cluster.objects import Object
from kubelab.cluster.store import Change

if TYPE_CHECKING:
    from kubelab.cluster.cluster import Cluster

JOURNAL = "/machine/journal/"  # <node> -> {"entries": [[time, unit, what, pid, problem...]]}
KEPT = 200  # entries of a journal
RESTART = 10.0  # seconds between two tries of a kubelet that fails
BOOT = 20.0  # seconds that a machine takes to start
SYSTEM, NULL = "/etc/systemd/system", "/dev/null"
WANTS = f"{SYSTEM}/multi-user.target.wants"
DESCRIPTIONS = {
    "containerd": "containerd container runtime",
    "kubelet": "kubelet: The Kubernetes Node Agent",
    "ssh": "OpenBSD Secure Shell server",
    "cron": "Regular background program processing daemon",
    "systemd-journald": "Journal Service",
    "systemd-logind": "User Login Management",
    "systemd-resolved": "Network Name Resolution",
    "systemd-udevd": "Rule-based Manager for Device Events and Files",
}
FILES = "/machine/files/"


class Systemd(Component):
    """systemd of every machine; keys are nodes' names, "boot/" before those that are to start."""

    name = "systemd"

    def __init__(self, cluster: Cluster) -> None:
        super().__init__(cluster)
        self.store.subscribe(FILES, self._file_changed)

    def _file_changed(self, change: Change) -> None:
        if not change.key.startswith(FILES + machinefiles.TREE):
            return
        node, _, path = change.key.removeprefix(FILES + machinefiles.TREE).partition("/")
        record = self.store.get(host.HOSTS + node)
        if record is not None and "failing" in record["kubelet"] and f"/{path}".startswith(kubeletstart.WATCHED):
            since: float = record["kubelet"]["since"]
            self.later(node, RESTART - (self.now - since) % RESTART)

    def reconcile(self, key: str) -> None:
        """Starts a kubelet that failed, or a machine that was rebooted."""
        node = key.removeprefix("boot/")
        record = self.store.get(host.HOSTS + node)
        if record is None:
            return
        if key != node:
            power_on(self.cluster, node)
        elif "failing" in record["kubelet"]:
            start(self.cluster, node, "kubelet")


def is_enabled(cluster: Cluster, node: str, unit: str) -> bool:
    """Tells whether a unit starts with its machine."""
    if is_masked(cluster, node, unit):
        return False
    return machinefiles.of(cluster, node).exists(f"{WANTS}/{unit}.service", follow=False) or unit not in host.UNITS


def is_masked(cluster: Cluster, node: str, unit: str) -> bool:
    """Tells whether a unit is linked to /dev/null, so that it cannot be started."""
    files, path = machinefiles.of(cluster, node), f"{SYSTEM}/{unit}.service"
    return files.exists(path, follow=False) and files.stat(path, follow=False).target == NULL


def mask(cluster: Cluster, node: str, unit: str, *, on: bool) -> None:
    """Does `systemctl mask`, or `unmask`."""
    files, path = machinefiles.of(cluster, node), f"{SYSTEM}/{unit}.service"
    if on:
        files.symlink(NULL, path)
    else:
        files.remove(path)


def power_on(cluster: Cluster, node: str) -> None:
    """Starts a machine, and what is enabled on it."""
    kubelet = is_enabled(cluster, node, "kubelet")
    host.power_on(cluster, node, kubelet=False)
    if not is_enabled(cluster, node, "containerd"):
        host.stop_unit(cluster, node, "containerd")
    if kubelet:
        start(cluster, node, "kubelet")


def reboot(cluster: Cluster, node: str) -> None:
    """Switches a machine off and on again."""
    host.power_off(cluster, node)
    cluster.agenda.add("systemd", f"boot/{node}", cluster.clock.now + BOOT)


def start(cluster: Cluster, node: str, unit: str) -> None:
    """Does `systemctl start`: a kubelet that cannot run goes on being tried."""
    record = _record(cluster, node)
    if record[unit]["running"]:
        return
    if unit == "kubelet":
        problem = kubeletstart.problem(cluster, node)
        if problem is not None:
            _fail(cluster, node, record, problem)
            return
        version = packages.installed(cluster, node)["kubelet"].partition("-")[0]
        state = {**record["kubelet"], "version": f"v{version}"}
        state.pop("failing", None)
        state.pop("maxPods", None)
        state.pop("reserved", None)
        most = kubeletstart.max_pods(cluster, node)
        if most is not None:
            state["maxPods"] = most
        held_back = evictionconfig.reserved(cluster, node)
        if held_back:
            state["reserved"] = held_back
        cluster.store.put(host.HOSTS + node, {**record, "kubelet": state})
    _note(cluster, node, unit, "started")
    host.start_unit(cluster, node, unit)


def _fail(cluster: Cluster, node: str, record: Object, problem: kubeletstart.Problem) -> None:
    known = record["kubelet"].get("failing")
    if known is not None and list(problem) == known["problem"]:
        return
    failing = {"problem": list(problem), "since": cluster.clock.now}
    state = {**record["kubelet"], "since": cluster.clock.now, "failing": failing}
    cluster.store.put(host.HOSTS + node, {**record, "kubelet": state})
    _note(cluster, node, "kubelet", "failed", *problem)


def stop(cluster: Cluster, node: str, unit: str) -> None:
    """Does `systemctl stop`: containers go on without kubelet and without containerd."""
    record = _record(cluster, node)
    if unit == "kubelet" and "failing" in record["kubelet"]:
        state = {**record["kubelet"], "since": cluster.clock.now}
        del state["failing"]
        cluster.store.put(host.HOSTS + node, {**record, "kubelet": state})
    elif record[unit]["running"]:
        _note(cluster, node, unit, "stopped")
        host.stop_unit(cluster, node, unit)


def restart(cluster: Cluster, node: str, unit: str) -> None:
    """Does `systemctl restart`."""
    stop(cluster, node, unit)
    start(cluster, node, unit)


def enable(cluster: Cluster, node: str, unit: str, *, on: bool) -> None:
    """Does `systemctl enable` or `disable`."""
    files, path = machinefiles.of(cluster, node), f"{WANTS}/{unit}.service"
    if on and not files.exists(path, follow=False):
        files.symlink(f"/usr/lib/systemd/system/{unit}.service", path)
    elif not on and files.exists(path, follow=False):
        files.remove(path)


def _note(cluster: Cluster, node: str, unit: str, what: str, *more: object) -> None:
    kept = cluster.store.get(JOURNAL + node) or {"entries": []}
    entries = [*kept["entries"], [cluster.clock.now, unit, what, *more]]
    cluster.store.put(JOURNAL + node, {"entries": entries[-KEPT:]})


def _record(cluster: Cluster, node: str) -> Object:
    record = cluster.store.get(host.HOSTS + node)
    if record is None:
        raise KeyError(f"no machine {node}")
    return record
