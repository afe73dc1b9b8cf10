"""A kubelet registers its node and keeps the Node's status: capacity, conditions, versions, images.

Heartbeats are not written: heartbeats.py tells them when somebody reads. Source: pkg/kubelet/kubelet_node_status.go,
pkg/kubelet/nodestatus/setters.go.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kubelab.cluster.api.errors import AlreadyExists
from kubelab.cluster.clock import rfc3339
from kubelab.cluster.cni import HOSTS as ADDRESSES
from kubelab.cluster.component import Component
from kubelab.cluster.kinds import CSINode, Lease, Node
from kubelab.cluster.node import heartbeats
from kubelab.cluster.node.csi_registration import csinode
from kubelab.cluster.node.evictionconfig import share
from kubelab.cluster.node.host import HOSTS, IMAGES, speaks
from kubelab.cluster.node.nodeview import NodeView
from kubelab.cluster.node.systems import system_of
from kubelab.cluster.objects import Key, Object
from kubelab.cluster.quantity import canonical, to_int, to_milli
from kubelab.cluster.store import Change

if TYPE_CHECKING:
    from kubelab.cluster.cluster import Cluster

MAX_PODS = 110
LEAST_MEMORY, LEAST_DISK = 104_857_600, "10%"  # below which the kubelet evicts Pods, where it is told nothing
MOST_IMAGES = 50
STATUS_PERIOD = 10.0  # a changed status is written with the next update, which comes every 10 s
LEASE_SECONDS = 40
LEASES = "kube-node-lease"
UNINITIALIZED = (
    "container runtime network not ready: NetworkReady=false reason:NetworkPluginNotReady "
    "message:Network plugin returns error: "
)

STARTED = "started/"  # before the name of a node whose kubelet has just started: it reports that
# Events of a kubelet that starts: reason, message. Source: pkg/kubelet/kubelet.go, cm/node_container_manager_linux.go.
STARTING = ("Starting", "Starting kubelet.")
ENFORCED = ("NodeAllocatableEnforced", "Updated Node Allocatable limit across pods")
# Events of conditions: type and status -> reason.
TELLS = {
    ("MemoryPressure", "False"): "NodeHasSufficientMemory", ("MemoryPressure", "True"): "NodeHasInsufficientMemory",
    ("DiskPressure", "False"): "NodeHasNoDiskPressure", ("DiskPressure", "True"): "NodeHasDiskPressure",
    ("PIDPressure", "False"): "NodeHasSufficientPID", ("PIDPressure", "True"): "NodeHasInsufficientPID",
    ("Ready", "True"): "NodeReady", ("Ready", "False"): "NodeNotReady",
}  # fmt: skip

# type -> status, reason, message while all is well
HEALTHY = {
    "MemoryPressure": ("False", "KubeletHasSufficientMemory", "kubelet has sufficient memory available"),
    "DiskPressure": ("False", "KubeletHasNoDiskPressure", "kubelet has no disk pressure"),
    "PIDPressure": ("False", "KubeletHasSufficientPID", "kubelet has sufficient PID available"),
}


class NodeStatus(Component):
    """The part of every kubelet that speaks for its node; keys are nodes' names."""

    name = "kubelet-node"

    def __init__(self, cluster: Cluster) -> None:
        super().__init__(cluster)
        self.store.subscribe(HOSTS, self._machine_changed)
        self.store.subscribe(IMAGES, self._images_changed)
        self.store.subscribe("/machine/network/", self._network_changed)

    def _machine_changed(self, change: Change) -> None:
        if change.new is not None and speaks(change.new):
            node = change.key.removeprefix(HOSTS)
            if change.old is None or not speaks(change.old):
                self.cluster.agenda.add(self.name, STARTED + node)
            self.cluster.agenda.add(self.name, node)
        elif change.old is not None and speaks(change.old):
            heartbeats.stop(self.cluster, change.key.removeprefix(HOSTS), change.old)

    def _images_changed(self, change: Change) -> None:
        node = change.key.removeprefix(IMAGES)
        self.cluster.agenda.add(self.name, node, heartbeats.next_beat(node, self.now))

    def _network_changed(self, change: Change) -> None:
        if change.key.startswith(ADDRESSES):
            self.cluster.agenda.add(self.name, change.key.removeprefix(ADDRESSES))

    def reconcile(self, key: str) -> None:
        """Registers a node that the API does not know, and writes its status where it differs."""
        from kubelab.cluster.node.kubelet import Kubelet  # both are parts of the cluster, found by name

        name = key.removeprefix(STARTED)
        kubelet = self.cluster.components["kubelet"]
        view = kubelet.view(name) if isinstance(kubelet, Kubelet) else None
        if view is None or not view.speaks:
            return
        node = view.object
        if node is None:
            node = self._register(view)
        status = status_of(view, node)
        if key.startswith(STARTED):
            self._tell_start(view, node, status)
        else:
            self._tell_changes(view, node, status)
        if status != node.get("status"):
            view.api.update_status(Node, {**node, "status": status})
        if view.api.get(Lease, Key(LEASES, name)) is None:
            self._create_lease(view, node)
            if view.api.get(CSINode, Key("", name)) is None:
                view.api.create(CSINode, csinode(node, []))

    def _tell_start(self, view: NodeView, node: Object, status: Object) -> None:
        self._event(view, node, *STARTING)
        for condition in status["conditions"]:
            if condition["type"] in HEALTHY:
                self._tell(view, node, condition)
        self._event(view, node, *ENFORCED)

    def _tell_changes(self, view: NodeView, node: Object, status: Object) -> None:
        before = {each["type"]: each["status"] for each in (node.get("status") or {}).get("conditions") or ()}
        for condition in status["conditions"]:
            if before.get(condition["type"], condition["status"]) != condition["status"]:
                self._tell(view, node, condition)

    def _tell(self, view: NodeView, node: Object, condition: Object) -> None:
        reason = TELLS.get((condition["type"], condition["status"]))
        if reason is not None:
            self._event(view, node, reason, f"Node {view.name} status is now: {reason}")

    def _event(self, view: NodeView, node: Object, reason: str, message: str) -> None:
        # A kubelet names its node as the object's uid, since it speaks before it knows the real one.
        about = {**node, "metadata": {**node["metadata"], "uid": view.name}}
        view.api.event(about, "Normal", reason, message)

    def _register(self, view: NodeView) -> Object:
        record = view.record
        labels = {
            "beta.kubernetes.io/arch": "amd64",
            "beta.kubernetes.io/os": "linux",
            "kubernetes.io/arch": "amd64",
            "kubernetes.io/hostname": view.name,
            "kubernetes.io/os": "linux",
            **record.get("labels", {}),
        }
        node: Object = {
            "apiVersion": "v1",
            "kind": "Node",
            "metadata": {
                "name": view.name,
                "labels": labels,
                "annotations": {
                    **record.get("annotations", {}),
                    "volumes.kubernetes.io/controller-managed-attach-detach": "true",
                },
            },
            "spec": _spec(record),
        }
        return view.api.create(Node, {**node, "status": status_of(view, node)})

    def _create_lease(self, view: NodeView, node: Object) -> None:
        owner = {"apiVersion": "v1", "kind": "Node", "name": view.name, "uid": node["metadata"]["uid"]}
        lease: Object = {
            "apiVersion": "coordination.k8s.io/v1",
            "kind": "Lease",
            "metadata": {"name": view.name, "namespace": LEASES, "ownerReferences": [owner]},
            "spec": {
                "holderIdentity": view.name,
                "leaseDurationSeconds": LEASE_SECONDS,
                "renewTime": self.clock.micro(),
            },
        }
        try:
            view.api.create(Lease, lease)
        except AlreadyExists:
            return


