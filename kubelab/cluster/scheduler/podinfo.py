"""What the scheduler needs to know of a Pod, worked out once for all Pods that share a spec.

Source: pkg/scheduler/framework/types.go and k8s.io/component-helpers/resource.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from kubelab.cluster.objects import Object
from kubelab.cluster.quantity import to_int, to_milli

# What a container counts for in scores when it requests nothing (pkg/scheduler/util/pod_resources.go).
DEFAULT_MILLI_CPU = 100
DEFAULT_MEMORY = 200 * 1024 * 1024

Resources = dict[str, int]  # cpu in thousandths, everything else in whole units
PortKey = tuple[str, str, int]  # host IP, protocol, port


@dataclass(frozen=True)
class PodInfo:
    """The parts of a Pod's spec that decide where it goes."""

    spec: Object
    requests: Resources
    scored: Resources  # cpu and memory with defaults for containers that request nothing
    ports: tuple[PortKey, ...]
    images: tuple[str, ...]
    tolerations: tuple[Object, ...]
    priority: int


def pod_info(spec: Object) -> PodInfo:
    """Reads a PodInfo off a Pod's spec."""
    containers = [*(spec.get("initContainers") or ()), *spec["containers"]]
    return PodInfo(
        spec=spec,
        requests=pod_requests(spec, _requests),
        scored=pod_requests(spec, _scored),
        ports=tuple(_ports(spec)),
        images=tuple(container.get("image", "") for container in containers),
        tolerations=tuple(spec.get("tolerations") or ()),
        priority=spec.get("priority") or 0,
    )


def amount(resource: str, quantity: str | int | float) -> int:
    """Returns a quantity as the scheduler counts it: thousandths for cpu, else whole units."""
    return to_milli(quantity) if resource == "cpu" else to_int(quantity)


def _requests(container: Object) -> Resources:
    requests = (container.get("resources") or {}).get("requests") or {}
    return {resource: amount(resource, quantity) for resource, quantity in requests.items()}


def _scored(container: Object) -> Resources:
    return {"cpu": DEFAULT_MILLI_CPU, "memory": DEFAULT_MEMORY, **_requests(container)}


def pod_requests(spec: Object, of: Callable[[Object], Resources]) -> Resources:
    """Returns what a Pod needs: its containers together, or more while its init containers run.

    Sidecars (init containers that restart always) run beside all that starts after them (KEP-753).
    """
    total: Resources = {}
    for container in spec["containers"]:
        _add(total, of(container))
    sidecars: Resources = {}
    peak: Resources = {}
    for container in spec.get("initContainers") or ():
        needs = of(container)
        if container.get("restartPolicy") == "Always":
            _add(total, needs)
            _add(sidecars, needs)
            _raise(peak, sidecars)
        else:
            _raise(peak, {name: needs.get(name, 0) + sidecars.get(name, 0) for name in {**needs, **sidecars}})
    _raise(total, peak)
    pod_level = (spec.get("resources") or {}).get("requests") or {}
    total.update({resource: amount(resource, quantity) for resource, quantity in pod_level.items()})
    _add(total, {name: amount(name, quantity) for name, quantity in (spec.get("overhead") or {}).items()})
    return total


def _add(total: Resources, more: Mapping[str, int]) -> None:
    for name, number in more.items():
        total[name] = total.get(name, 0) + number


def _raise(total: Resources, least: Mapping[str, int]) -> None:
    for name, number in least.items():
        total[name] = max(total.get(name, 0), number)


def _ports(spec: Object) -> Iterable[PortKey]:
    for container in spec["containers"]:
        for port in container.get("ports") or ():
            if number := port.get("hostPort"):
                yield port.get("hostIP") or "0.0.0.0", port.get("protocol") or "TCP", number
