"""The gateway's own server beside the site's, in the same process and event loop."""

import asyncio
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from email.utils import formatdate
from types import FrameType
from typing import Any

import uvicorn
from django.conf import settings

from kubelab.labs.gateway import streams
from kubelab.labs.gateway.certificates import server_certificate
from kubelab.labs.gateway.protocols import HttpProtocol, SocketProtocol

SECONDS_FOR_OPEN_REQUESTS = 5


class Dated(list[tuple[bytes, bytes]]):
    """Headers of every answer, with the date as it is when they are read."""

    def __iter__(self) -> Iterator[tuple[bytes, bytes]]:
        """Yield the date, then the others."""
        yield b"date", formatdate(usegmt=True).encode()
        yield from super().__iter__()

    def __add__(self, others: Any) -> list[tuple[bytes, bytes]]:
        """Return them with others behind."""
        return [*self, *others]


class WaitingServer(uvicorn.Server):
    """uvicorn's server, which waits until it shall stop instead of looking ten times a second."""

    _should_exit = False
    _loop: asyncio.AbstractEventLoop | None = None

    @property
    def should_exit(self) -> bool:
        """Whether it shall stop; may be set from any thread, and by a signal's handler."""
        return self._should_exit

    @should_exit.setter
    def should_exit(self, value: bool) -> None:
        self._should_exit = value
        if value and self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._asked.set)

    async def main_loop(self) -> None:
        """Serve until asked to stop."""
        self.server_state.default_headers = Dated(self.config.encoded_headers)
        self._asked, self._loop = asyncio.Event(), asyncio.get_running_loop()
        if not self.should_exit:
            await self._asked.wait()


class GatewayServer(WaitingServer):
    """Serves the API over TLS. The process's signals are the site's server's: it says when to stop."""

    def __init__(self) -> None:
        pair = server_certificate(settings.DATA_DIR, settings.ALLOWED_HOSTS)
        config = uvicorn.Config(
            "kubelab.labs.gateway.application:application",
            http=HttpProtocol,
            ws=SocketProtocol,
            lifespan="off",
            log_level="warning",
            ssl_certfile=pair,
            ssl_keyfile=pair,
            server_header=False,
            timeout_graceful_shutdown=SECONDS_FOR_OPEN_REQUESTS,
        )
        super().__init__(config)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals alone."""
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to listen."""
        streams.begin()
        await super().startup(sockets)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop; answers that go on end first, so that nobody waits for them."""
        streams.end_all()
        await super().shutdown(sockets)


class SiteServer(WaitingServer):
    """Serves the site, and the gateway beside it for as long.

    Args:
        config: the site's.
        listener: the gateway's socket.
    """

    def __init__(self, config: uvicorn.Config, listener: socket.socket) -> None:
        super().__init__(config)
        self.gateway, self._listener = GatewayServer(), listener

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Stop both, at a signal."""
        super().handle_exit(signal.Signals(sig), frame)
        self.gateway.should_exit = True

    async def serve(self, sockets: list[socket.socket] | None = None) -> None:
        """Serve until asked to stop."""
        beside = asyncio.create_task(self.gateway.serve(sockets=[self._listener]))
        try:
            await super().serve(sockets)
        finally:
            self.gateway.should_exit = True
            await beside
