"""HAProxy on a machine in front of the cluster: the API servers' common address, and Services of type LoadBalancer.

Each such Service gets an address from the machine's pool; HAProxy accepts connections there and opens its own to the
Service's node port on one of the nodes, in turn. Nodes that do not answer its checks (every 2 s, three times) are left
out. Its statistics are at port 8404. A preset brings it along (`haproxy:`).
Source: docs.haproxy.com, configuration manual (tcp-check, inter, fall, redispatch); vSphere with Tanzu, HAProxy.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from kubelab.cluster.addresses import dotted, number
from kubelab.cluster.cni import PREFIX
from kubelab.cluster.component import Component
from kubelab.cluster.files import FileSystem
from kubelab.cluster.kinds import Node, Service
from kubelab.cluster.network import haproxyconf
from kubelab.cluster.network import walk as ends
from kubelab.cluster.network.haproxyconf import Proxy, Server
from kubelab.cluster.network.place import Place
from kubelab.cluster.network.walk import Packet, Target, Walk
from kubelab.cluster.objects import Key, Object, labels_of
from kubelab.cluster.sockets import HttpReply, HttpRequest
from kubelab.cluster.store import Change, Store

if TYPE_CHECKING:
    from kubelab.cluster.network.journey import Journey
    from kubelab.cluster.network.network import Network

MACHINE = PREFIX + "haproxy"  # {"ip", "pool", "api": [nodes]}
GIVEN = PREFIX + "haproxy-addresses"  # "namespace/name" of a Service -> its address
CONFIGURATION = PREFIX + "haproxy-configuration"  # {"text", "running"}: what it runs with
NAME, PLACE, TREE = "haproxy", "machine haproxy", "node-haproxy"
STATISTICS, API, SSH = 8404, 6443, 22
NODES = "*"
CHECK, FALL = 2.0, 3  # seconds between two checks, and how many must fail
RETRIES, RETRY = 3, 1.0  # of a connection before another server is tried
EXCLUDED = "node.kubernetes.io/exclude-from-external-load-balancers"


class HaProxy:
    """The balancer as the network meets it."""

    def __init__(self, network: Network) -> None:
        self.network = network
        self.store = network.store

    def machine(self) -> Object | None:
        """Returns the machine, None where the cluster has none."""
        return self.store.get(MACHINE)

    def answers(self, ip: str) -> bool:
        """Tells whether an address is the machine's own, or one that it was given for a Service."""
        machine = self.machine()
        return machine is not None and (ip == machine["ip"] or ip in (self.store.get(GIVEN) or {}).values())

    def configuration(self) -> dict[str, Proxy]:
        """Returns the configuration that it runs with; an empty one while it is stopped."""
        kept = self.store.get(CONFIGURATION)
        if kept is None or not kept["running"]:
            return {}
        return haproxyconf.read(str(kept["text"]))

    def servers(self, ip: str, port: int) -> Proxy | None:
        """Returns the backend behind an address and port; None where nobody listens."""
        machine = self.machine() or {}
        return haproxyconf.backend_at(self.configuration(), str(machine.get("ip")), ip, port)

    def is_up(self, server: Server) -> bool:
        """Tells whether a server answers a check now."""
        walk = Walk(Place("outside"), server.ip, server.port, address=server.ip)
        with self.network.unnoticed():
            self.network.travel(walk, Packet("", 40000, server.ip, server.port))
        return walk.connected

    def is_noticed(self, server: Server) -> bool:
        """Tells whether HAProxy knows already that a server does not answer."""
        node = self.network.attachments.owners.get(server.ip)
        down = self.network.attachments.host(node).get("down") if node is not None else None
        return not down or self.network.cluster.clock.now - float(down) >= CHECK * FALL

    # connections

    def accept(self, journey: Journey) -> None:
        """Takes a connection, and opens another one to a server."""
        packet, walk = journey.packet, journey.walk
        machine = self.machine() or {}
        backend = self.servers(packet.destination, packet.port)
        if packet.protocol == "ICMP" or (backend is not None and backend.statistics):
            self._end_here(journey, "deliver")
            return
        if packet.port == SSH and packet.destination == machine["ip"]:
            self._end_here(journey, "sshd listens on 0.0.0.0:22")
            return
        if backend is None:
            journey.hop(PLACE, "kernel", f"nobody listens on {packet.destination}:{packet.port}", "refused")
            journey.end(ends.REFUSED, ends.LOCAL_HOP)
            return
        servers = backend.servers
        alive = [server for server in servers if self.is_up(server)]
        unnoticed = [server for server in servers if server not in alive and not self.is_noticed(server)]
        count = len(alive) + len(unnoticed)
        turn = self.network.turn(f"haproxy/{backend.name}", count) if count else 0
        if turn < len(unnoticed):
            walk.seconds += RETRIES * RETRY  # three tries in vain, then another server (option redispatch)
        if not alive:
            self._end_here(journey, f"backend {backend.name} has no server available")
            return
        server = alive[turn % len(alive)]
        front = f"backend {backend.name} at {packet.destination}:{packet.port}"
        rule = f"{front}\nserver {server.name} {server.ip}:{server.port} check"
        after = Packet(machine["ip"], packet.source_port, server.ip, server.port, packet.protocol)
        journey.hop(PLACE, NAME, rule, "proxy", after)
        journey.over_wire(PLACE, "eth0")

    def _end_here(self, journey: Journey, rule: str) -> None:
        packet, walk = journey.packet, journey.walk
        walk.client, walk.client_port = packet.source, packet.source_port
        walk.target = Target(NAME, "", "", NAME, packet.destination, packet.port)
        journey.hop(PLACE, NAME, rule, "deliver")
        journey.end(ends.CONNECTED, ends.LOCAL_HOP)

    def answer(self, request: HttpRequest) -> HttpReply:
        """Returns the statistics, as CSV where they are asked for so."""
        rows = ["# pxname,svname,status"]
        for proxy in self.configuration().values():
            if proxy.kind != "backend" and not proxy.statistics:
                rows.append(f"{proxy.name},FRONTEND,OPEN")
            if proxy.kind != "frontend":
                states = {server: self.is_up(server) or not self.is_noticed(server) for server in proxy.servers}
                rows += [f"{proxy.name},{server.name},{'UP' if up else 'DOWN'}" for server, up in states.items()]
                rows.append(f"{proxy.name},BACKEND,{'UP' if any(states.values()) else 'DOWN'}")
        text = "".join(f"{row}\n" for row in rows)
        if request.path.endswith(";csv"):
            return HttpReply(200, "OK", {"Content-Type": "text/plain"}, text)
        cells = "".join(f"<tr><td>{row.replace(',', '</td><td>')}</td></tr>\n" for row in rows[1:])
        head = "<html><head><title>Statistics Report for HAProxy</title></head>"
        page = f"{head}\n<body><table>\n{cells}</table></body></html>\n"
        return HttpReply(200, "OK", {"Content-Type": "text/html"}, page)


