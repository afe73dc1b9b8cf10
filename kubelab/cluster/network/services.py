"""What kube-proxy makes of a Service and its EndpointSlices: its ports with the endpoints behind each.

Source: pkg/proxy (serviceport.go, endpointslicecache.go, topology.go).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from kubelab.cluster.addresses import number
from kubelab.cluster.objects import Object

SERVICE_NAME = "kubernetes.io/service-name"
PROXY_NAME = "service.kubernetes.io/service-proxy-name"
HEADLESS = "service.kubernetes.io/headless"


class Endpoint(NamedTuple):
    """One address and port behind a Service's port."""

    ip: str
    port: int
    node: str = ""
    ready: bool = True
    serving: bool = True
    terminating: bool = False
    zones: tuple[str, ...] = ()  # hints: the zones, and the nodes, that it is meant for
    nodes: tuple[str, ...] = ()

    @property
    def address(self) -> str:
        """What DNAT writes into a packet, e.g. "10.244.1.5:80"."""
        return f"{self.ip}:{self.port}"


class ServicePort(NamedTuple):
    """One port of a Service as the proxy sees it."""

    name: str  # "default/web:http", or "default/web" where the port has no name
    port_name: str
    protocol: str
    port: int
    node_port: int
    cluster_ip: str
    external_ips: tuple[str, ...]
    load_balancer_ips: tuple[str, ...]
    source_ranges: tuple[str, ...]
    affinity: int  # seconds for which a client keeps its endpoint, 0 for no affinity
    external_local: bool  # externalTrafficPolicy: Local
    internal_local: bool  # internalTrafficPolicy: Local
    health_port: int


def is_proxied(service: Object) -> bool:
    """Tells whether kube-proxy cares for a Service at all: not for headless ones, names, or others' proxies."""
    spec = service["spec"]
    if spec.get("type") == "ExternalName" or spec.get("clusterIP") in (None, "", "None"):
        return False
    return PROXY_NAME not in (service["metadata"].get("labels") or {})


def ports_of(service: Object) -> tuple[ServicePort, ...]:
    """Returns the ports of a Service, in its order; none where kube-proxy does not care for it."""
    if not is_proxied(service):
        return ()
    spec, metadata = service["spec"], service["metadata"]
    identity = f"{metadata['namespace']}/{metadata['name']}"
    ingress = service.get("status", {}).get("loadBalancer", {}).get("ingress") or ()
    affinity = 0
    if spec.get("sessionAffinity") == "ClientIP":
        affinity = spec.get("sessionAffinityConfig", {}).get("clientIP", {}).get("timeoutSeconds", 10800)
    return tuple(
        ServicePort(
            name=f"{identity}:{port['name']}" if port.get("name") else identity,
            port_name=port.get("name", ""),
            protocol=port.get("protocol", "TCP"),
            port=port["port"],
            node_port=port.get("nodePort", 0),
            cluster_ip=spec["clusterIP"],
            external_ips=tuple(spec.get("externalIPs") or ()),
            # A provider that forwards by itself (ipMode: Proxy) is not short-cut (KEP-1860).
            load_balancer_ips=tuple(
                entry["ip"] for entry in ingress if entry.get("ip") and entry.get("ipMode", "VIP") == "VIP"
            ),
            source_ranges=tuple(spec.get("loadBalancerSourceRanges") or ()),
            affinity=affinity,
            external_local=spec.get("externalTrafficPolicy") == "Local",
            internal_local=spec.get("internalTrafficPolicy") == "Local",
            health_port=spec.get("healthCheckNodePort", 0),
        )
        for port in spec.get("ports") or ()
    )


def endpoints_of(endpointslice: Object) -> dict[str, tuple[Endpoint, ...]]:
    """Returns the endpoints of an IPv4 slice by the name of their port.

    Conditions that nobody knows count as the API says: ready, serving, not terminating.
    """
    if endpointslice.get("addressType") != "IPv4":
        return {}
    found: dict[str, tuple[Endpoint, ...]] = {}
    for port in endpointslice.get("ports") or ():
        if port.get("port") is not None:
            found[port.get("name") or ""] = tuple(
                _endpoint(endpoint, port["port"]) for endpoint in endpointslice.get("endpoints") or ()
            )
    return found


