"""The objects by which the API server's allocator knows which cluster IPs are taken (since v1.33).

Each cluster IP is an IPAddress that names its Service, the range that they come from a ServiceCIDR. Allocation itself
is in serviceips.py. Source: KEP-1880; pkg/registry/core/service/ipallocator, pkg/controlplane/controller.
"""

from __future__ import annotations

from collections.abc import Iterable

from kubelab.cluster.api.serviceips import RANGE
from kubelab.cluster.component import Component
from kubelab.cluster.kinds import IPAddress, Service, ServiceCIDR
from kubelab.cluster.objects import Key, Object
from kubelab.cluster.store import Change

SINCE = 33  # the first minor version that allocates so by default
DEFAULT = Key("", "kubernetes")
FINALIZER = "networking.k8s.io/service-cidr-finalizer"


def cluster_ips(_component: Component, change: Change) -> Iterable[str]:
    """The cluster IPs that a Service has, or had."""
    old, new = change.old, change.new
    before = old["spec"].get("clusterIP") if old is not None else None
    after = new["spec"].get("clusterIP") if new is not None else None
    service = new if new is not None else old
    if before == after or service is None:
        return ()
    name = f"{service['metadata']['namespace']}/{service['metadata']['name']}"
    return tuple(f"{ip} {name}" for ip in (before, after) if ip not in (None, "", "None"))


class ServiceAddresses(Component):
    """Keeps an IPAddress for each cluster IP, and the ServiceCIDR that they are of."""

    name = "service-ip-allocator"
    runs_in = "kube-apiserver"
    user = "system:apiserver"
    manager = "kube-apiserver"
    watches = {Service: cluster_ips}

    def reconcile(self, key: str) -> None:
        """Keeps the IPAddress of one cluster IP."""
        if int(self.cluster.version.split(".")[1]) < SINCE:
            return
        if self.api.get(ServiceCIDR, DEFAULT) is None:
            self._make_default()
        ip, _, name = key.partition(" ")
        service = self.api.get(Service, Key.parse(name))
        address = self.api.get(IPAddress, Key("", ip))
        held = service is not None and service["spec"].get("clusterIP") == ip
        if held and address is None:
            self.api.create(IPAddress, address_of(ip, name))
        elif not held and address is not None and _parent(address) == name:
            self.api.delete(IPAddress, Key("", ip))

    def _make_default(self) -> None:
        made = self.api.create(
            ServiceCIDR,
            {
                "apiVersion": ServiceCIDR.api_version,
                "kind": ServiceCIDR.name,
                "metadata": {"name": DEFAULT.name, "finalizers": [FINALIZER]},
                "spec": {"cidrs": [str(RANGE)]},
            },
        )
        ready = {
            "type": "Ready",
            "status": "True",
            "reason": "",
            "message": "Kubernetes default Service CIDR is ready",
            "lastTransitionTime": self.clock.timestamp(),
        }
        self.api.update_status(ServiceCIDR, {**made, "status": {"conditions": [ready]}})


def address_of(ip: str, name: str) -> Object:
    """Returns the IPAddress of a cluster IP.

    Args:
        name: the Service's, "namespace/name".
    """
    namespace, _, service = name.partition("/")
    labels = {
        "ipaddress.kubernetes.io/ip-family": "IPv4",
        "ipaddress.kubernetes.io/managed-by": "ipallocator.k8s.io",
    }
    parent = {"group": "", "resource": "services", "namespace": namespace, "name": service}
    return {
        "apiVersion": IPAddress.api_version,
        "kind": IPAddress.name,
        "metadata": {"name": ip, "labels": labels},
        "spec": {"parentRef": parent},
    }


def _parent(address: Object) -> str:
    parent = address["spec"].get("parentRef") or {}
    return f"{parent.get('namespace', '')}/{parent.get('name', '')}"
