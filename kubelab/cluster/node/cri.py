"""A node's container runtime as crictl asks it: sandboxes, containers, images; and what it does when told to.

What is done here the kubelet did not ask for: it notices, and brings back what its Pods need.
Source: k8s.io/cri-api, runtime/v1/api.proto; containerd, internal/cri/server.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kubelab.cluster.node.container import Container
from kubelab.cluster.node.host import Images
from kubelab.cluster.node.kubelet import Kubelet
from kubelab.cluster.node.podwork import PodWork
from kubelab.cluster.node.record import RECORDS, attempt, is_running, thaw
from kubelab.cluster.node.runtime import lose_power
from kubelab.cluster.node.runtime import stop as send_stop
from kubelab.cluster.objects import Key, Object

if TYPE_CHECKING:
    from kubelab.cluster.cluster import Cluster

GRACE = 10.0  # seconds that `crictl stop` gives


@dataclass(frozen=True)
class Sandbox:
    """A Pod's sandbox on a node.

    Args:
        id: 64 hexadecimal digits.
        pod: the Pod that it is of.
        record: what the node remembers of it (record.py).
        ready: it is there; one that has ended is kept until its Pod is gone.
    """

    id: str
    pod: Object
    record: Object
    ready: bool
    attempt: int
    created: float

    @property
    def name(self) -> str:
        """The Pod's name."""
        return str(self.pod["metadata"]["name"])

    @property
    def namespace(self) -> str:
        """The Pod's namespace."""
        return str(self.pod["metadata"]["namespace"])


def kubelets(cluster: Cluster) -> Kubelet:
    """Returns the component that all kubelets are."""
    kubelet = cluster.components["kubelet"]
    if not isinstance(kubelet, Kubelet):
        raise TypeError("the cluster has no kubelets")
    return kubelet


def sandboxes(cluster: Cluster, node: str) -> list[Sandbox]:
    """Returns a node's sandboxes, Pod by Pod."""
    found: list[Sandbox] = []
    for path, record in cluster.store.items(f"{RECORDS}{node}/"):
        _, namespace, name = path.removeprefix(RECORDS).split("/")
        pod = _pod(cluster, node, namespace, name, record)
        if pod is None or ("sandbox" not in record and not record["containers"]):
            continue
        number = int(record.get("sandbox", 0))
        found.append(
            Sandbox(
                sandbox_id(cluster, record["uid"], number), pod, record, "sandbox" in record, number, record["began"]
            )
        )
    return found


def sandbox_id(cluster: Cluster, uid: str, number: int) -> str:
    """Returns the id of a Pod's sandbox."""
    return cluster.random.hex(64, "sandbox", uid, number)


def _pod(cluster: Cluster, node: str, namespace: str, name: str, record: Object) -> Object | None:
    pod: Object | None = (
        record.get("static") or record.get("gone") or cluster.store.get(f"/registry/pods/{namespace}/{name}")
    )
    return pod if pod is not None and pod["metadata"]["uid"] == record["uid"] else None


def containers(cluster: Cluster, node: str) -> Iterator[tuple[Sandbox, Container]]:
    """Yields a node's containers with their sandboxes, ended ones among them, those before the last restart too."""
    view = kubelets(cluster).view(node)
    if view is None:
        return
    for sandbox in sandboxes(cluster, node):
        for plan in view.blueprint(sandbox.pod).plans:
            state = sandbox.record["containers"].get(plan.name)
            if state is None:
                continue
            if "started" in state:
                yield sandbox, Container(cluster, view, sandbox.pod, plan, sandbox.record)
            last = state.get("last")
            if last and attempt(state):
                before = {**state, **last, "attempt": attempt(state) - 1}
                record = {**sandbox.record, "containers": {**sandbox.record["containers"], plan.name: before}}
                yield sandbox, Container(cluster, view, sandbox.pod, plan, record)


def images(cluster: Cluster, node: str) -> Images:
    """Returns what a node's runtime has pulled."""
    view = kubelets(cluster).view(node)
    return view.images if view is not None else Images(cluster, node)


def running(cluster: Cluster, node: str) -> list[Container]:
    """Returns the containers that run on a node, Pod by Pod."""
    now = cluster.clock.now
    return [view for _, view in containers(cluster, node) if is_running(view.state, now)]


def remove_all(cluster: Cluster, node: str) -> None:
    """Removes every Pod from a node's runtime, as `kubeadm reset` does."""
    kubelet = kubelets(cluster)
    view = kubelet.view(node)
    for path, record in list(cluster.store.items(f"{RECORDS}{node}/")):
        _, namespace, name = path.removeprefix(RECORDS).split("/")
        pod = _pod(cluster, node, namespace, name, record)
        if view is not None and pod is not None:
            lose_power(PodWork(kubelet, view, Key(namespace, name), pod, thaw(record)))
        cluster.store.delete(path)


def stop(view: Container, grace: float = GRACE) -> None:
    """Stops a container behind its kubelet's back: with its stop signal, and by force after `grace` seconds."""
    metadata = view.pod["metadata"]
    key = f"{view.node.name}/{metadata['namespace']}/{metadata['name']}"
    record = view.cluster.store.get(RECORDS + key)
    if record is None or not is_running(record["containers"].get(view.name), view.now()):
        return
    kubelet = kubelets(view.cluster)
    work = PodWork(kubelet, view.node, Key(metadata["namespace"], metadata["name"]), view.pod, thaw(record))
    state = work.record["containers"][view.name]
    fresh = Container(view.cluster, view.node, view.pod, view.plan, work.record)
    send_stop(work, fresh, state, work.now + grace)
    view.cluster.store.put(RECORDS + key, work.record)
    view.cluster.agenda.add("kubelet", key, state["ends"][0])
    view.cluster.agenda.add("kubelet", key)
