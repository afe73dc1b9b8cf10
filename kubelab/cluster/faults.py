"""Faults on demand: what an operator, an instructor or a lesson's start state may break in a cluster, and how it mends.

    inject(cluster, "power-off worker-1")

Each fault is one line: its name and what it happens to. It is done to the machines, not to the API's objects: what the
cluster then shows is what its own components make of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, NamedTuple

from kubelab.cluster.autoscaler import cloud
from kubelab.cluster.kubeadm import upgrade
from kubelab.cluster.node import disk, diskusage, host, machineclock, machinefiles, outages, pki, units
from kubelab.cluster.node.record import RECORDS, is_running, thaw
from kubelab.cluster.node.registry import PUBLIC

if TYPE_CHECKING:
    from kubelab.cluster.cluster import Cluster

COMPONENTS = ("etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler")
CONFIG = "/var/lib/kubelet/config.yaml"
DELAY = 2.0  # seconds that a slow machine's network holds up a packet
EXPIRING = ("apiserver", "admin.conf")
KILLED = 137  # 128 + SIGKILL
OVERDUE = 86_400.0  # seconds that an expired certificate is out of date
AHEAD = 2 * 365 * 86_400.0  # seconds that a wrong clock is ahead: more than certificates last


class FaultError(Exception):
    """There is no such fault, or nothing of that name that it could happen to."""


class Fault(NamedTuple):
    """Something that can be broken, or put right.

    Args:
        name: as one types it.
        summary: what happens, for people to choose from.
        targets: yields what it can happen to.
        happen: makes it happen.
    """

    name: str
    summary: str
    targets: Callable[[Cluster], Iterable[str]]
    happen: Callable[[Cluster, str], None]


def inject(cluster: Cluster, line: str) -> None:
    """Does what a line says: `NAME TARGET`.

    Raises:
        FaultError: it says nothing that can be done; the message tells what could.
    """
    fault, target = parsed(line)
    known = list(fault.targets(cluster))
    if target not in known:
        raise FaultError(f"{fault.name}: no {target!r} here; there is {', '.join(known[:20]) or 'nothing'}")
    fault.happen(cluster, target)


def parsed(line: str) -> tuple[Fault, str]:
    """Reads a line, without a cluster.

    Raises:
        FaultError: there is no such fault, or it names no target.
    """
    name, _, target = line.strip().partition(" ")
    fault = FAULTS.get(name)
    if fault is None:
        raise FaultError(f"there is no fault {name!r}; there is {', '.join(FAULTS)}")
    if not target.strip():
        raise FaultError(f"{name} happens to something: {name} TARGET")
    return fault, target.strip()


# what can be named


def _nodes(cluster: Cluster) -> list[str]:
    return [path.removeprefix(host.HOSTS) for path, _ in cluster.store.items(host.HOSTS)]


def _control_planes(cluster: Cluster) -> list[str]:
    machines = cluster.store.items(host.HOSTS)
    return [path.removeprefix(host.HOSTS) for path, record in machines if disk.is_control_plane(record)]


def _pluggable(cluster: Cluster) -> list[str]:
    """Without a lone control plane: then all others would be cut off from it, which is not simulated."""
    planes = _control_planes(cluster)
    return [name for name in _nodes(cluster) if len(planes) > 1 or name not in planes]


def _workers(cluster: Cluster) -> list[str]:
    """Machines that are no control planes."""
    return [name for name in _nodes(cluster) if name not in _control_planes(cluster)]


def _containers(cluster: Cluster) -> list[str]:
    """Those that run: "namespace/pod/container"."""
    found, now = [], cluster.clock.now
    for path, record in cluster.store.items(RECORDS):
        _, _, pod = path.removeprefix(RECORDS).partition("/")
        found += [f"{pod}/{name}" for name, state in record["containers"].items() if is_running(state, now)]
    return sorted(found)


def _configs(cluster: Cluster) -> list[str]:
    """A machine's kubelet, and a control plane's components: "node/what"."""
    components = [f"{node}/{component}" for node in _control_planes(cluster) for component in COMPONENTS]
    return [*(f"{node}/kubelet" for node in _nodes(cluster)), *components]


def _certificates(cluster: Cluster) -> list[str]:
    return [f"{node}/{name}" for node in _control_planes(cluster) for name in EXPIRING]


def _groups(cluster: Cluster) -> list[str]:
    """The cloud's node groups, where the cluster is in one that has some."""
    return list(cloud.groups(cluster))