def _endpoint(endpoint: Object, port: int) -> Endpoint:
    conditions = endpoint.get("conditions") or {}
    ready = conditions.get("ready")
    ready = True if ready is None else ready
    serving = conditions.get("serving")
    hints = endpoint.get("hints") or {}
    return Endpoint(
        ip=endpoint["addresses"][0],
        port=port,
        node=endpoint.get("nodeName", ""),
        ready=ready,
        serving=ready if serving is None else serving,
        terminating=bool(conditions.get("terminating")),
        zones=tuple(zone["name"] for zone in hints.get("forZones") or ()),
        nodes=tuple(node["name"] for node in hints.get("forNodes") or ()),
    )


class Entry:
    """A Service with its slices at one moment; what the proxy draws from it is worked out when asked for.

    Args:
        service: the Service; None while only slices name it.
        slices: its EndpointSlices by their storage keys.
        parsed: what an earlier Entry read off slices, to be taken over where they are the same.
    """

    __slots__ = ("_parsed", "_ports", "_usable", "service", "slices")

    def __init__(
        self,
        service: Object | None,
        slices: dict[str, Object],
        parsed: dict[str, tuple[Object, dict[str, tuple[Endpoint, ...]]]] | None = None,
    ) -> None:
        self.service = service
        self.slices = slices
        self._parsed = parsed if parsed is not None else {}
        self._ports: tuple[ServicePort, ...] | None = None
        self._usable: dict[tuple[str, str], tuple[Endpoint, ...]] = {}

    def changed(self, service: Object | None, slices: dict[str, Object]) -> Entry:
        """Returns what comes after this."""
        return Entry(service, slices, self._parsed)

    @property
    def ports(self) -> tuple[ServicePort, ...]:
        """The Service's ports that kube-proxy handles."""
        if self._ports is None:
            self._ports = ports_of(self.service) if self.service is not None else ()
        return self._ports

    def endpoints(self, port_name: str) -> tuple[Endpoint, ...]:
        """Returns all endpoints of a port, ready or not, each address once, in the order of their addresses."""
        every = self._usable.get((port_name, "*"))
        if every is None:
            found: dict[str, Endpoint] = {}
            for key, endpointslice in self.slices.items():
                for endpoint in self._read(key, endpointslice).get(port_name, ()):
                    found.setdefault(endpoint.ip, endpoint)
            every = tuple(sorted(found.values(), key=_order))
            self._usable[port_name, "*"] = every
        return every

    def _read(self, key: str, endpointslice: Object) -> dict[str, tuple[Endpoint, ...]]:
        known = self._parsed.get(key)
        if known is None or known[0] is not endpointslice:
            known = self._parsed[key] = (endpointslice, endpoints_of(endpointslice))
        return known[1]

    def usable(
        self, port: ServicePort, node: str = "", zone_of: Callable[[str], str] = lambda node: ""
    ) -> tuple[Endpoint, ...]:
        """Returns the endpoints that the Cluster traffic policy may choose: ready, else serving while terminating.

        Args:
            node: the proxy's node, which matters where slices carry hints.
            zone_of: tells a node's zone; asked only there.
        """
        known = self._usable.get((port.port_name, ""))
        if known is not None:
            return known
        every = self.endpoints(port.port_name)
        ready = tuple(endpoint for endpoint in every if endpoint.ready)
        if not ready:
            ready = tuple(endpoint for endpoint in every if endpoint.serving and endpoint.terminating)
        elif any(endpoint.zones or endpoint.nodes for endpoint in ready):
            return _hinted(ready, node, zone_of(node))
        self._usable[port.port_name, ""] = ready
        return ready

    def local(self, port: ServicePort, node: str) -> tuple[Endpoint, ...]:
        """Returns the endpoints on `node` that the Local traffic policy may choose."""
        here = [endpoint for endpoint in self.endpoints(port.port_name) if endpoint.node == node]
        ready = tuple(endpoint for endpoint in here if endpoint.ready)
        return ready or tuple(endpoint for endpoint in here if endpoint.serving and endpoint.terminating)

    def kept(self) -> Object:
        """Returns it as JSON."""
        return {"service": self.service, "slices": self.slices}


def _order(endpoint: Endpoint) -> int:
    return number(endpoint.ip)


def _hinted(ready: tuple[Endpoint, ...], node: str, zone: str) -> tuple[Endpoint, ...]:
    """Source: topology.go, topologyModeFromHints: hints count only where every ready endpoint has them."""
    if all(endpoint.nodes for endpoint in ready):
        same_node = tuple(endpoint for endpoint in ready if node in endpoint.nodes)
        if same_node:
            return same_node
    if zone and all(endpoint.zones for endpoint in ready):
        same_zone = tuple(endpoint for endpoint in ready if zone in endpoint.zones)
        if same_zone:
            return same_zone
    return ready
