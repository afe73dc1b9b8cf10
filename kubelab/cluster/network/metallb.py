"""MetalLB in layer 2 mode: Services of type LoadBalancer get an address of a pool, and one node answers for it.

The controller's Pod gives addresses, the speakers' Pods announce them; nothing happens while they do not run. A node
that vanishes is missed by the other speakers within some seconds, and one of them takes its addresses over.
Source: metallb.io, concepts/layer2 and usage; internal/allocator, speaker/layer2_controller.go.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from hashlib import sha256
from typing import TYPE_CHECKING

from kubelab.cluster.addresses import dotted, number, subnet
from kubelab.cluster.cni import HOSTS, PREFIX
from kubelab.cluster.component import Component
from kubelab.cluster.kinds import DaemonSet, Deployment, EndpointSlice, Node, Pod, Service
from kubelab.cluster.network.kube_proxy import container_runs
from kubelab.cluster.network.rulebook import service_of
from kubelab.cluster.objects import Key, Object, annotations_of, labels_of
from kubelab.cluster.selectors import from_label_selector
from kubelab.cluster.store import Change
from kubelab.cluster.user import User

if TYPE_CHECKING:
    from kubelab.cluster.cluster import Cluster

NAMESPACE = "metallb-system"
POOLS, ADVERTISEMENTS = "/registry/metallb.io/ipaddresspools/", "/registry/metallb.io/l2advertisements/"
GIVEN = PREFIX + "metallb"  # "namespace/name" of a Service -> {"ip", "node"}
EVERYTHING = "*"
MISSED = 5.0  # seconds until the speakers notice that one of them is gone (memberlist)
ASKED = ("metallb.io/loadBalancerIPs", "metallb.universe.tf/loadBalancerIPs")
POOL = ("metallb.io/address-pool", "metallb.universe.tf/address-pool")
FROM_POOL = "metallb.io/ip-allocated-from-pool"
EXCLUDED = "node.kubernetes.io/exclude-from-external-load-balancers"


def balanced(component: MetalLb, change: Change) -> Iterable[str]:
    """A Service that is, or was, of type LoadBalancer."""
    for service in (change.new, change.old):
        if service is not None and service["spec"].get("type") == "LoadBalancer":
            return (f"{service['metadata']['namespace']}/{service['metadata']['name']}",)
    return ()


def its_service(component: MetalLb, change: Change) -> Iterable[str]:
    """The Service of a slice whose address is announced."""
    key = service_of(change.new if change.new is not None else change.old)
    return (key,) if key in component.given() else ()


def own_workload(component: MetalLb, change: Change) -> Iterable[str]:
    """All Services, when MetalLB's own workloads change."""
    workload = change.new if change.new is not None else change.old
    if workload is None or workload["metadata"].get("namespace") != NAMESPACE:
        return ()
    return (EVERYTHING,)


