"""Mirrors Endpoints that somebody wrote by hand, for a Service without selector, into EndpointSlices.

kube-proxy and CoreDNS read slices only. Source: pkg/controller/endpointslicemirroring; kubernetes.io,
concepts/services-networking/service, "Services without selectors".
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from kubelab.cluster.api.errors import ApiError
from kubelab.cluster.component import itself
from kubelab.cluster.controllers.endpoint_placement import ports_key
from kubelab.cluster.controllers.endpoints import TRIGGER_TIME
from kubelab.cluster.controllers.endpointslice import MANAGED_BY, SERVICE_NAME
from kubelab.cluster.controllers.paced import WRITE, PacedController
from kubelab.cluster.controllers.replicaset import is_namespace_terminating
from kubelab.cluster.kinds import Endpoints, EndpointSlice, Service
from kubelab.cluster.objects import Key, Object, annotations_of, labels_of
from kubelab.cluster.store import Change

if TYPE_CHECKING:
    from kubelab.cluster.cluster import Cluster

ITSELF = "endpointslicemirroring-controller.k8s.io"
SKIP = "endpointslice.kubernetes.io/skip-mirror"
LEADER = "control-plane.alpha.kubernetes.io/leader"
MAX_ADDRESSES = 1000  # --mirroring-max-endpoints-per-subset
NOT_COPIED = (TRIGGER_TIME, "kubectl.kubernetes.io/last-applied-configuration")


def its_service(_component: EndpointSliceMirroringController, change: Change) -> Iterable[str]:
    """The Service that a mirrored slice belongs to."""
    for endpointslice in (change.new, change.old):
        if endpointslice is not None and labels_of(endpointslice).get(MANAGED_BY) == ITSELF:
            return (f"{endpointslice['metadata']['namespace']}/{labels_of(endpointslice).get(SERVICE_NAME, '')}",)
    return ()


def mirrored_values(endpointslice: Object) -> tuple[str, ...]:
    """The index of slices by the Endpoints that they mirror."""
    labels = labels_of(endpointslice)
    if labels.get(MANAGED_BY) != ITSELF:
        return ()
    return (f"{endpointslice['metadata']['namespace']}/{labels.get(SERVICE_NAME, '')}",)


class EndpointSliceMirroringController(PacedController):
    """Keeps the slices of hand-made Endpoints."""

    name = "endpointslicemirroring"
    account = "endpointslicemirroring-controller"
    watches = {Endpoints: itself, Service: itself, EndpointSlice: its_service}

    def __init__(self, cluster: Cluster) -> None:
        cluster.store.add_index(EndpointSlice.prefix, "mirrored", mirrored_values)
        super().__init__(cluster)

    def sync(self, key: str) -> float:
        """Brings the slices in line with one Endpoints object."""
        name = Key.parse(key)
        endpoints, service = self.api.get(Endpoints, name), self.api.get(Service, name)
        existing = self.api.indexed(EndpointSlice, "mirrored", key)
        wanted: list[Object] = []
        if endpoints is not None and service is not None and is_mirrored(endpoints, service):
            wanted = [self.slice_of(endpoints, subset) for subset in endpoints.get("subsets") or ()]
        elif not existing:
            return 0
        try:
            return WRITE * self.write(wanted, list(existing))
        except ApiError as error:
            if is_namespace_terminating(error):
                return 0
            raise

    def write(self, wanted: list[Object], existing: list[Object]) -> int:
        """Writes the slices that differ, each into one that is there already if possible."""
        writes = 0
        for new in wanted:
            old = next((one for one in existing if _ports(one) == _ports(new)), existing[0] if existing else None)
            if old is None:
                self.api.create(EndpointSlice, new)
                writes += 1
                continue
            existing.remove(old)
            same = all(old.get(field) == new[field] for field in ("endpoints", "ports"))
            if not (same and labels_of(old) == labels_of(new) and annotations_of(old) == annotations_of(new)):
                kept = {field: old["metadata"][field] for field in old["metadata"] if field != "annotations"}
                self.api.update(EndpointSlice, {**old, **new, "metadata": {**kept, **_without_name(new["metadata"])}})
                writes += 1
        for old in existing:
            self.api.delete(EndpointSlice, Key(old["metadata"]["namespace"], old["metadata"]["name"]))
        return writes + len(existing)

    def slice_of(self, endpoints: Object, subset: Object) -> Object:
        """Returns the slice that mirrors one subset."""
        metadata = endpoints["metadata"]
        owner = {
            "apiVersion": "v1", "kind": "Endpoints", "name": metadata["name"], "uid": metadata["uid"],
            "controller": True, "blockOwnerDeletion": True,
        }  # fmt: skip
        addresses = [(address, True) for address in subset.get("addresses") or ()]
        addresses += [(address, False) for address in subset.get("notReadyAddresses") or ()]
        new_metadata: Object = {
            "generateName": f"{metadata['name']}-",
            "namespace": metadata["namespace"],
            "labels": {**labels_of(endpoints), SERVICE_NAME: metadata["name"], MANAGED_BY: ITSELF},
            "ownerReferences": [owner],
        }
        copied = {name: text for name, text in annotations_of(endpoints).items() if name not in NOT_COPIED}
        if copied:
            new_metadata["annotations"] = copied
        return {
            "apiVersion": EndpointSlice.api_version,
            "kind": EndpointSlice.name,
            "metadata": new_metadata,
            "addressType": "IPv4",
            "endpoints": [endpoint_of(address, ready) for address, ready in addresses[:MAX_ADDRESSES]],
            "ports": [{"name": "", "protocol": "TCP", **port} for port in subset.get("ports") or ()],
        }


def is_mirrored(endpoints: Object, service: Object) -> bool:
    """Tells whether Endpoints were written by hand for a Service that selects nothing."""
    if labels_of(endpoints).get(SKIP) == "true" or LEADER in annotations_of(endpoints):
        return False
    return not service["spec"].get("selector")


def endpoint_of(address: Object, ready: bool) -> Object:
    """Returns an address as a slice's endpoint."""
    endpoint: Object = {"addresses": [address["ip"]], "conditions": {"ready": ready}}
    for field in ("hostname", "nodeName", "targetRef"):
        if field in address:
            endpoint[field] = address[field]
    return endpoint


def _ports(endpointslice: Object) -> object:
    return ports_key(endpointslice.get("ports") or ())


def _without_name(metadata: Object) -> Object:
    return {field: value for field, value in metadata.items() if field not in ("generateName", "namespace")}
