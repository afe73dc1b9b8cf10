"""Who listens where on the nodes, and what they answer: the runtime's side of the network."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kubelab.cluster.node import proxied
from kubelab.cluster.node.container import Container
from kubelab.cluster.node.record import is_running
from kubelab.cluster.objects import Object
from kubelab.cluster.sockets import HttpRequest, Listener, Reply, Request

if TYPE_CHECKING:
    from kubelab.cluster.cluster import Cluster
    from kubelab.cluster.node.kubelet import Kubelet
    from kubelab.cluster.node.nodeview import NodeView


def containers(cluster: Cluster, node: NodeView, pod: Object, record: Object) -> list[Container]:
    """Returns the containers of a Pod that a node has."""
    plans = node.blueprint(pod).plans
    return [Container(cluster, node, pod, plan, record) for plan in plans if plan.name in record["containers"]]


def owner(cluster: Cluster, node: NodeView, pod: Object, record: Object, port: int) -> str | None:
    """Returns the name of the container of a Pod that listens on a port."""
    for view in containers(cluster, node, pod, record):
        if "started" in view.state and port in view.listens():
            return view.name
    return None


class NodeSockets:
    """Every listening socket of every machine, as the network asks for them."""

    def __init__(self, kubelet: Kubelet) -> None:
        self._kubelet = kubelet
        self._cluster = kubelet.cluster

    def listener(self, node: str, namespace: str, pod: str, port: int, protocol: str) -> Listener | None:
        """Returns who listens on a port in the network namespace of a Pod, or of the node where `pod` is ""."""
        for found in self.listeners(node, namespace, pod):
            if found.port == port and found.protocol == protocol:
                return found
        return None

    def listeners(self, node: str, namespace: str, pod: str) -> list[Listener]:
        """Returns all listening sockets of that network namespace."""
        views = self._views(node, namespace, pod)
        found = [_listener(view, port) for view in views for port in view.listens()]
        for view in views:
            if view.program is not None and is_running(view.state, view.now()):
                found += [_listener(view, port, "UDP") for port in view.program.listens_udp(view)]
        return found if pod else [*found, *self._kubelet.node_listeners(node)]

    def answer(self, node: str, namespace: str, pod: str, listener: Listener, request: Request) -> Reply | None:
        """Lets a listening program answer; None when it closes the connection without a word."""
        if not node:
            return self._workstation_answer(listener, request)
        for view in self._views(node, namespace, pod):
            if view.name == listener.container and listener.port in view.listens() and view.program is not None:
                return view.program.answer(view, listener.port, request)
        return self._kubelet.node_answer(node, listener, request) if not pod else None

    def _workstation_answer(self, listener: Listener, request: Request) -> Reply | None:
        cluster = self._cluster
        tunnel = cluster.network.tunnels.find(listener.port)
        if tunnel is None or "proxy" not in tunnel or not isinstance(request, HttpRequest):
            return None
        return proxied.answer(cluster, tunnel["proxy"], request)

    def certificate(self, node: str, namespace: str, pod: str, listener: Listener, name: str) -> str:
        """Returns the certificate that a container's program shows to who asks for a name; "" where it has none."""
        for view in self._views(node, namespace, pod):
            if view.name == listener.container and view.program is not None:
                return view.program.certificate(view, listener.port, name)
        return ""

    def _views(self, node: str, namespace: str, pod: str) -> list[Container]:
        pods = [(namespace, pod)] if pod else self._kubelet.host_network_pods(node)
        views: list[Container] = []
        for key in pods:
            views += self._kubelet.containers(node, *key)
        return views


def _listener(view: Container, port: int, protocol: str = "TCP") -> Listener:
    program = view.program
    speaks = program.speaks(port) if program is not None else "text"
    commands = program.processes(view) if program is not None else ()
    process = commands[0][2].partition(" ")[0].partition(":")[0].rpartition("/")[2] if commands else ""
    return Listener(view.name, port, protocol, speaks=speaks, process=process, pid=1)


def is_open(cluster: Cluster, node: NodeView, pod: Object, record: Object, port: int) -> bool:
    """Tells whether something in a Pod listens on a port."""
    return owner(cluster, node, pod, record, port) is not None


def health(cluster: Cluster, node: NodeView, pod: Object, record: Object, port: int) -> str:
    """Returns what the gRPC health service on a Pod's port answers; "" where nobody does."""
    for view in containers(cluster, node, pod, record):
        if "started" in view.state and port in view.listens() and view.program is not None:
            return view.program.health(view, port)
    return ""


def request(cluster: Cluster, node: NodeView, pod: Object, record: Object, port: int, message: Request) -> Reply | None:
    """Lets whoever listens on a Pod's port answer; None where nobody does."""
    for view in containers(cluster, node, pod, record):
        if "started" in view.state and port in view.listens() and view.program is not None:
            return view.program.answer(view, port, message)
    return None
