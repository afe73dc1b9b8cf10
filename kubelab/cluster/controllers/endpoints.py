"""Keeps the Endpoints object of each Service: the older form of EndpointSlices, at most 1,000 addresses.

Source: pkg/controller/endpoint/endpoints_controller.go; pkg/api/v1/endpoints/util.go (RepackSubsets).
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterable
from math import ceil
from typing import TYPE_CHECKING, NamedTuple

from kubelab.cluster.api.errors import ApiError
from kubelab.cluster.aspects import GONE
from kubelab.cluster.component import itself
from kubelab.cluster.controllers.endpoint_placement import Ports, ports_key
from kubelab.cluster.controllers.endpointslice import HEADLESS
from kubelab.cluster.controllers.paced import WRITE, PacedController
from kubelab.cluster.controllers.port_order import in_subset_order
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
from kubelab.cluster.kinds import Endpoints, Pod, Service
from kubelab.cluster.objects import Key, Object, annotations_of, labels_of
from kubelab.cluster.store import Change

if TYPE_CHECKING:
    from kubelab.cluster.cluster import Cluster

MAX_ADDRESSES = 1000
OVER_CAPACITY = "endpoints.kubernetes.io/over-capacity"
TRIGGER_TIME = "endpoints.kubernetes.io/last-change-trigger-time"
MANAGED_BY = "endpoints.kubernetes.io/managed-by"
ITSELF = "endpoint-controller"
ADDRESS = 0.0002  # seconds that each Pod adds to a sync that writes


Rank = tuple[str, str, str]


class Address(NamedTuple):
    """A Pod as it is listed."""

    ports: tuple[Object, ...]
    ready: bool
    address: Object
    ready_time: str


def services_of_pod(controller: EndpointsController, change: Change) -> Iterable[str]:
    """The Services whose endpoints the Pod is or was."""
    return note_touched(controller.selectors, change, controller.listings)


def deleted(_controller: EndpointsController, change: Change) -> Iterable[str]:
    """The Service of Endpoints that are gone."""
    if change.new is None and change.old is not None:
        metadata = change.old["metadata"]
        return (f"{metadata['namespace']}/{metadata['name']}",)
    return ()


class Listing:
    """What is known of the Pods of one Service, kept so that a change of one Pod looks at one Pod."""

    def __init__(self, service: Object) -> None:
        self.service = service
        self.addresses: dict[str, Address] = {}
        self.groups: dict[Ports, tuple[tuple[Object, ...], list[Rank]]] = {}  # by their ports, in order
        self.ready = 0  # of the addresses
        self.dirty: dict[str, None] = {}
        self.written: Object | None = None  # the Service for which all was written that is listed
        self.alike: tuple[object, object] = (None, None)  # the labels and containers of the Pod looked at last
        self.ports: tuple[Object, ...] = ()  # of Pods that share these
        self._key: tuple[tuple[Object, ...], Ports] = ((), ())
        self.listed: dict[tuple[str, bool], None] = {}  # what was written before: Pods' uids, and whether ready

    def put(self, name: str, listed: Address) -> None:
        """Lists a Pod."""
        self.addresses[name] = listed
        self.ready += listed.ready
        group = self.groups.setdefault(self._key_of(listed.ports), (listed.ports, []))
        insort(group[1], rank_of(listed))

    def take(self, name: str) -> Address | None:
        """Takes a Pod off the list, returns how it was listed."""
        listed = self.addresses.pop(name, None)
        if listed is not None:
            self.ready -= listed.ready
            key, rank = self._key_of(listed.ports), rank_of(listed)
            ranks = self.groups[key][1]
            del ranks[bisect_left(ranks, rank)]
            if not ranks:
                del self.groups[key]
        return listed

    def _key_of(self, ports: tuple[Object, ...]) -> Ports:
        if self._key[0] is not ports:
            self._key = ports, ports_key(ports)
        return self._key[1]

    def is_for(self, service: Object) -> bool:
        """Tells whether what is known still holds for a Service."""
        before = self.service
        same_uid = before["metadata"]["uid"] == service["metadata"]["uid"]
        if before is not service and not (same_uid and before["spec"] == service["spec"]):
            return False
        self.service = service
        return True


class EndpointsController(PacedController):
    """Maintains the Endpoints of Services that have a selector."""

    name = "endpoints"
    account = "endpoint-controller"
    watches = {Service: itself, Pod: services_of_pod, Endpoints: deleted}
    heeds = {services_of_pod: PLACE_OF_POD, deleted: GONE}

    def __init__(self, cluster: Cluster) -> None:
        self.selectors = service_selectors(cluster.store)
        self.listings: dict[str, Listing] = {}
        self.pods = cluster.store.table(Pod.prefix).rows
        super().__init__(cluster)

    def start(self) -> None:
        """Reads the Services' selectors."""
        self.selectors.start()
        self.listings.clear()

    def resync(self) -> None:
        """Looks at every Service, and at Endpoints whose Service is gone."""
        self.listings.clear()
        for kind in (Service, Endpoints):
            for obj in self.api.list(kind):
                self.enqueue(f"{obj['metadata']['namespace']}/{obj['metadata']['name']}")

    def sync(self, key: str) -> float:
        """Brings the Endpoints of one Service in line with its Pods."""
        service = self.api.get(Service, Key.parse(key))
        if service is None:
            self.listings.pop(key, None)
            if self.api.get(Endpoints, Key.parse(key)) is None:
                return 0
            self.api.delete(Endpoints, Key.parse(key))
            return WRITE
        if not service["spec"].get("selector") or service["spec"].get("type") == "ExternalName":
            return 0
        listing = self.listings.get(key)
        if listing is None or not listing.is_for(service):
            listing = self.listings[key] = self.read(service)
        triggers = self.follow(listing)
        if triggers is None and self.api.get(Endpoints, Key.parse(key)) is not None:
            return 0
        subsets = truncated(subsets_of(listing, self.cluster.version))
        over = len(listing.addresses) > MAX_ADDRESSES
        try:
            listing.written = None
            written = self.write(service, subsets, over, triggers or [])
        except ApiError as error:
            if is_namespace_terminating(error):
                return 0
            raise
        listing.written = listing.service
        return WRITE + ADDRESS * len(listing.addresses) if written else 0

    def read(self, service: Object) -> Listing:
        """Starts a listing: every Pod that the Service selects is to be looked at."""
        listing = Listing(service)
        metadata, wanted = service["metadata"], service["spec"]["selector"].items()
        written = self.api.get(Endpoints, Key(metadata["namespace"], metadata["name"])) or {}
        for subset in written.get("subsets") or ():
            for form in ("addresses", "notReadyAddresses"):
                for address in subset.get(form) or ():
                    listing.listed[address.get("targetRef", {}).get("uid", ""), form == "addresses"] = None
        for pod in self.api.indexed(Pod, "namespace", metadata["namespace"]):
            if wanted <= labels_of(pod).items():
                listing.dirty[pod["metadata"]["name"]] = None
        return listing

    def follow(self, listing: Listing) -> list[str] | None:
        """Looks at the Pods that changed.

        Returns:
            When the readiness of those that are listed anew changed; None if all is as it was written.
        """
        triggers = []
        dirty, listing.dirty = listing.dirty, {}
        same = listing.written is listing.service
        for name in dirty:
            old, new = listing.take(name), self.address(listing, name)
            same = same and old == new
            if new is not None:
                listing.put(name, new)
                was_listed = (new.address["targetRef"]["uid"], new.ready) in listing.listed
                if (not was_listed) if old is None else new.ready_time > old.ready_time:
                    triggers.append(new.ready_time)
        listing.listed = {}
        return None if same else triggers

    def address(self, listing: Listing, name: str) -> Address | None:
        """Returns a Pod as it should be listed, None where it should not be."""
        service = listing.service
        namespace = service["metadata"]["namespace"]
        pod = self.pods.get(f"{Pod.prefix}{namespace}/{name}")
        tolerant = bool(service["spec"].get("publishNotReadyAddresses"))
        if pod is None or not belongs_in_endpoints(pod, terminating=tolerant):
            return None
        # Pods of one template share their labels and their containers, and so their ports.
        labels, containers = pod["metadata"].get("labels"), pod["spec"]["containers"]
        if listing.alike[0] is not labels or listing.alike[1] is not containers:
            if not service["spec"]["selector"].items() <= labels_of(pod).items():
                return None
            listing.alike, listing.ports = (labels, containers), self.ports(service, pod)
        ports = listing.ports
        if not ports and (service["spec"].get("ports") or not is_headless(service)):
            return None
        reference = {"kind": "Pod", "namespace": namespace, "name": name, "uid": pod["metadata"]["uid"]}
        address: Object = {"ip": pod_ip(pod), "targetRef": reference}
        if pod["spec"].get("nodeName"):
            address["nodeName"] = pod["spec"]["nodeName"]
        hostname = hostname_for(pod, service)
        if hostname:
            address["hostname"] = hostname
        ready, since = readiness(pod)
        return Address(ports, tolerant or ready, address, since)

    def ports(self, service: Object, pod: Object) -> tuple[Object, ...]:
        """Returns the ports of a Pod that a Service leads to."""
        ports = []
        for port in service["spec"].get("ports") or ():
            number = find_port(pod, port)
            if number is not None:
                found: Object = {"name": port["name"]} if port.get("name") else {}
                found |= {"port": number, "protocol": port.get("protocol", "TCP")}
                ports.append({**found, "appProtocol": port["appProtocol"]} if "appProtocol" in port else found)
        return tuple(in_subset_order(ports, self.cluster.version))

    def write(self, service: Object, subsets: list[Object], over: bool, triggers: list[str]) -> bool:
        """Writes the Endpoints if they differ from what stands there; returns whether they did."""
        metadata = service["metadata"]
        old = self.api.get(Endpoints, Key(metadata["namespace"], metadata["name"]))
        labels = dict(labels_of(service))
        if is_headless(service):
            labels[HEADLESS] = ""
        if int(self.cluster.version.split(".")[1]) >= 33:
            labels[MANAGED_BY] = ITSELF
        if old is not None:
            same = (old.get("subsets") or []) == subsets and labels_of(old) == labels
            if same and (OVER_CAPACITY in annotations_of(old)) == over:
                return False
        annotations = {OVER_CAPACITY: "truncated"} if over else {}
        times = [*filter(None, triggers), *([metadata["creationTimestamp"]] if old is None else [])]
        if times:
            annotations[TRIGGER_TIME] = min(times)
        kept = old["metadata"] if old is not None else {"name": metadata["name"], "namespace": metadata["namespace"]}
        new_metadata = {**kept, "labels": labels, "annotations": annotations}
        if not annotations:
            del new_metadata["annotations"]
        if not labels:
            del new_metadata["labels"]
        new: Object = {"apiVersion": "v1", "kind": Endpoints.name, "metadata": new_metadata}
        if subsets:
            new["subsets"] = subsets
        if old is None:
            self.api.create(Endpoints, new)
        else:
            self.api.update(Endpoints, new)
        return True


