"""What the page's map shows of each object: small JSON, and from which objects it is made.

An item is a function of one object, but for Services, whose endpoints come from their EndpointSlices.
"""

from collections.abc import Callable, Iterable
from typing import Any

from kubelab.cluster.objects import Object, controller_ref, is_being_deleted, labels_of
from kubelab.labs.podstatus import container_word, restarts_of, status_of

Item = dict[str, Any]

NODES = "/registry/minions/"
PODS = "/registry/pods/"
SERVICES = "/registry/services/specs/"
SLICES = "/registry/endpointslices/"
ROLE = "node-role.kubernetes.io/"
SERVICE_NAME = "kubernetes.io/service-name"


def node_item(node: Object) -> Item:
    metadata, status = node["metadata"], node.get("status", {})
    addresses = {address["type"]: address["address"] for address in status.get("addresses", ())}
    return {
        "id": f"nodes/{metadata['name']}",
        "name": metadata["name"],
        "ready": _condition(status, "Ready") == "True",
        "roles": [label.removeprefix(ROLE) for label in labels_of(node) if label.startswith(ROLE)],
        "version": status.get("nodeInfo", {}).get("kubeletVersion", ""),
        "unschedulable": bool(node.get("spec", {}).get("unschedulable")),
        "ip": addresses.get("InternalIP", ""),
    }


def pod_item(pod: Object) -> Item:
    metadata, spec, status = pod["metadata"], pod["spec"], pod.get("status", {})
    kept = {container["name"]: container for container in status.get("containerStatuses", ())}
    containers = [_container(container, kept.get(container["name"], {})) for container in spec["containers"]]
    return {
        "id": f"pods/{metadata['namespace']}/{metadata['name']}",
        "ns": metadata["namespace"],
        "name": metadata["name"],
        "node": spec.get("nodeName", ""),
        "status": status_of(pod),
        "ready": f"{sum(container['ready'] for container in containers)}/{len(containers)}",
        "restarts": restarts_of(pod),
        "ip": status.get("podIP", ""),
        "labels": metadata.get("labels", {}),
        "containers": containers,
        "owner": _owner(pod),
        "deleting": is_being_deleted(pod),
    }


def _container(container: Object, status: Object) -> Item:
    return {
        "name": container["name"],
        "image": container.get("image", ""),
        "state": container_word(status),
        "ready": status.get("ready", False),
        "restarts": status.get("restartCount", 0),
    }


def service_item(service: Object, slices: Iterable[Object]) -> Item:
    metadata, spec = service["metadata"], service["spec"]
    ends = [endpoint for piece in slices for endpoint in _ready(piece)]
    targets = [endpoint["targetRef"] for endpoint in ends if endpoint.get("targetRef")]
    pods = {f"pods/{target['namespace']}/{target['name']}": None for target in targets}
    strangers = {end["addresses"][0] for end in ends if not end.get("targetRef")}  # the API server, say
    return {
        "id": f"services/{metadata['namespace']}/{metadata['name']}",
        "ns": metadata["namespace"],
        "name": metadata["name"],
        "type": spec.get("type", "ClusterIP"),
        "ip": spec.get("externalName") or spec.get("clusterIP", ""),
        "ports": [_port(port) for port in spec.get("ports", ())],
        "selector": spec.get("selector", {}),
        "endpoints": list(pods),
        "addresses": len(pods) + len(strangers),
    }


def _ready(piece: Object) -> list[Object]:
    endpoints: list[Object] = piece.get("endpoints") or []
    return [endpoint for endpoint in endpoints if endpoint.get("conditions", {}).get("ready", True)]


def _port(port: Object) -> str:
    """As kubectl's PORT(S) column has it: 80/TCP, 80:30080/TCP."""
    node_port = f":{port['nodePort']}" if port.get("nodePort") else ""
    return f"{port['port']}{node_port}/{port.get('protocol', 'TCP')}"


def _workload(kind: str, desired: Callable[[Object], int], ready: str) -> Callable[[Object], Item]:
    plural = f"{kind.lower()}s"

    def item(workload: Object) -> Item:
        metadata = workload["metadata"]
        return {
            "id": f"{plural}/{metadata['namespace']}/{metadata['name']}",
            "ns": metadata["namespace"],
            "name": metadata["name"],
            "kind": kind,
            "ready": workload.get("status", {}).get(ready, 0),
            "desired": desired(workload),
            "owner": _owner(workload),
        }

    return item


def _replicas(workload: Object) -> int:
    replicas: int = workload["spec"].get("replicas", 1)
    return replicas


def _completions(job: Object) -> int:
    spec = job["spec"]
    completions: int = spec.get("completions", spec.get("parallelism", 1))
    return completions


def _scheduled(daemon_set: Object) -> int:
    scheduled: int = daemon_set.get("status", {}).get("desiredNumberScheduled", 0)
    return scheduled


# The tables that items are made of, one object each: prefix -> (part of the message, function).
ITEMS: dict[str, tuple[str, Callable[[Object], Item]]] = {
    NODES: ("nodes", node_item),
    PODS: ("pods", pod_item),
    "/registry/deployments/": ("workloads", _workload("Deployment", _replicas, "readyReplicas")),
    "/registry/replicasets/": ("workloads", _workload("ReplicaSet", _replicas, "readyReplicas")),
    "/registry/statefulsets/": ("workloads", _workload("StatefulSet", _replicas, "readyReplicas")),
    "/registry/daemonsets/": ("workloads", _workload("DaemonSet", _scheduled, "numberReady")),
    "/registry/jobs/": ("workloads", _workload("Job", _completions, "succeeded")),
}
IDS = {prefix: prefix.removeprefix("/registry/") for prefix in ITEMS} | {NODES: "nodes/", SERVICES: "services/"}


def id_of(prefix: str, key: str) -> str:
    """Return the item's id of a storage key."""
    return IDS[prefix] + key.removeprefix(prefix)


def service_of(piece: Object) -> str:
    """Return the storage key of the Service that an EndpointSlice belongs to, "" if none."""
    name = labels_of(piece).get(SERVICE_NAME, "")
    return f"{SERVICES}{piece['metadata']['namespace']}/{name}" if name else ""


def _condition(status: Object, kind: str) -> str:
    return next((one["status"] for one in status.get("conditions", ()) if one["type"] == kind), "Unknown")


def _owner(obj: Object) -> str:
    reference = controller_ref(obj)
    return f"{reference['kind']}/{reference['name']}" if reference else ""
