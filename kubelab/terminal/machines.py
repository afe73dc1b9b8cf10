"""Which machines there are to log in on: the nodes, and beside them the NFS server and HAProxy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kubelab.cluster.network import haproxy
from kubelab.cluster.node.host import HOSTS
from kubelab.cluster.storage import nfsserver
from kubelab.terminal.balancer import BalancerMachine
from kubelab.terminal.nfsserver import NfsMachine
from kubelab.terminal.nodes import NodeMachine

if TYPE_CHECKING:
    from kubelab.cluster.cluster import Cluster
    from kubelab.cluster.node.process import Machine
    from kubelab.terminal.shell.kernel import Kernel


def machine_of(cluster: Cluster, name: str, kernel: Kernel) -> Machine:
    """Returns a machine by its name, as those see it who log in there."""
    if name == haproxy.NAME:
        return BalancerMachine(cluster)
    if name == nfsserver.NAME:
        return NfsMachine(cluster)
    node, _, pod = name.partition("/")
    machine = NodeMachine(cluster, node, kernel)
    if pod:
        machine.place = {**machine.place, **dict(zip(("namespace", "pod"), pod.split("/"), strict=True))}
    return machine


def in_pod_of(node: str, namespace: str, pod: str) -> str:
    """Returns how `machine_of` knows a node whose commands run in a Pod's network namespace."""
    return f"{node}/{namespace}/{pod}"


def name_at(cluster: Cluster, address: str) -> str:
    """Returns the name of the machine that has an address, "" where nobody has it."""
    found = cluster.network.attachments.owners.get(address, "")
    balancer = cluster.network.haproxy.machine()
    if balancer is not None and address == balancer["ip"]:
        return haproxy.NAME
    return nfsserver.NAME if not found and address == nfsserver.ADDRESS else found


def is_on(cluster: Cluster, name: str) -> bool:
    """Tells whether a machine is there, and on."""
    if name == nfsserver.NAME:
        return nfsserver.is_powered(cluster.store)
    if name == haproxy.NAME:
        return cluster.network.haproxy.machine() is not None
    record = cluster.store.get(HOSTS + name)
    return record is not None and bool(record.get("powered")) and record.get("network", True)
