"""What the network asks of the machines: who listens on a port, and what it answers.

The node's runtime knows that and hands itself to the network (`network.sockets = ...`); the network knows
nothing of containers' programs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

ANY = "0.0.0.0"  # a socket that listens on every address of its network namespace


@dataclass(frozen=True)
class HttpRequest:
    """A request as it reaches a container's port."""

    method: str = "GET"
    path: str = "/"  # with the query string
    host: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: str = ""
    client: str = ""  # the IP address that the server sees
    tls: bool = False


@dataclass(frozen=True)
class HttpReply:
    """What a server answers."""

    status: int = 200
    reason: str = "OK"
    headers: Mapping[str, str] = field(default_factory=dict)
    body: str = ""


@dataclass(frozen=True)
class TextRequest:
    """Bytes sent over a plain TCP connection (redis-cli, mysql, nc), as text."""

    text: str
    client: str = ""


@dataclass(frozen=True)
class TextReply:
    """What a plain TCP server writes back; `closed` when it ends the connection."""

    text: str
    closed: bool = True


Request = HttpRequest | TextRequest
Reply = HttpReply | TextReply


class Listener(NamedTuple):
    """One listening socket.

    Args:
        container: the container that it belongs to; the process's name where it is no container's.
        port: the number of the port.
        protocol: "TCP" or "UDP".
        address: the address that it is bound to: "0.0.0.0", "127.0.0.1".
        speaks: "http", "https", "dns" or "text": what it understands.
        process: the program's name as `ss -p` shows it.
        pid: its process id.
    """

    container: str
    port: int
    protocol: str = "TCP"
    address: str = ANY
    speaks: str = "http"
    process: str = ""
    pid: int = 0


class Sockets(Protocol):
    """Every listening socket of every machine."""

    def listener(self, node: str, namespace: str, pod: str, port: int, protocol: str) -> Listener | None:
        """Returns who listens on a port in the network namespace of a Pod, or of the node where `pod` is ""."""

    def listeners(self, node: str, namespace: str, pod: str) -> list[Listener]:
        """Returns all listening sockets of that network namespace."""

    def answer(self, node: str, namespace: str, pod: str, listener: Listener, request: Request) -> Reply | None:
        """Lets a listening program answer; None when it closes the connection without a word."""

    def certificate(self, node: str, namespace: str, pod: str, listener: Listener, name: str) -> str:
        """Returns the certificate (PEM) that a listening program shows to who asks for a name; "" where it has none."""


class NobodyListens:
    """Stands in before a runtime has handed itself over: every port is closed."""

    def listener(self, node: str, namespace: str, pod: str, port: int, protocol: str) -> Listener | None:
        """Finds nobody."""
        return None

    def listeners(self, node: str, namespace: str, pod: str) -> list[Listener]:
        """Finds nobody."""
        return []

    def answer(self, node: str, namespace: str, pod: str, listener: Listener, request: Request) -> Reply | None:
        """Says nothing."""
        return None

    def certificate(self, node: str, namespace: str, pod: str, listener: Listener, name: str) -> str:
        """Has none."""
        return ""