def balanced(component: HaProxyProvider, change: Change) -> Iterable[str]:
    """A Service that is, or was, of type LoadBalancer, where the cluster has the balancer."""
    for service in (change.new, change.old):
        if service is not None and service["spec"].get("type") == "LoadBalancer":
            return (f"{service['metadata']['namespace']}/{service['metadata']['name']}",)
    return ()


def came_or_went(component: HaProxyProvider, change: Change) -> Iterable[str]:
    """Nodes that come and go are servers of every backend, or no longer."""
    if change.old is not None and change.new is not None:
        return ()
    return (NODES,) if component.store.get(MACHINE) is not None else ()


def runs_before_api(store: Store, ip: str) -> bool | None:
    """Tells whether HAProxy runs at an address, in front of API servers; None where that is not its address."""
    machine, kept = store.get(MACHINE), store.get(CONFIGURATION)
    if machine is None or machine["ip"] != ip or not machine.get("api"):
        return None
    return kept is not None and bool(kept["running"])


def furnish(network: Network, ip: str, pool: str, api: list[str]) -> None:
    """Puts the machine on the lab's network.

    Args:
        ip: its own address.
        pool: the addresses for Services, first and last with a dash between them.
        api: the nodes whose API servers it stands in front of.
    """
    network.store.put(MACHINE, {"ip": ip, "pool": pool, "api": api})
    configure(network)


def take_up(network: Network, text: str | None = None, *, running: bool = True) -> None:
    """Starts, stops or reloads HAProxy.

    Args:
        text: the configuration to run with; None for the one it has.

    Raises:
        ConfigurationError: if it would not start with that.
    """
    kept = network.store.get(CONFIGURATION) or {"text": "", "running": False}
    if text is not None:
        haproxyconf.read(text)
    network.store.put(CONFIGURATION, {"text": kept["text"] if text is None else text, "running": running})