def _spec(record: Object) -> Object:
    """Returns what of a Node's spec its kubelet registers."""
    fields = {"providerID": record.get("provider"), "taints": record.get("taints")}
    return {field: value for field, value in fields.items() if value}


def status_of(view: NodeView, node: Object) -> Object:
    """Returns a Node's status as its kubelet writes it; fields of others stay."""
    old: Object = node.get("status") or {}
    record = view.record
    memory, disk = record["memory"], record["disk"]
    capacity = {
        "cpu": str(record["cpus"]),
        "ephemeral-storage": canonical(f"{disk}Ki"),
        "hugepages-1Gi": "0",
        "hugepages-2Mi": "0",
        "memory": canonical(f"{memory}Ki"),
        "pods": str(view.record["kubelet"].get("maxPods", MAX_PODS)),
    }
    allocatable = {**capacity, **_allocatable(record)}
    status: Object = {
        **old,
        "addresses": [{"address": view.ip, "type": "InternalIP"}, {"address": view.name, "type": "Hostname"}],
        "allocatable": allocatable if old.get("allocatable") != allocatable else old["allocatable"],
        "capacity": capacity,
        "conditions": _conditions(view, old),
        "daemonEndpoints": {"kubeletEndpoint": {"Port": 10250}},
        "images": _images(view),
        "nodeInfo": _info(view),
        "runtimeHandlers": [
            {"features": {"recursiveReadOnlyMounts": True, "userNamespaces": True}, "name": "runc"},
            {"features": {"recursiveReadOnlyMounts": True, "userNamespaces": True}, "name": ""},
        ],
    }
    if view.kubelet.user:
        status["features"] = {"supplementalGroupsPolicy": True}
    return status