def _registries(_cluster: Cluster) -> list[str]:
    return sorted(PUBLIC)


# what happens


def _kill(cluster: Cluster, target: str) -> None:
    namespace, pod, name = target.split("/")
    for path, record in list(cluster.store.items(RECORDS)):
        if path.endswith(f"/{namespace}/{pod}"):
            killed = thaw(record)
            killed["containers"][name]["ends"] = [cluster.clock.now, KILLED, ""]
            cluster.store.put(path, killed)
            cluster.agenda.add("kubelet", path.removeprefix(RECORDS))


def _corrupt(cluster: Cluster, target: str) -> None:
    node, what = target.split("/")
    files = machinefiles.of(cluster, node)
    if what == "kubelet":
        files.write(CONFIG, files.read(CONFIG).replace("apiVersion:", "apiVersion", 1))
        units.restart(cluster, node, "kubelet")
        return
    path = f"{machinefiles.MANIFESTS}/{what}.yaml"
    files.write(path, files.read(path).replace(f"    - {what}\n", f"    - {what}\n    - --no-such-flag=true\n", 1))


def _expire(cluster: Cluster, target: str) -> None:
    node, name = target.split("/")
    upgrade.renew(cluster, node, name, since=cluster.clock.now - pki.YEAR - OVERDUE)


def _slow(cluster: Cluster, node: str) -> None:
    cluster.network.set_delay(node, DELAY)


def _fast(cluster: Cluster, node: str) -> None:
    cluster.network.set_delay(node, 0.0)


def _wrong_clock(cluster: Cluster, node: str) -> None:
    machineclock.put(cluster, node, AHEAD)


def _stop_kubelet(cluster: Cluster, node: str) -> None:
    units.stop(cluster, node, "kubelet")


def _start_kubelet(cluster: Cluster, node: str) -> None:
    units.start(cluster, node, "kubelet")


FAULTS: dict[str, Fault] = {
    fault.name: fault
    for fault in (
        Fault("power-off", "Cut a machine's power", _nodes, host.power_off),
        Fault("power-on", "Switch a machine on again", _nodes, units.power_on),
        Fault("unplug", "Pull a machine's network cable: it goes on, and nobody hears of it", _pluggable, host.unplug),
        Fault("plug-in", "Put the cable back", _pluggable, host.plug_in),
        Fault("slow", "Delay each packet of a machine by two seconds", _nodes, _slow),
        Fault("fast", "Take the delay away", _nodes, _fast),
        Fault("wrong-clock", "Put a machine's clock two years ahead", _workers, _wrong_clock),
        Fault("right-clock", "Set it right", _workers, machineclock.set_right),
        Fault("stop-kubelet", "Stop a machine's kubelet; containers go on", _nodes, _stop_kubelet),
        Fault("start-kubelet", "Start it again", _nodes, _start_kubelet),
        Fault("fill-disk", "Fill a machine's disk", _nodes, diskusage.fill),
        Fault("free-disk", "Give it its disk back", _nodes, diskusage.clear),
        Fault("kill", "Kill a container's process", _containers, _kill),
        Fault("fail-registry", "Let a registry answer every pull with 503", _registries, outages.begin),
        Fault("mend-registry", "Let it serve images again", _registries, outages.end),
        Fault("exhaust", "Let the cloud have no more machines for a node group", _groups, cloud.exhaust),
        Fault("restock", "Let it have machines again", _groups, cloud.restock),
        Fault("corrupt", "Put a mistake into the configuration of a kubelet or a component", _configs, _corrupt),
        Fault("expire", "Let a certificate be a day over its time", _certificates, _expire),
    )
}
