"""Sockets on the workstation behind which a way leads: to a Pod's port (kubectl port-forward) or to the API (proxy).

Kept at `/machine/tunnels/<port>`. At the other end the Pod's kubelet connects to the Pod's own loopback address.
All other sockets are asked for where they were before.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from kubelab.cluster.objects import Object
from kubelab.cluster.sockets import ANY, Listener, Reply, Request, Sockets
from kubelab.cluster.store import Store

TUNNELS = "/machine/tunnels/"
LOOPBACK = "127.0.0.1"
PROCESS = "kubectl"


class Tunnels:
    """Every listening socket of every machine, tunnels among them.

    Args:
        sockets: all others.
    """

    def __init__(self, store: Store, sockets: Sockets) -> None:
        self._store = store
        self._sockets = sockets

    # what kubectl does

    def open(self, port: int, addresses: Sequence[str], pod: Object, target: int) -> bool:
        """Listens on a port of the workstation; returns False where somebody does already."""
        if self._store.get(f"{TUNNELS}{port}") is not None:
            return False
        metadata = pod["metadata"]
        tunnel: Object = {
            "addresses": list(addresses),
            "node": pod["spec"]["nodeName"],
            "namespace": metadata["namespace"],
            "pod": metadata["name"],
            "target": target,
            "handled": 0,
        }
        self._store.put(f"{TUNNELS}{port}", tunnel)
        return True

    def serve(self, port: int, addresses: Sequence[str], proxy: Object) -> bool:
        """Listens for what is to be asked of the API; returns False where somebody listens already."""
        if self._store.get(f"{TUNNELS}{port}") is not None:
            return False
        self._store.put(f"{TUNNELS}{port}", {"addresses": list(addresses), "proxy": proxy, "handled": 0})
        return True

    def close(self, port: int) -> None:
        """Listens no longer."""
        self._store.delete(f"{TUNNELS}{port}")

    def find(self, port: int) -> Object | None:
        """Returns what is known of a port's tunnel; "handled" are the connections so far, "failed" those refused."""
        return self._store.get(f"{TUNNELS}{port}")

    # what the network asks (sockets.py)

    def listener(self, node: str, namespace: str, pod: str, port: int, protocol: str) -> Listener | None:
        """Returns who listens on a port."""
        if node or protocol != "TCP":
            return self._sockets.listener(node, namespace, pod, port, protocol)
        tunnel = self.find(port)
        return _listener(port, tunnel, self._end(tunnel)) if tunnel is not None else None

    def listeners(self, node: str, namespace: str, pod: str) -> list[Listener]:
        """Returns all listening sockets of a network namespace."""
        if node:
            return self._sockets.listeners(node, namespace, pod)
        return [
            _listener(int(key.removeprefix(TUNNELS)), tunnel, self._end(tunnel))
            for key, tunnel in self._store.items(TUNNELS)
        ]

    def answer(self, node: str, namespace: str, pod: str, listener: Listener, request: Request) -> Reply | None:
        """Lets a listening program answer, at the other end of a tunnel where there is one."""
        tunnel = self.find(listener.port) if not node else None
        if tunnel is None or "proxy" in tunnel:
            return self._sockets.answer(node, namespace, pod, listener, request)
        end = self._end(tunnel)
        counted = {**tunnel, "handled": tunnel["handled"] + 1}
        if end is None:
            counted["failed"] = tunnel.get("failed", 0) + 1
        self._store.put(f"{TUNNELS}{listener.port}", counted)
        if end is None:
            return None
        where = (tunnel["node"], tunnel["namespace"], tunnel["pod"])
        return self._sockets.answer(*where, end, replace(request, client=LOOPBACK))

    def certificate(self, node: str, namespace: str, pod: str, listener: Listener, name: str) -> str:
        """Returns the certificate of the program at the other end of a tunnel, or of where it listens itself."""
        tunnel = self.find(listener.port) if not node else None
        if tunnel is None:
            return self._sockets.certificate(node, namespace, pod, listener, name)
        end = self._end(tunnel)
        where = (tunnel["node"], tunnel["namespace"], tunnel["pod"])
        return self._sockets.certificate(*where, end, name) if end is not None else ""

    def _end(self, tunnel: Object) -> Listener | None:
        if "proxy" in tunnel:
            return None
        where = (tunnel["node"], tunnel["namespace"], tunnel["pod"])
        return self._sockets.listener(*where, tunnel["target"], "TCP")


def _listener(port: int, tunnel: Object, end: Listener | None) -> Listener:
    addresses = tunnel["addresses"]
    address = ANY if ANY in addresses else LOOPBACK if LOOPBACK in addresses else addresses[0]
    return Listener(PROCESS, port, address=address, speaks=end.speaks if end else "http", process=PROCESS)