class MetalLb(Component):
    """MetalLB's controller and speakers."""

    name = "metallb"
    user = f"system:serviceaccount:{NAMESPACE}:controller"
    manager = "controller"
    source = "metallb-controller"
    watches = {Service: balanced, EndpointSlice: its_service, Deployment: own_workload, DaemonSet: own_workload}

    def __init__(self, cluster: Cluster) -> None:
        super().__init__(cluster)
        self.speaker = cluster.api.client(
            User(f"system:serviceaccount:{NAMESPACE}:speaker"), "speaker", "metallb-speaker"
        )
        for prefix in (POOLS, ADVERTISEMENTS):
            cluster.store.subscribe(prefix, lambda change: self.cluster.agenda.add(self.name, EVERYTHING))
        cluster.store.subscribe(PREFIX, self._machine_changed)

    def _machine_changed(self, change: Change) -> None:
        if not change.key.startswith(HOSTS):
            return
        before, after = (change.old or {}).get("down"), (change.new or {}).get("down")
        if before != after and self.given():
            self.later(EVERYTHING, MISSED)

    def given(self) -> Object:
        """Returns what Services have been given."""
        return self.store.get(GIVEN) or {}

    def resync(self) -> None:
        """Looks at everything anew."""
        self.cluster.agenda.add(self.name, EVERYTHING)

    def reconcile(self, key: str) -> None:
        """Gives a Service its address and has a node announce it; or takes both back."""
        if key == EVERYTHING:
            services = [service for service in self.store.table(Service.prefix).rows.values() if _is_balanced(service)]
            names = [f"{found['metadata']['namespace']}/{found['metadata']['name']}" for found in services]
            if not names and not self.given():
                return
            for name in dict.fromkeys((*names, *self.given())):
                self._look(name)
        else:
            self._look(key)

    def _look(self, key: str) -> None:
        service = self.store.get(Service.path(Key.parse(key)))
        if service is None or not _is_balanced(service):
            self._release(key, service)
            return
        if self._controller_runs():
            service = self._assign(key, service)
        self._announce(key, service)

    # the controller

    def _controller_runs(self) -> bool:
        return any(container_runs(pod, "controller") for pod in self._pods("controller"))

    def _pods(self, component: str) -> Iterator[Object]:
        for pod in self.api.indexed(Pod, "namespace", NAMESPACE):
            labels = labels_of(pod)
            if labels.get("app") == "metallb" and labels.get("component") == component:
                yield pod

    def _assign(self, key: str, service: Object) -> Object:
        has = _addresses(service)
        asked, pool = wanted_ip(service), _annotation(service, POOL)
        if len(has) == 1 and (not asked or asked == has[0]) and self._pool_of(has[0]) and self._is_free(key, has[0]):
            self._keep(key, has[0])
            return service
        ip, name, why = self._free(key, asked, pool)
        if not ip:
            self.api.event(service, "Warning", "AllocationFailed", f'Failed to allocate IP for "{key}": {why}')
            if has:
                service = self._write(service, "", "")
            self._drop(key)
            return service
        self._keep(key, ip)
        service = self._write(service, ip, name)
        self.api.event(service, "Normal", "IPAllocated", f'Assigned IP ["{ip}"]')
        return service

    def _free(self, key: str, asked: str, pool: str) -> tuple[str, str, str]:
        """Returns an address, its pool, and why there is none."""
        pools = {found["metadata"]["name"]: found for found in self.store.table(POOLS).rows.values()}
        if asked:
            name = self._pool_of(asked)
            if not name:
                return "", "", f'["{asked}"] is not allowed in config'
            if not self._is_free(key, asked):
                return "", "", f'can\'t change sharing key for "{key}", address also in use by {self._holder(asked)}'
            return asked, name, ""
        if pool and pool not in pools:
            return "", "", f'unknown pool "{pool}"'
        for name in sorted(pools):
            automatic = (pools[name].get("spec") or {}).get("autoAssign", True)
            if pool == name or (not pool and automatic):
                ip = next((ip for ip in addresses_of(pools[name]) if self._is_free(key, ip)), "")
                if ip:
                    return ip, name, ""
        return "", "", f'no available IPs in pool "{pool}" for ipv4 IPFamily' if pool else "no available IPs"

    def _pool_of(self, ip: str) -> str:
        for pool in self.store.table(POOLS).rows.values():
            if any(low <= number(ip) <= high for low, high in ranges_of(pool)):
                return str(pool["metadata"]["name"])
        return ""

    def _is_free(self, key: str, ip: str) -> bool:
        return self._holder(ip) in ("", key)

    def _holder(self, ip: str) -> str:
        return next((key for key, given in self.given().items() if given["ip"] == ip), "")

    def _write(self, service: Object, ip: str, pool: str) -> Object:
        annotations = {name: value for name, value in annotations_of(service).items() if name != FROM_POOL}
        if pool:
            annotations[FROM_POOL] = pool
        metadata = {**service["metadata"], "annotations": annotations}
        if not annotations:
            del metadata["annotations"]
        if metadata.get("annotations") != service["metadata"].get("annotations"):
            service = self.api.update(Service, {**service, "metadata": metadata})
        ingress = {"ingress": [{"ip": ip, "ipMode": "VIP"}]} if ip else {}
        return self.api.update_status(Service, {**service, "status": {**service["status"], "loadBalancer": ingress}})

    def _keep(self, key: str, ip: str) -> None:
        given = self.given()
        if given.get(key, {}).get("ip") != ip:
            self.cluster.network.announce(given.get(key, {}).get("ip", ip), None)
            self.store.put(GIVEN, {**given, key: {"ip": ip}})

    def _drop(self, key: str) -> None:
        given = dict(self.given())
        gone = given.pop(key, None)
        if gone is not None:
            self.cluster.network.announce(gone["ip"], None)
            self.store.put(GIVEN, given)

    def _release(self, key: str, service: Object | None) -> None:
        held = key in self.given()
        self._drop(key)
        if held and service is not None and _addresses(service):
            self._write(service, "", "")

    # the speakers

    def _announce(self, key: str, service: Object) -> None:
        held = self.given().get(key)
        if held is None:
            return
        ip = held["ip"]
        nodes = self._announcers(service, ip)
        leader = min(nodes, key=lambda node: sha256(f"{node}#{ip}".encode()).hexdigest(), default="")
        if leader == held.get("node", ""):
            return
        self.cluster.network.announce(ip, leader or None)
        self.store.put(GIVEN, {**self.given(), key: {"ip": ip, **({"node": leader} if leader else {})}})
        if leader:
            message = f'announcing from node "{leader}" with protocol "layer2"'
            self.speaker.event(service, "Normal", "nodeAssigned", message)

    def _announcers(self, service: Object, ip: str) -> list[str]:
        """Returns the nodes that may answer for an address."""
        network, key = self.cluster.network, f"{service['metadata']['namespace']}/{service['metadata']['name']}"
        selectors = self._selectors(self._pool_of(ip))
        entry = network.rules.entries.get(key)
        if selectors is None or entry is None:
            return []
        ready = {
            endpoint.node for port in entry.ports for endpoint in entry.endpoints(port.port_name) if endpoint.ready
        }
        if not ready:
            return []
        local = service["spec"].get("externalTrafficPolicy") == "Local"
        found = []
        for pod in self._pods("speaker"):
            node = pod["spec"].get("nodeName", "")
            if not container_runs(pod, "speaker") or network.attachments.hosts.get(node, {}).get("down"):
                continue
            if (not local or node in ready) and self._may_announce(node, selectors):
                found.append(node)
        return found

    def _selectors(self, pool: str) -> list[Object] | None:
        """Returns the node selectors of what advertises a pool; None where nothing does."""
        for advertisement in self.store.table(ADVERTISEMENTS).rows.values():
            spec = advertisement.get("spec") or {}
            named = spec.get("ipAddressPools")
            if pool and (not named or pool in named):
                return list(spec.get("nodeSelectors") or ())
        return None

    def _may_announce(self, node: str, selectors: list[Object]) -> bool:
        found = self.store.get(Node.path(Key("", node)))
        if found is None or EXCLUDED in labels_of(found):
            return False
        return not selectors or any(from_label_selector(each).matches(labels_of(found)) for each in selectors)


