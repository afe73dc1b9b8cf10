"""The cluster's network: the one door to it for the kubelet, the tools and the page."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

from kubelab.cluster import addresses
from kubelab.cluster.addresses import GATEWAY, dotted, is_address, subnet
from kubelab.cluster.cni import COREFILES, PREFIX, NetworkSetupError
from kubelab.cluster.kinds import ConfigMap, Node, Pod, minor
from kubelab.cluster.network import calico_chains, cnifiles, conntrack, haproxy, resolv
from kubelab.cluster.network import walk as ends
from kubelab.cluster.network.affinity import Affinity
from kubelab.cluster.network.attachments import Attachment, Attachments
from kubelab.cluster.network.captures import Captures
from kubelab.cluster.network.coredns import CoreDns
from kubelab.cluster.network.counters import Counters
from kubelab.cluster.network.haproxy import HaProxy
from kubelab.cluster.network.http import Exchange, Url, exchange
from kubelab.cluster.network.internet import Internet
from kubelab.cluster.network.journey import Journey
from kubelab.cluster.network.links import Links
from kubelab.cluster.network.place import Place
from kubelab.cluster.network.plugins import Plugin, plugin_of
from kubelab.cluster.network.policies import Policies
from kubelab.cluster.network.resolv import ResolvConf
from kubelab.cluster.network.resolver import FOUND, TRY_AGAIN, Answer, Resolver
from kubelab.cluster.network.rulebook import RuleBook
from kubelab.cluster.network.stacks import Stacks, of_node, of_pod
from kubelab.cluster.network.tunnels import Tunnels
from kubelab.cluster.network.walk import Packet, Walk
from kubelab.cluster.network.zone import served
from kubelab.cluster.objects import Key, Object, labels_of
from kubelab.cluster.sockets import Listener, NobodyListens, Sockets
from kubelab.cluster.storage import nfsserver

if TYPE_CHECKING:
    from kubelab.cluster.cluster import Cluster
    from kubelab.cluster.layers import Layer
    from kubelab.cluster.network.calico_policies import Refusal

PLAN = PREFIX + "plan"
DRAWS = PREFIX + "draws"
TURNS = PREFIX + "turns"
ANNOUNCED = PREFIX + "announced"
NOT_INITIALIZED = "cni plugin not initialized"
ZONE_LABEL = "topology.kubernetes.io/zone"
CLUSTER_DNS = 10  # 10.96.0.10
FIRST_PORT, LAST_PORT = 32768, 60999  # net.ipv4.ip_local_port_range

ReadFile = Callable[[Place, str], "str | None"]


class Network:
    """Wires, bridges, addresses and rules of one cluster.

    Attributes:
        tunnels: ways from the workstation's ports into Pods.
        read_file: how /etc/hosts and /etc/resolv.conf of a place are read, None for "as they were written";
            whoever keeps the machines' files puts a function here.
    """

    def __init__(self, cluster: Cluster) -> None:
        self.cluster = cluster
        self.store = cluster.store
        self.attachments = Attachments(cluster.store)
        self.stacks = Stacks(cluster.store)
        self.links = Links(self.attachments, self.stacks, cluster.random)
        self.rules = RuleBook(cluster.store)
        self.affinity = Affinity(cluster.store, cluster.clock)
        self.policies = Policies(self)
        self.internet = Internet()
        self.coredns = CoreDns(self)
        self.resolver = Resolver(self)
        self.tunnels = Tunnels(cluster.store, NobodyListens())
        self.captures = Captures(self)
        self.counters = Counters(self)
        self._unnoticed = False
        self.haproxy = HaProxy(self)
        self.read_file: ReadFile = lambda _place, _path: None
        self._plan: Object = {"podSubnet": addresses.POD_SUBNET, "serviceSubnet": addresses.SERVICE_SUBNET}

    @property
    def sockets(self) -> Sockets:
        """Who listens where; the node's runtime puts itself here, and tunnels are found before it."""
        return self.tunnels

    @sockets.setter
    def sockets(self, sockets: Sockets) -> None:
        self.tunnels = Tunnels(self.store, sockets)

    def start(self) -> None:
        """Rebuilds what is remembered from the store."""
        self._plan = self.store.get(PLAN) or self._plan
        self.attachments.start()
        self.stacks.start()
        self.captures.start()
        self.counters.start()
        self.rules.start()

    @property
    def minor(self) -> int:
        """The minor version of the cluster's kube-proxies, whose rules differ."""
        return minor(self.cluster.version)

    # what requests go through

    def connect(self, source: Place | Mapping[str, str], host: str, port: int, protocol: str = "TCP") -> Walk:
        """Opens a connection as a program does: finds the address, then sends a packet hop by hop.

        Args:
            source: where the program runs.
            host: a name or an address.
            protocol: "TCP", "UDP" or "ICMP" (a ping; the port does not matter).
        """
        place = Place.of(source)
        walk = Walk(place, host, port, protocol)
        if is_address(host):
            walk.address = host
        else:
            answer = self.resolver.lookup(place, host)
            walk.hops += answer.hops
            walk.seconds = walk.resolving = answer.seconds
            if answer.outcome != FOUND or not answer.addresses:
                walk.outcome = ends.DNS_TIMEOUT if answer.outcome == TRY_AGAIN else ends.NXDOMAIN
                return walk
            walk.address = answer.addresses[0]
        self.send(walk, Packet("", self.source_port(walk), walk.address, port, protocol))
        return walk

    def send(self, walk: Walk, packet: Packet) -> None:
        """Sends a packet from the walk's source; the walk gets the hops and the outcome."""
        self.travel(walk, packet)
        if self._unnoticed:
            return
        conntrack.note(self, walk)
        self.counters.opened(walk)
        if self.captures.running:
            self.captures.connection(walk)

    @contextmanager
    def unnoticed(self) -> Iterator[None]:
        """While this lasts, walks leave no trace: nothing is counted, remembered or captured."""
        before, self._unnoticed = self._unnoticed, True
        try:
            yield
        finally:
            self._unnoticed = before

    @property
    def leaves_traces(self) -> bool:
        """Whether walks are remembered by those who meet them."""
        return not self._unnoticed

    def travel(self, walk: Walk, packet: Packet) -> None:
        """Sends a packet of which nobody keeps anything but the walk: a health check, a look at who reaches whom."""
        place = walk.source
        journey = Journey(self, walk, packet)
        if place.kind == "outside":
            journey.from_outside()
            return
        sender = self.attachments.by_name.get((place.namespace, place.pod)) if place.pod else None
        if sender is not None:
            journey.from_pod(sender)
        else:
            journey.from_node(place.node)

    def request(
        self,
        source: Place | Mapping[str, str],
        url: str,
        method: str = "GET",
        headers: Mapping[str, str] | None = None,
        body: str = "",
    ) -> Exchange:
        """Sends an HTTP request.

        Raises:
            ValueError: if `url` is none.
        """
        return exchange(self, Place.of(source), Url.parse(url), method=method, headers=headers, body=body)

    def resolve(self, source: Place | Mapping[str, str], name: str, kind: str = "A") -> Answer:
        """Looks a name up as a program there does."""
        return self.resolver.lookup(Place.of(source), name, kind)

    def name_servers(self, source: Place | Mapping[str, str]) -> tuple[str, ...]:
        """Returns the name servers that a program there is told of by its /etc/resolv.conf."""
        return self.resolver.conf(Place.of(source)).nameservers

    def listener_at(self, walk: Walk) -> Listener | None:
        """Returns who listens at the end of a walk."""
        target = walk.target
        if target is None:
            return None
        return self.sockets.listener(target.node, target.namespace, target.pod, target.port, walk.protocol)

    def certificate_at(self, walk: Walk, name: str) -> str:
        """Returns the certificate that the server at a walk's end shows to who asks for a name (SNI), "" for none."""
        target, listener = walk.target, self.listener_at(walk)
        if target is None or listener is None or listener.speaks != "https":
            return ""
        return self.sockets.certificate(target.node, target.namespace, target.pod, listener, name)

    def source_port(self, walk: Walk) -> int:
        """Returns the port that a program's kernel chooses for its own end."""
        random, now = self.cluster.random, self.cluster.clock.now
        return FIRST_PORT + random.index(LAST_PORT - FIRST_PORT, "port", now, walk.source, walk.host, walk.port)

    def draw(self, count: int) -> int:
        """Returns a place among `count` by chance; each draw is counted in the store, so that no restart repeats it."""
        if count == 1:
            return 0
        if self._unnoticed:
            return self.cluster.random.index(count, "unnoticed", self.store.revision)
        kept = self.store.get(DRAWS)
        number = kept["count"] + 1 if kept else 1
        self.store.put(DRAWS, {"count": number})
        return self.cluster.random.index(count, "backend", number)

    def turn(self, name: str, count: int) -> int:
        """Returns whose turn it is among `count` (ipvs' round robin), counted for each Service's port in the store."""
        kept = self.store.get(TURNS) or {}
        number = kept.get(name, -1) + 1
        if not self._unnoticed:
            self.store.put(TURNS, {**kept, name: number})
        return int(number) % count

    # the plan

    def configure(self, *, pod_subnet: str, service_subnet: str) -> None:
        """Notes the ranges that kubeadm was told (`networking.podSubnet`, `networking.serviceSubnet`)."""
        self._plan = self.store.put(PLAN, {"podSubnet": pod_subnet, "serviceSubnet": service_subnet})

    @property
    def pod_subnet(self) -> str:
        """The range of all Pods, e.g. "10.244.0.0/16"."""
        return str(self._plan["podSubnet"])

    @property
    def service_subnet(self) -> str:
        """The range of all Services, e.g. "10.96.0.0/12"."""
        return str(self._plan["serviceSubnet"])

    @property
    def cluster_dns(self) -> str:
        """The kubelets' clusterDNS: the tenth address of the Services' range."""
        return dotted(subnet(self.service_subnet).base + CLUSTER_DNS)

    # machines

    def place_balancer(self, ip: str, pool: str, api: list[str]) -> None:
        """Puts an HAProxy machine on the lab's network (haproxy.py)."""
        haproxy.furnish(self, ip, pool, api)

    def address_of(self, node: str) -> str:
        """Returns a machine's own address on the lab's network, e.g. "192.168.100.11"; given at the first call."""
        known = self.attachments.nodes.get(node)
        return known if known is not None else str(self.attachments.host(node)["ip"])

    def set_power(self, node: str, *, on: bool) -> None:
        """Switches a machine's network on, or off with all that its kernel remembered but its addresses."""
        host = self.attachments.host(node)
        if on != bool(host.get("down")):
            return
        self.attachments.keep_host(node, down=None if on else self.cluster.clock.now)
        if not on:
            self.rules.forget(node)
            self.affinity.forget(node)
            self.stacks.forget(of_node(node))
            self.counters.zero(of_node(node))
            conntrack.forget(self, node)

    def set_cable(self, node: str, *, plugged: bool) -> None:
        """Connects a machine to the lab's network, or cuts it off; what its kernel remembers stays."""
        if plugged == bool(self.attachments.host(node).get("down")):
            self.attachments.keep_host(node, down=None if plugged else self.cluster.clock.now)

    def set_delay(self, node: str, seconds: float) -> None:
        """Makes a machine's network hold up every packet, as `tc qdisc add dev eth0 root netem delay` does."""
        self.attachments.keep_host(node, delay=seconds or None)

    def remove(self, node: str) -> None:
        """Takes a machine off the network for good."""
        self.rules.forget(node)
        self.affinity.forget(node)
        self.attachments.forget_host(node)

    def zone_of(self, node: str) -> str:
        """Returns the zone that a node's labels name, "" without one."""
        found = self.store.get(Node.path(Key("", node)))
        return labels_of(found).get(ZONE_LABEL, "") if found is not None else ""

    def announce(self, ip: str, node: str | None) -> None:
        """Lets a node answer for an address on the lab's network (a load balancer's); None ends that."""
        kept = {**(self.store.get(ANNOUNCED) or {}), ip: node}
        self.store.put(ANNOUNCED, {known: owner for known, owner in kept.items() if owner})

    def announced(self, ip: str) -> str | None:
        """Returns the node that answers for an address which is no machine's own."""
        kept = self.store.get(ANNOUNCED)
        return kept.get(ip) if kept else None

    # the CNI plug-in, for the kubelet and its container runtime

    def not_ready(self, node: str) -> str | None:
        """Returns why the runtime's network is not ready on a node, or None when it is.

        The text goes behind "NetworkPluginNotReady message:Network plugin returns error: ".
        """
        host = self.attachments.host(node)
        return None if "cni" in host and "unconfigured" not in host else NOT_INITIALIZED

    def install_cni(self, node: str, plugin: str = "flannel") -> None:
        """Writes a plug-in's configuration on a node, as its init container does.

        Args:
            plugin: its name in `plugins.PLUGINS`.
        """
        if self.attachments.host(node).get("cni") != plugin:
            self.attachments.keep_host(node, cni=plugin)

    def find_configured(self, node: str, configured: bool) -> None:
        """Notes whether there is a CNI configuration on a node's disk, where somebody may have taken it away."""
        if ("unconfigured" in self.attachments.host(node)) == configured:
            self.attachments.keep_host(node, unconfigured=None if configured else True)

    def cni_files(self, node: str) -> Layer:
        """Returns the files that its plug-in has put on a node."""
        return cnifiles.layer_of(self.attachments.hosts.get(node, {}), self.pod_subnet)

    def join_overlay(self, node: str, pod_range: str, run: str = "") -> None:
        """Joins a node to the others, as a plug-in's daemon does: flanneld writes subnet.env, flannel.1 and the routes.

        Args:
            pod_range: the node's podCIDR, e.g. "10.244.1.0/24".
            run: the id of the daemon's container. One that was started anew makes again what was taken away by hand.
        """
        host = self.attachments.host(node)
        if host.get("subnet") != pod_range or host.get("daemon", "") != run:
            self.attachments.keep_host(node, subnet=pod_range, daemon=run or None)
            self._restore(node)

    def _restore(self, node: str) -> None:
        """Sets a node's tunnel up and writes its routes again, where somebody took them away."""
        stack = of_node(node)
        changes = self.stacks.of(stack)
        if changes:
            tunnel = self.plugin(node).tunnel
            down = [link for link in changes.get("down") or () if link != tunnel]
            others = {
                str(host["subnet"])
                for name, host in self.attachments.hosts.items()
                if name != node and "subnet" in host
            }
            routes = {to: way for to, way in (changes.get("routes") or {}).items() if way or to not in others}
            self.stacks.change(stack, down=down, routes=routes, unknown=None)

    def enforce_policies(self, node: str, enforce: bool) -> None:
        """Starts or ends the enforcement of NetworkPolicies on a node."""
        if bool(self.attachments.host(node).get("policies")) != enforce:
            self.attachments.keep_host(node, policies=True if enforce else None)

    def plugin(self, node: str) -> Plugin:
        """Returns a node's network plug-in."""
        return plugin_of(self.attachments.host(node))

    def attach(self, node: str, pod: Object) -> Attachment:
        """Sets a Pod's network up (CNI ADD); a Pod that has it already keeps it.

        Raises:
            NetworkSetupError: with the plug-in's message, which goes behind
                `failed to setup network for sandbox "<id>": `.
        """
        host = self.attachments.host(node)
        if "cni" not in host or "unconfigured" in host:
            raise NetworkSetupError(NOT_INITIALIZED)
        if "subnet" not in host:
            raise NetworkSetupError(plugin_of(host).no_range)
        metadata = pod["metadata"]
        return self.attachments.attach(node, host["subnet"], metadata["namespace"], metadata["name"], metadata["uid"])

    def detach(self, uid: str) -> None:
        """Tears a Pod's network down (CNI DEL); knows nothing of a Pod that has none."""
        self.stacks.forget(of_pod(uid))
        self.counters.forget(of_pod(uid))
        self.links.forget(uid)
        if self.store.get(COREFILES + uid) is not None:
            self.store.delete(COREFILES + uid)
        self.attachments.detach(uid)

    def attachment(self, uid: str) -> Attachment | None:
        """Returns a Pod's end of the network, by the Pod's uid."""
        return self.attachments.by_uid.get(uid)

    def drop_rule(self, pod: Attachment, direction: str, refused: Refusal) -> str:
        """Returns the rule by which Calico drops what a policy denies, or none of a tier for a Pod has accepted."""
        if refused.by is not None:
            return calico_chains.deny_rule(refused.by, direction, refused.rule)
        return calico_chains.drop_rule(self.links.veth(pod), direction, refused.tier)

    # names

    def corefile(self) -> str:
        """Returns the Corefile of the cluster's DNS."""
        configmap = self.store.get(ConfigMap.path(Key("kube-system", "coredns")))
        return str((configmap.get("data") or {}).get("Corefile", "")) if configmap is not None else ""

    def file(self, place: Place, path: str) -> str:
        """Returns the text of /etc/hosts or /etc/resolv.conf at a place."""
        kept = self.read_file(place, path)
        if kept is not None:
            return kept
        return self.hosts_of(place) if path == "/etc/hosts" else self.resolv_conf_of(place).text()

    def resolv_conf_of(self, place: Place) -> ResolvConf:
        """Returns the resolv.conf that was written for a place."""
        machine = ResolvConf((GATEWAY,))
        if place.kind != "container":
            return machine
        pod = self.store.get(Pod.path(Key(place.namespace, place.pod)))
        return resolv.for_pod(pod, machine, self.cluster_dns) if pod is not None else machine

    def hosts_of(self, place: Place) -> str:
        """Returns the hosts file that was written for a place."""
        if place.kind == "container":
            pod = self.store.get(Pod.path(Key(place.namespace, place.pod)))
            if pod is not None and not pod["spec"].get("hostNetwork"):
                attachment = self.attachments.by_name.get((place.namespace, place.pod))
                return resolv.hosts_file(pod, attachment.ip if attachment else "")
        own = place.node or "workstation"
        known = {**self.attachments.owners}
        known.setdefault(nfsserver.ADDRESS, nfsserver.NAME)
        balancer = self.haproxy.machine()
        if balancer is not None:
            known[balancer["ip"]] = haproxy.NAME
        machines = "".join(f"{ip} {name}\n" for ip, name in known.items())
        return f"127.0.0.1 localhost\n127.0.1.1 {own}\n{machines}"

    def names_of(self, ip: str) -> list[str]:
        """Returns the names below the cluster's domain that an address has, "kube-dns.kube-system.svc" ..."""
        names = []
        for name, entry in self.rules.entries.items():
            namespace, _, service = name.partition("/")
            base = f"{service}.{namespace}.svc"
            if entry.service is not None and entry.service["spec"].get("clusterIP") == ip:
                names.append(base)
            names += [f"{host}.{base}" for address, host, _ in served(entry) if address == ip]
        return names
