"""Connections that go both ways, whatever carries them: a websocket, or SPDY's own upgrade of HTTP.

Source: https://asgi.readthedocs.io/en/latest/specs/www.html (websockets, and the extension websocket.http.response).
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Protocol

from kubelab.cluster.rest.calls import Reply

BEARER = "base64url.bearer.authorization.k8s.io."  # what begins a subprotocol that is the client's token
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
NORMAL, UNREADABLE = 1000, 1002  # RFC 6455, section 7.4.1


class Connection(Protocol):
    """A client that wants to go on speaking.

    Attributes:
        offered: the protocols that the client speaks, in the order of its liking.
        is_spdy: whether SPDY frames are sent without anything around them.
    """

    offered: Sequence[str]
    is_spdy: bool

    async def accept(self, protocol: str, *, text: bool = False) -> None:
        """Go over to a protocol.

        Args:
            text: whether messages are text rather than bytes, where the connection tells them apart.
        """

    async def refuse(self, reply: Reply) -> None:
        """Answer as if it had been an ordinary request."""

    async def receive(self) -> bytes | None:
        """Return what came; None when the client is gone."""

    async def send(self, data: bytes) -> None:
        """Send something."""

    async def close(self, code: int = NORMAL) -> None:
        """End it."""


class WebSocket:
    """A websocket.

    Args:
        scope, receive, send: ASGI's, before the handshake.
    """

    is_spdy = False

    def __init__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        offered = scope.get("subprotocols") or ()
        self.offered: Sequence[str] = [each for each in offered if not each.startswith(BEARER)]
        self._receive, self._send = receive, send
        self._text = False
        self._closed = False

    async def accept(self, protocol: str, *, text: bool = False) -> None:
        """Do the handshake."""
        self._text = text or "base64" in protocol
        await self._receive()  # websocket.connect
        await self._send({"type": "websocket.accept", "subprotocol": protocol or None})

    async def refuse(self, reply: Reply) -> None:
        """Refuse the handshake."""
        headers = [(b"content-type", reply.content_type.encode()), (b"content-length", b"%d" % len(reply.body))]
        await self._receive()
        await self._send({"type": "websocket.http.response.start", "status": reply.code, "headers": headers})
        await self._send({"type": "websocket.http.response.body", "body": reply.body})

    async def receive(self) -> bytes | None:
        """Return one message."""
        message = await self._receive()
        if message["type"] == "websocket.disconnect":
            self._closed = True
            return None
        text = message.get("text")
        return message.get("bytes") or b"" if text is None else text.encode()

    async def send(self, data: bytes) -> None:
        """Send one message."""
        if not self._closed:
            await self._send({"type": "websocket.send", **({"text": data.decode()} if self._text else {"bytes": data})})

    async def close(self, code: int = NORMAL) -> None:
        """Close it."""
        if not self._closed:
            self._closed = True
            await self._send({"type": "websocket.close", "code": code})
