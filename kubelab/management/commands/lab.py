"""`manage.py lab`: the whole site in one process, at HOST and PORT; learners' own clients are served at API_PORT."""

import signal
import socket
import sys
import warnings
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import uvicorn
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from django.utils.module_loading import import_string

SECONDS_FOR_OPEN_REQUESTS = 5
MIGRATING = 20_260_101  # PostgreSQL's advisory lock of that number


class Command(BaseCommand):
    help = "Serve KubeLab: brings the database up to date, then listens on HOST and PORT."
    requires_system_checks: list[str] = []  # they cost a good part of the start; `make lint` runs them

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default=settings.HOST)
        parser.add_argument("--port", type=int, default=settings.PORT)

    def handle(self, *args: Any, host: str, port: int, **options: Any) -> None:
        with ExitStack() as listening:
            # First of all: a port in use is told at once.
            listener = listening.enter_context(listen(host, port))
            if settings.API_PORT:
                api = listening.enter_context(listen(host, settings.API_PORT, "API_PORT", ". API_PORT=0 goes without"))
            if not settings.DEBUG and not (settings.STATIC_ROOT / "staticfiles.json").exists():
                raise CommandError("The pages' style sheets and scripts are not there yet. Run: make setup")
            migrate()
            config = uvicorn.Config(
                "kubelab.asgi:application",
                lifespan="on",
                log_level="warning",
                timeout_graceful_shutdown=SECONDS_FOR_OPEN_REQUESTS,
            )
            self.stdout.write(f"KubeLab is at {address(host, port)} (Ctrl-C stops it)")
            self.stdout.flush()
            serve(site_and_api(config, api) if settings.API_PORT else uvicorn.Server(config), listener)


def site_and_api(config: uvicorn.Config, listener: socket.socket) -> uvicorn.Server:
    """The server of the site with that of the API beside it; named, as the site's application is, not imported."""
    server: uvicorn.Server = import_string("kubelab.labs.gateway.server.SiteServer")(config, listener)
    return server


def migrate() -> None:
    """Bring the database up to date; of several servers that start together on one, the first does it."""
    with one_at_a_time():
        call_command("migrate", interactive=False, verbosity=0)
    connection.close()


@contextmanager
def one_at_a_time() -> Iterator[None]:
    if connection.vendor != "postgresql":
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_lock(%s)", [MIGRATING])
        try:
            yield
        finally:
            cursor.execute("select pg_advisory_unlock(%s)", [MIGRATING])


def listen(host: str, port: int, name: str = "PORT", otherwise: str = "") -> socket.socket:
    """Return a listening socket, or say in one line why there is none.

    Args:
        name: of the variable that chooses the port.
        otherwise: what else can be done.
    """
    try:
        family = socket.getaddrinfo(host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0][0]
        # With its protocol named, else asyncio does not switch Nagle's algorithm off: 40 ms for a small answer.
        listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(2048)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise CommandError(
            f"Cannot listen on {host}:{port}: {reason}. Choose another: {name}={port + 1} make run{otherwise}"
        ) from None
    return listener


def address(host: str, port: int) -> str:
    """The address to type into a browser on this machine."""
    shown = "127.0.0.1" if host in ("0.0.0.0", "::", "") else f"[{host}]" if ":" in host else host
    return settings.PUBLIC_URL or f"http://{shown}:{port}/"


def serve(server: uvicorn.Server, listener: socket.socket) -> None:
    """Run until asked to stop. uvicorn raises the signal once more after a clean end: that is no failure."""
    # WhiteNoise answers with files, which Django reads in a thread: as good as it gets, and no news to an operator.
    warnings.filterwarnings("ignore", message="StreamingHttpResponse must consume synchronous iterators")
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: None)
    server.run(sockets=[listener])
    if not server.started:
        sys.exit(3)  # uvicorn's own code for a start that failed; it has told why