def subsets_of(listing: Listing, version: str) -> list[Object]:
    """Returns the addresses grouped by their ports, sorted as RepackSubsets does."""
    if len(listing.groups) == 1:
        groups = [([*ports], first_of(listing, ranks)) for ports, ranks in listing.groups.values()]
    else:
        every = [([*ports], [listing.addresses[rank[2]] for rank in ranks]) for ports, ranks in listing.groups.values()]
        groups = repacked(every)
    subsets = []
    for ports, listed in groups:
        subset: Object = {}
        ready = [each.address for each in listed if each.ready]
        waiting = [each.address for each in listed if not each.ready]
        if ready:
            subset["addresses"] = ready
        if waiting:
            subset["notReadyAddresses"] = waiting
        if ports:
            subset["ports"] = in_subset_order(ports, version)
        subsets.append(subset)
    return subsets


def first_of(listing: Listing, ranks: list[Rank]) -> list[Address]:
    """Returns the addresses that are written where all have the same ports: `truncated` would cut off the rest."""
    addresses = listing.addresses
    if listing.ready == len(addresses):
        return [addresses[rank[2]] for rank in ranks[:MAX_ADDRESSES]]
    ready = min(listing.ready, MAX_ADDRESSES)
    waiting = MAX_ADDRESSES - ready
    found = []
    for rank in ranks:
        listed = addresses[rank[2]]
        if listed.ready and ready:
            ready -= 1
            found.append(listed)
        elif not listed.ready and waiting:
            waiting -= 1
            found.append(listed)
        if not ready and not waiting:
            break
    return found


