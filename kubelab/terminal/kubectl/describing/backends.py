"""Where a Service's traffic goes: the first endpoints of its EndpointSlices."""

from __future__ import annotations

from collections.abc import Sequence

from kubelab.cluster.objects import Object
from kubelab.terminal.kubectl.describing.description import NONE, Description

SERVICE_NAME = "kubernetes.io/service-name"
MOST = 3
_READY_SINCE = 32  # those that are not ready were told like the others before


def slices_of(out: Description, namespace: str, service: str) -> list[Object]:
    """Returns the EndpointSlices of a Service."""
    kind = out.api.kinds.by_gvk("discovery.k8s.io/v1", "EndpointSlice")
    return out.api.list(kind, namespace, labels=f"{SERVICE_NAME}={service}") if kind is not None else []


def endpoints_text(out: Description, slices: Sequence[Object], port_name: str) -> str:
    """Returns the ready endpoints behind a port, three at the most and how many more."""
    if not slices:
        return NONE
    found: list[str] = []
    passed_most = False  # the real one finds that it is over when it looks at another endpoint, ready or not
    for each in slices:
        for port in _ports(each, port_name):
            for endpoint in each.get("endpoints") or ():
                passed_most = passed_most or len(found) == MOST
                if out.minor < _READY_SINCE or (endpoint.get("conditions") or {}).get("ready", True):
                    found.append(_joined(endpoint["addresses"][0], port))
    text = ",".join(found[:MOST])
    return f"{text} + {len(found) - MOST} more..." if passed_most else text


def _ports(each: Object, name: str) -> list[int | None]:
    ports = each.get("ports") or ()
    if not ports:
        return [None]
    return [port["port"] for port in ports if port.get("name", "") == name]


def _joined(address: str, port: int | None) -> str:
    if port is None:
        return address
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"