def _is_balanced(service: Object) -> bool:
    spec = service["spec"]
    return spec.get("type") == "LoadBalancer" and not spec.get("loadBalancerClass")


def _addresses(service: Object) -> list[str]:
    ingress = ((service.get("status") or {}).get("loadBalancer") or {}).get("ingress") or ()
    return [point["ip"] for point in ingress if point.get("ip")]


def _annotation(service: Object, names: Iterable[str]) -> str:
    return next((annotations_of(service)[name] for name in names if name in annotations_of(service)), "")


def wanted_ip(service: Object) -> str:
    """Returns the address that a Service asks for by name, "" for any."""
    return _annotation(service, ASKED) or str(service["spec"].get("loadBalancerIP") or "")


def ranges_of(pool: Object) -> Iterator[tuple[int, int]]:
    """Yields the first and the last address of each of a pool's ranges."""
    for text in (pool.get("spec") or {}).get("addresses") or ():
        low, dash, high = text.partition("-")
        try:
            if dash:
                yield number(low.strip()), number(high.strip())
            else:
                found = subnet(text.strip())
                yield found.base, found.base + found.size - 1
        except ValueError:
            continue


def addresses_of(pool: Object) -> Iterator[str]:
    """Yields a pool's addresses in their order."""
    careful = (pool.get("spec") or {}).get("avoidBuggyIPs")
    for low, high in ranges_of(pool):
        for value in range(low, high + 1):
            if not careful or value & 255 not in (0, 255):
                yield dotted(value)
