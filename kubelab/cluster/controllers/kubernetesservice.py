"""The Service `kubernetes` in the namespace default, which the API servers keep for themselves.

Each running API server's address is an endpoint, so a second control-plane node is reached through it at once.
Source: pkg/controlplane/controller/kubernetesservice and pkg/controlplane/reconcilers (lease).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kubelab.cluster.addresses import subnet
from kubelab.cluster.component import Component
from kubelab.cluster.kinds import Endpoints, EndpointSlice, Namespace, Service
from kubelab.cluster.objects import Key, Object, labels_of
from kubelab.cluster.processes import PREFIX
from kubelab.cluster.store import Change

if TYPE_CHECKING:
    from kubelab.cluster.cluster import Cluster

PROCESS = "kube-apiserver"
KEY = Key("default", "kubernetes")
SERVICE_PORT, SERVER_PORT = 443, 6443
SKIP_MIRROR = {"endpointslice.kubernetes.io/skip-mirror": "true"}
PORT = {"name": "https", "port": SERVER_PORT, "protocol": "TCP"}


def it(_component: KubernetesService, change: Change) -> tuple[str, ...]:
    """The one thing there is to look at, when its namespace comes up or it was changed."""
    obj = change.new if change.new is not None else change.old
    if obj is None:
        return ()
    name = obj["metadata"]["name"]
    return (str(KEY),) if name == KEY.name or (obj["kind"] == Namespace.name and name == KEY.namespace) else ()


class KubernetesService(Component):
    """Keeps the Service, its Endpoints and its EndpointSlice."""

    name = "kubernetes-service"
    runs_in = PROCESS
    user = "system:apiserver"
    manager = "kube-apiserver"
    watches = {Namespace: it, Service: it, Endpoints: it, EndpointSlice: it}

    def __init__(self, cluster: Cluster) -> None:
        super().__init__(cluster)
        cluster.store.subscribe(PREFIX, self._process_changed)

    def _process_changed(self, change: Change) -> None:
        if change.key == PREFIX + PROCESS:
            self.cluster.agenda.add(self.name, str(KEY))

    def reconcile(self, key: str) -> None:
        """Writes what differs from what the running API servers make it."""
        if self.api.get(Namespace, Key("", KEY.namespace)) is None:
            return
        network = self.cluster.network
        addresses = sorted(network.address_of(node) for node in self.cluster.processes.nodes(PROCESS))
        if self.api.get(Service, KEY) is None:
            self.api.create(Service, service(subnet(network.service_subnet).at(1)))
        self._keep_endpoints(addresses)
        self._keep_slice(addresses)

    def _keep_endpoints(self, addresses: list[str]) -> None:
        subsets = [{"addresses": [{"ip": address} for address in addresses], "ports": [PORT]}]
        old = self.api.get(Endpoints, KEY)
        if old is None:
            new = {"apiVersion": "v1", "kind": Endpoints.name, "metadata": _metadata(SKIP_MIRROR), "subsets": subsets}
            self.api.create(Endpoints, new)
        elif old.get("subsets") != subsets or labels_of(old) != SKIP_MIRROR:
            self.api.update(
                Endpoints, {**old, "metadata": {**old["metadata"], "labels": SKIP_MIRROR}, "subsets": subsets}
            )

    def _keep_slice(self, addresses: list[str]) -> None:
        endpoints = [{"addresses": [address], "conditions": {"ready": True}} for address in addresses]
        old = self.api.get(EndpointSlice, KEY)
        if old is None:
            new = {
                "apiVersion": EndpointSlice.api_version,
                "kind": EndpointSlice.name,
                "metadata": _metadata({"kubernetes.io/service-name": KEY.name}),
                "addressType": "IPv4",
                "endpoints": endpoints,
                "ports": [PORT],
            }
            self.api.create(EndpointSlice, new)
        elif old.get("endpoints") != endpoints or old.get("ports") != [PORT]:
            self.api.update(EndpointSlice, {**old, "endpoints": endpoints, "ports": [PORT]})


def _metadata(labels: dict[str, str]) -> Object:
    return {"name": KEY.name, "namespace": KEY.namespace, "labels": labels}


def service(cluster_ip: str) -> Object:
    """Returns the Service as an API server creates it."""
    return {
        "apiVersion": "v1",
        "kind": Service.name,
        "metadata": _metadata({"component": "apiserver", "provider": "kubernetes"}),
        "spec": {
            "clusterIP": cluster_ip,
            "ports": [{"name": "https", "port": SERVICE_PORT, "protocol": "TCP", "targetPort": SERVER_PORT}],
            "sessionAffinity": "None",
            "type": "ClusterIP",
        },
    }
