"""The rules that the nodes' kube-proxies hold: one set for all that run, and what stopped ones left behind.

All running proxies hold the same rules, so there is one book. When a proxy stops, its node's rules stand
still: from then on each Service that changes is first copied, as it was, to the page of that moment. A stopped
proxy so costs what changes afterwards, whatever the size of the cluster.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from kubelab.cluster.addresses import number
from kubelab.cluster.cni import PREFIX
from kubelab.cluster.kinds import EndpointSlice, Service
from kubelab.cluster.network.services import SERVICE_NAME, Entry, ServicePort
from kubelab.cluster.objects import Object
from kubelab.cluster.store import Change, Store

PROXIES = PREFIX + "proxies/"
PAGES = PREFIX + "rules/"

IPTABLES, IPVS, NFTABLES = "iptables", "ipvs", "nftables"
CLUSTER, EXTERNAL, LOAD_BALANCER, NODE_PORT = "cluster IP", "external IP", "loadbalancer IP", "node port"


class Match(NamedTuple):
    """A rule that matches a packet's destination."""

    entry: Entry
    port: ServicePort
    kind: str  # CLUSTER, EXTERNAL, LOAD_BALANCER or NODE_PORT


Address = tuple[str, int, str]  # IP address ("" for any of the node's), port, protocol


def addresses_of(entry: Entry) -> Iterator[tuple[Address, ServicePort, str]]:
    """Yields every address at which a Service is reached, with the kind of rule for it."""
    for port in entry.ports:
        yield (port.cluster_ip, port.port, port.protocol), port, CLUSTER
        for ip in port.external_ips:
            yield (ip, port.port, port.protocol), port, EXTERNAL
        for ip in port.load_balancer_ips:
            yield (ip, port.port, port.protocol), port, LOAD_BALANCER
        if port.node_port:
            yield ("", port.node_port, port.protocol), port, NODE_PORT


class Page:
    """The Services that have changed since some proxies stopped, as they were then; None: there was none."""

    def __init__(self) -> None:
        self.entries: dict[str, Entry | None] = {}
        self._index: dict[Address, tuple[str, ServicePort, str]] | None = None

    def put(self, key: str, entry: Entry | None) -> None:
        """Copies a Service that is about to change."""
        self.entries[key] = entry
        self._index = None

    def find(self, address: Address) -> Match | None:
        """Returns the rule for an address among those on this page."""
        if self._index is None:
            self._index = {}
            for key, entry in self.entries.items():
                for found, port, kind in addresses_of(entry) if entry else ():
                    self._index[found] = (key, port, kind)
        hit = self._index.get(address)
        entry = self.entries[hit[0]] if hit else None
        return Match(entry, hit[1], hit[2]) if hit and entry else None

    def kept(self) -> Object:
        """Returns it as JSON."""
        return {key: entry.kept() if entry else None for key, entry in self.entries.items()}


