"""What uvicorn's protocols lack for Kubernetes' clients: HTTP that is upgraded to SPDY/3.1.

kubectl before 1.30 has no other exec and attach, before 1.31 no other port-forward, and later ones fall back to it
when a websocket is refused (a role may allow to create pods/exec and not to get it).
Source: k8s.io/apimachinery/pkg/util/httpstream/spdy; RFC 9110, section 7.8.
"""

import asyncio
import json
from collections.abc import Sequence
from typing import Any
from urllib.parse import unquote, urlsplit

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from kubelab.cluster.rest.calls import Reply
from kubelab.labs.gateway.application import application
from kubelab.labs.gateway.connections import NORMAL

SPDY = b"spdy/3.1"
OFFERED = b"x-stream-protocol-version"
MOST_UNREAD = 1024 * 1024  # bytes; the client waits then


class SocketProtocol(WebSocketsSansIOProtocol):
    """Websockets."""

    async def send(self, message: Any) -> None:
        """Send ASGI's messages; a handshake that was refused with an answer is complete as well."""
        await super().send(message)
        if message["type"] == "websocket.http.response.body":
            self.handshake_complete = True

    def shutdown(self) -> None:
        """Close with the server; a client that has been told so already is not waited for."""
        if self.close_sent:
            self.transport.abort()
        else:
            super().shutdown()


class HttpProtocol(HttpToolsProtocol):
    """HTTP, and what it is upgraded to."""

    def _should_upgrade(self) -> bool:
        return self._get_upgrade() == SPDY or super()._should_upgrade()

    def shutdown(self) -> None:
        """Close with the server; a client that asks nothing would not answer a farewell of TLS either."""
        if self.cycle is None or self.cycle.response_complete:
            self.transport.abort()
        else:
            super().shutdown()

    def handle_websocket_upgrade(self) -> None:
        """Hand the connection over."""
        if self._get_upgrade() != SPDY:
            super().handle_websocket_upgrade()
            return
        address = urlsplit(self.url)
        scope = {
            **self.scope,
            "path": unquote(address.path.decode("ascii")),
            "query_string": address.query,
            "headers": self.headers,
        }
        self.connections.discard(self)
        connection = RawConnection(self.transport, self.headers, self.connections)
        self.transport.set_protocol(connection)
        task = self.loop.create_task(application.upgrade(scope, connection))
        task.add_done_callback(self.tasks.discard)
        self.tasks.add(task)


class RawConnection(asyncio.Protocol):
    """A connection that carries SPDY frames, once it is accepted.

    Args:
        transport: what it goes over.
        headers: the request's.
        connections: all that the server has; it closes them when it stops.
    """

    is_spdy = True

    def __init__(
        self, transport: asyncio.Transport, headers: Sequence[tuple[bytes, bytes]], connections: "set[Any]"
    ) -> None:
        self.offered: Sequence[str] = [
            word.strip().decode("latin-1") for name, value in headers if name == OFFERED for word in value.split(b",")
        ]
        self._transport, self._connections = transport, connections
        self._came: asyncio.Queue[bytes | None] = asyncio.Queue()
        self._unread = 0
        self._writable = asyncio.Event()
        self._writable.set()
        connections.add(self)

    # what asyncio tells

    def data_received(self, data: bytes) -> None:
        """Note what came."""
        self._came.put_nowait(data)
        self._unread += len(data)
        if self._unread > MOST_UNREAD:
            self._transport.pause_reading()

    def connection_lost(self, exc: Exception | None) -> None:
        """Note that the client is gone."""
        self._connections.discard(self)
        self._came.put_nowait(None)
        self._writable.set()

    def pause_writing(self) -> None:
        """Wait with further data."""
        self._writable.clear()

    def resume_writing(self) -> None:
        """Go on."""
        self._writable.set()

    def shutdown(self) -> None:
        """Stop with the server."""
        self._transport.close()

    # what the gateway asks

    async def accept(self, protocol: str, *, text: bool = False) -> None:
        """Answer that SPDY it is from now on."""
        chosen = f"X-Stream-Protocol-Version: {protocol}\r\n" if protocol else ""
        head = f"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\n{chosen}\r\n"
        await self.send(head.encode())

    async def refuse(self, reply: Reply) -> None:
        """Answer as if nothing had been said of SPDY."""
        reason = json.loads(reply.body).get("reason", "")
        head = (
            f"HTTP/1.1 {reply.code} {reason}\r\nContent-Type: {reply.content_type}\r\n"
            f"Content-Length: {len(reply.body)}\r\nConnection: close\r\n\r\n"
        )
        await self.send(head.encode() + reply.body)
        self._transport.close()

    async def receive(self) -> bytes | None:
        """Return what came."""
        data = await self._came.get()
        if data is not None:
            self._unread -= len(data)
            if self._unread <= MOST_UNREAD and not self._transport.is_closing():
                self._transport.resume_reading()
        return data

    async def send(self, data: bytes) -> None:
        """Send bytes."""
        if not self._transport.is_closing():
            self._transport.write(data)
            await self._writable.wait()

    async def close(self, code: int = NORMAL) -> None:
        """Close it, after all that was sent."""
        self._transport.close()