def is_running(network: Network) -> bool:
    """Tells whether HAProxy runs."""
    kept = network.store.get(CONFIGURATION)
    return kept is not None and bool(kept["running"])


def disk(network: Network) -> FileSystem:
    """Returns the machine's disk, without what its distribution brings."""
    return FileSystem(TREE, network.store, lambda: network.cluster.clock.now)


def configure(network: Network) -> None:
    """Writes the configuration anew for the API servers and the Services, and has HAProxy take it up."""
    store, hosts = network.store, network.attachments.hosts
    machine = store.get(MACHINE) or {}
    fronts: dict[str, tuple[str, int, list[Server]]] = {}
    masters = [node for node in machine.get("api", ()) if node in hosts]
    if masters:
        fronts["kube-apiserver"] = ("*", API, [Server(node, str(hosts[node]["ip"]), API) for node in masters])
    for name, ip in (store.get(GIVEN) or {}).items():
        service = store.get(Service.path(Key.parse(name))) or {"spec": {}}
        for port in service["spec"].get("ports") or ():
            if port.get("nodePort"):
                servers = [Server(node, str(hosts[node]["ip"]), port["nodePort"]) for node in nodes_of(network)]
                fronts[f"{name.replace('/', '-')}-{port['port']}"] = (ip, port["port"], servers)
    text = haproxyconf.written(fronts)
    files = disk(network)
    files.mkdir(haproxyconf.PATH.rpartition("/")[0], parents=True)
    files.write(haproxyconf.PATH, text)
    kept = store.get(CONFIGURATION)
    store.put(CONFIGURATION, {"text": text, "running": kept["running"] if kept is not None else True})


def nodes_of(network: Network) -> list[str]:
    """Returns the nodes that traffic from outside may come to."""
    found = []
    for node in network.store.table(Node.prefix).rows.values():
        name = node["metadata"]["name"]
        if EXCLUDED not in labels_of(node) and name in network.attachments.hosts:
            found.append(name)
    return sorted(found)


class HaProxyProvider(Component):
    """Gives Services of type LoadBalancer addresses of the HAProxy machine, as its cloud provider does."""

    name = "haproxy"
    user = "system:serviceaccount:kube-system:cloud-controller-manager"
    manager = "cloud-controller-manager"
    source = "service-controller"
    watches = {Service: balanced, Node: came_or_went}

    def reconcile(self, key: str) -> None:
        """Gives a Service its address, or takes it back."""
        machine = self.store.get(MACHINE)
        if machine is None:
            return
        if key == NODES:
            configure(self.cluster.network)
            return
        service, given = self.api.get(Service, Key.parse(key)), dict(self.store.get(GIVEN) or {})
        wanted = service is not None and service["spec"].get("type") == "LoadBalancer"
        wanted = wanted and not (service or {"spec": {}})["spec"].get("loadBalancerClass")
        if service is None or not wanted:
            if given.pop(key, None) is not None:
                self.store.put(GIVEN, given)
                configure(self.cluster.network)
                if service is not None:
                    self._write(service, "")
            return
        points = ((service.get("status") or {}).get("loadBalancer") or {}).get("ingress") or ()
        if key in given and [point.get("ip") for point in points] == [given[key]]:
            configure(self.cluster.network)  # its ports may be other ones
            return
        self.api.event(service, "Normal", "EnsuringLoadBalancer", "Ensuring load balancer")
        ip = given.get(key) or next((each for each in pool_of(machine) if each not in given.values()), "")
        if not ip:
            why = "failed to ensure load balancer: no free virtual IP address in the pool"
            self.api.event(service, "Warning", "SyncLoadBalancerFailed", f"Error syncing load balancer: {why}")
            return
        self.store.put(GIVEN, {**given, key: ip})
        configure(self.cluster.network)
        self._write(service, ip)
        self.api.event(service, "Normal", "EnsuredLoadBalancer", "Ensured load balancer")

    def _write(self, service: Object, ip: str) -> None:
        balancer = {"ingress": [{"ip": ip, "ipMode": "VIP"}]} if ip else {}
        self.api.update_status(Service, {**service, "status": {**service["status"], "loadBalancer": balancer}})


def pool_of(machine: Object) -> list[str]:
    """Returns the addresses that the machine may give."""
    low, _, high = str(machine["pool"]).partition("-")
    return [dotted(value) for value in range(number(low), number(high) + 1)]
