"""Requests, limits and the quality of service that follows from them.

Source: k8s.io/component-helpers/resource (PodRequests) and pkg/apis/core/v1/helper/qos.
"""

from __future__ import annotations

from typing import NamedTuple

from kubelab.cluster.objects import Object
from kubelab.cluster.quantity import to_int, to_milli

COMPUTE = ("cpu", "memory")


class Requests(NamedTuple):
    """What a Pod asks of a node."""

    cpu: int  # millicores
    memory: int  # bytes
    storage: int = 0  # bytes of the node's disk


def requests_of(spec: Object) -> Requests:
    """Returns what a Pod's containers request together: apps and sidecars at once, or the largest init container."""
    cpu = memory = storage = 0
    for container in spec["containers"]:
        container_cpu, container_memory, container_storage = _of(container)
        cpu, memory, storage = cpu + container_cpu, memory + container_memory, storage + container_storage
    sidecars_cpu = sidecars_memory = init_cpu = init_memory = 0
    for container in spec.get("initContainers") or ():
        container_cpu, container_memory, container_storage = _of(container)
        storage = max(storage, container_storage)
        if container.get("restartPolicy") == "Always":
            sidecars_cpu, sidecars_memory = sidecars_cpu + container_cpu, sidecars_memory + container_memory
            container_cpu = container_memory = 0
        init_cpu = max(init_cpu, sidecars_cpu + container_cpu)
        init_memory = max(init_memory, sidecars_memory + container_memory)
    overhead = spec.get("overhead") or {}
    return Requests(
        max(cpu + sidecars_cpu, init_cpu) + to_milli(overhead.get("cpu", 0)),
        max(memory + sidecars_memory, init_memory) + to_int(overhead.get("memory", 0)),
        storage,
    )


def _of(container: Object) -> Requests:
    requests = (container.get("resources") or {}).get("requests")
    if not requests:
        return Requests(0, 0)
    storage = to_int(requests["ephemeral-storage"]) if "ephemeral-storage" in requests else 0
    return Requests(to_milli(requests.get("cpu", 0)), to_int(requests.get("memory", 0)), storage)


def qos_class(spec: Object) -> str:
    """Returns "Guaranteed", "Burstable" or "BestEffort"."""
    guaranteed, anything = True, False
    for container in [*spec["containers"], *(spec.get("initContainers") or ())]:
        resources = container.get("resources") or {}
        limits, requests = resources.get("limits") or {}, resources.get("requests") or {}
        for name in COMPUTE:
            if to_milli(limits.get(name, 0)) or to_milli(requests.get(name, 0)):
                anything = True
            if not to_milli(limits.get(name, 0)) or to_milli(requests.get(name, limits.get(name, 0))) != to_milli(
                limits[name]
            ):
                guaranteed = False
    if not anything:
        return "BestEffort"
    return "Guaranteed" if guaranteed else "Burstable"