def repacked(groups: list[tuple[list[Object], list[Address]]]) -> list[tuple[list[Object], list[Address]]]:
    """Returns each port with all Pods that have it, and ports with the same Pods together."""
    ports: dict[Ports, tuple[Object, list[Address]]] = {}
    for group_ports, listed in groups:
        for port in group_ports or [{}]:
            ports.setdefault(ports_key([port]), (port, []))[1].extend(listed)
    together: dict[tuple[Rank, ...], tuple[list[Object], list[Address]]] = {}
    for port, listed in ports.values():
        listed.sort(key=rank_of)
        identity = tuple(map(rank_of, listed))
        together.setdefault(identity, ([], listed))[0].extend([port] if port else [])
    return list(together.values())


def rank_of(listed: Address) -> Rank:
    """Returns by what addresses are sorted: the IP address as a text, then the Pod's uid."""
    reference = listed.address["targetRef"]
    return listed.address["ip"], reference["uid"], reference["name"]


def truncated(subsets: list[Object]) -> list[Object]:
    """Returns subsets of together at most 1,000 addresses, ready ones first, each subset its share."""
    ready = sum(len(subset.get("addresses", ())) for subset in subsets)
    waiting = sum(len(subset.get("notReadyAddresses", ())) for subset in subsets)
    if ready + waiting <= MAX_ADDRESSES:
        return subsets
    form, total = ("addresses", ready) if ready > MAX_ADDRESSES else ("notReadyAddresses", waiting)
    most = left = MAX_ADDRESSES if ready > MAX_ADDRESSES else MAX_ADDRESSES - ready
    cut = []
    for subset in subsets:
        listed = subset.get(form, [])
        share = min(ceil(len(listed) / total * most), left)
        left -= min(share, len(listed))
        changed = {**subset, form: listed[:share]}
        if form == "addresses":
            changed.pop("notReadyAddresses", None)
        cut.append({field: value for field, value in changed.items() if value})
    return cut
