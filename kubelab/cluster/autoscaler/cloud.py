"""A cloud with node groups: how many machines each has, what one of them is, how they boot and are terminated.

Its node controller deletes the Nodes of machines that are no longer there, as a cloud-controller-manager does.
Source: kubernetes/autoscaler, cloudprovider/cloud_provider.go (NodeGroup); k8s.io/cloud-provider,
controllers/nodelifecycle/node_lifecycle_controller.go.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kubelab.cluster.autoscalers import GROUPS
from kubelab.cluster.component import Component
from kubelab.cluster.controllers.pods import condition
from kubelab.cluster.kinds import Node
from kubelab.cluster.node import host
from kubelab.cluster.node.record import RECORDS
from kubelab.cluster.objects import Key, Object

if TYPE_CHECKING:
    from kubelab.cluster.cluster import Cluster

# <group> -> {"size", "instances": {node: {"at"}}, "made", "machine": {...}, "exhausted": no more of its machines boot}
BOOT, OFF, GONE = "boot/", "off/", "gone/"
BOOT_SECONDS = (40.0, 70.0)  # from the call until a machine's kubelet starts
SHUTDOWN_SECONDS = (5.0, 15.0)
LOOK = 5.0  # --node-monitor-period
REGION, ZONE = "us-east-1", "us-east-1a"


def groups(cluster: Cluster) -> dict[str, Object]:
    """Returns the cloud's groups by their names."""
    return {key.removeprefix(GROUPS): kept for key, kept in cluster.store.items(GROUPS)}


def furnish(cluster: Cluster, name: str, size: int, machine: Object) -> None:
    """Makes a group whose first machines run at once.

    Args:
        machine: what each is: "cpus", "memory_mib", "disk_gib", "type", "labels", "taints".
    """
    cluster.store.put(GROUPS + name, {"size": 0, "made": 0, "instances": {}, "machine": machine})
    for node in _launch(cluster, name, size):
        _boot(cluster, name, node)


def increase(cluster: Cluster, name: str, number: int) -> None:
    """Orders more machines; they are there about a minute later."""
    for node in _launch(cluster, name, number):
        due = cluster.clock.now + cluster.random.between(*BOOT_SECONDS, "boot", node)
        cluster.agenda.add(Cloud.name, f"{BOOT}{name}/{node}", due)


def exhaust(cluster: Cluster, name: str) -> None:
    """Lets a cloud have no machines left for a group: those that are ordered do not come."""
    cluster.store.put(GROUPS + name, {**(cluster.store.get(GROUPS + name) or {}), "exhausted": True})


def restock(cluster: Cluster, name: str) -> None:
    """Lets machines that are ordered from now on come again."""
    kept = cluster.store.get(GROUPS + name) or {}
    cluster.store.put(GROUPS + name, {field: value for field, value in kept.items() if field != "exhausted"})


def terminate(cluster: Cluster, name: str, node: str) -> None:
    """Takes a machine out of its group and shuts it down."""
    kept = cluster.store.get(GROUPS + name)
    if kept is None or node not in kept["instances"]:
        return
    left = {other: instance for other, instance in kept["instances"].items() if other != node}
    cluster.store.put(GROUPS + name, {**kept, "size": kept["size"] - 1, "instances": left})
    due = cluster.clock.now + cluster.random.between(*SHUTDOWN_SECONDS, "off", node)
    cluster.agenda.add(Cloud.name, OFF + node, due)


def _launch(cluster: Cluster, name: str, number: int) -> list[str]:
    kept = cluster.store.get(GROUPS + name)
    if kept is None:
        raise KeyError(f"the cloud has no group {name}")
    first = kept["made"]
    nodes = [f"{name}-{cluster.random.suffix('instance', name, first + place)}" for place in range(number)]
    instances = {**kept["instances"], **{node: {"at": cluster.clock.now} for node in nodes}}
    changed = {"size": kept["size"] + number, "made": first + number, "instances": instances}
    cluster.store.put(GROUPS + name, {**kept, **changed})
    return nodes


def _boot(cluster: Cluster, name: str, node: str) -> None:
    kept = cluster.store.get(GROUPS + name)
    if kept is None or node not in kept["instances"] or kept.get("exhausted"):
        return
    machine = kept["machine"]
    host.install(
        cluster,
        node,
        ip=cluster.network.address_of(node),
        cpus=machine["cpus"],
        memory_mib=machine["memory_mib"],
        disk_gib=machine["disk_gib"],
        labels=labels_of_machines(machine),
        taints=machine.get("taints", ()),
        provider=f"aws:///{ZONE}/i-0{cluster.random.hex(16, 'instance', node)}",
    )
    host.power_on(cluster, node)


def labels_of_machines(machine: Object) -> dict[str, str]:
    """Returns the labels that all Nodes of a group have."""
    return {
        "node.kubernetes.io/instance-type": machine["type"],
        "topology.kubernetes.io/region": REGION,
        "topology.kubernetes.io/zone": ZONE,
        **machine.get("labels", {}),
    }


class Cloud(Component):
    """The cloud that node groups are in; keys name a machine and what is due for it."""

    name = "cloud"
    user = "system:cloud-controller-manager"
    source = "cloud-node-lifecycle-controller"
    manager = "cloud-controller-manager"

    def reconcile(self, key: str) -> None:
        """Boots a machine, cuts its power, or deletes the Node of one that is gone."""
        what, _, name = key.partition("/")
        if f"{what}/" == BOOT:
            group, _, node = name.rpartition("/")
            _boot(self.cluster, group, node)
        elif f"{what}/" == OFF:
            if self.store.get(host.HOSTS + name) is not None:
                host.power_off(self.cluster, name)
            self.later(GONE + name, LOOK)
        else:
            self._forget(name)

    def _forget(self, name: str) -> None:
        """Deletes the Node once it is not ready: only then the controller asks the cloud for the machine."""
        node = self.api.get(Node, Key("", name))
        if node is not None:
            ready = condition(node, "Ready")
            if ready is not None and ready["status"] == "True":
                self.later(GONE + name, LOOK)
                return
            message = f"Deleting node {name} because it does not exist in the cloud provider"
            self.api.event(node, "Normal", "DeletingNode", message)
            self.api.delete(Node, Key("", name))
        for path, _ in list(self.store.items(f"{RECORDS}{name}/")):
            self.store.delete(path)
        self.store.delete(host.IMAGES + name)
        self.store.delete(host.HOSTS + name)
        self.cluster.network.remove(name)
