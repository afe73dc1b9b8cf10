"""The gateway's own server beside the site's, in the same process and event loop."""

import asyncio
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

import uvicorn
from django.conf import settings

from kubelab.labs.gateway import streams
from kubelab.labs.gateway.certificates import server_certificate
from kubelab.labs.gateway.protocols import HttpProtocol, SocketProtocol

SECONDS_FOR_OPEN_REQUESTS = 5


class GatewayServer(uvicorn.Server):
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

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop; answers that go on end first, so that nobody waits for them."""
        streams.end_all()
        await super().shutdown(sockets)


class SiteServer(uvicorn.Server):
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
