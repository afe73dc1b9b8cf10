"""The site as its users meet it: one server with pages, sockets and reconciler, in a thread of the test."""

import asyncio
import socket
import threading
import time
from typing import Any

import uvicorn
from asgiref.sync import sync_to_async
from django.contrib.staticfiles.handlers import ASGIStaticFilesHandler
from django.db import connections

SECONDS_TO_START = 10
SECONDS_TO_STOP = 8


async def site(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """Our application, static files straight from the source tree."""
    from kubelab.asgi import application

    app = ASGIStaticFilesHandler(application) if scope["type"] == "http" else application
    await app(scope, receive, send)


class Hurried:
    """asyncio as uvicorn shall find it in tests: it waits a tenth of a second, some times over, whenever it stops."""

    LONGEST = 0.01  # seconds

    def __getattr__(self, name: str) -> Any:
        return getattr(asyncio, name)

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(min(seconds, self.LONGEST))


uvicorn.server.asyncio = Hurried()  # type: ignore[attr-defined]


class LiveSite:
    """Serves while the `with` lasts. `url` is its address without a slash at the end."""

    def __init__(self) -> None:
        self.socket = socket.socket()
        self.socket.bind(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.socket.getsockname()[1]}"
        config = uvicorn.Config(site, log_level="warning", lifespan="on", timeout_graceful_shutdown=2)
        self.server = uvicorn.Server(config)
        self.thread = threading.Thread(target=lambda: asyncio.run(self.serve()), daemon=True)

    async def serve(self) -> None:
        await self.server.serve(sockets=[self.socket])
        await sync_to_async(connections.close_all)()  # else PostgreSQL cannot drop the test database

    def __enter__(self) -> "LiveSite":
        self.thread.start()
        end = time.monotonic() + SECONDS_TO_START
        while not self.server.started:
            assert self.thread.is_alive() and time.monotonic() < end, "the site did not start"
            time.sleep(0.02)
        return self

    def __exit__(self, *_: object) -> None:
        self.server.should_exit = True
        self.thread.join(SECONDS_TO_STOP)
        assert not self.thread.is_alive(), "the site did not stop"
        self.socket.close()
