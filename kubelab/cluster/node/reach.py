"""How the kubelet reaches into a Pod for probes and hooks: HTTP, TCP and gRPC to the Pod's address.

Source: pkg/probe/{http,tcp,grpc}; the error texts are Go's net and net/http packages'.
"""

from __future__ import annotations

from kubelab.cluster.node import sockets
from kubelab.cluster.node.blueprint import ContainerPlan
from kubelab.cluster.node.podwork import PodWork
from kubelab.cluster.objects import Object
from kubelab.cluster.sockets import HttpReply, HttpRequest


def http(work: PodWork, plan: ContainerPlan, action: Object) -> str | None:
    """Does an httpGet action; returns why it failed, None when it succeeded."""
    scheme = action.get("scheme", "HTTP").lower()
    host, port = action.get("host") or address(work), port_of(plan, action["port"])
    if port is None:
        return f"couldn't find port: {action['port']}"
    path = action.get("path") or "/"
    url = f"{scheme}://{host}:{port}{path if path.startswith('/') else '/' + path}"
    headers = {"User-Agent": f"kube-probe/1.{work.node.kubelet.minor}", "Accept": "*/*", "Connection": "close"}
    for header in action.get("httpHeaders") or ():
        headers[header["name"]] = header["value"]
    request = HttpRequest(
        path=path,
        host=headers.pop("Host", f"{host}:{port}"),
        headers=headers,
        client=gateway(work),
        tls=scheme == "https",
    )
    reply = sockets.request(work.cluster, work.node, work.pod, work.record, port, request)
    if reply is None:
        return f'Get "{url}": dial tcp {host}:{port}: connect: connection refused'
    if not isinstance(reply, HttpReply):
        return f'Get "{url}": EOF'
    if 200 <= reply.status < 400:
        return None
    return f"HTTP probe failed with statuscode: {reply.status}"


def tcp(work: PodWork, plan: ContainerPlan, action: Object) -> str | None:
    """Opens a TCP connection; returns why it failed, None when it succeeded."""
    host, port = action.get("host") or address(work), port_of(plan, action["port"])
    if port is None:
        return f"couldn't find port: {action['port']}"
    if sockets.is_open(work.cluster, work.node, work.pod, work.record, port):
        return None
    return f"dial tcp {host}:{port}: connect: connection refused"


def grpc(work: PodWork, plan: ContainerPlan, action: Object, timeout: int) -> str | None:
    """Asks the gRPC health service; returns why it failed, None when it serves."""
    port: int = action["port"]
    status = sockets.health(work.cluster, work.node, work.pod, work.record, port)
    if not status:  # nobody listens, or somebody who does not speak HTTP/2
        where = f"{address(work)}:{port}"
        return f'timeout: failed to connect service "{where}" within {timeout}s: context deadline exceeded'
    return None if status == "SERVING" else f'service unhealthy (responded with "{status}")'


def address(work: PodWork) -> str:
    """Returns the Pod's address: its own, or its node's."""
    return str(work.record.get("ip") or work.node.ip)


def gateway(work: PodWork) -> str:
    """Returns the address that a Pod sees its kubelet's requests come from: the bridge on its node."""
    ip = work.record.get("ip")
    return f"{ip.rpartition('.')[0]}.1" if ip else work.node.ip


def port_of(plan: ContainerPlan, port: int | str) -> int | None:
    """Returns the number of a port that may be given by its name in the container."""
    if isinstance(port, int):
        return port
    for each in plan.spec.get("ports") or ():
        if each.get("name") == port:
            return int(each["containerPort"])
    return int(port) if port.isdigit() else None