class RuleBook:
    """Every Service's rules, as each node's kube-proxy knows them."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.entries: dict[str, Entry] = {}
        self._index: dict[Address, tuple[str, ServicePort, str]] = {}
        self._ips: set[str] | None = None  # all addresses of Services, gathered when somebody asks for one
        self._slices: dict[str, str] = {}  # a slice's key -> its Service's
        self._pages: dict[int, Page] = {}
        self._stopped: dict[str, int] = {}  # node -> the page of what its proxy left behind
        self._running: dict[str, None] = {}
        self._modes: dict[str, str] = {}
        store.subscribe(Service.prefix, self._service_changed)
        store.subscribe(EndpointSlice.prefix, self._slice_changed)

    def start(self) -> None:
        """Reads what the store holds."""
        self._ips = None
        for table in (self.entries, self._index, self._slices, self._pages, self._stopped, self._running, self._modes):
            table.clear()
        slices: dict[str, dict[str, Object]] = {}
        for key, endpointslice in self._store.items(EndpointSlice.prefix):
            name = service_of(endpointslice)
            if name:
                self._slices[key] = name
                slices.setdefault(name, {})[key] = endpointslice
        for _, service in self._store.items(Service.prefix):
            name = f"{service['metadata']['namespace']}/{service['metadata']['name']}"
            self._put(name, Entry(service, slices.pop(name, {})))
        for name, alone in slices.items():
            self._put(name, Entry(None, alone))
        for key, kept in self._store.items(PAGES):
            self._pages[int(key.removeprefix(PAGES))] = page_of(kept)
        for key, kept in self._store.items(PROXIES):
            self._placed(key.removeprefix(PROXIES), kept)

    def _placed(self, node: str, kept: Object) -> None:
        self._modes[node] = kept.get("mode", IPTABLES)
        if kept["running"]:
            self._running[node] = None
        else:
            self._stopped[node] = kept["page"]
            self._pages.setdefault(kept["page"], Page())

    # proxies that come and go

    def is_running(self, node: str) -> bool:
        """Tells whether a node's proxy keeps its rules up to date."""
        return node in self._running

    def mode(self, node: str) -> str:
        """Returns how a node's proxy has the kernel do it: "iptables", "ipvs" or "nftables"."""
        return self._modes.get(node, IPTABLES)

    def bound_addresses(self, node: str) -> list[str]:
        """Returns the addresses of Services that ipvs mode binds to kube-ipvs0."""
        found = {address[0]: None for entry in self.on_node(node) for address, _, _ in addresses_of(entry)}
        return sorted((ip for ip in found if ip), key=number)

    def knows(self, node: str) -> bool:
        """Tells whether a proxy has ever run on a node since it was switched on: its rules are there."""
        return node in self._running or node in self._stopped

    def proxy_started(self, node: str, mode: str = IPTABLES) -> None:
        """Brings a node's rules up to date, and from now on keeps them so.

        Args:
            mode: what its configuration says, "" for the default.
        """
        if node in self._running:
            return
        page = self._stopped.pop(node, None)
        self._running[node] = None
        self._modes[node] = mode or IPTABLES
        self._store.put(PROXIES + node, {"running": True, "mode": self._modes[node]})
        if page is not None and page not in self._stopped.values():
            del self._pages[page]
            self._store.delete(f"{PAGES}{page}")

    def proxy_stopped(self, node: str) -> None:
        """Leaves a node's rules as they are now."""
        if node not in self._running:
            return
        del self._running[node]
        unwritten = (place for place, page in self._pages.items() if not page.entries)  # nothing changed since
        page = self._stopped[node] = next(unwritten, self._store.revision)
        self._pages.setdefault(page, Page())
        self._store.put(PROXIES + node, {"running": False, "page": page, "mode": self.mode(node)})

    def forget(self, node: str) -> None:
        """Drops a node's rules: it was switched off, or is gone."""
        self._running.pop(node, None)
        self._modes.pop(node, None)
        page = self._stopped.pop(node, None)
        self._store.delete(PROXIES + node)
        if page is not None and page not in self._stopped.values():
            self._pages.pop(page, None)
            self._store.delete(f"{PAGES}{page}")

    # reading

    def find(self, node: str, ip: str, port: int, protocol: str) -> Match | None:
        """Returns the rule by which a node's kernel handles a destination, or None.

        Args:
            ip: the destination; "" for any address of the node itself (node ports).
        """
        address = (ip, port, protocol)
        if node in self._running:
            return self._current(address)
        stopped = self._stopped.get(node)
        if stopped is None:
            return None  # no proxy ever ran there
        page = self._pages[stopped]
        match = page.find(address)
        if match is not None:
            return match
        hit = self._index.get(address)
        return None if hit is None or hit[0] in page.entries else self._current(address)

    def _current(self, address: Address) -> Match | None:
        hit = self._index.get(address)
        return Match(self.entries[hit[0]], hit[1], hit[2]) if hit else None

    def health_check(self, node: str, port: int) -> Entry | None:
        """Returns the Service whose health a node's proxy tells at a port (spec.healthCheckNodePort), None for none."""
        if node not in self._running:
            return None
        for entry in self.entries.values():
            if any(each.health_port == port for each in entry.ports):
                return entry
        return None

    def has_address(self, ip: str) -> bool:
        """Tells whether a Service has an address."""
        if self._ips is None:
            self._ips = {address[0] for address in self._index}
        return ip in self._ips

    def on_node(self, node: str) -> list[Entry]:
        """Returns all Services as a node's proxy knows them, in the order of their names."""
        if node in self._running:
            return [self.entries[name] for name in sorted(self.entries)]
        stopped = self._stopped.get(node)
        if stopped is None:
            return []
        view: dict[str, Entry | None] = {**self.entries, **self._pages[stopped].entries}
        return [entry for _, entry in sorted(view.items(), key=lambda item: item[0]) if entry is not None]

    # following

    def _service_changed(self, change: Change) -> None:
        obj = change.new if change.new is not None else change.old
        if obj is None:
            return
        name = f"{obj['metadata']['namespace']}/{obj['metadata']['name']}"
        entry = self.entries.get(name)
        slices = entry.slices if entry else {}
        self._replace(name, change, entry.changed(change.new, slices) if entry else Entry(change.new, slices))

    def _slice_changed(self, change: Change) -> None:
        before, after = self._slices.get(change.key), service_of(change.new)
        if before and before != after:
            entry = self.entries[before]
            left = {key: found for key, found in entry.slices.items() if key != change.key}
            del self._slices[change.key]
            self._replace(before, change, entry.changed(entry.service, left))
        if after and change.new is not None:
            entry = self.entries.get(after) or Entry(None, {})
            self._slices[change.key] = after
            self._replace(after, change, entry.changed(entry.service, {**entry.slices, change.key: change.new}))

    def _replace(self, name: str, change: Change, entry: Entry) -> None:
        old = self.entries.get(name)
        for place, page in self._pages.items():
            if name not in page.entries:
                page.put(name, old)
                self._store.put(f"{PAGES}{place}", page.kept())
        if old is None or old.service is not entry.service:
            self._ips = None
        if old is not None and old.service is not entry.service:
            for address, _, _ in addresses_of(old):
                if self._index.get(address, ("",))[0] == name:
                    del self._index[address]
        if entry.service is None and not entry.slices:
            self.entries.pop(name, None)
        elif old is None or old.service is not entry.service:
            self._put(name, entry)
        else:
            self.entries[name] = entry

    def _put(self, name: str, entry: Entry) -> None:
        self.entries[name] = entry
        for address, port, kind in addresses_of(entry):
            self._index[address] = (name, port, kind)


def service_of(endpointslice: Object | None) -> str:
    """Returns "namespace/name" of the Service that a slice belongs to, "" without one."""
    if endpointslice is None:
        return ""
    metadata = endpointslice["metadata"]
    name = (metadata.get("labels") or {}).get(SERVICE_NAME)
    return f"{metadata['namespace']}/{name}" if name else ""


def page_of(kept: Object) -> Page:
    """Reads what `Page.kept` gave."""
    page = Page()
    for key, entry in kept.items():
        page.put(key, Entry(entry["service"], entry["slices"]) if entry else None)
    return page