def _allocatable(record: Object) -> Object:
    """Returns what Pods may have: the machine's without what its kubelet reserves (evictionconfig.py)."""
    held = record["kubelet"].get("reserved") or {"memory": str(LEAST_MEMORY), "ephemeral-storage": ""}
    memory, disk = record["memory"] * 1024, record["disk"] * 1024
    stored = to_int(held["ephemeral-storage"]) if held["ephemeral-storage"] else share(LEAST_DISK, disk)
    left = {"memory": memory - to_int(held["memory"]), "ephemeral-storage": disk - stored}
    found = {name: canonical(str(max(each, 0)) if each % 1024 else f"{max(each, 0) // 1024}Ki")
             for name, each in left.items()}  # fmt: skip
    return {**found, "cpu": canonical(f"{record['cpus'] * 1000 - to_milli(held['cpu'])}m")} if "cpu" in held else found


def _conditions(view: NodeView, old: Object) -> list[Object]:
    before = {condition["type"]: condition for condition in old.get("conditions") or ()}
    pressure: Object = view.record.get("pressure") or {}
    found = [condition for type, condition in before.items() if type not in HEALTHY and type != "Ready"]
    for type, healthy in HEALTHY.items():
        found.append(_condition(view, before, type, tuple(pressure.get(type, healthy))))
    found.append(_condition(view, before, "Ready", _readiness(view)))
    return found


def _readiness(view: NodeView) -> tuple[str, ...]:
    if not view.runtime_runs:
        return "False", "KubeletNotReady", "container runtime is down"
    why = view.cluster.network.not_ready(view.name)
    if why is not None:
        return "False", "KubeletNotReady", UNINITIALIZED + why
    return "True", "KubeletReady", "kubelet is posting ready status"


def _condition(view: NodeView, before: dict[str, Object], type: str, verdict: tuple[str, ...]) -> Object:
    status, reason, message = verdict
    old = before.get(type)
    if old is not None and (old["status"], old["reason"], old["message"]) == verdict:
        return old
    now = view.cluster.clock.timestamp()
    return {
        "lastHeartbeatTime": now,
        "lastTransitionTime": old["lastTransitionTime"] if old is not None and old["status"] == status else now,
        "message": message,
        "reason": reason,
        "status": status,
        "type": type,
    }


def _images(view: NodeView) -> list[Object]:
    images = [(int(names[1]), [names[0], *names[2:]]) for names in view.images.all().values()]
    images.sort(key=lambda image: (-image[0], image[1]))
    return [{"names": names, "sizeBytes": size} for size, names in images[:MOST_IMAGES]]


def _info(view: NodeView) -> Object:
    random, record = view.cluster.random, view.record
    system = system_of(record)
    info: Object = {
        "architecture": "amd64",
        "bootID": random.uid("boot", view.name, record.get("booted", 0)),
        "containerRuntimeVersion": f"containerd://{view.kubelet.containerd}",
        "kernelVersion": system.kernel,
        "kubeProxyVersion": "" if view.kubelet.minor >= 33 else view.kubelet.version,
        "kubeletVersion": view.kubelet.version,
        "machineID": random.hex(32, "machine", view.name),
        "operatingSystem": "linux",
        "osImage": system.image,
        "systemUUID": random.uid("system", view.name),
    }
    if view.kubelet.minor >= 34:
        info["swap"] = {"capacity": 0}
    return info


__all__ = ["LEASES", "NodeStatus", "rfc3339", "status_of"]
