"""metrics.k8s.io: what nodes and Pods use, as metrics-server tells it.

metrics-server asks every kubelet each fifteen seconds, and knows something only after it has asked twice. Here the
kubelets are asked when somebody wants to know, about the last full window of time.
Source: github.com/kubernetes-sigs/metrics-server, pkg/storage, pkg/api.
"""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from kubelab.cluster.api import errors
from kubelab.cluster.api.kubelets import Consumption
from kubelab.cluster.clock import parse_time, rfc3339
from kubelab.cluster.kinds import Node, Pod
from kubelab.cluster.kinds.kind import Kind
from kubelab.cluster.objects import Object, labels_of

if TYPE_CHECKING:
    from kubelab.cluster.api.server import ApiServer

GROUP, VERSION = "metrics.k8s.io", "v1beta1"
RESOLUTION = 15  # seconds
KINDS = (
    Kind(
        GROUP,
        VERSION,
        "NodeMetrics",
        "nodes",
        namespaced=False,
        singular="node",
        verbs=("get", "list"),
        storage=f"{GROUP}/nodes",
    ),
    Kind(GROUP, VERSION, "PodMetrics", "pods", singular="pod", verbs=("get", "list"), storage=f"{GROUP}/pods"),
)


def node_metrics(server: ApiServer, _namespace: str, name: str) -> list[Object]:
    """Returns the NodeMetrics of nodes whose kubelet answers, or of the one named.

    Raises:
        NotFound: nothing is known of the one named.
    """
    found = []
    for node in server.store.table(Node.prefix).rows.values():
        if name not in ("", node["metadata"]["name"]):
            continue
        told = server.kubelets.usage(node["metadata"]["name"])
        if told is not None and _asked_twice(server, parse_time(node["metadata"]["creationTimestamp"])):
            found.append(_metrics(server, "NodeMetrics", node) | {"usage": _usage(told[0])})
    if name and not found:
        raise errors.NotFound(f'nodemetrics.{GROUP} "{name}" not found')
    return found


def pod_metrics(server: ApiServer, namespace: str, name: str) -> list[Object]:
    """Returns the PodMetrics of Pods that have run for long enough, or of the one named.

    Raises:
        NotFound: nothing is known of the one named.
    """
    rows = server.store.table(Pod.prefix).rows
    found = []
    for node in _nodes_of(server, namespace, name):
        told = server.kubelets.usage(node)
        parts = [part for part in told[1] if _wanted(part, namespace, name)] if told is not None else []
        for (where, called), uses in groupby(parts, key=lambda part: (part.namespace, part.pod)):
            pod, running = rows.get(f"{Pod.prefix}{where}/{called}"), list(uses)
            if pod is not None and all(_asked_twice(server, use.since) for use in running):
                containers = [{"name": use.container, "usage": _usage(use)} for use in running]
                found.append(_metrics(server, "PodMetrics", pod) | {"containers": containers})
    if name and not found:
        raise errors.NotFound(f'podmetrics.{GROUP} "{namespace}/{name}" not found')
    return sorted(found, key=lambda obj: (obj["metadata"]["namespace"], obj["metadata"]["name"]))


def _nodes_of(server: ApiServer, namespace: str, name: str) -> list[str]:
    if not namespace:
        return [node["metadata"]["name"] for node in server.store.table(Node.prefix).rows.values()]
    pods = server.store.indexed(Pod.prefix, "namespace", namespace)
    nodes = (pod["spec"].get("nodeName") for pod in pods if name in ("", pod["metadata"]["name"]))
    return list(dict.fromkeys(node for node in nodes if node))


def _wanted(part: Consumption, namespace: str, name: str) -> bool:
    return namespace in ("", part.namespace) and name in ("", part.pod)


def _last_look(server: ApiServer) -> float:
    return server.clock.now // RESOLUTION * RESOLUTION


def _asked_twice(server: ApiServer, since: float) -> bool:
    return since + RESOLUTION <= _last_look(server)


def _metrics(server: ApiServer, kind: str, of: Object) -> Object:
    metadata = {field: of["metadata"][field] for field in ("name", "namespace") if field in of["metadata"]}
    metadata["creationTimestamp"] = server.clock.timestamp()
    if labels := labels_of(of):
        metadata["labels"] = labels
    return {
        "kind": kind,
        "apiVersion": f"{GROUP}/{VERSION}",
        "metadata": metadata,
        "timestamp": rfc3339(_last_look(server)),
        "window": f"{RESOLUTION}s",
    }


def _usage(use: Consumption) -> Object:
    cpu = int(use.cpu * 1_000_000)
    return {"cpu": f"{cpu}n" if cpu else "0", "memory": f"{int(use.memory) // 1024}Ki"}
