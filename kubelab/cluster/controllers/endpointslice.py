"""Keeps the EndpointSlices of each Service: at most 100 endpoints a slice, as few writes as possible.

Each Service's Pods are remembered with the slice they are in, so that one Pod turning ready in a Service of
thousands looks at that Pod and writes one slice.
Source: staging/src/k8s.io/endpointslice/reconciler.go; pkg/controller/endpointslice.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from kubelab.cluster.api.errors import ApiError
from kubelab.cluster.aspects import METADATA
from kubelab.cluster.component import itself
from kubelab.cluster.controllers.endpoint_placement import Desired, Placement
from kubelab.cluster.controllers.paced import WRITE, PacedController
from kubelab.cluster.controllers.port_order import in_slice_order
from kubelab.cluster.controllers.replicaset import is_namespace_terminating
from kubelab.cluster.controllers.service_pods import (
    PLACE_OF_POD,
    belongs_in_endpoints,
    find_port,
    hostname_for,
    is_headless,
    note_touched,
    pod_ip,
    readiness,
    service_selectors,
)
from kubelab.cluster.kinds import EndpointSlice, Node, Pod, Service
from kubelab.cluster.objects import Key, Object, is_being_deleted, labels_of
from kubelab.cluster.store import Change

if TYPE_CHECKING:
    from kubelab.cluster.cluster import Cluster

MANAGED_BY = "endpointslice.kubernetes.io/managed-by"
SERVICE_NAME = "kubernetes.io/service-name"
HEADLESS = "service.kubernetes.io/headless"
RESERVED = (MANAGED_BY, SERVICE_NAME, HEADLESS)
ITSELF = "endpointslice-controller.k8s.io"
ZONE = "topology.kubernetes.io/zone"


def services_of_pod(controller: EndpointSliceController, change: Change) -> Iterable[str]:
    """The Services whose endpoints the Pod is or was."""
    return note_touched(controller.selectors, change, controller.placements)


def service_of_slice(controller: EndpointSliceController, change: Change) -> Iterable[str]:
    """The Service of a slice that somebody else has written."""
    if controller.writing:
        return ()
    services: dict[str, None] = {}
    for endpointslice in (change.old, change.new):
        labels = labels_of(endpointslice) if endpointslice is not None else {}
        if endpointslice is not None and labels.get(MANAGED_BY) == ITSELF and labels.get(SERVICE_NAME):
            services[f"{endpointslice['metadata']['namespace']}/{labels[SERVICE_NAME]}"] = None
    for service in services:
        controller.placements.pop(service, None)
    return services


class EndpointSliceController(PacedController):
    """Maintains the slices of Services that have a selector."""

    name = "endpointslice"
    account = "endpointslice-controller"
    watches = {Service: itself, Pod: services_of_pod, EndpointSlice: service_of_slice}
    heeds = {services_of_pod: PLACE_OF_POD}

    def __init__(self, cluster: Cluster) -> None:
        self.selectors = service_selectors(cluster.store)
        self.placements: dict[str, Placement] = {}
        self.writing = False
        self.pods = cluster.store.table(Pod.prefix).rows
        self.nodes = cluster.store.table(Node.prefix).rows
        cluster.store.add_index(EndpointSlice.prefix, "service", service_values, heeds=METADATA)
        super().__init__(cluster)

    def start(self) -> None:
        """Reads the Services' selectors."""
        self.selectors.start()
        self.placements.clear()

    def resync(self) -> None:
        """Looks at every Service anew."""
        self.placements.clear()
        for service in self.api.list(Service):
            self.enqueue(f"{service['metadata']['namespace']}/{service['metadata']['name']}")

    def sync(self, key: str) -> float:
        """Brings the slices of one Service in line with its Pods."""
        service = self.api.get(Service, Key.parse(key))
        if service is None or not service["spec"].get("selector") or service["spec"].get("type") == "ExternalName":
            self.placements.pop(key, None)
            return 0
        placement = self.placements.get(key)
        if placement is None or not placement.is_for(service):
            placement = self.placements[key] = self.read(service)
        self.writing = True
        try:
            return self.place(placement)
        except ApiError as error:
            self.placements.pop(key, None)
            if is_namespace_terminating(error):
                return 0
            message = f"Error updating Endpoint Slices for Service {key}: {error.message}"
            self.api.event(service, "Warning", "FailedToUpdateEndpointSlices", message)
            raise
        finally:
            self.writing = False

    def read(self, service: Object) -> Placement:
        """Reads where the Pods of a Service are now; all of them are to be looked at."""
        metadata = service["metadata"]
        slices = self.api.indexed(EndpointSlice, "service", f"{metadata['namespace']}/{metadata['name']}")
        slices = [found for found in slices if not is_being_deleted(found)]
        placement = Placement(service, slices)
        wanted = service["spec"]["selector"].items()
        for pod in self.api.indexed(Pod, "namespace", metadata["namespace"]):
            if wanted <= labels_of(pod).items():
                placement.dirty[pod["metadata"]["name"]] = None
        return placement

    def place(self, placement: Placement) -> float:
        """Writes what has to change; returns how many seconds that takes."""
        service = placement.service
        desired = {name: self.desired(placement, name) for name in placement.dirty}
        placement.dirty = {}
        labels = self.labels(service)
        plan = placement.plan(desired, labels)
        created = [] if is_being_deleted(service) else plan.create
        annotations = self.annotations(placement, plan.triggers)
        for ports, pods, endpoints in created:
            stored = self.api.create(EndpointSlice, self.new_slice(service, labels, ports, endpoints, annotations))
            placement.written(stored, pods)
        for old, ports, pods, endpoints in plan.update:
            metadata = {**old["metadata"], "labels": labels}
            changed = {**old, "metadata": metadata, "ports": ports or None, "endpoints": endpoints or None}
            placement.written(self.api.update(EndpointSlice, _annotated(changed, annotations)), pods)
        namespace = service["metadata"]["namespace"]
        for name in plan.delete:
            self.api.delete(EndpointSlice, Key(namespace, name))
            placement.gone(name)
        return WRITE * (len(created) + len(plan.update) + len(plan.delete))

    def desired(self, placement: Placement, name: str) -> Desired | None:
        """Returns the ports and the endpoint of a Pod as they should be listed; None where it should not be."""
        service = placement.service
        pod = self.pods.get(f"{Pod.prefix}{service['metadata']['namespace']}/{name}")
        if pod is None or not belongs_in_endpoints(pod, terminating=True):
            return None
        # Pods of one template share their labels and their containers, and so their ports.
        labels, containers = pod["metadata"].get("labels"), pod["spec"]["containers"]
        if placement.alike[0] is not labels or placement.alike[1] is not containers:
            if not service["spec"]["selector"].items() <= labels_of(pod).items():
                return None
            placement.alike, placement.ports = (labels, containers), self.ports(service, pod)
        ready, since = readiness(pod)
        return Desired(placement.ports, self.endpoint(service, pod, serving=ready), since)

    def ports(self, service: Object, pod: Object) -> tuple[Object, ...]:
        """Returns a slice's ports for a Pod; a named port may be another number in each Pod."""
        ports = []
        for port in service["spec"].get("ports") or ():
            number = find_port(pod, port)
            if number is not None:
                found = {"name": port.get("name", ""), "port": number, "protocol": port.get("protocol", "TCP")}
                ports.append({**found, "appProtocol": port["appProtocol"]} if "appProtocol" in port else found)
        return tuple(in_slice_order(ports, self.cluster.version))

    def endpoint(self, service: Object, pod: Object, *, serving: bool) -> Object:
        """Returns a Pod as an endpoint."""
        terminating = is_being_deleted(pod)
        ready = bool(service["spec"].get("publishNotReadyAddresses")) or (serving and not terminating)
        metadata = pod["metadata"]
        reference = {
            "kind": "Pod", "namespace": metadata["namespace"], "name": metadata["name"], "uid": metadata["uid"],
        }  # fmt: skip
        endpoint: Object = {
            "addresses": [pod_ip(pod)],
            "conditions": {"ready": ready, "serving": serving, "terminating": terminating},
            "targetRef": reference,
        }
        hostname, node = hostname_for(pod, service), pod["spec"].get("nodeName")
        if hostname:
            endpoint["hostname"] = hostname
        if node:
            endpoint["nodeName"] = node
            zone = self.zone(node)
            if zone:
                endpoint["zone"] = zone
            hints = hints_for(service, node, zone) if ready else None
            if hints:
                endpoint["hints"] = hints
        return endpoint

    def zone(self, node: str) -> str:
        """Returns the zone of a node, "" where its labels name none."""
        found = self.nodes.get(Node.prefix + node)
        return labels_of(found).get(ZONE, "") if found is not None else ""

    def labels(self, service: Object) -> dict[str, str]:
        """Returns the labels of a Service's slices: its own, and those by which slices are found."""
        labels = {name: value for name, value in labels_of(service).items() if name not in RESERVED}
        if is_headless(service):
            labels[HEADLESS] = ""
        labels[SERVICE_NAME] = service["metadata"]["name"]
        labels[MANAGED_BY] = ITSELF
        return labels

    def annotations(self, placement: Placement, triggers: list[str]) -> Object:
        """Returns the annotation that tells since when the change was due, for measuring how long it took."""
        times = list(filter(None, triggers))
        if not placement.slices:
            times.append(placement.service["metadata"]["creationTimestamp"])
        return {"endpoints.kubernetes.io/last-change-trigger-time": min(times)} if times else {}

    def new_slice(
        self,
        service: Object,
        labels: dict[str, str],
        ports: list[Object],
        endpoints: list[Object],
        annotations: Object,
    ) -> Object:
        """Returns a new slice of a Service."""
        metadata = service["metadata"]
        owner = {
            "apiVersion": "v1", "kind": "Service", "name": metadata["name"], "uid": metadata["uid"],
            "controller": True, "blockOwnerDeletion": True,
        }  # fmt: skip
        new = {
            "apiVersion": EndpointSlice.api_version,
            "kind": EndpointSlice.name,
            "metadata": {
                "generateName": f"{metadata['name']}-",
                "namespace": metadata["namespace"],
                "labels": labels,
                "ownerReferences": [owner],
            },
            "addressType": "IPv4",
            "endpoints": endpoints or None,
            "ports": ports or None,
        }
        return _annotated(new, annotations)


def service_values(endpointslice: Object) -> tuple[str, ...]:
    """The index of slices by the Service that this controller keeps them for."""
    labels = labels_of(endpointslice)
    if labels.get(MANAGED_BY) != ITSELF or not labels.get(SERVICE_NAME):
        return ()
    return (f"{endpointslice['metadata']['namespace']}/{labels[SERVICE_NAME]}",)


def hints_for(service: Object, node: str, zone: str) -> Object | None:
    """Returns for which zone or node an endpoint is meant (spec.trafficDistribution).

    Source: staging/src/k8s.io/endpointslice/trafficdist.
    """
    distribution = service["spec"].get("trafficDistribution")
    hints: Object = {}
    if distribution in ("PreferClose", "PreferSameZone", "PreferSameNode") and zone:
        hints["forZones"] = [{"name": zone}]
    if distribution == "PreferSameNode":
        hints["forNodes"] = [{"name": node}]
    return hints or None


def _annotated(endpointslice: Object, annotations: Object) -> Object:
    metadata = {**endpointslice["metadata"], "annotations": annotations}
    if not annotations:
        del metadata["annotations"]
    return {**endpointslice, "metadata": metadata}
