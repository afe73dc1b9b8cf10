"""Which endpoint a client of a Service with session affinity had last, on each node.

Source: the kernel's xt_recent, as kube-proxy's `-m recent` rules use it: every connection starts the time anew.
"""

from __future__ import annotations

from kubelab.cluster.clock import Clock
from kubelab.cluster.cni import PREFIX
from kubelab.cluster.network.services import Endpoint, ServicePort
from kubelab.cluster.store import Store

RECENT = PREFIX + "recent/"


class Affinity:
    """The kernel's lists of recent clients, kept in the store."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def find(self, node: str, port: ServicePort, client: str, endpoints: tuple[Endpoint, ...]) -> int | None:
        """Returns the place among `endpoints` of the one that the client keeps, or None."""
        kept = self._store.get(RECENT + node)
        last = kept.get(f"{port.name}/{port.protocol}", {}).get(client) if kept else None
        if last is None or self._clock.now - last[1] > port.affinity:
            return None
        return next((index for index, endpoint in enumerate(endpoints) if endpoint.address == last[0]), None)

    def keep(self, node: str, port: ServicePort, client: str, endpoint: Endpoint) -> None:
        """Notes a connection of a client to an endpoint."""
        kept = self._store.get(RECENT + node) or {}
        name = f"{port.name}/{port.protocol}"
        clients = {**kept.get(name, {}), client: [endpoint.address, self._clock.now]}
        self._store.put(RECENT + node, {**kept, name: clients})

    def clients(self, node: str, port: ServicePort, endpoint: Endpoint) -> dict[str, float]:
        """Returns the clients that an endpoint had last, with the seconds that each is kept for still."""
        kept = (self._store.get(RECENT + node) or {}).get(f"{port.name}/{port.protocol}") or {}
        left = {ip: when + port.affinity - self._clock.now for ip, (address, when) in kept.items()
                if address == endpoint.address}  # fmt: skip
        return {ip: seconds for ip, seconds in left.items() if seconds > 0}

    def forget(self, node: str) -> None:
        """Drops a node's lists, as a restart of the machine does."""
        self._store.delete(RECENT + node)
