"""kubectl cluster-info (kubectl/pkg/cmd/clusterinfo)."""

from __future__ import annotations

from kubelab.cluster.objects import Object, labels_of
from kubelab.terminal.kubectl.call import Call
from kubelab.terminal.kubectl.command import CLUSTER, Command

_MORE = "\nTo further debug and diagnose cluster problems, use 'kubectl cluster-info dump'.\n"
_GREEN, _YELLOW, _RESET = "\x1b[0;32m", "\x1b[0;33m", "\x1b[0m"


def run(call: Call) -> None:
    """Tells where the control plane and the cluster's own Services are."""
    try:
        kind = call.kinds.find("services")
        if kind is not None:
            namespace = call.flags.text("namespace") or "kube-system"
            services = call.api.list(kind, namespace, labels="kubernetes.io/cluster-service=true")
            host = call.target.server
            _tell(call, "Kubernetes control plane", host)
            for service in services:
                name = labels_of(service).get("kubernetes.io/name") or service["metadata"]["name"]
                _tell(call, name, _link(service, host))
    finally:
        call.out(_MORE)


def _tell(call: Call, name: str, link: str) -> None:
    if call.ctx.tty:
        name, link = f"{_GREEN}{name}{_RESET}", f"{_YELLOW}{link}{_RESET}"
    call.say(f"{name} is running at {link}")


def _link(service: Object, host: str) -> str:
    ports = service["spec"].get("ports") or []
    for ingress in ((service.get("status") or {}).get("loadBalancer") or {}).get("ingress") or ():
        address = ingress.get("ip") or ingress.get("hostname", "")
        return "".join(f"http://{address}:{port['port']} " for port in ports)
    metadata = service["metadata"]
    name = metadata["name"]
    if ports:
        port_name, number = ports[0].get("name", ""), ports[0]["port"]
        if port_name == "https" or number == 443:
            name = f"https:{name}:{port_name}"
        elif port_name:
            name = f"{name}:{port_name}"
    return f"{host}/api/v1/namespaces/{metadata['namespace']}/services/{name}/proxy"


COMMAND = Command(
    path="cluster-info",
    usage="cluster-info [flags]",
    short="Tell where the control plane is",
    run=run,
    group=CLUSTER,
    rank=20,
    long="""
Tell where the control plane is, and the Services with the label kubernetes.io/cluster-service=true. To look further into problems of a cluster, use 'kubectl cluster-info dump'.
""",  # noqa: E501
    examples="""
# Where the control plane and the cluster's own Services are
kubectl cluster-info
""",
)
